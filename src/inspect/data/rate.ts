const SECONDS = 60;

/** Counts events per second: in the current one, and in the last 60 full ones. */
export class Rate {
  /** By second, modulo the length. */
  readonly #counts = new Uint32Array(SECONDS + 1);
  #second: number;
  /** The sum of all counts. */
  #sum = 0;

  constructor(second: number) {
    this.#second = second;
  }

  /** Whether nothing was counted lately. */
  get idle(): boolean {
    return this.#sum === 0;
  }

  count(second: number): void {
    this.advance(second);
    this.#counts[second % this.#counts.length] = this.#at(second) + 1;
    this.#sum += 1;
  }

  /** @returns Whether `perSecond` or `history` has changed. */
  advance(second: number): boolean {
    if (second <= this.#second) return false;
    const changed = this.#sum > 0;
    const from = Math.max(this.#second + 1, second - SECONDS);
    for (let each = from; each <= second; each++) {
      this.#sum -= this.#at(each);
      this.#counts[each % this.#counts.length] = 0;
    }
    this.#second = second;
    return changed;
  }

  /** Events in the last full second. */
  get perSecond(): number {
    return this.#at(this.#second + SECONDS);
  }

  /** Events in the last 60 full seconds, oldest first. */
  get history(): number[] {
    return Array.from({ length: SECONDS }, (_, index) => this.#at(this.#second + 1 + index));
  }

  /** @param second - The count of a second that is 61 seconds away stands in the same place. */
  #at(second: number): number {
    return this.#counts[second % this.#counts.length] ?? 0;
  }
}
