import type { PendingSends } from './pending-sends.js';
import { type Link, claimAt, performDueCall } from '../receivers/link.js';
import { LinkList, type Links, inCallOrder } from '../receivers/link-list.js';
import type { Context } from '../signals/context.js';
import type { ReportOptions } from '../signals/failure-log.js';
import { SendToAll, SendToOne, rejected } from './settle.js';
import type { Receiver, SendResult } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';

/** The part of a signal's state that may change while it is being sent. */
export interface Mute {
  readonly muted: number;
}

// A send that reaches a single plain function needs no loop. Nothing happens between choosing the function and calling
// it, so it cannot have been disconnected or muted. Rare work is in functions of its own, so that V8 can inline these
// two: the cost of a send to one key depends on that.
//
// These two and `emitAll` test for objects without `isObject`, which takes 5 to 8 % of their time even when inlined.

/** Calls one receiver as `emitAll` does. */
export function emitOne(home: PendingSends, receiver: Receiver, kwargs: object, context: Context): void {
  if (home.calling >= home.deepest) home.nest(context);
  home.calling += 1;
  try {
    const value = receiver(kwargs, context);
    if ((typeof value === 'object' || typeof value === 'function') && value !== null)
      void settleOne(home, context, receiver, value);
    home.calling -= 1;
  } catch (error) {
    home.calling -= 1;
    rejectedOne(home, context, receiver, error);
  }
  home.called();
}

/** Calls one receiver as `sendAll` does. */
export function sendOne(
  home: PendingSends,
  receiver: Receiver,
  kwargs: object,
  context: Context,
): Promise<SendResult[]> {
  // A literal, because an array that grows starts with room for seventeen items.
  let results: SendResult[] | Promise<SendResult[]>;
  if (home.calling >= home.deepest) home.nest(context);
  home.calling += 1;
  try {
    const value = receiver(kwargs, context);
    if ((typeof value === 'object' || typeof value === 'function') && value !== null)
      results = settleOne(home, context, receiver, value);
    else results = [{ status: 'fulfilled', value, receiver }];
    home.calling -= 1;
  } catch (error) {
    home.calling -= 1;
    results = rejectedOne(home, context, receiver, error);
  }
  home.called();
  return Promise.resolve(results);
}

function settleOne(
  home: PendingSends,
  context: Context,
  receiver: Receiver,
  value: object,
): SendResult[] | Promise<SendResult[]> {
  return new SendToOne(home, context, receiver).settle(value);
}

/** Makes the rejected result. The send still counts as pending while `onError` runs. */
function rejectedOne(home: PendingSends, context: Context, receiver: Receiver, error: unknown): SendResult[] {
  home.calling += 1;
  try {
    return [rejected(new SendToOne(home, context, receiver), receiver, error)];
  } finally {
    home.calling -= 1;
  }
}

// The loops that matter most for speed. They handle the common receiver themselves: a plain function with one link that
// returns no promise. All other receivers are handled by the functions below. `end` excludes receivers that connect
// meanwhile, because these are appended. If all receivers are plain functions, the first loop reads only the functions.
// As soon as `stirs` changes, the second loop continues and reads every link.

/** Calls all receivers and does not wait. The send counts as pending until the async receivers have settled. */
export function emitAll(
  home: PendingSends,
  reached: Links,
  kwargs: object,
  context: Context,
  reports: ReportOptions | undefined,
  mute: Mute,
): void {
  const functions = functionsOf(reached);
  const links = inCallOrder(reached); // second, because `functionsOf` sweeps dead links: so both have the same length
  const end = links.length;
  const { top } = home;
  const { stirs } = top;
  let send: SendToAll | undefined;
  let i = 0;
  if (home.calling >= home.deepest) home.nest(context);
  home.calling += 1;
  try {
    if (functions !== undefined) {
      for (; i < end && top.stirs === stirs; i++) {
        const receiver = functions[i] as Receiver; // same length as `links`
        let value: unknown;
        try {
          value = receiver(kwargs, context);
        } catch (error) {
          rejected((send ??= new SendToAll(home, context, reports)), receiver, error);
          continue;
        }
        if ((typeof value === 'object' || typeof value === 'function') && value !== null)
          (send ??= new SendToAll(home, context, reports)).settle(receiver, value);
      }
    }
    for (; i < end && mute.muted === 0 && top.tooDeep === undefined; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        callByEntry((send ??= new SendToAll(home, context, reports)), links, i, end, kwargs);
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        rejected((send ??= new SendToAll(home, context, reports)), receiver, error);
        continue;
      }
      if ((typeof value === 'object' || typeof value === 'function') && value !== null)
        (send ??= new SendToAll(home, context, reports)).settle(receiver, value);
    }
  } finally {
    home.calling -= 1;
    send?.called();
    home.called();
  }
}

/** Calls all receivers before it returns; resolves with their results when all have settled. */
export function sendAll(
  home: PendingSends,
  reached: Links,
  kwargs: object,
  context: Context,
  reports: ReportOptions | undefined,
  mute: Mute,
): Promise<SendResult[]> {
  const functions = functionsOf(reached);
  const links = inCallOrder(reached); // second, because `functionsOf` sweeps dead links: so both have the same length
  const end = links.length;
  const { top } = home;
  const { stirs } = top;
  // The largest possible length.
  const results = new Array<SendResult>(end);
  let count = 0;
  let send: SendToAll | undefined;
  let i = 0;
  if (home.calling >= home.deepest) home.nest(context);
  home.calling += 1;
  try {
    if (functions !== undefined) {
      for (; i < end && top.stirs === stirs; i++) {
        const receiver = functions[i] as Receiver; // same length as `links`
        let value: unknown;
        try {
          value = receiver(kwargs, context);
        } catch (error) {
          results[count++] = rejected((send ??= new SendToAll(home, context, reports, results)), receiver, error);
          continue;
        }
        if (!isObject(value)) results[count++] = { status: 'fulfilled', value, receiver };
        else (send ??= new SendToAll(home, context, reports, results)).settle(receiver, value, count++);
      }
    }
    for (; i < end && mute.muted === 0 && top.tooDeep === undefined; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        if (callByEntry((send ??= new SendToAll(home, context, reports, results)), links, i, end, kwargs, count))
          count += 1;
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        results[count++] = rejected((send ??= new SendToAll(home, context, reports, results)), receiver, error);
        continue;
      }
      if (!isObject(value)) results[count++] = { status: 'fulfilled', value, receiver };
      else (send ??= new SendToAll(home, context, reports, results)).settle(receiver, value, count++);
    }
  } finally {
    home.calling -= 1;
    send?.called();
    home.called();
  }
  if (count < end) results.length = count;
  return send === undefined || send.open === 0 ? Promise.resolve(results) : send.whenDone();
}

/** Calls the receiver of a link with an entry, if it is due. @returns Whether it was called. */
function callByEntry(
  send: SendToAll,
  links: readonly Link[],
  position: number,
  end: number,
  kwargs: object,
  place?: number,
): boolean {
  const call = claimAt(links, position, end, send.context);
  if (call === undefined) return false;
  const { receiver } = call;
  try {
    send.settle(receiver, performDueCall(call, kwargs, send.context), place);
  } catch (error) {
    send.outcomes[place ?? send.outcomes.length] = rejected(send, receiver, error);
  }
  return true;
}

/** The functions of the links, if all are plain functions. Undefined for links that were joined for one send. */
function functionsOf(reached: Links): readonly Receiver[] | undefined {
  return reached instanceof LinkList ? reached.functions() : undefined;
}
