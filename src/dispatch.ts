import type { Home } from './home.js';
import type { Link } from './link.js';
import type { Context } from './send-context.js';
import { Settlement } from './settlement.js';
import { isThenable } from './thenable.js';
import type { Receiver, SendOptions, SendResult } from './types.js';
import { isObject } from './weak-key-map.js';

/** The signal's mute, which may change while it is being sent. */
export interface Mute {
  readonly muted: number;
}

/** What the outcome of one send needs: where failures are told and late receivers are counted. */
export class Send {
  readonly home: Home;
  readonly context: Context;
  readonly expected: SendOptions['expected'];
  /** Waits for the receivers that are async, once there are any. */
  late: Settlement | undefined = undefined;

  constructor(home: Home, context: Context, expected: SendOptions['expected']) {
    this.home = home;
    this.context = context;
    this.expected = expected;
  }

  /** The result of a receiver that failed, which is reported. */
  rejected(receiver: Receiver, reason: unknown): SendResult {
    this.home.failures.report(reason, receiver, this.context, this.expected);
    return { status: 'rejected', reason, receiver };
  }
}

// A plain function that is reached alone needs no loop. Nothing happens between choosing it and its call, so nobody can
// have disconnected or muted it.

/** Calls one receiver as `emitAll` does. */
export function emitOne(
  home: Home,
  receiver: Receiver,
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
): void {
  let send: Send | undefined;
  home.enter();
  try {
    const value = receiver(kwargs, context);
    if (isObject(value)) settle((send = new Send(home, context, expected)), receiver, value);
  } catch (error) {
    new Send(home, context, expected).rejected(receiver, error);
  } finally {
    send?.late?.start();
    home.leave();
  }
}

/** Calls one receiver as `sendAll` does. */
export function sendOne(
  home: Home,
  receiver: Receiver,
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
): Promise<SendResult[]> {
  let result: SendResult;
  let send: Send | undefined;
  home.enter();
  try {
    const value = receiver(kwargs, context);
    result = isObject(value)
      ? settle((send = new Send(home, context, expected)), receiver, value)
      : { status: 'fulfilled', value, receiver };
  } catch (error) {
    result = new Send(home, context, expected).rejected(receiver, error);
  } finally {
    send?.late?.start();
    home.leave();
  }
  return send?.late === undefined ? Promise.resolve([result]) : send.late.fill([result]);
}

// The two loops that matter most: what they do not need stays out of them. The common receiver, a plain function with one
// link that returns nothing to wait for, is dealt with in the loop; all others in the functions below. `end` keeps out those
// who connect meanwhile, and are appended.

/** Calls all receivers and waits for none. What async ones come to later counts as pending until it is there. */
export function emitAll(
  home: Home,
  links: readonly Link[],
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
  mute: Mute,
): void {
  const end = links.length;
  let send: Send | undefined;
  home.enter();
  try {
    for (let i = 0; i < end && mute.muted === 0; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        callByRole((send ??= new Send(home, context, expected)), links, i, end, kwargs);
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        (send ??= new Send(home, context, expected)).rejected(receiver, error);
        continue;
      }
      if (isObject(value)) settle((send ??= new Send(home, context, expected)), receiver, value);
    }
  } finally {
    send?.late?.start();
    home.leave();
  }
}

/** Calls all receivers before it returns; resolves with their results when all have settled. */
export function sendAll(
  home: Home,
  links: readonly Link[],
  kwargs: object,
  context: Context,
  expected: SendOptions['expected'],
  mute: Mute,
): Promise<SendResult[]> {
  const end = links.length;
  // As long as it can become: an array that grows by `push` starts with room for seventeen.
  const results = new Array<SendResult>(end);
  let count = 0;
  let send: Send | undefined;
  home.enter();
  try {
    for (let i = 0; i < end && mute.muted === 0; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        const result = callByRole((send ??= new Send(home, context, expected)), links, i, end, kwargs);
        if (result !== undefined) results[count++] = result;
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        results[count++] = (send ??= new Send(home, context, expected)).rejected(receiver, error);
        continue;
      }
      results[count++] = isObject(value)
        ? settle((send ??= new Send(home, context, expected)), receiver, value)
        : { status: 'fulfilled', value, receiver };
    }
  } finally {
    send?.late?.start();
    home.leave();
  }
  if (count < end) results.length = count;
  return send?.late === undefined ? Promise.resolve(results) : send.late.fill(results);
}

/** Calls the receiver of a link with a role, if it is that link's turn. */
function callByRole(
  send: Send,
  links: readonly Link[],
  position: number,
  end: number,
  kwargs: object,
): SendResult | undefined {
  const call = links[position]?.role?.registration.claim(links, position, end, send.context);
  if (call === undefined) return undefined;
  let value: unknown;
  try {
    value = call.receiver.call(call.self, kwargs, send.context);
  } catch (error) {
    return send.rejected(call.receiver, error);
  }
  return settle(send, call.receiver, value);
}

/** The result of what a receiver returned; of an async one, the result that is to be. */
function settle(send: Send, receiver: Receiver, value: unknown): SendResult {
  try {
    if (!isThenable(value)) return { status: 'fulfilled', value, receiver };
    const promise = Promise.resolve(value);
    return (send.late ??= new Settlement(send)).add(receiver, promise);
  } catch (error) {
    // Its `then` cannot even be read.
    return send.rejected(receiver, error);
  }
}
