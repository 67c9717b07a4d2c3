import { DrainTimeoutError } from './errors.js';
import type { FailureLog } from './failure-log.js';
import { Timer } from './timer.js';
import { nameOfReceiver } from './tokens.js';

/** A send that waits for receivers. */
export interface PendingSend {
  /** The receivers that have been called and have not settled; of those elsewhere, the places. */
  running(): Iterable<{ readonly name: unknown }>;
  /** Its neighbours among the sends that wait: these are linked to each other, for a Set costs more than all the rest. */
  before?: PendingSend | undefined;
  after?: PendingSend | undefined;
}

/** The sends of a manager that have not settled, who waits for them to do so, and where failures are told. */
export class Home {
  readonly failures: FailureLog;
  /**
   * How many sends are calling their receivers right now, one inside the other. Each counts itself, without a call: at the
   * end of the stack, where receivers nest too deep, a call might fail.
   */
  calling = 0;
  #waiting = 0;
  #latest: PendingSend | undefined;
  #drains: Set<() => void> | undefined;

  constructor(failures: FailureLog) {
    this.failures = failures;
  }

  /** How many sends have not settled. */
  get pending(): number {
    return this.calling + this.#waiting;
  }

  /** A send has called its receivers; what is still to come of it has been added. */
  called(): void {
    if (this.#drains !== undefined) this.#notice();
  }

  add(send: PendingSend): void {
    this.#waiting += 1;
    send.before = this.#latest;
    if (this.#latest !== undefined) this.#latest.after = send;
    this.#latest = send;
  }

  /** Does nothing for a send that does not wait any more. */
  delete(send: PendingSend): void {
    const { before, after } = send;
    if (after === undefined && send !== this.#latest) return;
    this.#waiting -= 1;
    if (before !== undefined) before.after = after;
    if (after === undefined) this.#latest = before;
    else after.before = before;
    send.before = send.after = undefined;
    if (this.#drains !== undefined) this.#notice();
  }

  /** Resolves when no send is pending; rejects with a DrainTimeoutError when that takes longer than `timeoutMs`. */
  drain(timeoutMs = Infinity): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    const drains = (this.#drains ??= new Set());
    return new Promise((resolve, reject) => {
      const timer = new Timer(timeoutMs, () => {
        drains.delete(done);
        reject(new DrainTimeoutError(this.running().map(nameOfReceiver), timeoutMs));
      });
      const done = (): void => {
        timer.stop();
        resolve();
      };
      drains.add(done);
    });
  }

  /** Whom the sends wait for, the oldest send first. */
  running(): { readonly name: unknown }[] {
    const running: Iterable<{ readonly name: unknown }>[] = [];
    for (let send = this.#latest; send !== undefined; send = send.before) running.unshift(send.running());
    return running.flatMap((names) => [...names]);
  }

  /** The count may have become 0. */
  #notice(): void {
    if (this.pending > 0 || this.#drains === undefined) return;
    const drains = this.#drains;
    this.#drains = undefined;
    for (const resolve of drains) resolve();
  }
}
