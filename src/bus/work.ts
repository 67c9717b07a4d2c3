/**
 * What a bus still has to do, as a count: payloads that wait in a queue or are being handled, publishes that wait for
 * room, and runs of periodic tasks. A stop is done when it is 0.
 */
export class Work {
  #count = 0;
  /** Called whenever the count becomes 0. */
  onIdle: (() => void) | undefined;

  get idle(): boolean {
    return this.#count === 0;
  }

  add(): void {
    this.#count += 1;
  }

  done(count = 1): void {
    this.#count -= count;
    if (this.#count === 0) this.onIdle?.();
  }
}
