import type { Home } from './home.js';
import type { Link } from './link.js';
import type { Context } from './send-context.js';
import { Settlement } from './settlement.js';
import { isThenable, mayBeThenable } from './thenable.js';
import type { Receiver, SendOptions, SendResult } from './types.js';

/** The signal's mute, which may change while it is being sent. */
export interface Mute {
  readonly muted: number;
}

/** What the outcome of one send needs: where failures are told and late receivers are counted. */
export class Send {
  readonly home: Home;
  readonly context: Context;
  readonly expected: SendOptions['expected'];

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
  let late: Settlement | undefined;
  home.enter();
  try {
    for (let i = 0; i < end && mute.muted === 0; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        late = callByRole(new Send(home, context, expected), links, i, end, kwargs, undefined, late);
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        new Send(home, context, expected).rejected(receiver, error);
        continue;
      }
      if (mayBeThenable(value)) late = settle(new Send(home, context, expected), receiver, value, undefined, late);
    }
  } finally {
    late?.start();
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
  const results: SendResult[] = [];
  let late: Settlement | undefined;
  home.enter();
  try {
    for (let i = 0; i < end && mute.muted === 0; i++) {
      const { receiver } = links[i] as Link; // in range
      if (receiver === undefined) {
        late = callByRole(new Send(home, context, expected), links, i, end, kwargs, results, late);
        continue;
      }
      let value: unknown;
      try {
        value = receiver(kwargs, context);
      } catch (error) {
        results.push(new Send(home, context, expected).rejected(receiver, error));
        continue;
      }
      if (mayBeThenable(value)) late = settle(new Send(home, context, expected), receiver, value, results, late);
      else results.push({ status: 'fulfilled', value, receiver });
    }
  } finally {
    late?.start();
    home.leave();
  }
  return late === undefined ? Promise.resolve(results) : late.promise();
}

/** Calls the receiver of a link with a role, if it is that link's turn. @param results - Where they go, if anywhere. */
function callByRole(
  send: Send,
  links: readonly Link[],
  position: number,
  end: number,
  kwargs: object,
  results: SendResult[] | undefined,
  late: Settlement | undefined,
): Settlement | undefined {
  const call = links[position]?.role?.registration.claim(links, position, end, send.context);
  if (call === undefined) return late;
  let value: unknown;
  try {
    value = call.receiver.call(call.self, kwargs, send.context);
  } catch (error) {
    const result = send.rejected(call.receiver, error);
    results?.push(result);
    return late;
  }
  return settle(send, call.receiver, value, results, late);
}

/** Takes what a receiver returned: its result, or something to wait for. @returns What waits, once anything does. */
function settle(
  send: Send,
  receiver: Receiver,
  value: unknown,
  results: SendResult[] | undefined,
  late: Settlement | undefined,
): Settlement | undefined {
  try {
    if (isThenable(value)) {
      const promise = Promise.resolve(value);
      const settlement = late ?? new Settlement(send, results ?? []);
      settlement.add(receiver, promise);
      return settlement;
    }
    results?.push({ status: 'fulfilled', value, receiver });
  } catch (error) {
    // Its `then` cannot even be read.
    const result = send.rejected(receiver, error);
    results?.push(result);
  }
  return late;
}
