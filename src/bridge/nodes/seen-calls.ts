const MOST_RECENT = 1_000;

/**
 * The numbers of the calls that one run of a node has made, so that each is delivered once.
 *
 * A number stands for its own call alone, however large it is: a forged one must not shut out those that come after it. Only
 * numbers below all of the latest thousand or two count as seen without having been.
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
