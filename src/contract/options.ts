/// <reference lib="esnext.disposable" />

/**
 * The identity of a signal: a symbol, or any object or function (a {@link Signal} is one).
 *
 * Strings and numbers throw a TypeError, because two modules that pick the same word would share a signal by accident.
 * Arrays throw one, too, except in `connect`, `connectVia`, `wait` and `stream`, where they list signals.
 */
export type SignalToken = symbol | object;

/**
 * As a signal: any signal of the manager. As a `sender`: any sender, the same as not given. It cannot be sent.
 *
 * All copies of this major version have the same value, so an ESM and a CommonJS copy work together.
 *
 * @example
 * ```ts
 * import { ANY, SignalManager } from 'signalbox';
 *
 * const signals = new SignalManager();
 * signals.connect((kwargs, { signal }) => console.log(signal, kwargs), ANY);
 * ```
 */
export const ANY: unique symbol = Symbol.for('signalbox@1/ANY');

/**
 * Several senders or keys: any iterable except a string, which would be read letter by letter. `undefined` means "not
 * given" and is no member; `null` is one. A set, such as `context.keys`, is accepted with members of any type.
 */
export type Several = (Iterable<{} | null> & object) | ReadonlySet<unknown>;

/**
 * The senders and keys of a connection, a disconnect, a send or a query.
 *
 * A receiver connected with a filter is called if at least one sender **or** one key of the send is among its own, as
 * in asyncio_dispatch. A receiver without a filter is called by every send of its signal. `sender` and `senders` add
 * up, `key` and `keys` add up; `undefined` and `sender: ANY` mean "not given", `null` is a value.
 */
export interface Filter {
  /** One sender: any value, compared by identity, or as `SameValueZero` if it is a primitive. */
  readonly sender?: unknown;
  /** Several senders. An empty iterable is a TypeError in `connect` and `disconnect`, and names none elsewhere. */
  readonly senders?: Several | undefined;
  /** One key: any value, compared as `SameValueZero`, so that NaN is the same as NaN. */
  readonly key?: unknown;
  /** Several keys. An empty iterable is a TypeError in `connect` and `disconnect`, and names none elsewhere. */
  readonly keys?: Several | undefined;
}

/** The options of {@link SignalManager.connect}. An unknown name is a TypeError. */
export interface ConnectOptions extends Filter {
  /** Holds the receiver (or `thisArg`, if given) weakly. Default: false, unlike pyDispatcher. */
  readonly weak?: boolean | undefined;
  /** The `this` of the receiver, and part of its identity. */
  readonly thisArg?: object | undefined;
  /** Disconnects before the first call. Default: false. */
  readonly once?: boolean | undefined;
  /**
   * Receivers with a higher priority are called earlier, those with the same priority in connection order. Any number
   * but NaN. Default: 0.
   */
  readonly priority?: number | undefined;
  /** Identity in place of the function (Django's `dispatch_uid`): a second connect with it keeps the first function. */
  readonly uid?: string | symbol | undefined;
  /** Disconnects when aborted. If it is aborted already, nothing is connected. */
  readonly abortSignal?: AbortSignal | undefined;
}

/** Names a receiver that was connected with this `uid`, in place of its function. */
export interface ReceiverWithUid {
  /** The `uid` that was given to `connect`. */
  readonly uid: string | symbol;
}

/** The options of {@link SignalManager.disconnect}. */
export interface DisconnectOptions extends Filter {
  /** The `thisArg` that the receiver was connected with. */
  readonly thisArg?: object | undefined;
  /** The `uid` that the receiver was connected with. */
  readonly uid?: string | symbol | undefined;
}

/** The options of the sending verbs. */
export interface SendOptions extends Filter {
  /**
   * The time limit of each receiver, in milliseconds from its call. After that, its result is a rejection with a
   * ReceiverTimeoutError. 0 or more, or `Infinity` for no limit. Default: no limit.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * An abort rejects the results that are still pending, with the abort reason. If it is aborted already, no receiver
   * is called, no wait or stream sees the send, and a sticky signal does not keep it. Any object with `aborted`,
   * `reason` and the two listener methods is an AbortSignal.
   */
  readonly abortSignal?: AbortSignal | undefined;
  /**
   * Error classes that are answers, not failures: they are in the results, but not reported to `onError` (Scrapy's
   * `dont_log`).
   */
  readonly expected?: readonly (abstract new (...args: any[]) => unknown)[] | undefined;
  /** Calls the receivers in reverse order, as for a teardown. Default: false. */
  readonly reverse?: boolean | undefined;
}

/** The options of {@link SignalManager.emit}. */
export type EmitOptions = Pick<SendOptions, keyof Filter | 'expected' | 'reverse'>;

/** The result of {@link SignalManager.emitAfter}: a delayed emit. */
export interface DelayedEmit extends Disposable {
  /** Whether it has been neither emitted nor cancelled yet. */
  readonly pending: boolean;
  /** Cancels the emit. Returns whether this call prevented it. */
  cancel(): boolean;
}

/** The options of {@link SignalManager.drain} and {@link SignalManager.close}. */
export interface DrainOptions {
  /**
   * The time limit in milliseconds, after which the drain rejects with a DrainTimeoutError. 0 or more, or `Infinity`
   * for no limit. Default: no limit.
   */
  readonly timeoutMs?: number | undefined;
}
