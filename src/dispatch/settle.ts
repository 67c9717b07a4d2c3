import { SendDepthError } from '../signals/errors.js';
import type { PendingSends, PendingSend } from './pending-sends.js';
import type { Context } from '../signals/context.js';
import { promiseFrom, whenSettled } from '../internal/thenable.js';
import type { Receiver, SendOptions, SendResult } from '../contract/signals.js';

// What there is to a send once it has more than values to deal with: failures to tell of, async receivers to wait for.

/** What a receiver's failure is reported with. */
export interface Send {
  readonly home: PendingSends;
  readonly context: Context;
  readonly expected?: SendOptions['expected'];
}

/** The sends that have failed while a receiver of theirs is async, and why. */
const failed = new WeakMap<Send, SendDepthError>();

/** Notes that a send fails, before it waits for an async receiver. */
export function noteFailure(send: Send): void {
  const { tooDeep } = send.home.top;
  if (tooDeep !== undefined) failed.set(send, tooDeep);
}

export function hasFailed(send: Send): boolean {
  return failed.has(send);
}

/** The result of a receiver that failed, which is reported; why the send itself fails, its sender is told. */
export function rejected(send: Send, receiver: Receiver, reason: unknown): SendResult {
  const { home, context, expected } = send;
  const isOfSend = home.top.fails(reason, context) || (reason instanceof SendDepthError && failed.get(send) === reason);
  if (!isOfSend) home.failures.report(reason, receiver, context, expected);
  return { status: 'rejected', reason, receiver };
}

// No base class: V8 takes 30 ns longer to make an object of a class that has one.

/** A send that reaches one plain function, and names one sender or one key at most. */
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

  /** What an object that the receiver returned comes to. */
  settle(value: object): SendResult[] | Promise<SendResult[]> {
    const { receiver } = this;
    try {
      const promise = promiseFrom(value);
      if (promise === undefined) return [{ status: 'fulfilled', value, receiver }];
      noteFailure(this);
      const results = whenSettled(promise, this.onFulfilled.bind(this), this.onRejected.bind(this));
      this.home.add(this); // last: nothing would take it back if what comes before failed at the end of the stack
      return results;
    } catch (error) {
      // It can't be waited for, or its `then` not even read.
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

/** What is known of one call: its result, or, while an async receiver runs, the call. */
type SettledOrOpen = SendResult | AsyncCall;

/** A send that may reach several receivers: puts down the results of async ones by hand, one promise for all of them. */
export class SendToAll implements Send, PendingSend {
  readonly home: PendingSends;
  readonly context: Context;
  readonly expected: SendOptions['expected'];
  /** In the order of the calls; what becomes the results. */
  readonly outcomes: SettledOrOpen[];
  before: PendingSend | undefined = undefined;
  after: PendingSend | undefined = undefined;
  /** How many async receivers have not settled. */
  open = 0;
  #done: ((results: SendResult[]) => void) | undefined = undefined;

  constructor(home: PendingSends, context: Context, expected: SendOptions['expected'], outcomes: SettledOrOpen[] = []) {
    this.home = home;
    this.context = context;
    this.expected = expected;
    this.outcomes = outcomes;
  }

  /** Puts down what a receiver returned. */
  settle(receiver: Receiver, value: unknown, place = this.outcomes.length): void {
    try {
      const promise = promiseFrom(value);
      if (promise === undefined) this.outcomes[place] = { status: 'fulfilled', value, receiver };
      else this.#wait(receiver, promise, place);
    } catch (error) {
      // It can't be waited for, or its `then` not even read.
      this.outcomes[place] = rejected(this, receiver, error);
    }
  }

  /** All receivers have been called: from here on the send counts as pending by itself. */
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

  /** The result of an async receiver is there. */
  put(place: number, result: SendResult): void {
    this.outcomes[place] = result;
    this.open -= 1;
    if (this.open > 0) return;
    this.home.delete(this);
    this.#done?.(this.outcomes as SendResult[]); // nobody is running any more
  }

  #wait(receiver: Receiver, promise: Promise<unknown>, place: number): void {
    const call = new AsyncCall(this, receiver, place);
    noteFailure(this);
    // Bound, not closures: V8 looks for the code of each new closure when that is first called.
    void whenSettled(promise, call.onFulfilled.bind(call), call.onRejected.bind(call));
    this.outcomes[place] = call;
    this.open += 1;
  }
}

class AsyncCall {
  readonly send: SendToAll;
  readonly receiver: Receiver;
  readonly place: number;

  constructor(send: SendToAll, receiver: Receiver, place: number) {
    this.send = send;
    this.receiver = receiver;
    this.place = place;
  }

  onFulfilled(value: unknown): void {
    this.send.put(this.place, { status: 'fulfilled', value, receiver: this.receiver });
  }

  onRejected(reason: unknown): void {
    this.send.put(this.place, rejected(this.send, this.receiver, reason));
  }
}
