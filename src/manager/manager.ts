import { checkDelay, checkName, checkOnError, checkOptions } from '../internal/check.js';
import { ManagerClosing } from './closing.js';
import { Connecting } from './connecting.js';
import { disconnectAll, disconnectReceiver } from './disconnecting.js';
import { inspectHostOf } from './manager-inspect-host.js';
import { ManagerWatchers } from './manager-watchers.js';
import { ConnectionReports } from './meta-reports.js';
import { mute } from './muting.js';
import { explainSend, hasReceivers, receivers, signalsWithReceivers, textOfManager } from './questions.js';
import { register } from './registry.js';
import { PendingSends } from '../dispatch/pending-sends.js';
import { ASYNC_DISPOSE, DISPOSE } from '../internal/dispose.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { Stream } from '../observe/stream.js';
import { waitFor } from '../observe/wait.js';
import { Delayed } from '../send/delayed-emit.js';
import type { FarHost } from '../send/far-hook.js';
import { ManagerFarHost } from '../send/manager-far-host.js';
import { drainTimeoutOf, untilOf } from '../send/options.js';
import { type MetaSignals, SignalTable } from '../send/signal-table.js';
import { UncommonSends } from '../send/uncommon-send.js';
import { FailureLog } from '../signals/failure-log.js';
import { FAR, INSPECTED, MANAGER, WATCHED } from '../signals/tokens.js';
import type { InspectHost } from '../watch/inspect-host.js';
import type { WatchHost } from '../watch/watch-host.js';
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

/**
 * The verbs of a manager: wires the table of signals, the sends, the waits and the reports together.
 *
 * `SignalManager` adds `signal(name)`, because only a Signal can make Signals, and gives the meta signals.
 */
export abstract class Manager implements SignalManager {
  static {
    describedBy(this.prototype, 'SignalManager', (manager) => textOfManager(manager.#signals));
  }

  readonly name: string | undefined;
  declare readonly toString: () => string;
  readonly #signals: SignalTable;
  readonly #sending: UncommonSends;
  readonly #far: ManagerFarHost;
  readonly #reports: ConnectionReports;
  readonly #connecting: Connecting;
  readonly #watchers: ManagerWatchers;
  readonly #closing: ManagerClosing;

  /** @param onMade - Called before `onManager` shows the new manager to anybody. */
  constructor(options: SignalManagerOptions = {}, meta: MetaSignals, onMade?: (manager: SignalManager) => void) {
    checkOptions(options, 'SignalManager');
    const { name, onError } = options;
    if (name !== undefined) checkName(name);
    checkOnError(onError);
    this.name = name;
    const home = new PendingSends(new FailureLog(onError));
    this.#signals = new SignalTable(this, home, meta, { reports: () => this.#reports, far: () => this.#far });
    this.#watchers = new ManagerWatchers(this.#signals);
    this.#sending = new UncommonSends(this.#signals, this.#watchers);
    this.#far = new ManagerFarHost(this.#signals, this.#sending);
    this.#reports = new ConnectionReports(this.#signals, (signal, change) => {
      this.#sending.emitUnchecked(signal, { manager: this, ...change });
    });
    this.#connecting = new Connecting(this.#signals, this.#reports, this.#far);
    this.#closing = new ManagerClosing(this.#signals, () => {
      this.#watchers.release();
      unregister();
    });
    onMade?.(this);
    const unregister = register(this);
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
    return inspectHostOf(this.#signals, this.#reports);
  }

  /** @internal For buses, tools and `onManager`. */
  get [WATCHED](): WatchHost {
    Manager.#checkThis(this);
    return this.#watchers;
  }

  connect<T extends SignalToken>(
    receiver: Receiver<KwargsOf<T>, ResultOf<T>>,
    signal: T,
    options?: ConnectOptions,
  ): Connection {
    Manager.#checkThis(this);
    return this.#connecting.connect(receiver, signal, options);
  }

  connectVia<T extends SignalToken>(signal: T, options?: ConnectOptions): ReceiverDecorator<KwargsOf<T>, ResultOf<T>> {
    Manager.#checkThis(this);
    return this.#connecting.connectVia(signal, options);
  }

  disconnect(
    receiver: Receiver | ReceiverWithUid,
    ...rest: [] | [signal: SignalToken, options?: DisconnectOptions | undefined]
  ): boolean {
    Manager.#checkThis(this);
    return disconnectReceiver(this.#signals, receiver, rest);
  }

  disconnectAll(...rest: [] | [signal: SignalToken]): number {
    Manager.#checkThis(this);
    return disconnectAll(this.#signals, rest);
  }

  send<T extends SignalToken>(
    signal: T,
    ...rest: SendArguments<SentOf<T>, SendOptions>
  ): Promise<SendResult<ResultOf<T>>[]>;
  send(signal: SignalToken, kwargs?: object, options?: SendOptions): Promise<SendResult[]> {
    try {
      const state = this.#signals.stateFor(signal);
      return state?.send(kwargs, options) ?? this.#sending.send(signal, kwargs, options);
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
    if (!(#signals in this)) throw proxyError('SignalManager');
    const state = this.#signals.stateFor(signal);
    if (state === undefined || !state.emit(kwargs, options)) this.#sending.emitUncommon(signal, kwargs, options);
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
    const send = this.#sending.readEmit('emitAfter', signal, kwargs, options);
    return new Delayed(delayMs, this.#sending.emitLater(send), this.#signals);
  }

  wait<T extends SignalToken>(signal: T, options?: WaitOptions<KwargsOf<T>>): Promise<Delivery<KwargsOf<T>>> {
    if (!(#signals in this)) return Promise.reject(proxyError('SignalManager'));
    return this.#far.connecting(() => waitFor(this.#signals, signal, options));
  }

  stream<T extends SignalToken>(signal: T, options?: StreamOptions<KwargsOf<T>>): SignalStream<KwargsOf<T>> {
    Manager.#checkThis(this);
    return this.#far.connecting(() => new Stream(this.#signals, signal, options));
  }

  receivers(signal: SignalToken, filter?: Filter): Receiver[] {
    Manager.#checkThis(this);
    return receivers(this.#signals, signal, filter);
  }

  hasReceivers(signal: SignalToken, filter?: Filter): boolean {
    Manager.#checkThis(this);
    return hasReceivers(this.#signals, signal, filter);
  }

  signals(): SignalToken[] {
    Manager.#checkThis(this);
    return signalsWithReceivers(this.#signals);
  }

  explain(signal: SignalToken, filter?: Filter): Explanation[] {
    Manager.#checkThis(this);
    return explainSend(this.#signals, signal, filter);
  }

  mute(...rest: [] | [signal: SignalToken]): Disposable {
    Manager.#checkThis(this);
    return mute(this.#signals, rest);
  }

  watch(watcher: SendWatcher): Disposable {
    Manager.#checkThis(this);
    this.#signals.checkOpen();
    return { [DISPOSE]: this.#watchers.add(watcher) };
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
    return this.#signals.home.pending;
  }

  drain(options: DrainOptions = {}): Promise<void> {
    try {
      Manager.#checkThis(this);
      return this.#signals.home.drain(drainTimeoutOf(options, 'drain'));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(options: DrainOptions = {}): Promise<void> {
    try {
      Manager.#checkThis(this);
      return this.#closing.close(drainTimeoutOf(options, 'close'));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  static #checkThis(manager: object): void {
    if (!(#signals in manager)) throw proxyError('SignalManager');
  }

  /** Returns the rejection of a send. A proxy failed at its first private member. */
  static #rejection(manager: object, error: unknown): Promise<never> {
    return #signals in manager ? manager.#signals.home.rejection(error) : Promise.reject(proxyError('SignalManager'));
  }
}
