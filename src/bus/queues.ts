import { Fifo } from '../fifo.js';
import { Timer } from '../timer.js';

/** The payloads that wait for one subscriber, and in which units it gets them. */
export interface Queue {
  readonly size: number;
  push(payload: unknown): void;
  /** Loses the oldest payload. */
  drop(): void;
  /** Whether a unit can be taken now; `hurried`: it need not wait for more payloads. */
  isDue(hurried: boolean): boolean;
  /** The next unit; only when one is due. */
  take(): unknown;
  /** How many payloads a unit is. */
  countOf(unit: unknown): number;
  /** Calls back when a unit becomes due by time alone. */
  watch(onDue: () => void): void;
  /** All that it holds, first in first; leaves it empty. */
  clear(): unknown[];
}

/** Payload by payload. */
export class PayloadQueue extends Fifo<unknown> implements Queue {
  drop(): void {
    this.shift();
  }

  isDue(): boolean {
    return this.size > 0;
  }

  take(): unknown {
    return this.shift();
  }

  countOf(): number {
    return 1;
  }

  watch(): void {
    // Time makes no difference here.
  }

  override clear(): unknown[] {
    const payloads = [];
    while (this.size > 0) payloads.push(this.shift());
    return payloads;
  }
}

/** Payloads in arrays: full ones at once, others when their first payload has waited long enough. */
export class BatchQueue implements Queue {
  readonly #payloads = new PayloadQueue();
  /** When each of them came, in milliseconds. */
  readonly #arrivals = new Fifo<number>();
  readonly #fullSize: number;
  readonly #maxItems: number;
  readonly #maxWaitMs: number;
  #timer: Timer | undefined;
  /** The first payload has waited long enough. */
  #overdue = false;

  /** @param limit - How many payloads may wait: when so many do, waiting for more is of no use. */
  constructor(maxItems: number, maxWaitMs: number, limit: number) {
    this.#maxItems = maxItems;
    this.#maxWaitMs = maxWaitMs;
    this.#fullSize = Math.min(maxItems, limit);
  }

  get size(): number {
    return this.#payloads.size;
  }

  push(payload: unknown): void {
    this.#payloads.push(payload);
    this.#arrivals.push(performance.now());
  }

  drop(): void {
    this.#shift();
    this.#unwatch();
  }

  isDue(hurried: boolean): boolean {
    return this.size > 0 && (hurried || this.#overdue || this.size >= this.#fullSize);
  }

  take(): unknown[] {
    const batch = [];
    while (this.size > 0 && batch.length < this.#maxItems) batch.push(this.#shift());
    this.#unwatch();
    return batch;
  }

  countOf(unit: unknown): number {
    return (unit as readonly unknown[]).length;
  }

  watch(onDue: () => void): void {
    const first = this.#arrivals.first;
    if (first === undefined || this.#overdue || this.#timer !== undefined) return;
    this.#timer = new Timer(Math.max(0, first + this.#maxWaitMs - performance.now()), () => {
      this.#overdue = true;
      onDue();
    });
  }

  clear(): unknown[] {
    this.#unwatch();
    this.#arrivals.clear();
    return this.#payloads.clear();
  }

  #shift(): unknown {
    this.#arrivals.shift();
    return this.#payloads.shift();
  }

  /** Another payload is the first now. */
  #unwatch(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#overdue = false;
  }
}
