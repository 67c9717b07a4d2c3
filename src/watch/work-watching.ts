import type { WorkWatch } from '../contract/signals.js';
import { type OneWatch, type WatchContext, nest } from './watch-call.js';

/** The interest of all watchers in one piece of bus work. */
export class WorkWatching {
  readonly #context: WatchContext;
  /** The outermost first. */
  readonly #all: readonly OneWatch<WorkWatch>[];
  #ended = false;

  constructor(context: WatchContext, all: readonly OneWatch<WorkWatch>[]) {
    this.#context = context;
    this.#all = all;
  }

  /** Calls the function that does the work. */
  run<T>(work: () => T): T {
    return nest(this.#all, 'run', this.#context, work, (watch, go) => watch.run?.(go));
  }

  /** The work is over. Only the first call counts: a call that has timed out may still end. */
  end(...failure: [failure?: { readonly error: unknown }]): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { of, watch } of this.#all) of.ask(watch, 'onEnd', this.#context, () => watch.onEnd?.(...failure));
  }
}
