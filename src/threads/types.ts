import type { ConnectOptions } from '../index.js';
import type { AnySignal } from './shares.js';

/** What a hub and a link take. */
export interface ThreadOptions {
  /** The signals that cross: of the manager, each with a name that no other of them has. They are known by their names. */
  readonly signals: readonly AnySignal[];
  /** This thread's name in results and errors. Default: `main`, or `worker-<threadId>`. */
  readonly name?: string;
  /**
   * Milliseconds that a silent thread has to answer a send without `timeoutMs`, and that `joinThreads` waits for a hub.
   * 0 or more, `Infinity` means for ever. Default: 30,000.
   */
  readonly timeoutMs?: number;
  /**
   * How many emits may wait for one busy thread; more are dropped and reported to `onError` as ThreadOverflowError. A
   * whole number, 1 or more, or `Infinity`. Default: 10,000.
   */
  readonly maxQueued?: number;
}

/** What {@link ThreadHub.connectOn} takes besides the receiver's place: what can cross of the options of `connect`. */
export type RemoteConnectOptions = Pick<ConnectOptions, 'key' | 'keys' | 'once' | 'priority' | 'uid'>;
