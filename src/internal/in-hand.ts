/** What is being done right now. */
export class InHand {
  readonly #open = new Set<Promise<unknown>>();
  #waiting: (() => void)[] = [];

  get size(): number {
    return this.#open.size;
  }

  /** @param doing - Does not reject. */
  add(doing: Promise<unknown>): void {
    const done = doing.finally(() => {
      this.#open.delete(done);
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
    this.#open.add(done);
  }

  /** Resolves when one of them is done. No race of them all: each would keep what waits for it, however often one is done. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when all that is being done now is done. */
  async drained(): Promise<void> {
    await Promise.all(this.#open);
  }
}
