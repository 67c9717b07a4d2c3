import type { SendDepthError } from '../signals/errors.js';
import type { PendingSends, PendingSend } from './pending-sends.js';
import type { Context } from '../signals/context.js';
import type { ReportOptions } from '../signals/failure-log.js';
import { promiseFrom, whenSettled } from '../internal/thenable.js';
import type { Watching } from '../watch/watching.js';
import type { Receiver, SendResult } from '../contract/signals.js';

// The part of a send that handles failures and waits for async receivers.

/** The parts of a send that are needed to report a receiver's failure. */
export interface Send {
  readonly home: PendingSends;
  readonly context: Context;
  readonly reports?: ReportOptions | undefined;
}

/** The sends that failed while an async receiver was pending, with their errors. */
const failed = new WeakMap<Send, SendDepthError>();

/** Whether any send has ever failed, so that most results need no lookup. */
let hasAnyFailed = false;

/** Notes that a send fails, before it waits for an async receiver. */
export function noteFailure(send: Send): void {
  const { tooDeep } = send.home.top;
  if (tooDeep === undefined) return;
  hasAnyFailed = true;
  failed.set(send, tooDeep);
}

export function hasFailed(send: Send): boolean {
  return hasAnyFailed && failed.has(send);
}

/**
 * Returns the result of a receiver that failed, and reports the failure. A failure of the send itself is not reported,
 * because its sender gets it.
 */
export function rejected(send: Send, receiver: Receiver, reason: unknown): SendResult {
  const { home, context, reports } = send;
  // Not `instanceof`, which throws for some proxies.
  const isOfSend = home.top.fails(reason, context) || (hasFailed(send) && failed.get(send) === reason);
  if (!isOfSend) home.failures.report(reason, receiver, context, reports);
  return { status: 'rejected', reason, receiver };
}

/** Shows a result to the watchers of a send. A send that fails has no results. */
export function showResult(send: Send, watch: Watching, result: SendResult): void {
  if (send.home.top.tooDeep === undefined && !hasFailed(send)) watch.result(result);
}

// No base class, because V8 takes 30 ns longer to create an object of a derived class.

/** A send that reaches one plain function, and has at most one sender or key. */
export class SendToOne implements Send, PendingSend {
  readonly home: PendingSends;
  readonly context: Context;
  readonly receiver: Receiver;
  before: PendingSend | undefined = undefined;
  after: PendingSend | undefined = undefined;

  constructor(home: PendingSends, context: Context, receiver: Receiver) {
    this.home = home;
    this.context = context;
    this.receiver = receiver;
  }

  /** Returns the results for an object that the receiver returned: a promise of them if it is a thenable. */
  settle(value: object): SendResult[] | Promise<SendResult[]> {
    const { receiver } = this;
    try {
      const promise = promiseFrom(value);
      if (promise === undefined) return [{ status: 'fulfilled', value, receiver }];
      noteFailure(this);
      const results = whenSettled(promise, this.onFulfilled.bind(this), this.onRejected.bind(this));
      this.home.add(this); // last, because nothing would remove it if the lines before failed at the end of the stack
      return results;
    } catch (error) {
      // The thenable cannot be awaited, or reading its `then` threw.
      return [rejected(this, receiver, error)];
    }
  }

  running(): Iterable<Receiver> {
    return [this.receiver];
  }

  onFulfilled(value: unknown): SendResult[] {
    this.home.delete(this);
    return [{ status: 'fulfilled', value, receiver: this.receiver }];
  }

  onRejected(reason: unknown): SendResult[] {
    const results = [rejected(this, this.receiver, reason)];
    this.home.delete(this);
    return results;
  }
}

/** The state of one call: its result, or, while an async receiver is pending, the call. */
export type SettledOrOpen = SendResult | AsyncCall;

/**
 * A send that may reach several receivers. It stores the results of async receivers itself and uses one promise for
 * all.
 */
export class SendToAll implements Send, PendingSend {
  readonly home: PendingSends;
  readonly context: Context;
  readonly reports: ReportOptions | undefined;
  /** The outcomes in the order of the calls. This array becomes the results. */
  readonly outcomes: SettledOrOpen[];
  before: PendingSend | undefined = undefined;
  after: PendingSend | undefined = undefined;
  /** The number of pending async receivers. */
  open = 0;
  #done: ((results: SendResult[]) => void) | undefined = undefined;

  constructor(
    home: PendingSends,
    context: Context,
    reports: ReportOptions | undefined,
    outcomes: SettledOrOpen[] = [],
  ) {
    this.home = home;
    this.context = context;
    this.reports = reports;
    this.outcomes = outcomes;
  }

  /** Stores the outcome for the value that a receiver returned. */
  settle(receiver: Receiver, value: unknown, position = this.outcomes.length): void {
    try {
      const promise = promiseFrom(value);
      if (promise === undefined) this.outcomes[position] = { status: 'fulfilled', value, receiver };
      else this.#wait(receiver, promise, position);
    } catch (error) {
      // The thenable cannot be awaited, or reading its `then` threw.
      this.outcomes[position] = rejected(this, receiver, error);
    }
  }

  /** Must follow when all receivers have been called. From here on, the send counts as pending if receivers are. */
  called(): void {
    if (this.open > 0) this.home.add(this);
  }

  /** Resolves with the results when all receivers have settled. */
  whenDone(): Promise<SendResult[]> {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  running(): Iterable<Receiver> {
    return this.outcomes.flatMap((outcome) => (outcome instanceof AsyncCall ? outcome.receiver : []));
  }

  /** Stores the result of an async receiver. */
  put(position: number, result: SendResult): void {
    this.outcomes[position] = result;
    this.open -= 1;
    if (this.open > 0) return;
    this.home.delete(this);
    this.#done?.(this.outcomes as SendResult[]); // no call is pending any more
  }

  #wait(receiver: Receiver, promise: Promise<unknown>, position: number): void {
    const call = new AsyncCall(this, receiver, position);
    noteFailure(this);
    // Bound functions, not closures: V8 looks up the code of each new closure at its first call.
    void whenSettled(promise, call.onFulfilled.bind(call), call.onRejected.bind(call));
    this.outcomes[position] = call;
    this.open += 1;
  }
}

export class AsyncCall {
  readonly send: SendToAll;
  readonly receiver: Receiver;
  readonly position: number;

  constructor(send: SendToAll, receiver: Receiver, position: number) {
    this.send = send;
    this.receiver = receiver;
    this.position = position;
  }

  onFulfilled(value: unknown): void {
    this.send.put(this.position, { status: 'fulfilled', value, receiver: this.receiver });
  }

  onRejected(reason: unknown): void {
    this.send.put(this.position, rejected(this.send, this.receiver, reason));
  }
}
