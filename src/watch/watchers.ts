import { argumentError, checkObject } from '../internal/check.js';
import type { FailureLog } from '../signals/failure-log.js';
import type { Receiver, SendContext, SendWatcher } from '../contract/signals.js';
import type { WatchHost } from './watch-host.js';

/** The watchers of one manager. */
export class Watchers implements WatchHost {
  readonly #failures: FailureLog;
  /** In the order of their `watch` calls. Replaced at each change, so that a send in progress keeps its own. */
  #all: readonly SendWatcher[] = [];

  constructor(failures: FailureLog) {
    this.#failures = failures;
  }

  add(watcher: SendWatcher): () => void {
    checkWatcher(watcher);
    this.#all = [...this.#all, watcher];
    return () => {
      this.#all = this.#all.filter((each) => each !== watcher);
    };
  }

  release(): void {
    this.#all = [];
  }

  report(error: unknown, method: Receiver, context: Pick<SendContext, 'signal' | 'sender'>): void {
    this.#failures.reportWatcher(error, method, context);
  }
}

function checkWatcher(watcher: unknown): void {
  checkObject(watcher, 'watcher');
  const { onSend, onWork } = watcher as { readonly onSend?: unknown; readonly onWork?: unknown };
  for (const [name, method] of Object.entries({ onSend, onWork })) {
    if (method !== undefined && typeof method !== 'function') {
      throw argumentError(`watcher.${name}`, 'a function', method);
    }
  }
  if (onSend === undefined && onWork === undefined) {
    throw argumentError('watcher', 'an object with `onSend` or `onWork`', watcher, ' without them');
  }
}
