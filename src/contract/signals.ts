/// <reference lib="esnext.disposable" />
import type {
  ANY,
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

/**
 * Any function, sync or async. A call counts as async if it returns a thenable, which is then awaited.
 *
 * With `R = void`, it may return anything, as for every function type that returns `void`.
 */
export type Receiver<K = any, R = unknown> =
  | ((kwargs: K, context: SendContext<any>) => R | PromiseLike<R>)
  // `void` in a union accepts less than a function type that returns `void`.
  | ((kwargs: K, context: SendContext<any>) => R);

/**
 * The second argument of every receiver. Its properties cannot be set. The receivers of a send share one object, except
 * in a send with `timeoutMs` or `abortSignal`, where each receiver has its own.
 */
export interface SendContext<T extends SignalToken = SignalToken> {
  /** The signal that is sent. It tells receivers of several signals or of `ANY` which one it is. */
  readonly signal: T;
  /** The manager that sends. */
  readonly manager: SignalManager;
  /** The first of `senders`, or undefined for an anonymous send. */
  readonly sender: unknown;
  /** A read-only view of all senders of this send, created when first read. */
  readonly senders: ReadonlySet<unknown>;
  /** A read-only view of all keys of this send, created when first read. */
  readonly keys: ReadonlySet<unknown>;
  /**
   * Aborted when the `timeoutMs` of this receiver has passed, or when the send is aborted before it is over. Undefined if the
   * send has neither option. The time-out of another receiver does not abort it. It may have any number of listeners.
   */
  readonly abortSignal: AbortSignal | undefined;
  /**
   * For a durable send that arrived over a bridge: its id, which is the same at every attempt, and the attempt, counted
   * from 1. Each delivery is an attempt, including those during which a node crashed and those that a node returned
   * when it closed.
   */
  readonly delivery?: { readonly id: string; readonly attempt: number } | undefined;
}

/** One receiver's outcome, in the shape of `Promise.allSettled`, with the receiver beside it. */
export type SendResult<R = unknown> =
  | { readonly status: 'fulfilled'; readonly value: R; readonly receiver: Receiver }
  | { readonly status: 'rejected'; readonly reason: unknown; readonly receiver: Receiver };

/**
 * The result of a remote receiver: it has no `receiver`, but its name and its thread or node. Only shared signals have
 * them.
 */
export type FarResult<R = unknown> = PromiseSettledResult<R> & {
  readonly receiver?: undefined;
  readonly receiverName: string;
  readonly thread?: string;
  readonly node?: string;
};

/**
 * The kwargs that a receiver of `T` gets: those of one of the signals if `T` is an array, any kwargs for untyped
 * tokens.
 */
export type KwargsOf<T> = T extends readonly (infer Each)[]
  ? KwargsOf<Each>
  : T extends Signal<infer K, any, any>
    ? K
    : any;

/** The values that a receiver of `T` may return. For several signals, the value must fit each of them. */
export type ResultOf<T> = T extends readonly (infer Each)[]
  ? AllOf<Each>
  : T extends Signal<any, infer R, any>
    ? R
    : unknown;

type AllOf<Each> = (Each extends unknown ? (result: ResultOf<Each>) => void : never) extends (result: infer R) => void
  ? R
  : never;

/** The kwargs that a sender of `T` must give; declared defaults make them optional. None for {@link ANY}. */
export type SentOf<T> = T extends typeof ANY ? never : T extends Signal<any, any, infer S> ? S : object;

/** The parameters of a sending verb after the signal. The kwargs are optional if none is required. */
export type SendArguments<S, O> = {} extends S
  ? [kwargs?: S | undefined, options?: O | undefined]
  : [kwargs: S, options?: O | undefined];

/** The options of `new Signal()`. An unknown name is a TypeError. */
export interface SignalOptions {
  /** Shown in messages. Other threads and nodes match shared signals by it. */
  readonly name?: string | undefined;
  /** Default: the shared manager, looked up at each use. */
  readonly manager?: SignalManager | undefined;
  /** Whether a receiver that connects later is called at once with the last send. Default: false. */
  readonly sticky?: boolean | undefined;
}

/** The type of {@link Signal} as a class: what `new Signal()` takes and makes. */
export interface SignalConstructor {
  /**
   * Declares the kwargs. A kwarg that a send omits, or gives as `undefined`, gets its default. A send with any other
   * kwarg throws a TypeError before anything is called.
   */
  new <D extends object>(options: SignalOptions & { readonly defaults: D }): Signal<D, unknown, Partial<D>>;
  /** Declares a signal by the type of its kwargs, which are sent as they are. */
  new <K extends object = Record<never, never>>(options?: SignalOptions): Signal<K>;
  /** Declares a signal by the types of its kwargs and of the results that its receivers may return. */
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
export interface Signal<
  in out K extends object = Record<never, never>,
  in out R = unknown,
  in out Sent extends object = K,
> {
  /** The name given to the constructor. Messages show it, and other threads and nodes find the signal by it. */
  readonly name: string | undefined;
  /** The manager given to the constructor. Without one, the shared manager, looked up each time. */
  readonly manager: SignalManager;
  /**
   * Connects a receiver to this signal. A send calls it at most once, however often it was connected; one connected
   * during a send is first called by the next send. It is held strongly unless `weak` is true.
   *
   * @param options - Filter (`sender`, `senders`, `key`, `keys`), `weak`, `thisArg`, `once`, `priority`, `uid`,
   * `abortSignal`.
   * @returns A Connection that undoes exactly this call, by `disconnect()` or `using`.
   * @throws TypeError for anything that is not a receiver or a known option; {@link ManagerClosedError} after the
   * manager's `close()`.
   * @see {@link SignalManager.connect}
   *
   * @example
   * ```ts
   * const connection = started.connect(({ port }) => console.log(`listening on ${port}`), { once: true });
   * connection.disconnect();
   * ```
   */
  connect(receiver: Receiver<K, R>, options?: ConnectOptions): Connection;
  /**
   * Returns a decorator that connects what it decorates to this signal: a function at once, a class method once per
   * instance, with the instance as `this`. The function must fit the kwargs and results of the signal.
   *
   * @param options - As for `connect`. With `weak: true` the instance is not kept alive.
   * @throws TypeError for an unknown option; {@link ManagerClosedError} after the manager's `close()`.
   * @see {@link SignalManager.connectVia}
   *
   * @example
   * ```ts
   * const announce = started.connectVia({ priority: 1 })(({ port }) => console.log(`listening on ${port}`));
   * ```
   */
  connectVia(options?: ConnectOptions): ReceiverDecorator<K, R>;
  /**
   * Disconnects a receiver from this signal, whichever `connect` calls have connected it. With a filter, it loses only
   * those senders and keys. A pending send that has not called it yet does not call it.
   *
   * @param receiver - The function, or `{ uid }` for a receiver that was connected with a `uid`.
   * @param options - The `thisArg` or `uid` that it was connected with, and the filter.
   * @returns Whether anything was removed.
   * @throws TypeError for anything that is not a receiver, and for an empty filter.
   * @see {@link SignalManager.disconnect}
   *
   * @example
   * ```ts
   * const announce = ({ port }: { port: number }) => console.log(`listening on ${port}`);
   * started.connect(announce, { keys: ['http', 'https'] });
   * started.disconnect(announce, { key: 'http' });
   * console.log(started.hasReceivers({ key: 'https' })); //=> true
   * ```
   */
  disconnect(receiver: Receiver | ReceiverWithUid, options?: DisconnectOptions): boolean;
  /**
   * Disconnects every receiver of this signal. Receivers of `ANY`, waits and streams stay.
   *
   * @returns The number of receivers removed.
   * @see {@link SignalManager.disconnectAll}
   *
   * @example
   * ```ts
   * started.connect(({ port }) => console.log(`listening on ${port}`));
   * console.log(started.disconnectAll()); //=> 1
   * ```
   */
  disconnectAll(): number;
  /**
   * Sends this signal: calls every receiver that matches, in order, and resolves when all have settled. A receiver that
   * fails does not affect the others and does not reject the promise.
   *
   * @param rest - The kwargs, given to every receiver as they are and optional if none is required; then the filter,
   * `timeoutMs`, `abortSignal`, `expected`, `reverse`.
   * @returns One result per receiver, in the order of the calls. Rejects for bad arguments, undeclared kwargs and a
   * closed manager, before any receiver is called, and with {@link SendDepthError} if receivers endlessly send the signals
   * that call them.
   * @see {@link SignalManager.send}
   *
   * @example
   * ```ts
   * started.connect(({ port }) => `listening on ${port}`);
   * const [result] = await started.send({ port: 8080 }, { timeoutMs: 1_000 });
   * console.log(result?.status); //=> 'fulfilled'
   * ```
   */
  send(...rest: SendArguments<Sent, SendOptions>): Promise<SendResult<R>[]>;
  /**
   * Sends this signal to one receiver after the other: each is awaited before the next is called. `until` ends the send
   * early.
   *
   * @param rest - As for `send`, and `until`, which gets each result, and `hurrySignal`.
   * @returns The results in order. After an abort, receivers that were not called have rejected results. Rejects as `send`
   * does, and with the error of `until`.
   * @see {@link SignalManager.sendSerial}
   *
   * @example
   * ```ts
   * started.connect(() => 'first', { key: 'http' });
   * started.connect(() => 'second', { key: 'http' });
   * const results = await started.sendSerial({ port: 80 }, { key: 'http', until: ({ status }) => status === 'fulfilled' });
   * console.log(results.length); //=> 1
   * ```
   */
  sendSerial(...rest: SendArguments<Sent, SerialOptions<R>>): Promise<SendResult<R>[]>;
  /**
   * Sends this signal and returns the results without waiting. A receiver that returns a promise gets a rejected result
   * with {@link AsyncReceiverError}, so this is for signals whose receivers are all sync.
   *
   * @param rest - As for `send`, with `until` and without `timeoutMs` and `abortSignal`.
   * @throws TypeError for bad arguments and undeclared kwargs; {@link ManagerClosedError} after the manager's `close()`;
   * {@link SendDepthError} as `send` does; and any error of `until`.
   * @see {@link SignalManager.sendSync}
   *
   * @example
   * ```ts
   * started.connect(({ port }) => port + 1);
   * console.log(started.sendSync({ port: 8080 })[0]?.status); //=> 'fulfilled'
   * ```
   */
  sendSync(...rest: SendArguments<Sent, SyncOptions<R>>): SendResult<R>[];
  /**
   * Sends this signal without results. The sync parts of the receivers have run when it returns. Failures, including
   * late rejections, are reported to the manager's `onError`.
   *
   * @param rest - The kwargs, then the filter, `expected`, `reverse`.
   * @throws TypeError for bad arguments and undeclared kwargs; {@link ManagerClosedError} after the manager's `close()`;
   * {@link SendDepthError} as `send` does.
   * @see {@link SignalManager.emit}
   *
   * @example
   * ```ts
   * started.connect(({ port }) => console.log(port));
   * started.emit({ port: 8080 });
   * ```
   */
  emit(...rest: SendArguments<Sent, EmitOptions>): void;
  /**
   * Emits this signal after a delay. The arguments are checked now, and the receivers are chosen after the delay.
   *
   * @param delayMs - Milliseconds, 0 or more, finite.
   * @param rest - As for `emit`.
   * @returns An object that cancels the emit, by `cancel()` or `using`. The manager's `close()` cancels it, too.
   * @throws As `emit` does, and RangeError for a delay that is negative, NaN or infinite.
   * @see {@link SignalManager.emitAfter}
   *
   * @example
   * ```ts
   * const delayed = started.emitAfter(10_000, { port: 8080 });
   * console.log(delayed.cancel()); //=> true
   * ```
   */
  emitAfter(delayMs: number, ...rest: SendArguments<Sent, EmitOptions>): DelayedEmit;
  /**
   * Resolves with the kwargs and context of the next matching send of this signal. An earlier send does not count,
   * except the last one of a sticky signal. However the wait ends, nothing stays connected and no timer runs.
   *
   * @param options - The filter; `where`; `timeoutMs`, in milliseconds (default: no limit); `abortSignal`; `rejectOn`.
   * @returns Rejects with {@link WaitTimeoutError}, {@link WaitRejectedError}, the abort reason, the error of `where`,
   * {@link ManagerClosedError}, or a TypeError or RangeError for bad arguments.
   * @see {@link SignalManager.wait}
   *
   * @example
   * ```ts
   * const waiting = started.wait({ timeoutMs: 1_000 });
   * started.emit({ port: 8080 });
   * console.log((await waiting).kwargs.port); //=> 8080
   * ```
   */
  wait(options?: WaitOptions<K>): Promise<Delivery<K>>;
  /**
   * Returns an async iterable of every matching send of this signal, from this call on. A sticky signal begins with its
   * last send. `break`, an abort and `await using` disconnect it.
   *
   * @param options - The filter; `where`; `abortSignal`; `limit`, the largest number of undelivered sends (default
   * 1000); `overflow`, what happens beyond it.
   * @throws TypeError or RangeError for bad arguments; {@link ManagerClosedError} after the manager's `close()`.
   * @see {@link SignalManager.stream}
   *
   * @example
   * ```ts
   * const starts = started.stream();
   * started.emit({ port: 8080 });
   * for await (const { kwargs } of starts) {
   *   console.log(kwargs.port); //=> 8080
   *   break;
   * }
   * ```
   */
  stream(options?: StreamOptions<K>): SignalStream<K>;
  /**
   * Returns the receivers that a send of this signal with this filter would call now, in that order; none while muted.
   * Remote receivers have no function here, so they are not listed.
   *
   * @throws TypeError for a filter that is none.
   * @see {@link SignalManager.receivers}
   *
   * @example
   * ```ts
   * const announce = ({ port }: { port: number }) => console.log(port);
   * started.connect(announce);
   * console.log(started.receivers()[0] === announce); //=> true
   * ```
   */
  receivers(filter?: Filter): Receiver[];
  /**
   * Returns whether a send of this signal with this filter would call any receiver. Without a filter, receivers that
   * were connected with one do not count. For a shared signal, remote receivers count, too.
   *
   * @throws TypeError for a filter that is none.
   * @see {@link SignalManager.hasReceivers}
   *
   * @example
   * ```ts
   * started.connect(({ port }) => console.log(port), { key: 'http' });
   * console.log(started.hasReceivers()); //=> false
   * console.log(started.hasReceivers({ key: 'http' })); //=> true
   * ```
   */
  hasReceivers(filter?: Filter): boolean;
  /**
   * Explains for every receiver of this signal and of `ANY`, in the order of the calls, whether a send with this filter
   * would call it, and why.
   *
   * @throws TypeError for a filter that is none.
   * @see {@link SignalManager.explain}
   *
   * @example
   * ```ts
   * started.connect(({ port }) => console.log(port), { key: 'http' });
   * console.log(started.explain({ key: 'https' })[0]?.because); //=> 'no matching sender or key'
   * ```
   */
  explain(filter?: Filter): Explanation[];
  /**
   * Mutes this signal until the returned object is disposed. During a mute, sends call no receivers, waits and streams
   * do not see them, and a sticky signal does not keep them. Mutes nest.
   *
   * @see {@link SignalManager.mute}
   *
   * @example
   * ```ts
   * {
   *   using muted = started.mute();
   *   started.emit({ port: 8080 }); // calls no receiver
   * }
   * ```
   */
  mute(): Disposable;
  /** Returns the name and the number of connected receivers. */
  toString(): string;
}

/**
 * Keeps a table of signals and their receivers, and sends signals to them.
 *
 * Managers are isolated from each other. To use one manager in all modules of an app, call {@link sharedManager}.
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
  /** The name given to the constructor, which messages show. */
  readonly name: string | undefined;
  /**
   * Connects a receiver to a signal. Every later send that its filter matches calls it.
   *
   * A receiver is identified by the function and its `thisArg`, or by its `uid` alone. Connecting it again, with
   * another filter for example, adds a connection. A send still calls it at most once, at the position and priority of
   * its first connection. It is held strongly unless `weak` is true.
   *
   * A receiver that connects during a send is first called by the next send. A connection that
   * is identical to an earlier one is only counted, so it can keep its receiver in a send that has begun.
   *
   * @param signal - A symbol, an object, a {@link Signal}, or {@link ANY} for every signal of this manager. An array
   * connects to each of its signals with one Connection. `disconnect()` undoes all of it. With `once`, the first call
   * for any of the signals ends all of it, as an abort does.
   * @param options - Filter (`sender`, `senders`, `key`, `keys`), `weak`, `thisArg`, `once`, `priority`, `uid`,
   * `abortSignal`.
   * @returns A Connection that undoes exactly this call, by `disconnect()` or `using`.
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
   * Returns a decorator that connects what it decorates: a function at once, a class method once per instance, with the
   * instance as `this`. An array connects to each of its signals. With `weak: true` the instance is not kept alive. It
   * replaces blinker's `connect_via` and Django's `@receiver`.
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
  connectVia<T extends SignalToken>(signal: T, options?: ConnectOptions): ReceiverDecorator<KwargsOf<T>, ResultOf<T>>;

  /**
   * Disconnects a receiver from a signal. With a filter, it disconnects only those senders and keys; with one argument,
   * it disconnects the receiver from every signal. Give `thisArg` or `uid` for a receiver that was connected with it,
   * or `{ uid }` instead of the function. A pending send that has not called the receiver yet does not call it.
   *
   * @returns Whether anything was removed.
   * @throws TypeError for anything that is not a receiver or a signal, such as an explicit `undefined`, and for an
   * empty filter.
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
    ...rest: [] | [signal: SignalToken, options?: DisconnectOptions | undefined]
  ): boolean;

  /**
   * Disconnects all receivers of a signal, or, without an argument, of every signal. Waits and streams stay.
   *
   * @returns The number of receivers removed.
   * @throws TypeError for anything that is not a signal, such as an explicit `undefined`.
   *
   * @example
   * ```ts
   * signals.connect(({ port }) => console.log(port), started);
   * console.log(signals.disconnectAll(started)); //=> 1
   * ```
   */
  disconnectAll(...rest: [] | [signal: SignalToken]): number;

  /**
   * Calls every receiver that matches, in order, and resolves when all have settled, like `Promise.allSettled`.
   *
   * The sync parts have run when it returns. A receiver that throws or rejects does not affect the others; its failure
   * is in the results and is reported to `onError`, unless `expected` lists it. A receiver connected during the send is
   * first called by the next send. One that is disconnected or muted before its turn is not called. A send during a
   * send runs depth first. It replaces Scrapy's `send_catch_log_async` and Django's `asend_robust`.
   *
   * All receivers get the given kwargs object, not a copy; with declared defaults, they get a new object. The options
   * are the filter; `timeoutMs`, counted from each receiver's call; `abortSignal`; `expected`; `reverse`.
   *
   * @returns One result per receiver, in the order of the calls. Rejects with a TypeError or RangeError for bad
   * arguments and undeclared kwargs, and with {@link ManagerClosedError} after `close()`; then no receiver has been
   * called. Rejects with {@link SendDepthError} if receivers endlessly send the signals that call them.
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
   * Does the same as `send`, but awaits each receiver before it calls the next.
   *
   * It has the options of `send`, and two more: `until` stops the send after the first result for which it returns true;
   * `hurrySignal` has it call the rest without waiting. After an abort of `abortSignal`, receivers that have not been
   * called get rejected results, too.
   *
   * @returns The results in order. Rejects as `send` does, and with the error that `until` throws.
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
   * Calls every receiver that matches and returns their results without waiting. A receiver that returns a promise gets
   * a rejected result with {@link AsyncReceiverError}. It replaces Scrapy's `send_catch_log` and Django's
   * `send_robust`.
   *
   * @throws TypeError for bad arguments, including `timeoutMs` and `abortSignal`, and for undeclared kwargs; {@link
   * ManagerClosedError} after `close()`; {@link SendDepthError} as `send` does; and any error of `until`.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const priced = Symbol('priced');
   * signals.connect(({ item }: { item: string }) => item.length, priced);
   * const [result] = signals.sendSync(priced, { item: 'tea' });
   * console.log(result?.status); //=> 'fulfilled'
   * ```
   */
  sendSync<T extends SignalToken>(
    signal: T,
    ...rest: SendArguments<SentOf<T>, SyncOptions<ResultOf<T>>>
  ): SendResult<ResultOf<T>>[];

  /**
   * Calls every receiver that matches, and returns no results. Failures, including late rejections, are reported to
   * `onError`. The emit counts as pending until its async receivers have settled. It replaces aioevt's `emit`.
   *
   * @throws TypeError for bad arguments and undeclared kwargs, {@link ManagerClosedError} after `close()`, {@link
   * SendDepthError} as `send` does.
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
   * Emits after a delay. The arguments are checked now, and the receivers are chosen after the delay. It replaces
   * aioevt's `emit_after`.
   *
   * @param delayMs - Milliseconds, 0 or more, finite.
   * @returns An object that cancels the emit, by `cancel()` or `using`. `close()` cancels it, too.
   * @throws As `emit` does, and RangeError for a delay that is negative, NaN or infinite.
   *
   * @example
   * ```ts
   * signals.connect(({ port }) => console.log(`listening on ${port}`), started);
   * using delayed = signals.emitAfter(10_000, started, { port: 8080 });
   * console.log(delayed.pending); //=> true
   * ```
   */
  emitAfter<T extends SignalToken>(
    delayMs: number,
    signal: T,
    ...rest: SendArguments<SentOf<T>, EmitOptions>
  ): DelayedEmit;

  /**
   * Resolves with the kwargs and context of the next matching send. An earlier send does not count, except the last one
   * of a sticky signal. However the wait ends, nothing stays connected and no timer runs.
   *
   * With an array, it waits for a send of any of its signals; `context.signal` is the one sent. If several are sticky
   * and have been sent, the first of these in the array counts.
   *
   * @param options - The filter; `where`, which decides whether a send counts; `timeoutMs`, whose timer keeps the
   * process alive; `abortSignal`; `rejectOn`, the signals whose sends end the wait as a failure.
   * @returns Rejects with {@link WaitTimeoutError}, {@link WaitRejectedError}, the abort reason, the error of `where`,
   * {@link ManagerClosedError}, or a TypeError or RangeError for bad arguments.
   *
   * @example
   * ```ts
   * import { Signal, SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const calculated = new Signal<{ total: number }>({ name: 'calculated', manager: signals });
   * const waiting = signals.wait(calculated, { timeoutMs: 1_000, where: ({ total }) => total > 5 });
   * signals.emit(calculated, { total: 10 });
   * console.log((await waiting).kwargs.total); //=> 10
   *
   * const failed = new Signal<{ error: Error }>({ name: 'failed', manager: signals });
   * const next = signals.wait(calculated, { rejectOn: failed });
   * signals.emit(failed, { error: new Error('no input') });
   * await next.catch(({ cause }) => console.log(cause.message)); //=> 'no input'
   * ```
   */
  wait<T extends SignalToken>(signal: T, options?: WaitOptions<KwargsOf<T>>): Promise<Delivery<KwargsOf<T>>>;

  /**
   * Returns an async iterable of every matching send from this call on.
   *
   * `break`, `return()`, an abort and `await using` disconnect it. After an abort, or when the manager closes, it
   * delivers the collected sends and ends.
   *
   * With an array, it collects the sends of all its signals in one order and with one `limit`; `context.signal` is the
   * one sent. It begins with the last sends of the sticky signals, in the order of the array.
   *
   * @param options - The filter; `where`; `abortSignal`; `limit`, the largest number of undelivered sends (default
   * 1000); `overflow`, what happens beyond it (default: the iterator fails with {@link StreamOverflowError} after the
   * collected sends).
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

  /**
   * Returns the receivers that a send with this filter would call now, in that order; none while muted. It replaces
   * pyDispatcher's `liveReceivers`.
   *
   * @throws TypeError for anything that is not a signal or a filter.
   *
   * @example
   * ```ts
   * const announce = ({ port }: { port: number }) => console.log(port);
   * signals.connect(announce, started, { key: 'http' });
   * console.log(signals.receivers(started, { key: 'http' }).length); //=> 1
   * ```
   */
  receivers(signal: SignalToken, filter?: Filter): Receiver[];

  /**
   * Returns whether a send with this filter would call any receiver. Without a filter, filtered receivers do not count.
   * For a shared signal, remote receivers that it may call count, too.
   *
   * @throws TypeError for anything that is not a signal or a filter.
   *
   * @example
   * ```ts
   * signals.connect(({ port }) => console.log(port), started);
   * if (signals.hasReceivers(started)) console.log('worth preparing the kwargs'); //=> 'worth preparing the kwargs'
   * ```
   */
  hasReceivers(signal: SignalToken, filter?: Filter): boolean;

  /**
   * Returns every signal with a live receiver, except {@link ANY} and the meta signals.
   *
   * @example
   * ```ts
   * signals.connect(({ port }) => console.log(port), started);
   * console.log(signals.signals()[0] === started); //=> true
   * ```
   */
  signals(): SignalToken[];

  /**
   * Explains for every receiver of the signal and of {@link ANY}, in the order of the calls, whether a send with this
   * filter would call it, and why. For a shared signal, an entry for each thread or node that hears it follows, with
   * its name; there, `'sender'` or `'key'` means that it has receivers with filters.
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
   * Mutes a signal, or, without an argument, all signals, until the returned object is disposed. Mutes nest. During a
   * mute, sends call no receivers, waits and streams do not see them, and a sticky signal does not keep them. A
   * receiver that connects to a sticky signal during a mute gets the kept send at the end of the last mute. `mute(ANY)`
   * mutes the receivers connected to {@link ANY}.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const saved = Symbol('saved');
   * {
   *   using muted = signals.mute(saved);
   *   signals.emit(saved, {}); // calls no receiver
   * }
   * ```
   */
  mute(...rest: [] | [signal: SignalToken]): Disposable;

  /**
   * Calls a watcher for every send of this manager, and for the work of its buses, until the returned object is
   * disposed. It is for tools such as tracers and recorders. A watcher sees a send without changing it: the same
   * receivers are called, and the results are the same. While nobody watches, sends cost nothing extra.
   *
   * Watchers see sends that call nobody, and deliveries from other threads and nodes. They do not see the reports of
   * connections, the kept send that a sticky signal delivers to a late receiver, or sends that throw for their
   * arguments. Several watchers nest in the order of their `watch` calls, the first one outermost. A watch that starts
   * during a send sees the next one. When one is disposed during a send, it still gets `onResult` and `onEnd` of that
   * send.
   *
   * An error of a watcher never reaches the send. It goes to `onError` with the source `'watcher'`, once per `watch` call
   * and method, and the watcher stays.
   *
   * @throws TypeError unless the watcher has a function `onSend` or `onWork`, {@link ManagerClosedError} after `close()`.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const ordered = Symbol('ordered');
   * signals.connect(() => 'packed', ordered);
   * const watch = signals.watch({
   *   onSend: ({ signalName, receivers }) => ({
   *     onEnd: () => console.log(`${signalName} called ${receivers} receiver`),
   *   }),
   * });
   * signals.emit(ordered); // prints "ordered called 1 receiver"
   * watch[Symbol.dispose]();
   * ```
   */
  watch(watcher: SendWatcher): Disposable;

  /**
   * Returns the signal of this name on this manager, which is created on first use (aioevt's named events). The name
   * gives the same signal while code refers to it or something is connected to it.
   *
   * @param name - Not empty.
   * @throws TypeError for anything that is not a non-empty string.
   *
   * @example
   * ```ts
   * const saved = signals.signal<{ id: number }>('saved');
   * console.log(signals.signal<{ id: number }>('saved') === saved); //=> true
   * ```
   */
  signal<K extends object = Record<never, never>, R = unknown>(name: string): Signal<K, R>;

  /** The number of sends that have not settled. */
  readonly pending: number;

  /**
   * Resolves when no send is pending.
   *
   * @returns Rejects with {@link DrainTimeoutError}, which names the receivers still running, after `timeoutMs`.
   * Nothing else changes then.
   *
   * @example
   * ```ts
   * signals.emit(started, { port: 8080 });
   * await signals.drain({ timeoutMs: 5_000 });
   * console.log(signals.pending); //=> 0
   * ```
   */
  drain(options?: DrainOptions): Promise<void>;

  /**
   * Drains, then disconnects everything. From the call on, sends, connects and waits fail with {@link
   * ManagerClosedError}, streams end, and delayed emits are cancelled.
   *
   * @returns The same promise for every call, so the `timeoutMs` of a second call is ignored. Rejects with {@link DrainTimeoutError} as `drain` does. The manager is
   * then open again, with its receivers, but without the waits, streams and delayed emits that have ended. If
   * everything has been disconnected and only the reports of that time out, it stays closed. After a rejection, a later
   * call waits again.
   *
   * @example
   * ```ts
   * import { SignalManager } from 'signalbox';
   *
   * const signals = new SignalManager();
   * const saved = Symbol('saved');
   * await signals.close({ timeoutMs: 5_000 });
   * await signals.send(saved).catch((error: Error) => console.log(error.name)); //=> 'ManagerClosedError'
   * ```
   */
  close(options?: DrainOptions): Promise<void>;
  /** Returns the name and the numbers of signals and receivers. */
  toString(): string;
}

/** The handle of one `connect` call, which undoes it. Works with `using`. */
export interface Connection extends Disposable {
  /** The first of `signals`. */
  readonly signal: SignalToken;
  /** The signals passed to `connect`, without duplicates. */
  readonly signals: readonly SignalToken[];
  /**
   * The function that sends call (with a `uid`, the first one connected), also after disconnecting. It does not keep a
   * weak receiver alive, and is undefined after its collection.
   */
  readonly receiver: Receiver | undefined;
  /**
   * Whether it is connected: false once disconnected, or once its weak receiver or all its senders have been collected.
   */
  readonly connected: boolean;
  /** Undoes exactly its own `connect` call. Returns true the first time. */
  disconnect(): boolean;
  /** Returns its signals, and whether it is connected. */
  toString(): string;
}

/** The kwargs of `RECEIVER_CONNECTED` and `RECEIVER_DISCONNECTED`. */
export interface ConnectionChange {
  /** The manager of the connection, which sends this report. */
  readonly manager: SignalManager;
  /** For a connection to several signals, the one that this report is about. */
  readonly signal: SignalToken;
  /**
   * The object that `connect` returned. If no meta signal had a receiver at that time, an equal object, unless its own
   * `disconnect` has ended it.
   */
  readonly connection: Connection;
  /** The function that sends call, or called. */
  readonly receiver: Receiver;
  /** The `thisArg` given to `connect`. */
  readonly thisArg: object | undefined;
  /** The `uid` given to `connect`. */
  readonly uid: string | symbol | undefined;
  /** The senders that were connected, or the last ones removed; empty without a filter. */
  readonly senders: ReadonlySet<unknown>;
  /** The keys that were connected, or the last ones removed; empty without a filter. */
  readonly keys: ReadonlySet<unknown>;
  /** Whether the connection holds its receiver weakly. */
  readonly weak: boolean;
  /** Whether the first call ends the connection. */
  readonly once: boolean;
  /** The priority in force, from the receiver's first connection. */
  readonly priority: number;
}

/**
 * A standard decorator for a function or a class method, which it does not change. Used as a legacy decorator
 * (`experimentalDecorators`) it throws a TypeError.
 */
export type ReceiverDecorator<K = any, R = unknown> = <F extends Receiver<K, R>>(
  receiver: F,
  context?: ClassMethodDecoratorContext,
) => F;

/** The options of {@link SignalManager.sendSerial}. */
export interface SerialOptions<R> extends SendOptions {
  /** Stops after the first result for which this returns true, such as a veto or a first answer. */
  readonly until?: ((result: SendResult<R>) => boolean) | undefined;
  /**
   * An abort ends the waiting in between, not the send: all receivers that have not been called are called at once, in
   * order, and `until` is not asked any more. Other threads and nodes are then asked at once, too; each of them still
   * calls its own receivers one after the other. For one deadline of a whole teardown.
   */
  readonly hurrySignal?: AbortSignal | undefined;
}

/** The options of {@link SignalManager.sendSync}. It waits for nothing, so it has no limits. */
export type SyncOptions<R> = Omit<SerialOptions<R>, 'timeoutMs' | 'abortSignal' | 'hurrySignal'>;

/** The options of {@link SignalManager.wait}. */
export interface WaitOptions<K> extends Filter {
  /**
   * The time limit in milliseconds, after which the wait rejects with a WaitTimeoutError. 0 or more, or `Infinity` for
   * no limit. Default: no limit.
   */
  readonly timeoutMs?: number | undefined;
  /** An abort rejects the wait with the abort reason. */
  readonly abortSignal?: AbortSignal | undefined;
  /** Only sends for which this returns true count. An error that it throws rejects the wait. */
  readonly where?: ((kwargs: K, context: SendContext<any>) => boolean) | undefined;
  /**
   * One signal or several. A send of one of them that matches the filter rejects the wait with a WaitRejectedError, if
   * it comes first; `where` does not apply to it. A kept send of a sticky one rejects it at once. ANY and the signals
   * that are waited for are a TypeError, and so is an empty array.
   */
  readonly rejectOn?: SignalToken | readonly SignalToken[] | undefined;
}

/** The options of {@link SignalManager.stream}. */
export interface StreamOptions<K> extends Filter {
  /** An abort ends the stream after the collected sends have been delivered. */
  readonly abortSignal?: AbortSignal | undefined;
  /** Only sends for which this returns true are collected. An error that it throws fails the iterator. */
  readonly where?: ((kwargs: K, context: SendContext<any>) => boolean) | undefined;
  /** The largest number of undelivered sends. A whole number, 1 or more, or `Infinity`. Default: 1000. */
  readonly limit?: number | undefined;
  /**
   * Decides what happens to a send beyond `limit`: the iterator fails with a StreamOverflowError (default), or the
   * oldest or the newest send is dropped.
   */
  readonly overflow?: 'throw' | 'drop-oldest' | 'drop-newest' | undefined;
}

/** One send, as {@link SignalManager.wait} and {@link SignalManager.stream} deliver it. */
export interface Delivery<K = any> {
  /** The kwargs of the send, the object that receivers get. */
  readonly kwargs: K;
  /** The context of the send, as receivers get it. */
  readonly context: SendContext<any>;
}

/** All matching sends, to be read with `for await`. */
export type SignalStream<K> = AsyncIterableIterator<Delivery<K>> & AsyncDisposable;

/** Explains why a send would call a receiver, or not. */
export interface Explanation {
  /** The receiver's function. For another thread or node, a function that only has its name. */
  readonly receiver: Receiver;
  /** The name of the function, or of the thread or node. */
  readonly name: string;
  /** Whether the send would call it. */
  readonly matches: boolean;
  /** The reason: what matched, or what keeps the send from calling it. */
  readonly because: 'unfiltered' | 'sender' | 'key' | 'any signal' | 'no matching sender or key' | 'muted';
}

/** The second argument of `onError`. It never holds the kwargs, which may hold secrets. */
export interface ErrorReport {
  /** For an error of a watcher that belongs to no signal, {@link ANY}. */
  readonly signal: SignalToken;
  /** Whether a receiver failed, or a watcher of {@link SignalManager.watch} or `onManager`. */
  readonly source: 'receiver' | 'watcher';
  /** The receiver, or the method of the watcher. */
  readonly receiver: Receiver;
  /** The first sender of the send, or undefined for an anonymous one. */
  readonly sender: unknown;
}

/** The options of `new SignalManager()`. An unknown name is a TypeError. */
export interface SignalManagerOptions {
  /** Shown in error messages. */
  readonly name?: string | undefined;
  /**
   * Called with every failure of a receiver that the send did not list in `expected`, and with errors of watchers.
   * Default: `console.error`, one line and the error. `null`: silent.
   */
  readonly onError?: ((error: unknown, report: ErrorReport) => void) | null | undefined;
}

/**
 * A W3C Trace Context, as it travels with a send.
 *
 * An invalid `traceparent` counts as absent. It is valid if it is `vv-<32 hex>-<16 hex>-<2 hex>` in lower case, with a
 * version from 00 to fe and no id of zeros only. Later versions may append more after another `-`, which is cut off. A
 * `tracestate` is valid if it has 1 to 512 printable ASCII characters.
 */
export interface TraceParent {
  /** Version, trace id, parent id and flags, as in the header of this name. */
  readonly traceparent: string;
  /** The entries of tracing systems, as in the header of this name. */
  readonly tracestate?: string | undefined;
}

/** One send, as a watcher sees it before any receiver is called. */
export interface WatchedSend {
  /** The verb. `emitAfter`, and `publish` of a bus, count as `emit`. For a remote delivery, the verb of its sender. */
  readonly kind: 'send' | 'serial' | 'sync' | 'emit';
  /** `remote`: it was sent in another thread or node, and is delivered here. */
  readonly origin: 'local' | 'remote';
  /** The signal that is sent. */
  readonly signal: SignalToken;
  /** The name of a Signal or function, the description of a symbol, or '(unnamed)'. */
  readonly signalName: string;
  /** The manager that sends. */
  readonly manager: SignalManager;
  /** The object that the receivers get. */
  readonly kwargs: object;
  /** The context that the receivers get; with limits, each receiver has its own `abortSignal` instead. */
  readonly context: SendContext;
  /** The number of local receivers that the send has chosen, queues of bus subscribers included. */
  readonly receivers: number;
  /** How many of these receivers are queues of bus subscribers. */
  readonly queues: number;
  /** The names of the threads and nodes that the send goes to. Empty for a remote delivery. */
  readonly peers: readonly string[];
  /** The trace that came with a remote delivery. Undefined if none came, or an invalid one. */
  readonly trace: TraceParent | undefined;
}

/** A watcher's interest in one send. Every member is optional. */
export interface SendWatch {
  /**
   * Called once, around everything that the verb does before it returns: passing the send on, and calling receivers,
   * waits and streams. It must call `go` once before it returns. If it does not, the send does it. `go` returns or throws
   * what the verb does. The send ignores what `run` returns.
   */
  run?(go: () => unknown): unknown;
  /**
   * Called around each local receiver, except queues of bus subscribers. It must call `go` once, like `run`. `go`
   * returns or throws what the receiver does.
   */
  call?(receiver: Receiver, go: () => unknown): unknown;
  /** Returns the trace that travels to threads, nodes and queues. Called once, inside `run`, if the send goes to any. */
  trace?(): TraceParent | undefined;
  /**
   * Called with each result as soon as it is known, results of an emit included.
   *
   * @param expected - Whether it is a failure that the send listed in its `expected`.
   */
  onResult?(result: SendResult | FarResult, expected: boolean): void;
  /**
   * Called once, when the send is over: after the last `onResult`, and before the verb returns if all receivers are sync
   * and local, unless it is a `sendSerial`.
   *
   * @param failure - Given if the send itself failed: kwargs that cannot cross to a thread or node, or an error of `until`.
   */
  onEnd?(failure?: { readonly error: unknown }): void;
}

/** Work that a bus is about to do: a payload or batch from a subscriber's queue, or a run of a periodic task. */
export interface BusWork {
  /** The kind of work: a subscriber with one payload, a batch subscriber, or a periodic task. */
  readonly kind: 'payload' | 'batch' | 'periodic task';
  /** The manager of the bus. */
  readonly manager: SignalManager;
  /** Undefined for a periodic task, as `signal` is. */
  readonly topic: string | undefined;
  /** The signal of the topic. Undefined for a periodic task. */
  readonly signal: SignalToken | undefined;
  /** The name of the subscriber or the task. */
  readonly name: string;
  /** Empty for a periodic task. */
  readonly payloads: readonly unknown[];
  /** The traces with which the payloads were published, without duplicates. */
  readonly traces: readonly TraceParent[];
}

/** A watcher's interest in one piece of bus work. Every member is optional. */
export interface WorkWatch {
  /** Called once, around the function. It must call `go` once before it returns, like `run` of {@link SendWatch}. */
  run?(go: () => unknown): unknown;
  /**
   * Called once, when the work is over.
   *
   * @param failure - Given if the function threw, rejected or timed out.
   */
  onEnd?(failure?: { readonly error: unknown }): void;
}

/** The argument of {@link SignalManager.watch}. At least one of the two methods must be given. */
export interface SendWatcher {
  /** Called before each send. Returns undefined to ignore the send. */
  onSend?(send: WatchedSend): SendWatch | undefined;
  /** Called before each piece of bus work. Returns undefined to ignore it. */
  onWork?(work: BusWork): WorkWatch | undefined;
}
