/** How many ids are remembered. */
const MOST_GONE = 10_000;

/** The ids of signals that have gone, for clients that still show them. */
export class GoneSignals {
  readonly #gone: { readonly id: number; readonly version: number }[] = [];
  /** The version after which all are remembered. */
  #complete = 0;

  add(ids: readonly number[], version: number): void {
    for (const id of ids) this.#gone.push({ id, version });
    const excess = this.#gone.splice(0, Math.max(this.#gone.length - MOST_GONE, 0));
    this.#complete = excess.at(-1)?.version ?? this.#complete;
  }

  reachesBackTo(version: number): boolean {
    return version >= this.#complete;
  }

  /** The ids that have gone after this version. */
  since(version: number): number[] {
    return this.#gone.filter((each) => each.version > version).map(({ id }) => id);
  }
}
