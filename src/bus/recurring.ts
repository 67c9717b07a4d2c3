import { whenAborted } from '../internal/abort.js';
import { type BusCall, type Callee, type Thrown, isAbandoned } from './calls.js';
import type { Undelivered } from './errors.js';
import type { BusState } from './bus-state.js';
import { noteQueue } from '../watch/queues.js';
import { watchHostOf } from '../watch/watch-host.js';
import type { BusWork, Receiver } from '../index.js';
import type { AnyFunction } from './types.js';
import { nameOfReceiver } from '../internal/printing.js';
import { onCollected } from '../internal/weak-key-map.js';

export type WorkDescription = Omit<BusWork, 'manager' | 'name'>;

/** A callee that is called repeatedly: a subscriber or a periodic task. */
export abstract class RecurringCallee implements Callee {
  readonly member: BusState;
  readonly topic: string | undefined;
  readonly name: string;
  /** The function, bound to its `this`. */
  readonly fn: AnyFunction;
  readonly abortSignal: AbortSignal | undefined;
  /** The receiver that brings its payloads. Undefined for a periodic task. */
  protected queue: Receiver | undefined;
  calls = 0;
  handling = 0;
  /** The number of calls that still run although a stop or a time-out has abandoned them. */
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
    // A function without a prototype has no `bind`.
    this.fn = (...args) => Reflect.apply(fn, thisArg, args);
    this.abortSignal = abortSignal;
  }

  /** Whether it has been aborted, so that it gets no new payloads or runs. */
  get aborted(): boolean {
    return this.abortSignal?.aborted === true;
  }

  abstract readonly source: 'subscriber' | 'periodic task';

  abstract readonly queued: number;

  /** Connects it to its source of payloads, until an abort. */
  protected connect?(): void;

  abstract invoke(unit: unknown, call: BusCall): unknown;

  abstract turn(afterCall?: boolean): void;

  giveUp(_undelivered: Undelivered[]): void {
    this.abandoned += this.calls;
    this.calls = 0;
    this.handling = 0;
  }

  /** Does the work of a call, within the watchers that want it. */
  protected perform(unit: unknown, call: BusCall, work: () => unknown): unknown {
    const { manager } = this.member;
    const host = watchHostOf(manager);
    if (host?.watchesWork !== true) return work();
    const shown = { ...this.describe(unit, call), manager, name: this.name };
    if (this.queue !== undefined) noteQueue(shown, this.queue);
    call.watch = host.askWork(shown);
    return call.watch === undefined ? work() : call.watch.run(work);
  }

  protected abstract describe(unit: unknown, call: BusCall): WorkDescription;

  ended(call: BusCall, failure?: Thrown): void {
    call.timer?.stop();
    const abandoned = isAbandoned(call, this.member);
    if (abandoned) this.abandoned -= 1;
    this.#leave(call, abandoned, failure);
  }

  /** Reports that a call has timed out, and goes on without it. */
  protected timedOut(call: BusCall, error: Error): void {
    const abandoned = isAbandoned(call, this.member);
    if (!abandoned) this.abandoned += 1;
    call.givenUp = -1;
    call.callee = undefined;
    this.#leave(call, abandoned, { error });
  }

  /** Starts the calls that are due now, and counts this one no longer. */
  #leave({ count, position, watch }: BusCall, abandoned: boolean, failure?: Thrown): void {
    if (failure === undefined) watch?.end();
    else watch?.end(failure);
    if (!abandoned) {
      this.calls -= 1;
      this.handling -= count;
    }
    this.#goOn(true);
    // After `#goOn`, because `onError` may stop or start the bus.
    if (failure !== undefined) this.member.report(failure.error, this, position);
    if (!abandoned) this.member.ended(count);
  }

  /** Adds it to its bus, until an abort. */
  join(): void {
    this.connect?.();
    this.member.parts.add(this);
    if (this.abortSignal !== undefined) this.#leaveWith(this.abortSignal);
    this.#goOn(); // leaves if it is already aborted
  }

  #leaveWith(abortSignal: AbortSignal): void {
    // Held weakly: an abort signal that lives long must not keep what is collected otherwise.
    const ref = new WeakRef(this);
    const unlisten = whenAborted(abortSignal, () => {
      const callee = ref.deref();
      if (callee !== undefined) callee.#goOn();
    });
    onCollected.register(this, unlisten);
  }

  #goOn(afterCall = false): void {
    this.turn(afterCall);
    if (this.aborted && this.calls + this.queued === 0) this.member.parts.delete(this);
  }
}
