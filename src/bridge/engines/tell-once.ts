import type { OnError } from './consumer-loop.js';

/** After this number of different reasons, the set of reported ones is cleared. */
const MOST_TOLD = 1_000;

/** Reports failures that a server repeats: once for each reason to each `onError`, even if it is given several times. */
export class TellOnce {
  readonly #told = new WeakMap<OnError, Set<string>>();

  tell(onError: OnError, reason: string, error: unknown): void {
    const told = this.#told.get(onError) ?? new Set();
    this.#told.set(onError, told);
    if (told.has(reason)) return;
    if (told.size >= MOST_TOLD) told.clear();
    told.add(reason);
    onError(error);
  }
}
