import { DrainTimeoutError } from './errors.js';
import type { FailureLog } from './failure-log.js';
import { Timer } from './timer.js';
import { nameOfReceiver } from './tokens.js';

/** A send that waits for receivers. */
export interface PendingSend {
  /** The receivers that have been called and have not settled; of those elsewhere, the places. */
  running(): Iterable<{ readonly name: unknown }>;
}

/** The sends of a manager that have not settled, who waits for them to do so, and where failures are told. */
export class Home {
  readonly failures: FailureLog;
  /** How many sends are calling their receivers right now, one inside the other. */
  #calling = 0;
  readonly #waiting = new Set<PendingSend>();
  #drains: Set<() => void> | undefined;

  constructor(failures: FailureLog) {
    this.failures = failures;
  }

  /** How many sends have not settled. */
  get pending(): number {
    return this.#calling + this.#waiting.size;
  }

  /** A send starts calling receivers. */
  enter(): void {
    this.#calling += 1;
  }

  /** It has called them; what is still to come of it has been added. */
  leave(): void {
    this.#calling -= 1;
    if (this.#drains !== undefined) this.#notice();
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
    if (this.pending === 0) return Promise.resolve();
    const drains = (this.#drains ??= new Set());
    return new Promise((resolve, reject) => {
      const timer = new Timer(timeoutMs, () => {
        drains.delete(done);
        reject(new DrainTimeoutError([...this.running()].map(nameOfReceiver), timeoutMs));
      });
      const done = (): void => {
        timer.stop();
        resolve();
      };
      drains.add(done);
    });
  }

  /** Whom the sends wait for. */
  *running(): Generator<{ readonly name: unknown }, void> {
    for (const send of this.#waiting) yield* send.running();
  }

  /** The count may have become 0. */
  #notice(): void {
    if (this.pending > 0 || this.#drains === undefined) return;
    const drains = this.#drains;
    this.#drains = undefined;
    for (const resolve of drains) resolve();
  }
}
