import { captureAsyncContext } from '../internal/async-context.js';
import { Timer } from '../internal/timer.js';
import { type BusCall, callSoon } from './calls.js';
import type { BusState } from './bus-state.js';
import { RecurringCallee, type WorkDescription } from './recurring.js';
import type { AnyFunction, PeriodicOptions } from './types.js';

/** Runs a function periodically while its bus is running. Runs never overlap. */
export class PeriodicTask extends RecurringCallee {
  readonly source = 'periodic task';
  readonly queued = 0;
  readonly #periodMs: number;
  /** Each run has the async context of the declaration, not that of `start`. */
  readonly #within = captureAsyncContext();
  /** Whether the bus was started during a run, so that the next run starts without a delay. */
  #again = false;
  #timer: Timer | undefined;

  constructor(member: BusState, { periodMs, abortSignal }: PeriodicOptions, fn: AnyFunction, thisArg: unknown) {
    super(member, undefined, fn, thisArg, abortSignal);
    this.#periodMs = periodMs;
  }

  get #active(): boolean {
    return this.member.phase === 'running' && !this.aborted;
  }

  turn(afterCall = false): void {
    this.#timer?.stop();
    const again = this.#again;
    this.#again = false;
    if (!this.#active) return;
    if (this.calls + this.abandoned > 0) this.#again = true;
    else if (afterCall && !again) this.#timer = new Timer(this.#periodMs, () => this.turn());
    else {
      this.member.work.begin();
      this.calls += 1;
      this.handling += 1;
      callSoon(this, this.#within);
    }
  }

  invoke(_unit: unknown, call: BusCall): unknown {
    // The bus may have been stopped after this call became due.
    return this.#active ? this.perform(undefined, call, () => this.fn()) : undefined;
  }

  protected override describe(): WorkDescription {
    return { kind: 'periodic task', topic: undefined, signal: undefined, payloads: [], traces: [] };
  }
}
