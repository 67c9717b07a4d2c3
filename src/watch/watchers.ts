import { argumentError, checkFunction, checkObject } from '../internal/check.js';
import type { SendOptions } from '../contract/options.js';
import type { BusWork, Receiver, SendWatch, SendWatcher, WatchedSend, WorkWatch } from '../contract/signals.js';
import { ANY } from '../signals/tokens.js';
import { type OneWatch, WatchCall, type WatchContext, type WatcherErrors, oneWatch } from './watch-call.js';
import type { WatchHost } from './watch-host.js';
import { Watching } from './watching.js';
import { WorkWatching } from './work-watching.js';

/** The watchers of one manager. */
export class Watchers implements Pick<WatchHost, 'report' | 'watchesWork' | 'askWork'> {
  readonly #errors: WatcherErrors;
  /** In the order of their `watch` calls. Replaced at each change, so that a send that starts keeps its own. */
  #all: readonly WatchCall[] = [];
  /** Those with `onSend`. */
  #ofSends: readonly WatchCall[] = [];
  /** Those with `onWork`. */
  #ofWork: readonly WatchCall[] = [];
  readonly #onChange: () => void;

  /** @param onChange - Called when `watchesSends` may have changed. */
  constructor(errors: WatcherErrors, onChange: () => void) {
    this.#errors = errors;
    this.#onChange = onChange;
  }

  get watchesSends(): boolean {
    return this.#ofSends.length > 0;
  }

  get watchesWork(): boolean {
    return this.#ofWork.length > 0;
  }

  /** @returns A function that ends the watch. */
  add(watcher: SendWatcher): () => void {
    checkWatcher(watcher);
    const call = new WatchCall(watcher, this.#errors);
    this.#replace([...this.#all, call]);
    return () => {
      if (!call.active) return;
      call.active = false;
      this.#replace(this.#all.filter((each) => each !== call));
    };
  }

  release(): void {
    this.#replace([]);
  }

  /** Shows a send to the watchers. @returns undefined if all of them ignore it. */
  ask(send: WatchedSend, expected: SendOptions['expected']): Watching | undefined {
    let all: OneWatch<SendWatch>[] | undefined;
    for (const of of this.#ofSends) {
      if (!of.active) continue;
      const { watcher } = of;
      try {
        const watch = watcher.onSend?.(send);
        if (typeof watch !== 'object' || (watch as unknown) === null) continue;
        of.returned(watch, watcher, 'onSend', send.context);
        const one = oneWatch(of, watch);
        if (all === undefined) all = [one];
        else all.push(one);
      } catch (error) {
        of.report(error, watcher, 'onSend', send.context);
      }
    }
    return all && new Watching(send, all, expected);
  }

  askWork(work: BusWork): WorkWatching | undefined {
    const context = { signal: work.signal ?? ANY, sender: undefined };
    const all: OneWatch<WorkWatch>[] = [];
    for (const of of this.#ofWork) {
      if (!of.active) continue;
      const { watcher } = of;
      const watch = of.ask(watcher, 'onWork', context, () => watcher.onWork?.(work));
      if (typeof watch !== 'object' || (watch as unknown) === null) continue;
      const one = of.ask(watcher, 'onWork', context, () => oneWatch(of, watch));
      if (one !== undefined) all.push(one);
    }
    return all.length === 0 ? undefined : new WorkWatching(context, all);
  }

  report(error: unknown, method: Receiver, context: WatchContext): void {
    this.#errors.failures.reportWatcher(error, method, context);
  }

  #replace(all: readonly WatchCall[]): void {
    this.#all = all;
    this.#ofSends = all.filter(({ watcher }) => watcher.onSend !== undefined);
    this.#ofWork = all.filter(({ watcher }) => watcher.onWork !== undefined);
    this.#onChange();
  }
}

function checkWatcher(watcher: unknown): void {
  checkObject(watcher, 'watcher');
  const { onSend, onWork } = watcher as { readonly onSend?: unknown; readonly onWork?: unknown };
  for (const [name, method] of Object.entries({ onSend, onWork })) {
    if (method !== undefined) checkFunction(method, `watcher.${name}`);
  }
  if (onSend === undefined && onWork === undefined) {
    throw argumentError('watcher', 'an object with `onSend` or `onWork`', watcher, ' without them');
  }
}
