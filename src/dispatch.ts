import type { FailureLog } from './failure-log.js';
import type { Link } from './link.js';
import type { PendingSends } from './pending-sends.js';
import type { Context } from './send-context.js';
import { Settlement } from './settlement.js';
import { isThenable } from './thenable.js';
import type { Receiver, SendOptions, SendResult } from './types.js';

/** Where the sends of one manager are counted and their failures told. */
export interface Home {
  readonly pending: PendingSends;
  readonly failures: FailureLog;
}

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

// The two loops that matter most. The common receiver, a plain function with one link, is told apart from those that have
// a role; `end` keeps out those who connect meanwhile, and are appended.

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
  let settlement: Settlement | undefined;
  for (let i = 0; i < end && mute.muted === 0; i++) {
    const link = links[i] as Link; // in range
    let { receiver } = link;
    try {
      let returned: unknown;
      if (receiver !== undefined) {
        returned = receiver(kwargs, context);
      } else {
        const call = link.role?.registration.claim(links, i, end, context);
        if (call === undefined) continue;
        receiver = call.receiver;
        returned = receiver.call(call.self, kwargs, context);
      }
      if (isThenable(returned)) {
        settlement ??= new Settlement(new Send(home, context, expected), []);
        settlement.add(receiver, Promise.resolve(returned));
      }
    } catch (error) {
      if (receiver === undefined) throw error; // not a receiver's
      new Send(home, context, expected).rejected(receiver, error);
    }
  }
  settlement?.start();
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
  let settlement: Settlement | undefined;
  for (let i = 0; i < end && mute.muted === 0; i++) {
    const link = links[i] as Link; // in range
    let { receiver } = link;
    try {
      let value: unknown;
      if (receiver !== undefined) {
        value = receiver(kwargs, context);
      } else {
        const call = link.role?.registration.claim(links, i, end, context);
        if (call === undefined) continue;
        receiver = call.receiver;
        value = receiver.call(call.self, kwargs, context);
      }
      if (isThenable(value)) {
        settlement ??= new Settlement(new Send(home, context, expected), results);
        settlement.add(receiver, Promise.resolve(value));
      } else {
        results.push({ status: 'fulfilled', value, receiver });
      }
    } catch (error) {
      if (receiver === undefined) throw error; // not a receiver's
      results.push(new Send(home, context, expected).rejected(receiver, error));
    }
  }
  return settlement === undefined ? Promise.resolve(results) : settlement.promise();
}
