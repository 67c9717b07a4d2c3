import { DrainTimeoutError } from './errors.js';
import { Timer } from './timer.js';
import { nameOfReceiver } from './tokens.js';
import type { Receiver } from './types.js';

/** A send that waits for receivers. */
export interface PendingSend {
  /** The receivers that have been called and have not settled. */
  running(): Iterable<Receiver>;
}

/** The sends of a manager that have not settled, and who waits for them to do so. */
export class PendingSends {
  /** How many sends are calling their receivers right now, one inside the other. */
  #calling = 0;
  readonly #waiting = new Set<PendingSend>();
  readonly #drains = new Set<() => void>();

  get count(): number {
    return this.#calling + this.#waiting.size;
  }

  /** A send starts calling receivers. */
  enter(): void {
    this.#calling += 1;
  }

  /** It has called them; what is still to come of it has been added. */
  leave(): void {
    this.#calling -= 1;
    if (this.#drains.size > 0) this.#notice();
  }

  add(send: PendingSend): void {
    this.#waiting.add(send);
  }

  delete(send: PendingSend): void {
    this.#waiting.delete(send);
    this.#notice();
  }

  /** Resolves when no send is pending; rejects with a DrainTimeoutError when that takes longer than `timeoutMs`. */
  drain(timeoutMs = Infinity): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = new Timer(timeoutMs, () => {
        this.#drains.delete(done);
        reject(new DrainTimeoutError(this.#running(), timeoutMs));
      });
      const done = (): void => {
        timer.stop();
        this.#drains.delete(done);
        resolve();
      };
      this.#drains.add(done);
    });
  }

  /** The count may have become 0. */
  #notice(): void {
    if (this.count === 0) for (const resolve of [...this.#drains]) resolve();
  }

  #running(): string[] {
    return [...this.#waiting].flatMap((send) => [...send.running()].map(nameOfReceiver));
  }
}
