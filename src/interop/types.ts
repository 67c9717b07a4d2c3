/// <reference lib="esnext.disposable" />
declare global {
  // As rxjs declares it. The symbol exists only where a polyfill has made it.
  interface SymbolConstructor {
    readonly observable: symbol;
  }
}

/** An object whose methods get the values and the end of an {@link InteropObservable}. */
export interface Observer<T> {
  /** Called with each value. */
  readonly next?: ((value: T) => void) | undefined;
  /** Called at most once, with what keeps the subscription from beginning. */
  readonly error?: ((error: unknown) => void) | undefined;
  /** Called at most once, when no value can follow. */
  readonly complete?: (() => void) | undefined;
}

/** An observable that rxjs's `from` accepts, and any other library that looks for `Symbol.observable` or '@@observable'. */
export interface InteropObservable<T> {
  /**
   * Connects a receiver that calls `next` with the kwargs of each send.
   *
   * @returns An object whose `unsubscribe` disconnects the receiver.
   * @throws TypeError for anything that is not an observer or a function. ManagerClosedError if the manager is closed and
   * the observer has no `error`.
   */
  subscribe(observer: Observer<T> | ((value: T) => void)): { unsubscribe(): void };
  /** Returns this observable. It exists only if `Symbol.observable` existed when `toObservable` was called. */
  [Symbol.observable](): InteropObservable<T>;
  /** Returns this observable. */
  '@@observable'(): InteropObservable<T>;
}

/** The methods of an EventEmitter that {@link fromEmitter} calls. */
export interface EmitterLike {
  /** Adds a listener of an event. */
  on(event: any, receiver: (...args: any[]) => void): unknown;
  /** Removes a listener that `on` has added. */
  off(event: any, receiver: (...args: any[]) => void): unknown;
}

/** The options of {@link fromEmitter}. */
export interface FromEmitterOptions {
  /** Listens all the time, not only while something hears the signal. Default: false. */
  readonly always?: boolean | undefined;
  /** An abort has the effect of disposing. If it is aborted already, nothing is attached. */
  readonly abortSignal?: AbortSignal | undefined;
}

/** The options of {@link fromAsyncIterable}. */
export interface FromAsyncIterableOptions {
  /** Uses `sendSerial` instead of `send`. Default: false. */
  readonly serially?: boolean | undefined;
  /** An abort ends the pending send, as in `send`, takes no further item, and rejects with the abort reason. */
  readonly abortSignal?: AbortSignal | undefined;
}
