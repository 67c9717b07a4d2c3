import { captureAsyncContext } from '../internal/async-context.js';
import { Timer } from '../internal/timer.js';
import { callSoon } from './calls.js';
import type { BusState } from './bus-state.js';
import { RecurringCallee } from './recurring.js';
import type { AnyFunction, PeriodicOptions } from './types.js';

/** Runs a function again and again while its bus is running, never twice at a time. */
export class PeriodicTask extends RecurringCallee {
  readonly source = 'periodic task';
  readonly queued = 0;
  readonly #periodMs: number;
  /** Each run is in the context of the declaration, whoever starts the bus. */
  readonly #within = captureAsyncContext();
  /** Its bus has been started during a run: the next one does not wait. */
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
    if (this.calls > 0) this.#again = true;
    else if (afterCall && !again) this.#timer = new Timer(this.#periodMs, () => this.turn());
    else {
      this.member.work += 1;
      this.calls += 1;
      callSoon(this, this.#within);
    }
  }

  invoke(): unknown {
    // The bus may have been stopped since this was due.
    return this.#active ? this.fn() : undefined;
  }
}
