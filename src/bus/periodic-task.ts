import { Timer } from '../timer.js';
import type { Member } from './member.js';
import { Part } from './part.js';
import type { AnyFunction, BusErrorReport, PeriodicOptions } from './types.js';

/** Runs a function again and again while its bus is running, never twice at a time. */
export class PeriodicTask extends Part {
  readonly #run: () => unknown;
  readonly #periodMs: number;
  /** Its bus has been started during a run: the next one does not wait. */
  #again = false;
  #timer: Timer | undefined;

  constructor(member: Member, options: PeriodicOptions, fn: AnyFunction, thisArg: unknown) {
    super(member, undefined, fn);
    this.#run = () => fn.call(thisArg);
    this.#periodMs = options.periodMs;
    if (options.abortSignal?.aborted !== true) this.join(options.abortSignal);
  }

  /** The first run starts at once, or when one from before the last stop has ended. */
  turn(): void {
    this.#timer?.stop();
    this.#again = this.#active && this.calls > 0;
    if (this.#active && !this.#again) {
      this.member.work += 1;
      this.call();
    }
    this.leaveOnceDone();
  }

  invoke(): unknown {
    // It may have been stopped since this was due.
    return this.#active ? this.#run() : undefined;
  }

  protected next(): void {
    if (this.#active && !this.#again) this.#timer = new Timer(this.#periodMs, () => this.turn());
    else this.turn();
  }

  protected reportOf(): BusErrorReport {
    return { topic: undefined, source: 'periodic task', name: this.name };
  }

  get #active(): boolean {
    return this.member.phase === 'running' && !this.aborted;
  }
}
