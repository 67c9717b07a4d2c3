import { twinOf } from '../receivers/join-any.js';
import { CallSite } from '../internal/call-site.js';
import { checkDelay, checkName, checkOnError, checkOptions, checkSignal } from '../internal/check.js';
import { decoratorFor } from './decorator.js';
import { ConnectionHandle, ConnectionToSeveral, PastConnection } from './connection.js';
import { ConnectionReports } from './meta-reports.js';
import type { ConnectRequest } from '../receivers/connection-table.js';
import { Delayed } from '../send/delayed-emit.js';
import { emitAll } from '../dispatch/concurrent.js';
import { ASYNC_DISPOSE, DISPOSE } from '../internal/dispose.js';
import { ManagerClosedError } from '../signals/errors.js';
import { explain, groupByReceiver, receiversOf } from '../receivers/inspect.js';
import type { FarHost } from '../send/far-hook.js';
import { ManagerFarHost } from '../send/manager-far-host.js';
import { FailureLog } from '../signals/failure-log.js';
import { holdReceiver } from '../receivers/held-receiver.js';
import { PendingSends } from '../dispatch/pending-sends.js';
import { kwargsFor } from '../signals/kwargs.js';
import type { Link } from '../receivers/link.js';
import type { ObserverHost } from '../observe/observation.js';
import { counted, describedBy, refuseProxies, standIn } from '../internal/printing.js';
import { connectRequest, namedIdentityOf, plainRequest } from '../receivers/connect-request.js';
import { namedFilterOf, parsedFilterOf } from '../signals/filter.js';
import { drainTimeoutOf, sendFilterOf, untilOf } from '../send/options.js';
import { UncommonSends } from '../send/uncommon-send.js';
import { listedSignalsOf } from './several-signals.js';
import { Signal, checkSendable, isMeta } from '../signal.js';
import type { SignalOwner, SignalState } from '../send/signal-state.js';
import { SignalTable } from '../send/signal-table.js';
import type { LastSend } from '../send/sticky-send.js';
import { Stream } from '../observe/stream.js';
import { ANY, FAR, MANAGER, definitionOf } from '../signals/tokens.js';
import type {
  ConnectOptions,
  Connection,
  DelayedEmit,
  Delivery,
  DisconnectOptions,
  DrainOptions,
  EmitOptions,
  Explanation,
  Filter,
  KwargsOf,
  Receiver,
  ReceiverDecorator,
  ReceiverWithUid,
  ResultOf,
  SendArguments,
  SendOptions,
  SendResult,
  SentOf,
  SerialOptions,
  SignalManagerOptions,
  SignalStream,
  SignalToken,
  StreamOptions,
  SyncOptions,
  WaitOptions,
} from '../contract/signals.js';
import { waitFor } from '../observe/wait.js';

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
export class SignalManager implements AsyncDisposable {
  static {
    const isOwn = (manager: object): boolean => #home in manager;
    refuseProxies(this.prototype, 'SignalManager', isOwn, ['sendSerial', 'wait', 'drain', 'close'], ['emit', 'send']);
    describedBy(this.prototype, 'SignalManager', (manager) => {
      const { name } = manager;
      const states = manager.#signals.all().filter(({ token, receiverCount }) => !isMeta(token) && receiverCount > 0);
      const receivers = states.reduce((count, { receiverCount }) => count + receiverCount, 0);
      const counts = `${counted(states.length, 'signal')}, ${counted(receivers, 'receiver')}`;
      return name === undefined ? `SignalManager (${counts})` : `SignalManager "${name}" (${counts})`;
    });
  }

  readonly name: string | undefined;
  /** The name, and how many signals and receivers there are. */
  declare readonly toString: () => string;
  readonly #home: PendingSends;
  readonly #signals: SignalTable;
  readonly #sending: UncommonSends;
  readonly #far: ManagerFarHost;
  readonly #reports: ConnectionReports;
  readonly #observers: ObserverHost;
  /** Told when the manager closes: waits, streams and delayed emits. */
  readonly #onClose = new Set<(error: Error) => void>();
  #closing: Promise<void> | undefined;
  /** Whether a close has disconnected everything: from then on the manager stays closed. */
  #emptied = false;
  #nextRank = 0;

  /**
   * @param options - `name` is shown in messages; `onError` is told of every failure of a receiver that its send did not
   * list as `expected` (default: `console.error`; `null`: nobody).
   */
  constructor(options: SignalManagerOptions = {}) {
    checkOptions(options, 'SignalManager');
    const { name, onError } = options;
    if (name !== undefined) checkName(name);
    checkOnError(onError);
    this.name = name;
    this.#home = new PendingSends(new FailureLog(onError));
    this.#signals = new SignalTable(this.#signalOwner());
    this.#sending = new UncommonSends(this, this.#home, this.#signals);
    this.#far = new ManagerFarHost(this.#home, this.#signals, this.#sending, this.#onClose);
    this.#reports = new ConnectionReports(this.#signals, (meta, change) => {
      this.#sending.emit(meta, { manager: this, ...change }, undefined, undefined);
    });
    this.#observers = this.#observerHost();
  }

  /** @internal Tells managers of any copy of this library from other objects. */
  get [MANAGER](): true {
    return true;
  }

  /** @internal For transports, by `attachFar` of `signalbox/far`. */
  get [FAR](): FarHost {
    return this.#far;
  }

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
  ): Connection {
    this.#signals.checkOpen();
    if (!Array.isArray(signal)) {
      checkSignal(signal);
      return this.#connect(signal, connectRequest(receiver, options), options?.abortSignal);
    }
    return this.#connectToAll(listedSignalsOf(signal), connectRequest(receiver, options), options?.abortSignal);
  }

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
  connectVia<T extends SignalToken>(signal: T, options?: ConnectOptions): ReceiverDecorator {
    this.#signals.checkOpen();
    const signals = listedSignalsOf(signal);
    const request = connectRequest(() => undefined, options);
    const abortSignal = options?.abortSignal;
    return decoratorFor((receiver, thisArg = request.thisArg) => {
      this.#signals.checkOpen();
      this.#connectToAll(signals, { ...request, receiver, thisArg }, abortSignal);
    });
  }

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
  ): boolean {
    const [signal, options = {}] = rest;
    if (rest.length > 0) checkSignal(signal);
    checkOptions(options, 'disconnect');
    const identity = namedIdentityOf(receiver, options);
    const routing = namedFilterOf(options);
    const states = signal === undefined ? this.#signals.all() : [this.#signals.find(signal)];
    const removed = states.filter((state) => {
      const found = state?.table.find(identity);
      return state !== undefined && found !== undefined && state.table.disconnect(found, routing).length > 0;
    });
    return removed.length > 0;
  }

  /**
   * Disconnects all receivers of a signal, or, without an argument, of every signal. Waits and streams stay.
   *
   * @returns How many receivers were removed.
   */
  disconnectAll(...rest: [signal?: SignalToken]): number {
    const [signal] = rest;
    if (rest.length > 0) checkSignal(signal);
    const states = signal === undefined ? this.#signals.all() : [this.#signals.find(signal)];
    // The meta signals last, so that their receivers hear of the others.
    const ordered = states.flatMap((state) => state ?? []).sort((a, b) => +isMeta(a.token) - +isMeta(b.token));
    let count = 0;
    for (const state of ordered) {
      for (const [link] of groupByReceiver(state.table.all())) {
        const receiver = link?.role?.registration ?? link;
        if (receiver !== undefined && state.table.disconnect(receiver, undefined).length > 0) count += 1;
      }
    }
    return count;
  }

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
  send(signal: SignalToken, kwargs?: object, options?: SendOptions): Promise<SendResult[]> {
    try {
      const state = this.#signals.stateFor(signal);
      const sent = state?.send(kwargs, options);
      if (sent !== undefined) return sent;
      return this.#sending.send(signal, kwargs, options);
    } catch (error) {
      return #home in this ? this.#home.rejection(error) : Promise.reject(standIn('SignalManager'));
    }
  }

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
  sendSerial(signal: SignalToken, kwargs?: object, options?: SerialOptions<unknown>): Promise<SendResult[]> {
    try {
      return this.#sending.sendSerially(signal, kwargs, options, untilOf(options, 'sendSerial'));
    } catch (error) {
      return this.#home.rejection(error);
    }
  }

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
  sendSync(signal: SignalToken, kwargs?: object, options?: SyncOptions<unknown>): SendResult[] {
    return this.#sending.sendSynchronously(signal, kwargs, options, untilOf(options, 'sendSync'));
  }

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
  emit(signal: SignalToken, kwargs?: object, options?: EmitOptions): void {
    try {
      const state = this.#signals.stateFor(signal);
      if (state?.emit(kwargs, options) !== true) this.#emitChecked(signal, kwargs, options);
    } catch (error) {
      throw #home in this ? error : standIn('SignalManager');
    }
  }

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
  emitAfter(delayMs: number, signal: SignalToken, kwargs?: object, options?: EmitOptions): DelayedEmit {
    this.#signals.checkOpen();
    checkDelay(delayMs);
    checkSendable(signal);
    const given = kwargsFor(signal, definitionOf(signal), kwargs);
    checkOptions(options, 'emitAfter');
    const routing = options === undefined ? undefined : sendFilterOf(options);
    this.#sending.checkFar(signal, given, routing, options);
    const emit = (): void => {
      this.#sending.emitHeld(signal, given, routing, options);
    };
    const delayed = new Delayed(delayMs, emit, () => this.#onClose.delete(cancel));
    const cancel = (): void => void delayed.cancel();
    this.#onClose.add(cancel);
    return delayed;
  }

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
  wait<T extends SignalToken>(signal: T, options?: WaitOptions<KwargsOf<T>>): Promise<Delivery<KwargsOf<T>>> {
    return waitFor(this.#observers, signal, options);
  }

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
  stream<T extends SignalToken>(signal: T, options?: StreamOptions<KwargsOf<T>>): SignalStream<KwargsOf<T>> {
    return new Stream(this.#observers, signal, options);
  }

  /** Whom a send with this filter would call now, in that order (pyDispatcher's `liveReceivers`). Empty while muted. */
  receivers(signal: SignalToken, filter?: Filter): Receiver[] {
    return receiversOf(this.#ask('receivers', signal, filter));
  }

  /**
   * Whether a send with this filter would call anybody: without one, filtered receivers do not count. Of a signal that is
   * shared, whether it may call anybody elsewhere counts, too.
   */
  hasReceivers(signal: SignalToken, filter?: Filter): boolean {
    return (
      this.#ask('hasReceivers', signal, filter).some((link) => link.live) || this.#farPlaces(signal, filter).length > 0
    );
  }

  /** Every signal with a live receiver; {@link ANY} and the meta signals are not listed. */
  signals(): SignalToken[] {
    const states = this.#signals.all().filter(({ token, table }) => {
      return token !== ANY && !isMeta(token) && table.all().length > 0;
    });
    return states.map(({ token }) => token);
  }

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
  explain(signal: SignalToken, filter: Filter = {}): Explanation[] {
    checkSignal(signal);
    checkOptions(filter, 'explain', 'filter');
    const own = this.#signals.find(signal);
    const any = signal === ANY || isMeta(signal) ? undefined : this.#signals.any;
    const muted = this.#signals.isMuted(signal);
    const isMuted = { own: muted, any: muted || (any?.muted ?? 0) > 0 };
    const routing = parsedFilterOf(filter);
    const far = own?.far?.flatMap((side) => side.explain(routing, muted)) ?? [];
    return [...explain(own?.table, any?.table, routing, isMuted), ...far];
  }

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
  mute(...rest: [signal?: SignalToken]): Disposable {
    const [signal] = rest;
    if (rest.length > 0) checkSignal(signal);
    const muted = signal === undefined ? this.#signals : this.#signals.ensure(signal);
    muted.mute();
    let active = true;
    return {
      [DISPOSE]: () => {
        if (!active) return;
        active = false;
        muted.unmute();
        this.#deliverLate();
      },
    };
  }

  /**
   * The signal of this name on this manager, made on first use (aioevt's named events). It stays the same one for as long
   * as anybody holds it, or anything is connected to it.
   *
   * @param name - Not empty.
   */
  signal<K extends object = Record<never, never>, R = unknown>(name: string): Signal<K, R> {
    checkName(name);
    return this.#signals.named(name, () => new Signal<K, R>({ name, manager: this }));
  }

  /** How many sends have not settled. */
  get pending(): number {
    return this.#home.pending;
  }

  /**
   * Resolves when no send is pending.
   *
   * @returns Rejects with {@link DrainTimeoutError}, naming the receivers still running, when that takes longer than
   * `timeoutMs`; nothing else changes then.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    try {
      return this.#home.drain(drainTimeoutOf(options, 'drain'));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Drains, then disconnects everything. From the call on, sends and connects are refused with
   * {@link ManagerClosedError}, waits reject with it, streams end, and what `emitAfter` still holds is cancelled.
   *
   * @returns The same promise for every call. Rejects with {@link DrainTimeoutError} as `drain` does; the manager is then
   * open again, with its receivers, but without the waits, streams and delayed emits that have ended. When everything has
   * been disconnected and only the reports of that take too long, it stays closed. After a rejection, a later call waits
   * again.
   */
  close(options: DrainOptions = {}): Promise<void> {
    try {
      const timeoutMs = drainTimeoutOf(options, 'close');
      this.#signals.setClosed(true);
      return (this.#closing ??= this.#close(timeoutMs));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  /** Whether nothing comes of the send of a signal that the manager knows nothing of. */
  #isUnheard(signal: SignalToken): boolean {
    return this.#signals.any === undefined && definitionOf(signal)?.sticky !== true;
  }

  #emitChecked(signal: SignalToken, kwargs: unknown, options: EmitOptions | undefined): void {
    const given = this.#sending.check(signal, kwargs);
    checkOptions(options, 'emit');
    const routing = options === undefined ? undefined : sendFilterOf(options);
    if (this.#signals.find(signal) === undefined && this.#isUnheard(signal)) this.#signals.rememberUnheard(signal);
    else this.#sending.emit(signal, given, routing, options);
  }

  #ask(call: 'receivers' | 'hasReceivers', signal: SignalToken, filter: Filter = {}): readonly Link[] {
    checkSignal(signal);
    checkOptions(filter, call, 'filter');
    return this.#signals.choose(signal, parsedFilterOf(filter));
  }

  /** The places elsewhere that a send with this filter may reach, as far as is known here. */
  #farPlaces(signal: SignalToken, filter: Filter = {}): readonly string[] {
    const far = this.#signals.isMuted(signal) ? undefined : this.#signals.find(signal)?.far;
    const routing = parsedFilterOf(filter);
    return far?.flatMap((side) => side.reach(routing !== undefined, routing)) ?? [];
  }

  #connect(signal: SignalToken, request: ConnectRequest, abortSignal: AbortSignal | undefined): Connection {
    const { receiver, thisArg, weak } = request;
    if (abortSignal?.aborted === true)
      return new PastConnection([signal], holdReceiver(receiver, thisArg ?? receiver, weak));
    const state = this.#signals.ensure(signal);
    const handle = new ConnectionHandle(state, state.table.connect(request, this.#nextRank++));
    this.#begin(state, handle, abortSignal);
    return handle;
  }

  /** Does the same for each of several signals, until a receiver that is called by that ends all of it. */
  #connectToAll(
    signals: readonly SignalToken[],
    request: ConnectRequest,
    abortSignal: AbortSignal | undefined,
  ): Connection {
    const { receiver, thisArg, weak } = request;
    const connection = new ConnectionToSeveral(signals, holdReceiver(receiver, thisArg ?? receiver, weak));
    for (const signal of signals) {
      if (connection.over || abortSignal?.aborted === true) break;
      const state = this.#signals.ensure(signal);
      const part = connection.add(state, state.table.connect(request, this.#nextRank++));
      if (request.once) part.tie();
      this.#begin(state, part, abortSignal);
    }
    return connection;
  }

  #begin(state: SignalState, handle: ConnectionHandle, abortSignal: AbortSignal | undefined): void {
    if (abortSignal !== undefined) handle.endWith(abortSignal);
    this.#reports.connected(state, handle);
    if (state.last === undefined) return;
    if (state.muted > 0) state.addLate(handle, this.#nextRank++);
    else this.#deliverLast(state, state.last, handle);
  }

  /** A mute has ended: those who connected to a sticky signal meanwhile get its last send, in the order they connected. */
  #deliverLate(): void {
    const late = this.#signals.all().flatMap((state) => state.takeLate().map((each) => ({ state, ...each })));
    for (const { state, connection } of late.sort((a, b) => a.rank - b.rank)) {
      if (state.last === undefined || !connection.connected) continue;
      // One that was called before has muted the signal again.
      if (state.muted > 0) state.addLate(connection, this.#nextRank++);
      else this.#deliverLast(state, state.last, connection);
    }
  }

  /** A receiver of a sticky signal that its last send has not called is called with it now, if that matches. */
  #deliverLast(state: SignalState, last: LastSend, { links }: ConnectionHandle): void {
    const matched = links.filter((link) => state.table.reasonFor(link, last.routing) !== undefined);
    const registration = matched[0]?.role?.registration;
    if (registration === undefined) return;
    if (last.concerns(registration, twinOf(registration, this.#signals.any?.table))) return;
    emitAll(this.#home, matched, last.kwargs, last.context, last.expected, state);
  }

  async #close(timeoutMs: number | undefined): Promise<void> {
    const caller = new CallSite(timeoutMs);
    const error = new ManagerClosedError(this.name);
    for (const tell of [...this.#onClose]) tell(error);
    try {
      await this.#home.drain(timeoutMs, caller);
      if (this.#emptied) return;
      this.#empty();
      // Receivers of RECEIVER_DISCONNECTED may still have something to do.
      await this.#home.drain(timeoutMs, caller);
    } catch (timeout) {
      this.#closing = undefined;
      if (!this.#emptied) this.#signals.setClosed(false);
      throw timeout;
    }
  }

  #empty(): void {
    this.#emptied = true;
    this.disconnectAll();
    for (const state of this.#signals.all()) {
      state.last = undefined;
      state.mayBeVacant();
    }
  }

  #signalOwner(): SignalOwner {
    return {
      manager: this,
      home: this.#home,
      vacated: (state) => {
        this.#signals.delete(state);
      },
      removing: (state, links) => this.#reports.removing(state, links),
      ending: (state, connection) => this.#reports.ending(state, connection),
      audienceChanged: (state) => {
        this.#far.audienceChanged(state);
      },
      isMuted: (signal) => this.#signals.isMuted(signal),
      lastSend: (signal) => this.#signals.find(signal)?.last,
    };
  }

  #observerHost(): ObserverHost {
    return {
      checkOpen: () => {
        this.#signals.checkOpen();
      },
      observe: (signal, routing, see) => {
        const table = this.#signals.ensure(signal).observe();
        const asked = table.connect(plainRequest(see, routing), this.#nextRank++);
        return () => {
          table.release(asked);
        };
      },
      onClose: (callback) => {
        this.#onClose.add(callback);
        return () => this.#onClose.delete(callback);
      },
      lastSend: (signal) => {
        const state = this.#signals.find(signal);
        return state === undefined || state.muted > 0 ? undefined : state.last;
      },
    };
  }
}
