import type { ConnectOptions, Signal } from '../index.js';

/** A signal of any kwargs and results. */
export type AnySignal = Signal<any, any, any>;

/** What can be attached: a Worker of `node:worker_threads`, or what has of it as much as this. */
export interface AttachableWorker {
  readonly threadId: number;
  once(event: 'exit', receiver: () => void): unknown;
  off(event: 'exit', receiver: () => void): unknown;
}

/** What a hub and a link take. */
export interface ThreadOptions {
  /**
   * The signals that cross: of the manager, each with a name that no other of them has. They are known by their names. The
   * last send of a sticky one is kept in the threads that were there: who joins later does not get it.
   */
  readonly signals: readonly AnySignal[];
  /** This thread's name in results and errors. Default: `main`, or `worker-<threadId>`. */
  readonly name?: string;
  /**
   * Milliseconds that a silent thread has to answer a send without `timeoutMs`, or `connectOn`, and that `joinThreads`
   * waits for a hub: 0 or more, `Infinity` means for ever. Default: 30,000.
   */
  readonly timeoutMs?: number;
  /**
   * How many emits may wait for one busy thread; more are dropped and reported to `onError` as ThreadOverflowError. Those
   * from worker to worker pass through the thread of the hub and count on the way there, too. A whole number, 1 or more,
   * or `Infinity`. Default: 10,000.
   */
  readonly maxQueued?: number;
}

/** What {@link ThreadHub.connectOn} takes besides the receiver's place: what can cross of the options of `connect`. */
export type RemoteConnectOptions = Pick<ConnectOptions, 'key' | 'keys' | 'once' | 'priority' | 'uid'>;
