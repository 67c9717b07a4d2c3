import type { Receiver, SendContext } from '../contract/signals.js';

/**
 * What a manager has at `[WATCHED]`. Copies of this library share managers, so a bus or a tool of one copy may meet a
 * manager of another: fields may be added in a minor version; none may be changed or removed before 2.0.
 */
export interface WatchHost {
  /** Reports an error of a watcher's method to `onError`. */
  report(error: unknown, method: Receiver, context: Pick<SendContext, 'signal' | 'sender'>): void;
}
