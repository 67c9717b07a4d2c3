import { whenAborted } from '../internal/abort.js';
import type { BusCall, Callee, Failure } from './calls.js';
import type { Undelivered } from './errors.js';
import type { BusState } from './bus-state.js';
import type { AnyFunction } from './types.js';
import { nameOfReceiver } from '../internal/printing.js';

/** A callee that is called repeatedly: a subscriber or a periodic task. */
export abstract class RecurringCallee implements Callee {
  readonly member: BusState;
  readonly topic: string | undefined;
  readonly name: string;
  /** The function, bound to its `this`. */
  readonly fn: AnyFunction;
  readonly abortSignal: AbortSignal | undefined;
  calls = 0;
  /** How many of these calls a stop has abandoned. They do not count towards `concurrency` after the next start. */
  protected abandoned = 0;

  constructor(
    member: BusState,
    topic: string | undefined,
    fn: AnyFunction,
    thisArg: unknown,
    abortSignal: AbortSignal | undefined,
  ) {
    this.member = member;
    this.topic = topic;
    this.name = nameOfReceiver(fn);
    this.fn = fn.bind(thisArg);
    this.abortSignal = abortSignal;
  }

  /** Whether it has been aborted, so that it gets no new payloads or runs. */
  get aborted(): boolean {
    return this.abortSignal?.aborted === true;
  }

  abstract readonly source: 'subscriber' | 'periodic task';

  /** The number of queued payloads. */
  abstract readonly queued: number;

  /** Connects it to its source of payloads, until an abort. */
  protected connect?(): void;

  abstract invoke(unit: unknown): unknown;

  abstract turn(afterCall?: boolean): void;

  giveUp(_undelivered: Undelivered[]): void {
    this.abandoned = this.calls;
  }

  ended({ position, count, givenUp }: BusCall, failure?: Failure): void {
    const abandoned = givenUp < this.member.givenUp;
    this.calls -= 1;
    if (abandoned) this.abandoned -= 1;
    this.#goOn(true);
    // After `#goOn`, because `onError` may stop or start the bus.
    if (failure !== undefined) this.member.report(failure.error, this, position);
    if (!abandoned) this.member.work.end(count);
  }

  /** Adds it to its bus, until an abort. */
  join(): void {
    this.connect?.();
    this.member.parts.add(this);
    if (this.abortSignal !== undefined) whenAborted(this.abortSignal, () => this.#goOn());
    this.#goOn(); // leaves if it is already aborted
  }

  #goOn(afterCall = false): void {
    this.turn(afterCall);
    if (this.aborted && this.calls + this.queued === 0) this.member.parts.delete(this);
  }
}
