/** Counts work that has begun and has not ended, and tells when it ends. */
export class PendingWork {
  #size = 0;
  #waiting: (() => void)[] = [];
  #onIdle: (() => void) | undefined;

  get size(): number {
    return this.#size;
  }

  begin(): void {
    this.#size += 1;
  }

  end(count = 1): void {
    this.#size -= count;
    if (this.#waiting.length > 0) for (const resolve of this.#waiting.splice(0)) resolve();
    if (this.#size === 0) this.#onIdle?.();
  }

  /** Counts a promise, which must not reject, until it settles. */
  add(promise: Promise<unknown>): void {
    this.begin();
    void promise.finally(() => this.end());
  }

  /** Sets the function that is called whenever no work is left, in the call that ends the last. */
  onIdle(onIdle: (() => void) | undefined): void {
    this.#onIdle = onIdle;
  }

  /** Resolves when no work is left, work that begins meanwhile included. */
  async whenIdle(): Promise<void> {
    while (this.#size > 0) await this.whenOneEnds();
  }

  /** Not a race of all promises: each would keep its reactions, however often another ends. */
  whenOneEnds(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
