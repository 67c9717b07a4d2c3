/// <reference lib="esnext.disposable" />
import type { Signal } from '../signal.js';
import type { SignalManager } from '../manager/manager.js';

/**
 * What identifies a signal: a symbol, or any object or function (a {@link Signal} is one).
 *
 * Strings and numbers are refused with a TypeError: two modules that happen to pick the same word would share a signal
 * without knowing it. So are arrays, which list signals in `connect`, `connectVia`, `wait` and `stream`.
 */
export type SignalToken = symbol | object;

/** The kwargs that a receiver of `T` gets, of one of the signals if `T` is an array; untyped tokens carry any kwargs. */
export type KwargsOf<T> = T extends readonly (infer Each)[]
  ? KwargsOf<Each>
  : T extends Signal<infer K, any, any>
    ? K
    : any;
/** What a receiver of `T` may return. For several signals, a result that fits each of them. */
export type ResultOf<T> = T extends readonly (infer Each)[]
  ? AllOf<Each>
  : T extends Signal<any, infer R, any>
    ? R
    : unknown;
type AllOf<Each> = (Each extends unknown ? (result: ResultOf<Each>) => void : never) extends (result: infer R) => void
  ? R
  : never;
/** The kwargs that a sender of `T` must give; declared defaults make them optional. */
export type SentOf<T> = T extends Signal<any, any, infer S> ? S : object;
/** The parameters of a sending verb after the signal: kwargs may be left out when none is required. */
export type SendArguments<S, O> = {} extends S ? [kwargs?: S, options?: O] : [kwargs: S, options?: O];

/**
 * The second argument of every receiver, with no settable property: one object per send, shared by its receivers. In a send
 * with `timeoutMs` or `abortSignal`, each receiver has one of its own.
 */
export interface SendContext<T extends SignalToken = SignalToken> {
  readonly signal: T;
  readonly manager: SignalManager;
  /** The first of `senders`, or undefined for an anonymous send. */
  readonly sender: unknown;
  /** A read-only view of all senders of this send, made when first asked for. */
  readonly senders: ReadonlySet<unknown>;
  /** A read-only view of all keys of this send, made when first asked for. */
  readonly keys: ReadonlySet<unknown>;
  /**
   * Aborted when the `timeoutMs` of this receiver has passed, or when the send is aborted before it is over. Undefined if the
   * send has neither option. The time-out of another receiver does not abort it. It may have any number of listeners.
   */
  readonly abortSignal: AbortSignal | undefined;
  /**
   * Of a durable send that came over a bridge: its id, the same at every repeat, and which attempt this is, from 1. Attempts
   * are deliveries, whatever came of them: one that a node died of, or gave back when it closed, counts as one that failed.
   */
  readonly delivery?: { readonly id: string; readonly attempt: number } | undefined;
}

/** Any function, sync or async. What it returns decides which it was: a thenable is waited for. */
export type Receiver<K = any, R = unknown> = (kwargs: K, context: SendContext<any>) => R | PromiseLike<R>;

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

/** What one `connect` call asked for, and the way to undo it. Works with `using`. */
export interface Connection extends Disposable {
  /** The first of `signals`. */
  readonly signal: SignalToken;
  /** The signals passed to `connect`, without duplicates. */
  readonly signals: readonly SignalToken[];
  /**
   * The function that sends call (with a `uid`, the first one connected), also after disconnecting. Does not keep a weak
   * receiver alive, and is undefined once that has been collected.
   */
  readonly receiver: Receiver | undefined;
  /** False once disconnected, or once what it held weakly (receiver or all senders) has been collected. */
  readonly connected: boolean;
  /** Undoes exactly what its `connect` call did, and nothing that another one asked for. True the first time. */
  disconnect(): boolean;
  /** Which signals it connects to, and whether it is connected. */
  toString(): string;
}

/** The kwargs of `RECEIVER_CONNECTED` and `RECEIVER_DISCONNECTED`. */
export interface ConnectionChange {
  readonly manager: SignalManager;
  /** For a connection to several signals, the one that this report is about. */
  readonly signal: SignalToken;
  /**
   * What `connect` returned. If nobody was connected to a meta signal when it was made, one that says the same, unless its own
   * `disconnect` has ended it.
   */
  readonly connection: Connection;
  readonly receiver: Receiver;
  readonly thisArg: object | undefined;
  readonly uid: string | symbol | undefined;
  /** The senders that were connected, or that were removed at last; empty without a filter. */
  readonly senders: ReadonlySet<unknown>;
  /** The keys that were connected, or that were removed at last; empty without a filter. */
  readonly keys: ReadonlySet<unknown>;
  readonly weak: boolean;
  readonly once: boolean;
  /** The priority in force, from the receiver's first connection. */
  readonly priority: number;
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
/** What {@link SignalManager.sendSerial} takes besides kwargs. */
export interface SerialOptions<R> extends SendOptions {
  /** Stops after the first result for which this is true (a veto, the first answer wins). */
  readonly until?: ((result: SendResult<R>) => boolean) | undefined;
}
/** What {@link SignalManager.sendSync} takes besides kwargs. It waits for nothing, so the limits are unknown options to it. */
export type SyncOptions<R> = Omit<SerialOptions<R>, 'timeoutMs' | 'abortSignal'>;
/** What {@link SignalManager.emit} takes besides kwargs. */
export type EmitOptions = Pick<SendOptions, keyof Filter | 'expected' | 'reverse'>;

/** One receiver's outcome, in the shape of `Promise.allSettled`, with the receiver beside it. */
export type SendResult<R = unknown> =
  | { readonly status: 'fulfilled'; readonly value: R; readonly receiver: Receiver }
  | { readonly status: 'rejected'; readonly reason: unknown; readonly receiver: Receiver };

/** A result from another thread or node (only of signals shared there): no `receiver`, but where it ran and its name. */
export type FarResult<R = unknown> = PromiseSettledResult<R> & {
  readonly receiver?: undefined;
  readonly receiverName: string;
  readonly thread?: string;
  readonly node?: string;
};

/** What {@link SignalManager.wait} takes besides the signal. */
export interface WaitOptions<K> extends Filter {
  /** Milliseconds until the wait rejects with a WaitTimeoutError. 0 or more, `Infinity` means none. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** Aborting rejects the wait with the abort reason. */
  readonly abortSignal?: AbortSignal | undefined;
  /** Only sends for which this is true count. An error it throws rejects the wait. */
  readonly where?: ((kwargs: K, context: SendContext<any>) => boolean) | undefined;
}
/** What {@link SignalManager.stream} takes besides the signal. */
export interface StreamOptions<K> extends Filter {
  /** Aborting ends the stream: what was collected is still delivered, then it is done. */
  readonly abortSignal?: AbortSignal | undefined;
  /** Only sends for which this is true are collected. An error it throws fails the iterator. */
  readonly where?: ((kwargs: K, context: SendContext<any>) => boolean) | undefined;
  /** How many undelivered sends are kept. A whole number, 1 or more, or `Infinity`. Default: 1000. */
  readonly limit?: number | undefined;
  /** Past `limit`: fail the iterator with a StreamOverflowError (default), or lose the oldest or the newest send. */
  readonly overflow?: 'throw' | 'drop-oldest' | 'drop-newest' | undefined;
}
/** One send, as {@link SignalManager.wait} and {@link SignalManager.stream} hand it over. */
export interface Delivery<K = any> {
  readonly kwargs: K;
  readonly context: SendContext<any>;
}
/** All matching sends, to be read with `for await`. */
export type SignalStream<K> = AsyncIterableIterator<Delivery<K>> & AsyncDisposable;

/** What {@link SignalManager.emitAfter} returns: the emit that is still to come. */
export interface DelayedEmit extends Disposable {
  /** True until it has been emitted or cancelled. */
  readonly pending: boolean;
  /** True when this call prevented the emit. */
  cancel(): boolean;
}

/** What `onError` is told besides the error; never the kwargs, which may hold secrets. */
export interface ErrorReport {
  readonly signal: SignalToken;
  readonly receiver: Receiver;
  readonly sender: unknown;
}
export interface SignalManagerOptions {
  /** Shown in error messages. */
  readonly name?: string | undefined;
  /**
   * Told of every failure of a receiver that the send did not list as `expected`. Default: `console.error`, one line
   * and the error. `null`: silent.
   */
  readonly onError?: ((error: unknown, report: ErrorReport) => void) | null | undefined;
}

/** Why a receiver would be called by a send, or not. */
export interface Explanation {
  readonly receiver: Receiver;
  readonly name: string;
  readonly matches: boolean;
  readonly because: 'unfiltered' | 'sender' | 'key' | 'any signal' | 'no matching sender or key' | 'muted';
}

/** How long {@link SignalManager.drain} and {@link SignalManager.close} wait. */
export interface DrainOptions {
  /** Milliseconds until the drain rejects with a DrainTimeoutError. 0 or more, `Infinity` means none. Default: none. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A decorator for a function or a class method, which stays as it is. A standard one: called as a legacy decorator
 * (`experimentalDecorators`) it throws a TypeError.
 */
export type ReceiverDecorator = <F extends Receiver<any, any>>(receiver: F, context?: ClassMethodDecoratorContext) => F;
