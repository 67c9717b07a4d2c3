import type { BusWork, Receiver, SendContext, SignalManager } from '../contract/signals.js';
import { WATCHED } from '../signals/tokens.js';

/**
 * What a manager has at `[WATCHED]`. Copies of this library share managers, so a bus or a tool of one copy may meet a
 * manager of another: fields may be added in a minor version; none may be changed or removed before 2.0.
 */
export interface WatchHost {
  /** Reports an error of a watcher's method to `onError`. */
  report(error: unknown, method: Receiver, context: Pick<SendContext, 'signal' | 'sender'>): void;
  /** Whether any watcher has `onWork`. */
  readonly watchesWork: boolean;
  /** Shows bus work to the watchers. @returns What it is done within; undefined if all of them ignore it. */
  askWork(work: BusWork): WatchedWork | undefined;
}

/** What watched bus work is done within. */
export interface WatchedWork {
  run<T>(work: () => T): T;
  end(...failure: [failure?: { readonly error: unknown }]): void;
}

/** Returns what a manager of any copy of this library has for buses and tools. */
export function watchHostOf(manager: SignalManager): WatchHost | undefined {
  return (manager as { readonly [WATCHED]?: WatchHost })[WATCHED];
}
