import type { PendingSends } from './pending-sends.js';
import { type Link, LinkList, type Links, inCallOrder } from '../receivers/link.js';
import { performDueCall } from '../receivers/receiver-entry.js';
import type { Context } from '../signals/context.js';
import { SendToAll, SendToOne, rejected } from './settle.js';
import type { Receiver, SendOptions, SendResult } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';

/** What may change of a signal while it is being sent. */
export interface Mute {
  readonly muted: number;
}

// A plain function that is reached alone needs no loop. Nothing happens between choosing it and its call, so nobody can
// have disconnected or muted it. What is rare is left to functions of their own, so that V8 has room to inline these two: what
// a send to one key costs depends on it.
//
// These two and `emitAll` ask for objects in their own words: `isObject` is inlined, but is 5 to 8 % of their time all the same.

/** Calls one receiver as `emitAll` does. */
export function emitOne(home: PendingSends, receiver: Receiver, kwargs: object, context: Context): void {
  if (home.calling >= home.deepest) home.nest(context);
  home.calling += 1;
  try {
    const value = receiver(kwargs, context);
    if ((typeof value === 'object' || typeof value === 'function') && value !== null)
      void new SendToOne(home, context, receiver).settle(value);
    home.calling -= 1;
  } catch (error) {
    home.calling -= 1;
    rejectedOne(new SendToOne(home, context, receiver), error);
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
  // A literal: an array that grows starts with room for seventeen.
  let results: SendResult[] | Promise<SendResult[]>;
  if (home.calling >= home.deepest) home.nest(context);
  home.calling += 1;
  try {
    const value = receiver(kwargs, context);
    if ((typeof value === 'object' || typeof value === 'function') && value !== null)
      results = new SendToOne(home, context, receiver).settle(value);
    else results = [{ status: 'fulfilled', value, receiver }];
    home.calling -= 1;
  } catch (error) {
    home.calling -= 1;
    results = [rejectedOne(new SendToOne(home, context, receiver), error)];
  }
  home.called();
  return Promise.resolve(results);
}

/** The send is over but for this: it still counts as pending for whoever is told of the failure. */
function rejectedOne(send: SendToOne, error: unknown): SendResult {
  const { home } = send;
  home.calling += 1;
  try {
    return rejected(send, send.receiver, error);
  } finally {
    home.calling -= 1;
  }
}

// The loops that matter most: what they do not need stays out of them. The common receiver, a plain function with one link
// that returns nothing to wait for, is dealt with in the loop; all others in the functions below. `end` keeps out those who
// connect meanwhile, and are appended. Where all are plain functions, the first loop reads these alone; as soon as anything
// stirs, the second one goes on, which looks at every link.

/** Calls all receivers and waits for none. What async ones come to later counts as pending until it is there. */
export function emitAll(
  home: PendingSends,
  reached: Links,
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
  mute: Mute,
): void {
  const functions = functionsOf(reached);
  const links = inCallOrder(reached); // asked for second: dead links have been swept, so that both are as many
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
        const receiver = functions[i] as Receiver; // as many as links
        let value: unknown;
        try {
          value = receiver(kwargs, context);
        } catch (error) {
          rejected((send ??= new SendToAll(home, context, expected)), receiver, error);
          continue;
        }
        if ((typeof value === 'object' || typeof value === 'function') && value !== null)
          (send ??= new SendToAll(home, context, expected)).settle(receiver, value);
      }
    }
    for (; i < end && mute.muted === 0 && top.tooDeep === undefined; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        callByRole((send ??= new SendToAll(home, context, expected)), links, i, end, kwargs);
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        rejected((send ??= new SendToAll(home, context, expected)), receiver, error);
        continue;
      }
      if ((typeof value === 'object' || typeof value === 'function') && value !== null)
        (send ??= new SendToAll(home, context, expected)).settle(receiver, value);
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
  expected: SendOptions['expected'],
  mute: Mute,
): Promise<SendResult[]> {
  const functions = functionsOf(reached);
  const links = inCallOrder(reached); // asked for second: dead links have been swept, so that both are as many
  const end = links.length;
  const { top } = home;
  const { stirs } = top;
  // As long as it can become.
  const results = new Array<SendResult>(end);
  let count = 0;
  let send: SendToAll | undefined;
  let i = 0;
  if (home.calling >= home.deepest) home.nest(context);
  home.calling += 1;
  try {
    if (functions !== undefined) {
      for (; i < end && top.stirs === stirs; i++) {
        const receiver = functions[i] as Receiver; // as many as links
        let value: unknown;
        try {
          value = receiver(kwargs, context);
        } catch (error) {
          results[count++] = rejected((send ??= new SendToAll(home, context, expected, results)), receiver, error);
          continue;
        }
        if (!isObject(value)) results[count++] = { status: 'fulfilled', value, receiver };
        else (send ??= new SendToAll(home, context, expected, results)).settle(receiver, value, count++);
      }
    }
    for (; i < end && mute.muted === 0 && top.tooDeep === undefined; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        if (callByRole((send ??= new SendToAll(home, context, expected, results)), links, i, end, kwargs, count))
          count += 1;
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        results[count++] = rejected((send ??= new SendToAll(home, context, expected, results)), receiver, error);
        continue;
      }
      if (!isObject(value)) results[count++] = { status: 'fulfilled', value, receiver };
      else (send ??= new SendToAll(home, context, expected, results)).settle(receiver, value, count++);
    }
  } finally {
    home.calling -= 1;
    send?.called();
    home.called();
  }
  if (count < end) results.length = count;
  return send === undefined || send.open === 0 ? Promise.resolve(results) : send.whenDone();
}

/** Calls the receiver of a link with a role, if it is that link's turn. @returns Whether it was. */
function callByRole(
  send: SendToAll,
  links: readonly Link[],
  position: number,
  end: number,
  kwargs: object,
  place?: number,
): boolean {
  const call = links[position]?.role?.registration.claim(links, position, end, send.context);
  if (call === undefined) return false;
  const { receiver } = call;
  try {
    send.settle(receiver, performDueCall(call, kwargs, send.context), place);
  } catch (error) {
    send.outcomes[place ?? send.outcomes.length] = rejected(send, receiver, error);
  }
  return true;
}

/** Whom links call, where each is a plain function; not so for links that one send has put together. */
function functionsOf(reached: Links): readonly Receiver[] | undefined {
  return reached instanceof LinkList ? reached.functions() : undefined;
}
