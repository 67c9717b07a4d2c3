import type { ConnectOptions, Signal } from '../index.js';

/** A signal with any kwargs and results. */
export type AnySignal = Signal<any, any, any>;

/** A worker that can be attached: a Worker of `node:worker_threads`, or an object with these members. */
export interface AttachableWorker {
  /** The id of the thread, as in `node:worker_threads`. */
  readonly threadId: number;
  /** Calls a function when the thread ends. */
  once(event: 'exit', receiver: () => void): unknown;
  /** Takes back a `once` of the same function. */
  off(event: 'exit', receiver: () => void): unknown;
}

/** The options of a hub and of `joinThreads`. */
export interface ThreadOptions {
  /**
   * The signals to share, all of the given manager. Each needs a name that is unique among them, because threads match
   * signals by name. Threads that join later do not get the last send of a sticky signal.
   */
  readonly signals: readonly AnySignal[];
  /** The name of this thread in results and errors. Default: `main`, or `worker-<threadId>`. */
  readonly name?: string | undefined;
  /**
   * How long a silent thread may take to answer a `connectOn` or a send without `timeoutMs`, and `joinThreads` to find a
   * hub. In milliseconds, 0 or more, or `Infinity` for no limit. Default: 30,000.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How many emits may wait for one busy thread. Further ones are dropped and reported to `onError` as
   * ThreadOverflowError. Emits between workers pass through the thread of the hub and count there, too. A whole number,
   * 1 or more, or `Infinity`. Default: 10,000.
   */
  readonly maxQueued?: number | undefined;
}

/** The options of {@link ThreadHub.connectOn}: the options of `connect` that can cross to another thread. */
export type RemoteConnectOptions = Pick<ConnectOptions, 'key' | 'keys' | 'once' | 'priority' | 'uid'>;
