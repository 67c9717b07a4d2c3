import { CallSite } from '../internal/call-site.js';
import { checkDelay, checkName, checkOnError, checkOptions } from '../internal/check.js';
import { decoratorFor } from './decorator.js';
import { ConnectionHandle, ConnectionToSeveral } from './connection.js';
import { ConnectionReports, type MetaSignals } from './meta-reports.js';
import { Delayed } from '../send/delayed-emit.js';
import { emitAll } from '../dispatch/concurrent.js';
import { ASYNC_DISPOSE, DISPOSE } from '../internal/dispose.js';
import { ManagerClosedError } from '../signals/errors.js';
import { explain, groupByReceiver, receiversOf } from '../receivers/inspect.js';
import type { FarHost } from '../send/far-hook.js';
import { ManagerFarHost } from '../send/manager-far-host.js';
import { FailureLog } from '../signals/failure-log.js';
import { holdReceiver } from './connection-receiver.js';
import { PendingSends } from '../dispatch/pending-sends.js';
import { kwargsFor } from '../signals/kwargs.js';
import { type Link, type LinkHandle, identityOf, linksBeside } from '../receivers/link.js';
import { reasonFor } from '../receivers/special-link.js';
import type { ObserverHost } from '../observe/observation.js';
import { counted, describedBy, proxyError } from '../internal/printing.js';
import { type ConnectRequest, connectRequest, namedIdentityOf, plainRequest } from '../receivers/connect-request.js';
import { namedFilterOf, parsedFilterOf } from '../signals/filter.js';
import { checkSendOptions, drainTimeoutOf, sendFilterOf, untilOf } from '../send/options.js';
import { UncommonSends } from '../send/uncommon-send.js';
import { WatchedSends } from '../send/watched-sends.js';
import type { SignalOwner, SignalState } from '../send/signal-state.js';
import { SignalTable } from '../send/signal-table.js';
import type { LastSend } from '../send/sticky-send.js';
import { Stream } from '../observe/stream.js';
import { ANY, FAR, INSPECTED, MANAGER, WATCHED, definitionOf } from '../signals/tokens.js';
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
} from '../contract/options.js';
import type {
  Connection,
  Delivery,
  Explanation,
  KwargsOf,
  Receiver,
  ReceiverDecorator,
  ResultOf,
  SendArguments,
  SendResult,
  SendWatcher,
  SentOf,
  SerialOptions,
  Signal,
  SignalManager,
  SignalManagerOptions,
  SignalStream,
  StreamOptions,
  SyncOptions,
  WaitOptions,
} from '../contract/signals.js';
import { waitFor } from '../observe/wait.js';
import { ManagerInspectHost } from './manager-inspect-host.js';
import { register } from './registry.js';
import type { InspectHost } from '../watch/inspect-host.js';
import type { WatchHost } from '../watch/watch-host.js';
import { Watchers } from '../watch/watchers.js';
import { checkSignal, listedSignalsOf } from '../signals/check-signal.js';

/**
 * The verbs of a manager: wires the table of signals, the sends, the waits and the reports together.
 *
 * `SignalManager` adds `signal(name)`, because only a Signal can make Signals, and gives the meta signals.
 */
export abstract class Manager implements SignalManager {
  static {
    describedBy(this.prototype, 'SignalManager', (manager) => {
      const { name } = manager;
      const states = manager.#signals
        .all()
        .filter(({ token, receiverCount }) => !manager.#signals.isMeta(token) && receiverCount > 0);
      const receivers = states.reduce((count, { receiverCount }) => count + receiverCount, 0);
      const counts = `${counted(states.length, 'signal')}, ${counted(receivers, 'receiver')}`;
      return name === undefined ? `SignalManager (${counts})` : `SignalManager "${name}" (${counts})`;
    });
  }

  readonly name: string | undefined;
  declare readonly toString: () => string;
  readonly #home: PendingSends;
  readonly #signals: SignalTable;
  readonly #sending: UncommonSends;
  readonly #watched: WatchedSends;
  readonly #far: ManagerFarHost;
  readonly #reports: ConnectionReports;
  readonly #observers: ObserverHost;
  readonly #watchers: Watchers;
  readonly #watchHost: WatchHost;
  /** Removes it from `managers()`. */
  readonly #unregister: () => void;
  /** Told when the manager closes: waits, streams and delayed emits. */
  readonly #onClose = new Set<(error: Error) => void>();
  #closing: Promise<void> | undefined;
  /** Whether a close has disconnected everything: from then on the manager stays closed. */
  #emptied = false;
  #nextRank = 0;

  /** @param onMade - Called before `onManager` shows the new manager to anybody. */
  constructor(options: SignalManagerOptions = {}, meta: MetaSignals, onMade?: (manager: SignalManager) => void) {
    checkOptions(options, 'SignalManager');
    const { name, onError } = options;
    if (name !== undefined) checkName(name);
    checkOnError(onError);
    this.name = name;
    this.#home = new PendingSends(new FailureLog(onError));
    this.#watchers = new Watchers(this.#home, () => {
      this.#signals.setWatched(this.#watchers.watchesSends);
    });
    this.#signals = new SignalTable(this.#signalOwner(meta));
    this.#watched = new WatchedSends(this, this.#home, this.#watchers);
    this.#sending = new UncommonSends(this, this.#home, this.#signals, this.#watchers, this.#watched);
    this.#far = new ManagerFarHost(this.#home, this.#signals, this.#sending, this.#onClose);
    this.#reports = new ConnectionReports(this.#signals, meta, (signal, change) => {
      this.#sending.emit(signal, { manager: this, ...change }, undefined, undefined);
    });
    this.#observers = this.#observerHost();
    this.#watchHost = this.#makeWatchHost();
    onMade?.(this);
    this.#unregister = register(this);
  }

  /** @internal Tells managers of any copy of this library from other objects. */
  get [MANAGER](): true {
    Manager.#checkThis(this);
    return true;
  }

  /** @internal For transports, by `attachFar` of `signalbox/far`. */
  get [FAR](): FarHost {
    Manager.#checkThis(this);
    return this.#far;
  }

  /** @internal For inspectors. */
  get [INSPECTED](): InspectHost {
    Manager.#checkThis(this);
    return new ManagerInspectHost(this.#signals, this.#reports);
  }

  /** @internal For buses, tools and `onManager`. */
  get [WATCHED](): WatchHost {
    Manager.#checkThis(this);
    return this.#watchHost;
  }

  connect<T extends SignalToken>(
    receiver: Receiver<KwargsOf<T>, ResultOf<T>>,
    signal: T,
    options?: ConnectOptions,
  ): Connection {
    Manager.#checkThis(this);
    this.#signals.checkOpen();
    // In a method of its own, because functions that make closures are slower.
    if (this.#far.attended) return this.#connectAttended(receiver, signal, options);
    return this.#connectOneOrAll(receiver, signal, options);
  }

  connectVia<T extends SignalToken>(signal: T, options?: ConnectOptions): ReceiverDecorator<KwargsOf<T>, ResultOf<T>> {
    Manager.#checkThis(this);
    this.#signals.checkOpen();
    const signals = listedSignalsOf(signal);
    const request = connectRequest(() => undefined, options);
    const abortSignal = options?.abortSignal;
    return decoratorFor((receiver, thisArg = request.thisArg) => {
      this.#signals.checkOpen();
      this.#far.connecting(() => this.#connectToAll(signals, { ...request, receiver, thisArg }, abortSignal));
    });
  }

  disconnect(
    receiver: Receiver | ReceiverWithUid,
    ...rest: [] | [signal: SignalToken, options?: DisconnectOptions | undefined]
  ): boolean {
    Manager.#checkThis(this);
    const [signal, options = {}] = rest;
    if (rest.length > 0) checkSignal(signal);
    checkOptions(options, 'disconnect');
    const identity = namedIdentityOf(receiver, options);
    const routing = namedFilterOf(options);
    const states = signal === undefined ? this.#signals.all() : [this.#signals.find(signal)];
    const removed = states.filter((state) => {
      const found = state?.table.find(identity);
      return state !== undefined && found !== undefined && state.table.disconnect(found, routing);
    });
    return removed.length > 0;
  }

  disconnectAll(...rest: [] | [signal: SignalToken]): number {
    Manager.#checkThis(this);
    const [signal] = rest;
    if (rest.length > 0) checkSignal(signal);
    const states = signal === undefined ? this.#signals.all() : [this.#signals.find(signal)];
    // The meta signals last, so that their receivers hear of the others.
    const ordered = states
      .flatMap((state) => state ?? [])
      .sort((a, b) => +this.#signals.isMeta(a.token) - +this.#signals.isMeta(b.token));
    let count = 0;
    for (const state of ordered) {
      for (const [link] of groupByReceiver(state.table.all())) {
        if (link !== undefined && state.table.disconnect(link, undefined)) count += 1;
      }
    }
    return count;
  }

  send<T extends SignalToken>(
    signal: T,
    ...rest: SendArguments<SentOf<T>, SendOptions>
  ): Promise<SendResult<ResultOf<T>>[]>;
  send(signal: SignalToken, kwargs?: object, options?: SendOptions): Promise<SendResult[]> {
    try {
      const state = this.#signals.stateFor(signal);
      const sent = state?.send(kwargs, options);
      if (sent !== undefined) return sent;
      return (
        this.#watched.send(this.#signals.find(signal), kwargs, options) ?? this.#sending.send(signal, kwargs, options)
      );
    } catch (error) {
      return Manager.#rejection(this, error);
    }
  }

  sendSerial<T extends SignalToken>(
    signal: T,
    ...rest: SendArguments<SentOf<T>, SerialOptions<ResultOf<T>>>
  ): Promise<SendResult<ResultOf<T>>[]>;
  sendSerial(signal: SignalToken, kwargs?: object, options?: SerialOptions<unknown>): Promise<SendResult[]> {
    try {
      return this.#sending.sendSerially(signal, kwargs, options, untilOf(options, 'sendSerial'));
    } catch (error) {
      return Manager.#rejection(this, error);
    }
  }

  sendSync<T extends SignalToken>(
    signal: T,
    ...rest: SendArguments<SentOf<T>, SyncOptions<ResultOf<T>>>
  ): SendResult<ResultOf<T>>[];
  sendSync(signal: SignalToken, kwargs?: object, options?: SyncOptions<unknown>): SendResult[] {
    Manager.#checkThis(this);
    return this.#sending.sendSynchronously(signal, kwargs, options, untilOf(options, 'sendSync'));
  }

  emit<T extends SignalToken>(signal: T, ...rest: SendArguments<SentOf<T>, EmitOptions>): void;
  emit(signal: SignalToken, kwargs?: object, options?: EmitOptions): void {
    if (!(#home in this)) throw proxyError('SignalManager');
    const state = this.#signals.stateFor(signal);
    if (state?.emit(kwargs, options) !== true) this.#emitChecked(signal, kwargs, options);
  }

  emitAfter<T extends SignalToken>(
    delayMs: number,
    signal: T,
    ...rest: SendArguments<SentOf<T>, EmitOptions>
  ): DelayedEmit;
  emitAfter(delayMs: number, signal: SignalToken, kwargs?: object, options?: EmitOptions): DelayedEmit {
    Manager.#checkThis(this);
    this.#signals.checkOpen();
    checkDelay(delayMs);
    this.#signals.checkSendable(signal);
    const given = kwargsFor(signal, definitionOf(signal), kwargs);
    checkSendOptions(options, 'emitAfter');
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

  wait<T extends SignalToken>(signal: T, options?: WaitOptions<KwargsOf<T>>): Promise<Delivery<KwargsOf<T>>> {
    if (!(#home in this)) return Promise.reject(proxyError('SignalManager'));
    return this.#far.connecting(() => waitFor(this.#observers, signal, options));
  }

  stream<T extends SignalToken>(signal: T, options?: StreamOptions<KwargsOf<T>>): SignalStream<KwargsOf<T>> {
    Manager.#checkThis(this);
    return this.#far.connecting(() => new Stream(this.#observers, signal, options));
  }

  receivers(signal: SignalToken, filter?: Filter): Receiver[] {
    Manager.#checkThis(this);
    return receiversOf(this.#ask('receivers', signal, filter));
  }

  hasReceivers(signal: SignalToken, filter?: Filter): boolean {
    Manager.#checkThis(this);
    return (
      this.#ask('hasReceivers', signal, filter).some((link) => link.live) || this.#farPlaces(signal, filter).length > 0
    );
  }

  signals(): SignalToken[] {
    Manager.#checkThis(this);
    const states = this.#signals.all().filter(({ token, table }) => {
      return token !== ANY && !this.#signals.isMeta(token) && table.all().length > 0;
    });
    return states.map(({ token }) => token);
  }

  explain(signal: SignalToken, filter: Filter = {}): Explanation[] {
    Manager.#checkThis(this);
    checkSignal(signal);
    checkOptions(filter, 'explain', 'filter');
    const own = this.#signals.find(signal);
    const any = signal === ANY || this.#signals.isMeta(signal) ? undefined : this.#signals.any;
    const muted = this.#signals.isMuted(signal);
    const isMuted = { own: muted, any: muted || (any?.muted ?? 0) > 0 };
    const routing = parsedFilterOf(filter);
    const far = own?.far?.flatMap((side) => side.explain(routing, muted)) ?? [];
    return [...explain(own?.table, any?.table, routing, isMuted), ...far];
  }

  mute(...rest: [] | [signal: SignalToken]): Disposable {
    Manager.#checkThis(this);
    const [signal] = rest;
    if (rest.length > 0) checkSignal(signal);
    const muting = signal === undefined ? this.#signals.muteExcept(new Set()) : this.#signals.ensure(signal);
    return this.#muteBy(muting);
  }

  watch(watcher: SendWatcher): Disposable {
    Manager.#checkThis(this);
    this.#signals.checkOpen();
    const stop = this.#watchers.add(watcher);
    return { [DISPOSE]: stop };
  }

  abstract signal<K extends object = Record<never, never>, R = unknown>(name: string): Signal<K, R>;

  /** The signal of this name, made by `make` on first use. */
  protected named<S extends object>(name: string, make: () => S): S {
    Manager.#checkThis(this);
    checkName(name);
    return this.#signals.named(name, make);
  }

  get pending(): number {
    Manager.#checkThis(this);
    return this.#home.pending;
  }

  drain(options: DrainOptions = {}): Promise<void> {
    try {
      Manager.#checkThis(this);
      return this.#home.drain(drainTimeoutOf(options, 'drain'));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(options: DrainOptions = {}): Promise<void> {
    try {
      Manager.#checkThis(this);
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

  static #checkThis(manager: object): void {
    if (!(#home in manager)) throw proxyError('SignalManager');
  }

  /** Returns the rejection of a send. A proxy failed at its first private member. */
  static #rejection(manager: object, error: unknown): Promise<never> {
    return #home in manager ? manager.#home.rejection(error) : Promise.reject(proxyError('SignalManager'));
  }

  /** Whether nothing comes of the send of a signal that the manager knows nothing of. */
  #isUnheard(signal: SignalToken): boolean {
    if (this.#watchers.watchesSends) return false;
    return this.#signals.any === undefined && definitionOf(signal)?.sticky !== true;
  }

  #emitChecked(signal: SignalToken, kwargs: unknown, options: EmitOptions | undefined): void {
    if (this.#watched.emit(this.#signals.find(signal), kwargs, options)) return;
    const given = this.#sending.check(signal, kwargs);
    checkSendOptions(options, 'emit');
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

  #connectAttended(receiver: Receiver, signal: SignalToken, options: ConnectOptions | undefined): Connection {
    return this.#far.connecting(() => this.#connectOneOrAll(receiver, signal, options));
  }

  #connectOneOrAll(receiver: Receiver, signal: SignalToken, options: ConnectOptions | undefined): Connection {
    if (Array.isArray(signal)) {
      return this.#connectToAll(listedSignalsOf(signal), connectRequest(receiver, options), options?.abortSignal);
    }
    checkSignal(signal);
    return this.#connect(signal, connectRequest(receiver, options), options?.abortSignal);
  }

  #connect(signal: SignalToken, request: ConnectRequest, abortSignal: AbortSignal | undefined): Connection {
    const { receiver, thisArg, weak } = request;
    if (abortSignal?.aborted === true)
      return new ConnectionToSeveral([signal], holdReceiver(receiver, thisArg ?? receiver, weak));
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
    const { once } = request;
    const each = once ? { ...request, tied: true } : request;
    for (const signal of signals) {
      if (connection.over || abortSignal?.aborted === true) break;
      const state = this.#signals.ensure(signal);
      const part = connection.add(state, state.table.connect(each, this.#nextRank++));
      if (once) part.tie();
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

  #muteBy(muting: Pick<SignalState, 'mute' | 'unmute'>): Disposable {
    muting.mute();
    let active = true;
    return {
      [DISPOSE]: () => {
        if (!active) return;
        active = false;
        muting.unmute();
        this.#deliverLate();
      },
    };
  }

  /** A mute has ended: those who connected to a sticky signal meanwhile get its last send, in the order they connected. */
  #deliverLate(): void {
    const late = this.#signals.all().flatMap((state) => state.takeLate().map((each) => ({ state, ...each })));
    for (const { state, handle, rank } of late.sort((a, b) => a.rank - b.rank)) {
      if (state.last === undefined || handle.link === undefined) continue;
      // One that was called before has muted the signal again.
      if (state.muted > 0) state.addLate(handle, rank);
      else this.#deliverLast(state, state.last, handle);
    }
  }

  /** A receiver of a sticky signal that its last send has not called is called with it now, if that matches. */
  #deliverLast(state: SignalState, last: LastSend, { link }: LinkHandle): void {
    if (link?.entry === undefined || reasonFor(link, last.routing) === undefined) return;
    const identity = identityOf(link);
    const any = identity && this.#signals.any?.table.find(identity);
    const links = [link, ...(any === undefined ? [] : [any])].flatMap(linksBeside);
    if (last.concerns(link.entry, links)) return;
    emitAll(this.#home, [link], last.kwargs, last.context, last.expected, state);
  }

  async #close(timeoutMs: number | undefined): Promise<void> {
    const caller = new CallSite(timeoutMs);
    const error = new ManagerClosedError(this.name);
    for (const tell of [...this.#onClose]) tell(error);
    try {
      await this.#home.drain(timeoutMs, caller);
      if (!this.#emptied) {
        this.#empty();
        // Receivers of RECEIVER_DISCONNECTED may still have something to do.
        await this.#home.drain(timeoutMs, caller);
      }
      this.#watchers.release();
      this.#unregister();
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

  #signalOwner({ connected, disconnected }: MetaSignals): SignalOwner {
    return {
      manager: this,
      home: this.#home,
      vacated: (state) => {
        this.#signals.delete(state);
      },
      removing: (state, links, usedUp) => this.#reports.removing(state, links, usedUp),
      ending: (state, handle, usedUp) => this.#reports.ending(state, handle, usedUp),
      anyChanged: () => {
        this.#far.anyChanged();
      },
      followersDue: (state) => {
        this.#far.followersDue(state);
      },
      isMuted: (signal) => this.#signals.isMuted(signal),
      isMeta: (signal) => signal === connected || signal === disconnected,
      lastSend: (signal) => this.#signals.find(signal)?.last,
    };
  }

  #makeWatchHost(): WatchHost {
    const watchers = this.#watchers;
    return {
      report: (error, method, context) => {
        watchers.report(error, method, context);
      },
      get watchesWork() {
        return watchers.watchesWork;
      },
      askWork: (work) => watchers.askWork(work),
      settling: new Set(),
      running: () => this.#home.running(),
      muteExcept: (except) => this.#muteBy(this.#signals.muteExcept(except)),
      setReplaced: (replaced) => {
        this.#signals.setReplaced(replaced);
      },
    };
  }

  #observerHost(): ObserverHost {
    return {
      isMeta: (signal) => this.#signals.isMeta(signal),
      checkOpen: () => {
        this.#signals.checkOpen();
      },
      observe: (signal, routing, see) => {
        const table = this.#signals.ensure(signal).observe();
        const link = table.connect(plainRequest(see, routing), this.#nextRank++);
        return () => {
          table.release(link);
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
