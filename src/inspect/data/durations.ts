/**
 * Durations, counted by powers of two of a microsecond: a percentile is at least the true one, and at most twice it or one
 * microsecond, whichever is more.
 */
export class Durations {
  /** How many took up to 1, 2, 4, 8… microseconds. */
  readonly #counts: number[] = [];
  #count = 0;
  #longestMs = 0;

  add(ms: number): void {
    const microseconds = Math.max(1, Math.ceil(ms * 1_000));
    let slot = Math.ceil(Math.log2(microseconds));
    while (2 ** slot < microseconds) slot += 1; // the logarithm may be rounded down
    while (this.#counts.length <= slot) this.#counts.push(0);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#count += 1;
    this.#longestMs = Math.max(this.#longestMs, ms);
  }

  /** @returns null before the first duration. */
  percentile(share: number): number | null {
    if (this.#count === 0) return null;
    let slot = -1;
    for (let left = Math.ceil(share * this.#count); left > 0; left -= this.#counts[slot] ?? left) slot += 1;
    return Math.min(2 ** slot / 1_000, Math.max(this.#longestMs, 0.001));
  }
}
