import { Fifo } from '../fifo.js';
import { Timer } from '../timer.js';

/** How long the first payload of a batch has been waiting. */
export class BatchClock {
  /** When each payload came, in milliseconds. */
  readonly #arrivals = new Fifo<number>();
  readonly #maxWaitMs: number;
  readonly #onOverdue: () => void;
  #timer: Timer | undefined;
  /** The first payload has waited long enough. */
  overdue = false;

  constructor(maxWaitMs: number, onOverdue: () => void) {
    this.#maxWaitMs = maxWaitMs;
    this.#onOverdue = onOverdue;
  }

  arrived(): void {
    this.#arrivals.push(performance.now());
  }

  /** The first payloads have been taken. */
  left(count: number): void {
    for (let i = 0; i < count; i++) this.#arrivals.shift();
    this.#timer?.stop();
    this.#timer = undefined;
    this.overdue = false;
  }

  /** Calls back when the first payload has waited long enough. */
  watch(): void {
    const first = this.#arrivals.first;
    if (first === undefined || this.overdue || this.#timer !== undefined) return;
    this.#timer = new Timer(Math.max(0, first + this.#maxWaitMs - performance.now()), () => {
      this.overdue = true;
      this.#onOverdue();
    });
  }
}
