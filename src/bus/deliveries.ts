/** What has been taken from a queue and is to be handled. */
interface Delivery {
  readonly to: { handle(unit: unknown): void };
  readonly unit: unknown;
}

const SOON = Promise.resolve();

/**
 * Calls subscribers in the next microtask, one after the other: a publisher never runs a subscriber's code within its
 * own, and a subscriber that publishes to itself needs no deeper stack.
 */
export class Deliveries {
  #ready: Delivery[] = [];
  #scheduled = false;

  /** @param to - Its `handle` never throws. */
  add(to: Delivery['to'], unit: unknown): void {
    this.#ready.push({ to, unit });
    if (this.#scheduled) return;
    this.#scheduled = true;
    void SOON.then(this.#deliver);
  }

  readonly #deliver = (): void => {
    while (this.#ready.length > 0) {
      const ready = this.#ready;
      this.#ready = [];
      for (const { to, unit } of ready) to.handle(unit);
    }
    this.#scheduled = false;
  };
}
