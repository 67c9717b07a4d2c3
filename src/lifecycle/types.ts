import type { SignalManager } from '../index.js';

/** The options of {@link Lifecycle}. */
export interface LifecycleOptions {
  /**
   * The manager of the signals. The lifecycle does not close it; close it after the stop. Default: one of the lifecycle's
   * own, which prints failures with `console.error`.
   */
  readonly manager?: SignalManager | undefined;
  /**
   * The time limit of the whole start in milliseconds, 0 or more, or `Infinity` for no limit. Default: 30,000.
   */
  readonly startTimeoutMs?: number | undefined;
  /**
   * The milliseconds between the beginning of the stop and the first closer, in which load balancers notice that the
   * server is not ready. 0 or more, and less than `stopTimeoutMs`. Default: 0.
   */
  readonly drainDelayMs?: number | undefined;
  /**
   * The time limit of the whole stop in milliseconds, `drainDelayMs` included. Then all closers that have not been
   * called are called at once. 0 or more, or `Infinity` for no limit. Default: 10,000, as `docker stop` allows.
   */
  readonly stopTimeoutMs?: number | undefined;
  /**
   * The milliseconds that closers still have after `stopTimeoutMs`. 0 or more, or `Infinity` for no limit. Default:
   * 1,000.
   */
  readonly killAfterMs?: number | undefined;
  /** The process signals that end `run`. Default: SIGTERM and SIGINT. */
  readonly stopOn?: readonly NodeJS.Signals[] | undefined;
}

/** The second argument of `close`, and the only one of `open`. */
export interface ResourceContext {
  /** Of `open`: aborted when the start is given up. Of `close`: aborted after `stopTimeoutMs`. */
  readonly abortSignal: AbortSignal;
}

/** The states of a {@link Lifecycle}, in this order. A failed start skips 'ready'. */
export type LifecycleState = 'new' | 'starting' | 'ready' | 'stopping' | 'stopped';
