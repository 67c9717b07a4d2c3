/// <reference lib="esnext.disposable" />
import type {
  ConnectOptions,
  DelayedEmit,
  DisconnectOptions,
  DrainOptions,
  EmitOptions,
  Filter,
  ReceiverWithUid,
  SendOptions,
  SignalToken,
} from './options.js';

/** Any function, sync or async. What it returns decides which it was: a thenable is waited for. */
export type Receiver<K = any, R = unknown> = (kwargs: K, context: SendContext<any>) => R | PromiseLike<R>;

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

export interface SignalOptions {
  /** Shown in messages, and how a signal is known in other threads and on other hosts. */
  readonly name?: string | undefined;
  /** Default: the shared manager, looked up at each use. */
  readonly manager?: SignalManager | undefined;
  /** A receiver connected later is called at once with the last send. Default: false. */
  readonly sticky?: boolean | undefined;
}

export interface SignalConstructor {
  /**
   * Declares the kwargs: each gets its default when a send leaves it out (or gives `undefined`), and a send with any
   * other kwarg throws a TypeError before anything is called.
   */
  new <D extends object>(options: SignalOptions & { readonly defaults: D }): Signal<D, unknown, Partial<D>>;
  new <K extends object = Record<never, never>, R = unknown>(options?: SignalOptions): Signal<K, R>;
}

/**
 * One signal of one manager: a token with a type, and the manager's verbs without the first argument.
 *
 * @example
 * ```ts
 * import { Signal } from 'signalbox';
 *
 * const started = new Signal<{ port: number }>({ name: 'started' });
 * using connection = started.connect(({ port }) => console.log(`listening on ${port}`));
 * await started.send({ port: 8080 });
 * ```
 */
export interface Signal<K extends object = Record<never, never>, R = unknown, Sent extends object = K> {
  readonly name: string | undefined;
  readonly manager: SignalManager;
  /** {@link SignalManager.connect} */
  connect(receiver: Receiver<K, R>, options?: ConnectOptions): Connection;
  /** {@link SignalManager.connectVia} */
  connectVia(options?: ConnectOptions): ReceiverDecorator;
  /** {@link SignalManager.disconnect} */
  disconnect(receiver: Receiver | ReceiverWithUid, options?: DisconnectOptions): boolean;
  /** {@link SignalManager.disconnectAll} */
  disconnectAll(): number;
  /** {@link SignalManager.send} */
  send(...rest: SendArguments<Sent, SendOptions>): Promise<SendResult<R>[]>;
  /** {@link SignalManager.sendSerial} */
  sendSerial(...rest: SendArguments<Sent, SerialOptions<R>>): Promise<SendResult<R>[]>;
  /** {@link SignalManager.sendSync} */
  sendSync(...rest: SendArguments<Sent, SyncOptions<R>>): SendResult<R>[];
  /** {@link SignalManager.emit} */
  emit(...rest: SendArguments<Sent, EmitOptions>): void;
  /** {@link SignalManager.emitAfter} */
  emitAfter(delayMs: number, ...rest: SendArguments<Sent, EmitOptions>): DelayedEmit;
  /** {@link SignalManager.wait} */
  wait(options?: WaitOptions<K>): Promise<Delivery<K>>;
  /** {@link SignalManager.stream} */
  stream(options?: StreamOptions<K>): SignalStream<K>;
  /** {@link SignalManager.receivers} */
  receivers(filter?: Filter): Receiver[];
  /** {@link SignalManager.hasReceivers} */
  hasReceivers(filter?: Filter): boolean;
  /** {@link SignalManager.explain} */
  explain(filter?: Filter): Explanation[];
  /** {@link SignalManager.mute} */
  mute(): Disposable;
  /** The name, and how many receivers are connected. */
  toString(): string;
}

/**
 * Keeps a table of signals and their receivers, and sends signals to them.
 *
 * Managers are isolated from each other. An app that wants one for all of its modules uses {@link sharedManager}.
 *
 * @example
 * ```ts
 * import { Signal, SignalManager } from 'signalbox';
 *
 * const signals = new SignalManager();
 * const started = new Signal<{ port: number }>({ name: 'started', manager: signals });
 *
 * signals.connect(({ port }) => `listening on ${port}`, started);
 * const [result] = await signals.send(started, { port: 8080 });
 * console.log(result?.status); //=> 'fulfilled'
 * ```
 */
export interface SignalManager extends AsyncDisposable {
  readonly name: string | undefined;
  /**
   * Connects a receiver to a signal: it is called by every later send that its filter matches.
   *
   * A receiver is the function and its `thisArg`, or its `uid` alone. Connecting it again, with another filter perhaps,
   * adds to what it is connected to; a send still calls it at most once, at the place and priority of its first
   * connection. Held strongly unless `weak` says otherwise. During a send: first called by the next one. Identical
   * connections of one receiver are counted, not told apart: one that repeats another while a send is on its way to the
   * receiver takes part in that send, too.
   *
   * @param signal - A symbol, an object, a {@link Signal}, or {@link ANY} for every signal of this manager. An array
   * connects to each of its signals, with one Connection: `disconnect()` undoes all of it, and with `once` the first call
   * for any of the signals ends all of it, as an abort does.
   * @param options - Filter (`sender`, `senders`, `key`, `keys`), `weak`, `thisArg`, `once`, `priority`, `uid`,
   * `abortSignal`.
   * @returns What undoes exactly this call, by `disconnect()` or `using`.
   * @throws TypeError for anything that is not a receiver, a signal or a known option; {@link ManagerClosedError} after
   * `close()`.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const ordered = Symbol('ordered');
   * const connection = signals.connect(({ item }) => console.log(item), ordered, { key: 'books' });
   * await signals.send(ordered, { item: 'Dune' }, { key: 'books' });
   * connection.disconnect();
   * ```
   */
  connect<T extends SignalToken>(
    receiver: Receiver<KwargsOf<T>, ResultOf<T>>,
    signal: T,
    options?: ConnectOptions,
  ): Connection;

  /**
   * A decorator that connects what it decorates: a function at once, a class method once per instance, with the
   * instance as `this`, to one signal or to those of an array (blinker's `connect_via`, Django's `@receiver`). `weak: true` does not keep the instance alive.
   *
   * @example
   * ```ts
   * import { Signal, SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const started = new Signal<{ port: number }>();
   *
   * class Banner {
   *   @signals.connectVia(started)
   *   show({ port }: { port: number }): void {
   *     console.log(`listening on ${port}`);
   *   }
   * }
   * new Banner();
   * ```
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- callers may name it
  connectVia<T extends SignalToken>(signal: T, options?: ConnectOptions): ReceiverDecorator;

  /**
   * Disconnects a receiver: from a signal; with a filter, from just those senders and keys; with one argument, from
   * every signal. A receiver connected with `thisArg` or `uid` is found by them, and by
   * `{ uid }` in place of the function. One that a send in flight has not called
   * yet is not called.
   *
   * @returns Whether anything was removed.
   * @throws TypeError for anything that is not a receiver or a signal (an explicit `undefined` is none), and for an empty
   * filter.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const ordered = Symbol('ordered');
   * const pack = (): void => console.log('packing');
   * signals.connect(pack, ordered, { keys: ['books', 'music'] });
   * signals.disconnect(pack, ordered, { key: 'music' });
   * console.log(signals.hasReceivers(ordered, { key: 'books' })); //=> true
   * ```
   */
  disconnect(
    receiver: Receiver | ReceiverWithUid,
    ...rest: [signal?: SignalToken, options?: DisconnectOptions]
  ): boolean;

  /**
   * Disconnects all receivers of a signal, or, without an argument, of every signal. Waits and streams stay.
   *
   * @returns How many receivers were removed.
   */
  disconnectAll(...rest: [signal?: SignalToken]): number;

  /**
   * Calls every receiver that matches, in order, and resolves when all have settled, like `Promise.allSettled`.
   *
   * Sync parts have run when it returns. A receiver that throws or rejects changes nothing for the others; its failure is
   * in the results and, unless listed in `expected`, goes to `onError`. A receiver connected while the signal is being
   * sent is first called by the next send; one disconnected or muted meanwhile and not yet called is not called. Sending
   * during a send works, depth first. Scrapy's `send_catch_log_async`, Django's `asend_robust`.
   *
   * The kwargs are given to every receiver as they are, not copied; with declared defaults, as a new object. The options:
   * filter; `timeoutMs`, counted from each receiver's call; `abortSignal`; `expected`; `reverse`.
   *
   * @returns One result per receiver, in the order of the calls. Rejects with a TypeError or RangeError for bad arguments
   * and undeclared kwargs, and with {@link ManagerClosedError} after `close()`; then nobody has been called. Rejects with
   * {@link SendDepthError} when its receivers send what calls them again, without end.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const started = Symbol('started');
   * signals.connect(({ port }) => `listening on ${port}`, started);
   * const [result] = await signals.send(started, { port: 8080 }, { timeoutMs: 1_000 });
   * console.log(result?.status); //=> 'fulfilled'
   * ```
   */
  send<T extends SignalToken>(
    signal: T,
    ...rest: SendArguments<SentOf<T>, SendOptions>
  ): Promise<SendResult<ResultOf<T>>[]>;

  /**
   * The same, each receiver awaited before the next is called.
   *
   * Besides the options of `send`, `until` stops after the first result for which it is true. After an abort, receivers
   * not yet called are reported as rejected with the reason.
   *
   * @returns The results of the receivers called, in that order. Rejects as `send` does, and with what `until` throws.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const stopping = Symbol('stopping');
   * signals.connect(async () => 'database closed', stopping);
   * await signals.sendSerial(stopping, {}, { reverse: true, timeoutMs: 5_000 });
   * ```
   */
  sendSerial<T extends SignalToken>(
    signal: T,
    ...rest: SendArguments<SentOf<T>, SerialOptions<ResultOf<T>>>
  ): Promise<SendResult<ResultOf<T>>[]>;

  /**
   * Calls every receiver that matches and returns their results, without waiting: a receiver that returns a promise is
   * reported as rejected with {@link AsyncReceiverError} (Scrapy's `send_catch_log`, Django's `send_robust`).
   *
   * @throws TypeError for bad arguments (`timeoutMs` and `abortSignal`, too: it waits for nothing) and undeclared kwargs,
   * {@link ManagerClosedError} after `close()`, {@link SendDepthError} as `send` rejects with, what `until` throws.
   */
  sendSync<T extends SignalToken>(
    signal: T,
    ...rest: SendArguments<SentOf<T>, SyncOptions<ResultOf<T>>>
  ): SendResult<ResultOf<T>>[];

  /**
   * Fire and forget: calls every receiver that matches, and has no results. Failures, late rejections too, go to
   * `onError`. What async receivers still do counts as pending (aioevt's `emit`).
   *
   * @throws TypeError for bad arguments and undeclared kwargs, {@link ManagerClosedError} after `close()`,
   * {@link SendDepthError} as `send` rejects with.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const clicked = Symbol('clicked');
   * signals.connect(({ x, y }) => console.log(x, y), clicked);
   * signals.emit(clicked, { x: 1, y: 2 });
   * ```
   */
  emit<T extends SignalToken>(signal: T, ...rest: SendArguments<SentOf<T>, EmitOptions>): void;

  /**
   * `emit` after a delay (aioevt's `emit_after`). Arguments are checked now; who receives is decided then.
   *
   * @param delayMs - Milliseconds, 0 or more, finite.
   * @returns What cancels it, by `cancel()` or `using`. `close()` cancels it, too.
   * @throws as `emit` does, and RangeError for a delay that is negative, NaN or infinite.
   */
  emitAfter<T extends SignalToken>(
    delayMs: number,
    signal: T,
    ...rest: SendArguments<SentOf<T>, EmitOptions>
  ): DelayedEmit;

  /**
   * Resolves with the next matching send, its kwargs and context. There is no latch: a send before this call does not
   * count, but for the last one of a sticky signal. Leaves nothing connected and no timer, however it ends. With an array,
   * waits for a send of any of its signals: `context.signal` is the one sent. If several are sticky, the last send of the
   * first in the array counts.
   *
   * @param options - Filter; `where`, which decides whether a send counts; `timeoutMs`, until when the process is kept
   * alive; `abortSignal`.
   * @returns Rejects with {@link WaitTimeoutError}, the abort reason, what `where` throws, {@link ManagerClosedError}, or
   * a TypeError or RangeError for bad arguments.
   *
   * @example
   * ```ts
   * import { Signal, SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const calculated = new Signal<{ total: number }>({ name: 'calculated', manager: signals });
   * signals.emitAfter(10, calculated, { total: 10 });
   * const { kwargs } = await signals.wait(calculated, { timeoutMs: 1_000, where: ({ total }) => total > 5 });
   * console.log(kwargs.total); //=> 10
   * ```
   */
  wait<T extends SignalToken>(signal: T, options?: WaitOptions<KwargsOf<T>>): Promise<Delivery<KwargsOf<T>>>;

  /**
   * Every matching send from this call on, for `for await`.
   *
   * `break`, `return()`, an abort and `await using` disconnect it. After an abort, or when the manager closes, what was
   * collected is still delivered; then it is done. With an array, it collects the sends of all its signals in one order and
   * with one `limit`: `context.signal` is the one sent. It begins with the last sends of those that are sticky, in the
   * order of the array.
   *
   * @param options - Filter; `where`; `abortSignal`; `limit`, how many undelivered sends are kept (default 1000);
   * `overflow`, what happens past it (default: the iterator fails with {@link StreamOverflowError} once what was collected
   * has been read).
   * @throws TypeError or RangeError for bad arguments, {@link ManagerClosedError} after `close()`.
   *
   * @example
   * ```ts
   * import { Signal, SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const progressed = new Signal<{ percent: number }>({ manager: signals });
   * const progress = signals.stream(progressed);
   * for (const percent of [50, 100]) signals.emit(progressed, { percent });
   * for await (const { kwargs } of progress) if (kwargs.percent === 100) break;
   * ```
   */
  stream<T extends SignalToken>(signal: T, options?: StreamOptions<KwargsOf<T>>): SignalStream<KwargsOf<T>>;

  /** Whom a send with this filter would call now, in that order (pyDispatcher's `liveReceivers`). Empty while muted. */
  receivers(signal: SignalToken, filter?: Filter): Receiver[];

  /**
   * Whether a send with this filter would call anybody: without one, filtered receivers do not count. Of a signal that is
   * shared, whether it may call anybody elsewhere counts, too.
   */
  hasReceivers(signal: SignalToken, filter?: Filter): boolean;

  /** Every signal with a live receiver; {@link ANY} and the meta signals are not listed. */
  signals(): SignalToken[];

  /**
   * For every receiver of the signal, and of {@link ANY}, in the order of the calls: whether a send with this filter would
   * call it, and why. Of a signal that is shared, one entry for each thread or node that hears it follows, with its name;
   * `'sender'` or `'key'` then means that it has receivers with filters.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const ordered = Symbol('ordered');
   * signals.connect(function pack() {}, ordered, { key: 'books' });
   * console.log(signals.explain(ordered, { key: 'music' })[0]?.because); //=> 'no matching sender or key'
   * ```
   */
  explain(signal: SignalToken, filter?: Filter): Explanation[];

  /**
   * Nothing of the signal is called until what this returns is disposed; without an argument, nothing of any signal.
   * Nests. Waits and streams do not see what is sent meanwhile, and a sticky signal does not keep it. Who connects to a
   * sticky signal meanwhile gets the send that it keeps at the end of the last mute. `mute(ANY)` mutes the receivers connected
   * to {@link ANY}.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const saved = Symbol('saved');
   * {
   *   using muted = signals.mute(saved);
   *   signals.emit(saved, {}); // calls nobody
   * }
   * ```
   */
  mute(...rest: [signal?: SignalToken]): Disposable;

  /**
   * The signal of this name on this manager, made on first use (aioevt's named events). It stays the same one for as long
   * as anybody holds it, or anything is connected to it.
   *
   * @param name - Not empty.
   */
  signal<K extends object = Record<never, never>, R = unknown>(name: string): Signal<K, R>;

  /** How many sends have not settled. */
  readonly pending: number;

  /**
   * Resolves when no send is pending.
   *
   * @returns Rejects with {@link DrainTimeoutError}, naming the receivers still running, when that takes longer than
   * `timeoutMs`; nothing else changes then.
   */
  drain(options?: DrainOptions): Promise<void>;

  /**
   * Drains, then disconnects everything. From the call on, sends and connects are refused with
   * {@link ManagerClosedError}, waits reject with it, streams end, and what `emitAfter` still holds is cancelled.
   *
   * @returns The same promise for every call. Rejects with {@link DrainTimeoutError} as `drain` does; the manager is then
   * open again, with its receivers, but without the waits, streams and delayed emits that have ended. When everything has
   * been disconnected and only the reports of that take too long, it stays closed. After a rejection, a later call waits
   * again.
   */
  close(options?: DrainOptions): Promise<void>;
  /** The name, and how many signals and receivers there are. */
  toString(): string;
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

/**
 * A decorator for a function or a class method, which stays as it is. A standard one: called as a legacy decorator
 * (`experimentalDecorators`) it throws a TypeError.
 */
export type ReceiverDecorator = <F extends Receiver<any, any>>(receiver: F, context?: ClassMethodDecoratorContext) => F;

/** What {@link SignalManager.sendSerial} takes besides kwargs. */
export interface SerialOptions<R> extends SendOptions {
  /** Stops after the first result for which this is true (a veto, the first answer wins). */
  readonly until?: ((result: SendResult<R>) => boolean) | undefined;
}

/** What {@link SignalManager.sendSync} takes besides kwargs. It waits for nothing, so the limits are unknown options to it. */
export type SyncOptions<R> = Omit<SerialOptions<R>, 'timeoutMs' | 'abortSignal'>;

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

/** Why a receiver would be called by a send, or not. */
export interface Explanation {
  readonly receiver: Receiver;
  readonly name: string;
  readonly matches: boolean;
  readonly because: 'unfiltered' | 'sender' | 'key' | 'any signal' | 'no matching sender or key' | 'muted';
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
