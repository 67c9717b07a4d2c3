/// <reference lib="esnext.disposable" />

/**
 * What identifies a signal: a symbol, or any object or function (a {@link Signal} is one).
 *
 * Strings and numbers are refused with a TypeError: two modules that happen to pick the same word would share a signal
 * without knowing it. So are arrays, which list signals in `connect`, `connectVia`, `wait` and `stream`.
 */
export type SignalToken = symbol | object;

/**
 * Routing: the same words when connecting, disconnecting, sending and asking.
 *
 * A receiver connected with a filter is called when at least one sender **or** one key of the send is among its own, as
 * in asyncio_dispatch. A receiver without a filter is called by every send of its signal. `sender` and `senders` add up,
 * `key` and `keys` add up; `undefined` and `sender: ANY` mean "not given", `null` is a value.
 */
export interface Filter {
  readonly sender?: unknown;
  readonly senders?: Iterable<unknown> | undefined;
  readonly key?: unknown;
  readonly keys?: Iterable<unknown> | undefined;
}

/** What {@link SignalManager.connect} takes besides the receiver and the signal. An unknown name is a TypeError. */
export interface ConnectOptions extends Filter {
  /** Holds the receiver (or `thisArg`, when given) weakly. Default: false, unlike pyDispatcher. */
  readonly weak?: boolean | undefined;
  /** The `this` of the receiver, and part of its identity. */
  readonly thisArg?: object | undefined;
  /** Disconnects before the first call. Default: false. */
  readonly once?: boolean | undefined;
  /** Higher is called earlier; equal priorities in connection order. Any number but NaN. Default: 0. */
  readonly priority?: number | undefined;
  /** Identity in place of the function (Django's `dispatch_uid`): a second connect with it keeps the first function. */
  readonly uid?: string | symbol | undefined;
  /** Disconnects when aborted; already aborted: nothing is connected. */
  readonly abortSignal?: AbortSignal | undefined;
}

/** Names a receiver that was connected with this `uid`, in place of its function. */
export interface ReceiverWithUid {
  readonly uid: string | symbol;
}

/** What names a receiver besides its function when it is disconnected. */
export interface DisconnectOptions extends Filter {
  readonly thisArg?: object | undefined;
  readonly uid?: string | symbol | undefined;
}

/** What the sending verbs take besides kwargs. */
export interface SendOptions extends Filter {
  /**
   * Milliseconds that each receiver has from its call; then it is reported as rejected with a ReceiverTimeoutError.
   * 0 or more, `Infinity` means none. Default: none.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Aborting reports what is still pending as rejected with the abort reason. If it is aborted already, nobody is called, no
   * wait or stream sees the send, and a sticky signal does not keep it. Any object with `aborted`, `reason` and the two
   * listener methods is an AbortSignal.
   */
  readonly abortSignal?: AbortSignal | undefined;
  /** Error classes that are answers, not failures: in the results, but not given to `onError` (Scrapy's `dont_log`). */
  readonly expected?: readonly (abstract new (...args: any[]) => unknown)[] | undefined;
  /** Last connected first: teardown order. Default: false. */
  readonly reverse?: boolean | undefined;
}

/** What {@link SignalManager.emit} takes besides kwargs. */
export type EmitOptions = Pick<SendOptions, keyof Filter | 'expected' | 'reverse'>;

/** What {@link SignalManager.emitAfter} returns: the emit that is still to come. */
export interface DelayedEmit extends Disposable {
  /** True until it has been emitted or cancelled. */
  readonly pending: boolean;
  /** True when this call prevented the emit. */
  cancel(): boolean;
}

/** How long {@link SignalManager.drain} and {@link SignalManager.close} wait. */
export interface DrainOptions {
  /** Milliseconds until the drain rejects with a DrainTimeoutError. 0 or more, `Infinity` means none. Default: none. */
  readonly timeoutMs?: number | undefined;
}
