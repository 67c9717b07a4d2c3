/** What is being done right now. */
export class InHand {
  readonly #open = new Set<Promise<unknown>>();

  get size(): number {
    return this.#open.size;
  }

  /** @param doing - Does not reject. */
  add(doing: Promise<unknown>): void {
    const done = doing.finally(() => this.#open.delete(done));
    this.#open.add(done);
  }

  /** Resolves when one of them is done. */
  async next(): Promise<void> {
    await Promise.race(this.#open);
  }

  /** Resolves when all that is being done now is done. */
  async drained(): Promise<void> {
    await Promise.all(this.#open);
  }
}
