const MOST_RECENT = 1_000;

/**
 * The numbers of the calls of one run of a node, so that each call is delivered once.
 *
 * A large number excludes only its own call, because a forged one must not block later calls. Numbers below the latest
 * thousand or two count as seen, whether they were or not.
 */
export class SeenCalls {
  #latest = new Set<number>();
  #before = new Set<number>();
  #lowest = Infinity;
  #floor = 0;

  /** @returns Whether the number is new. */
  add(id: number): boolean {
    if (id <= this.#floor || this.#latest.has(id) || this.#before.has(id)) return false;
    this.#latest.add(id);
    this.#lowest = Math.min(this.#lowest, id);
    if (this.#latest.size === MOST_RECENT) {
      this.#floor = this.#lowest - 1;
      this.#before = this.#latest;
      this.#latest = new Set();
      this.#lowest = Infinity;
    }
    return true;
  }
}
