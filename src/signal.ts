import { checkBoolean, checkName, checkOptions, argumentError } from './internal/check.js';
import { counted, describedBy, proxyError, withName } from './internal/printing.js';
import { processShared } from './internal/process-shared.js';
import { Manager } from './manager/manager.js';
import type { SignalState } from './send/signal-state.js';
import { DEFINITION, STATE, type SignalDefinition } from './signals/tokens.js';
import type {
  ConnectOptions,
  DelayedEmit,
  DisconnectOptions,
  EmitOptions,
  Filter,
  ReceiverWithUid,
  SendOptions,
  SignalToken,
} from './contract/options.js';
import type {
  Connection,
  ConnectionChange,
  Delivery,
  Explanation,
  Receiver,
  ReceiverDecorator,
  SendResult,
  SerialOptions,
  SignalConstructor,
  SignalManagerOptions,
  SignalOptions,
  SignalStream,
  StreamOptions,
  SyncOptions,
  WaitOptions,
} from './contract/signals.js';
import type * as contract from './contract/signals.js';
import { checkManager } from './signals/check-signal.js';
import { isKwargs } from './signals/kwargs.js';
import { isolations } from './watch/watch-host.js';

// One file, because a Signal needs the shared manager, and a manager creates Signals by name and sends the meta
// signals.

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
 *
 * @interface
 */
export type Signal<K extends object = Record<never, never>, R = unknown, Sent extends object = K> = contract.Signal<
  K,
  R,
  Sent
>;

/** {@link Signal} as a class. The types of kwargs, results and sent kwargs exist only for the compiler. */
// Not `= class Signal`: bundlers rename an inner name, and then the class has that one.
export const Signal: SignalConstructor = class {
  readonly #definition: SignalDefinition;
  readonly #manager: SignalManager | undefined;
  #state: SignalState | undefined;

  constructor(options?: SignalOptions & { readonly defaults?: object }) {
    checkOptions(options, 'Signal');
    const { name, manager, sticky, defaults } = options ?? {};
    if (name !== undefined) checkName(name);
    if (manager !== undefined) checkManager(manager);
    checkBoolean(sticky, 'sticky');
    if (defaults !== undefined && !isKwargs(defaults)) throw argumentError('defaults', 'an object', defaults);
    this.#manager = manager;
    this.#definition = { name, sticky: sticky === true, defaults: defaults && Object.freeze({ ...defaults }) };
  }

  static {
    describedBy(this.prototype, 'Signal', (signal) => {
      const { name } = signal.#definition;
      const count = counted(signal.#state?.receiverCount ?? 0, 'receiver');
      return `${withName('Signal', name)} (${count})`;
    });
  }

  // A proxy of a Signal throws, also if it is used as a token, because no receiver would be connected to it.

  get [DEFINITION](): SignalDefinition | undefined {
    if (#definition in this) return this.#definition;
    throw proxyError('Signal');
  }

  get [STATE](): SignalState | undefined {
    if (#state in this) return this.#state;
    throw proxyError('Signal');
  }

  set [STATE](state: SignalState | undefined) {
    if (#state in this) this.#state = state;
  }

  get name(): string | undefined {
    if (#definition in this) return this.#definition.name;
    throw proxyError('Signal');
  }

  get manager(): SignalManager {
    if (#manager in this) return this.#manager ?? sharedManager();
    throw proxyError('Signal');
  }

  connect(receiver: Receiver, options?: ConnectOptions): Connection {
    return this.manager.connect(receiver, tokenOf(this), options);
  }

  connectVia(options?: ConnectOptions): ReceiverDecorator {
    return this.manager.connectVia(tokenOf(this), options);
  }

  disconnect(receiver: Receiver | ReceiverWithUid, options?: DisconnectOptions): boolean {
    return this.manager.disconnect(receiver, tokenOf(this), options);
  }

  disconnectAll(): number {
    return this.manager.disconnectAll(tokenOf(this));
  }

  send(kwargs?: Record<string, unknown>, options?: SendOptions): Promise<SendResult[]> {
    let state: SignalState | undefined;
    try {
      state = this.#state;
      return state?.send(kwargs, options) ?? this.manager.send(tokenOf(this), kwargs, options);
    } catch (error) {
      return rejectionOf(#state in this, state, error);
    }
  }

  sendSerial(kwargs?: Record<string, unknown>, options?: SerialOptions<unknown>): Promise<SendResult[]> {
    if (!(#state in this)) return Promise.reject(proxyError('Signal'));
    return this.manager.sendSerial(tokenOf(this), kwargs, options);
  }

  sendSync(kwargs?: Record<string, unknown>, options?: SyncOptions<unknown>): SendResult[] {
    return this.manager.sendSync(tokenOf(this), kwargs, options);
  }

  emit(kwargs?: Record<string, unknown>, options?: EmitOptions): void {
    if (!(#state in this)) throw proxyError('Signal');
    const state = this.#state;
    if (state === undefined || !state.emit(kwargs, options)) this.manager.emit(tokenOf(this), kwargs, options);
  }

  emitAfter(delayMs: number, kwargs?: Record<string, unknown>, options?: EmitOptions): DelayedEmit {
    return this.manager.emitAfter(delayMs, tokenOf(this), kwargs, options);
  }

  wait(options?: WaitOptions<unknown>): Promise<Delivery> {
    if (!(#state in this)) return Promise.reject(proxyError('Signal'));
    return this.manager.wait(tokenOf(this), options);
  }

  stream(options?: StreamOptions<unknown>): SignalStream<unknown> {
    return this.manager.stream(tokenOf(this), options);
  }

  receivers(filter?: Filter): Receiver[] {
    return this.manager.receivers(tokenOf(this), filter);
  }

  hasReceivers(filter?: Filter): boolean {
    return this.manager.hasReceivers(tokenOf(this), filter);
  }

  explain(filter?: Filter): Explanation[] {
    return this.manager.explain(tokenOf(this), filter);
  }

  mute(): Disposable {
    return this.manager.mute(tokenOf(this));
  }
};

/**
 * Sent on a manager whenever a receiver has been connected by a call (blinker's `receiver_connected`).
 *
 * There is one report per connection, sent when the connection is in force. Waits and streams are not receivers, and
 * the two meta signals do not report themselves. Only the manager sends them: every sending verb throws, or rejects
 * with, a TypeError.
 *
 * @example
 * ```ts
 * import { RECEIVER_CONNECTED, SignalManager } from 'signalbox';
 *
 * const signals = new SignalManager();
 * signals.connect(({ connection }) => console.log('connected to', connection.signal), RECEIVER_CONNECTED);
 * ```
 */
export const RECEIVER_CONNECTED: Signal<ConnectionChange> = processShared('RECEIVER_CONNECTED', makeMeta);

/**
 * Sent on a manager whenever a connection has ended by a call, by `once` or by an abort, but not when it was collected.
 *
 * There is one report per connection. A connection that ends in parts (one key of two) is reported with the last part.
 */
export const RECEIVER_DISCONNECTED: Signal<ConnectionChange> = processShared('RECEIVER_DISCONNECTED', makeMeta);

function makeMeta(name: string): Signal<ConnectionChange> {
  return new Signal<ConnectionChange>({ name });
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
 *
 * @interface
 */
export type SignalManager = contract.SignalManager;

/** {@link SignalManager} as a class. */
export const SignalManager: {
  /**
   * @param options - `name` is shown in messages; `onError` is called with every failure of a receiver that its send
   * did not list in `expected` (default: `console.error`; `null`: silent).
   */
  new (options?: SignalManagerOptions): SignalManager;
  readonly prototype: SignalManager;
} = class extends Manager {
  constructor(options?: SignalManagerOptions, ...rest: [onMade?: OnMade]) {
    super(options, { connected: RECEIVER_CONNECTED, disconnected: RECEIVER_DISCONNECTED }, rest[0]);
  }

  signal<K extends object = Record<never, never>, R = unknown>(name: string): Signal<K, R> {
    return this.named(name, () => new Signal<K, R>({ name, manager: this }));
  }
};

/** Called with a new manager before `onManager` shows it to anybody. */
type OnMade = (manager: SignalManager) => void;

let manager: SignalManager | undefined;

/**
 * Returns the app-wide manager, which is created on first use. There is one per process and major version, even if ESM
 * and CommonJS copies or bundles of this library are loaded together.
 *
 * @example
 * ```ts
 * import { sharedManager } from 'signalbox';
 *
 * const started = Symbol('started');
 * sharedManager().connect(({ port }) => console.log(`listening on ${port}`), started);
 * await sharedManager().send(started, { port: 8080 });
 * ```
 */
export function sharedManager(): SignalManager {
  return isolations.at(-1) ?? (manager ??= processShared('manager', makeShared));
}

/** Keeps the manager before `onManager` shows it, because a function that is called with it may ask for it, too. */
function makeShared(_name: string, keep: OnMade): SignalManager {
  const Shared = SignalManager as new (options: SignalManagerOptions, onMade: OnMade) => SignalManager;
  return new Shared({ name: 'shared' }, keep);
}

/** Returns the rejection of a send. Not in `send`, so that V8 can inline more of a send that succeeds. */
function rejectionOf(isSignal: boolean, state: SignalState | undefined, error: unknown): Promise<never> {
  if (!isSignal) return Promise.reject(proxyError('Signal'));
  return state === undefined ? Promise.reject(error) : state.home.rejection(error);
}

/** The same Signal, typed as a token. Not a private getter, which V8 looks up in C++ at each use. */
function tokenOf(signal: SignalToken): SignalToken {
  return signal;
}
