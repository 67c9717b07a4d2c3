import { checkBoolean, checkManager, checkName, checkOptions, checkSignal, argumentError } from './internal/check.js';
import { counted, describedBy, standIn } from './internal/printing.js';
import { processShared } from './internal/process-shared.js';
import { sharedManager } from './shared-manager.js';
import type { SignalManager } from './manager/manager.js';
import type { SignalState } from './send/signal-state.js';
import { ANY, DEFINITION, STATE, type SignalDefinition } from './signals/tokens.js';
import type {
  ConnectOptions,
  Connection,
  ConnectionChange,
  DelayedEmit,
  Delivery,
  DisconnectOptions,
  EmitOptions,
  Explanation,
  Filter,
  Receiver,
  ReceiverDecorator,
  ReceiverWithUid,
  SendArguments,
  SendOptions,
  SendResult,
  SerialOptions,
  SignalStream,
  SignalToken,
  StreamOptions,
  SyncOptions,
  WaitOptions,
} from './contract/signals.js';

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

/** {@link Signal} as a class; its types for kwargs, results and what is sent are only the compiler's. */
export const Signal = class Signal {
  readonly #definition: SignalDefinition;
  readonly #manager: SignalManager | undefined;
  #state: SignalState | undefined;

  constructor(options?: SignalOptions & { readonly defaults?: object }) {
    checkOptions(options, 'Signal');
    const { name, manager, sticky, defaults } = options ?? {};
    if (name !== undefined) checkName(name);
    if (manager !== undefined) checkManager(manager);
    checkBoolean(sticky, 'sticky');
    if (defaults !== undefined && !isRecord(defaults)) throw argumentError('defaults', 'an object', defaults);
    this.#manager = manager;
    this.#definition = { name, sticky: sticky === true, defaults: defaults && Object.freeze({ ...defaults }) };
  }

  static {
    describedBy(this.prototype, 'Signal', (signal) => {
      const { name } = signal.#definition;
      const count = counted(signal.#state?.receiverCount ?? 0, 'receiver');
      return name === undefined ? `Signal (${count})` : `Signal "${name}" (${count})`;
    });
  }

  // A proxy of a Signal is refused, also as a token: nobody would be connected to it.

  get [DEFINITION](): SignalDefinition | undefined {
    if (#definition in this) return this.#definition;
    throw standIn('Signal');
  }

  get [STATE](): SignalState | undefined {
    if (#state in this) return this.#state;
    throw standIn('Signal');
  }

  set [STATE](state: SignalState | undefined) {
    if (#state in this) this.#state = state;
  }

  /** Itself, as the token that it is to a manager. */
  get #token(): SignalToken {
    return this;
  }

  get name(): string | undefined {
    if (#definition in this) return this.#definition.name;
    throw standIn('Signal');
  }

  get manager(): SignalManager {
    if (#manager in this) return this.#manager ?? sharedManager();
    throw standIn('Signal');
  }

  connect(receiver: Receiver, options?: ConnectOptions): Connection {
    return this.manager.connect(receiver, this.#token, options);
  }

  connectVia(options?: ConnectOptions): ReceiverDecorator {
    return this.manager.connectVia(this.#token, options);
  }

  disconnect(receiver: Receiver | ReceiverWithUid, options?: DisconnectOptions): boolean {
    return this.manager.disconnect(receiver, this.#token, options);
  }

  disconnectAll(): number {
    return this.manager.disconnectAll(this.#token);
  }

  send(kwargs?: Record<string, unknown>, options?: SendOptions): Promise<SendResult[]> {
    let state: SignalState | undefined;
    try {
      state = this.#state;
      return state?.send(kwargs, options) ?? this.manager.send(this.#token, kwargs, options);
    } catch (error) {
      if (!(#state in this)) return Promise.reject(standIn('Signal'));
      return state === undefined ? Promise.reject(error) : state.home.rejection(error);
    }
  }

  sendSerial(kwargs?: Record<string, unknown>, options?: SerialOptions<unknown>): Promise<SendResult[]> {
    if (!(#state in this)) return Promise.reject(standIn('Signal'));
    return this.manager.sendSerial(this.#token, kwargs, options);
  }

  sendSync(kwargs?: Record<string, unknown>, options?: SyncOptions<unknown>): SendResult[] {
    return this.manager.sendSync(this.#token, kwargs, options);
  }

  emit(kwargs?: Record<string, unknown>, options?: EmitOptions): void {
    try {
      if (this.#state?.emit(kwargs, options) !== true) this.manager.emit(this.#token, kwargs, options);
    } catch (error) {
      throw #state in this ? error : standIn('Signal');
    }
  }

  emitAfter(delayMs: number, kwargs?: Record<string, unknown>, options?: EmitOptions): DelayedEmit {
    return this.manager.emitAfter(delayMs, this.#token, kwargs, options);
  }

  wait(options?: WaitOptions<unknown>): Promise<Delivery> {
    if (!(#state in this)) return Promise.reject(standIn('Signal'));
    return this.manager.wait(this.#token, options);
  }

  stream(options?: StreamOptions<unknown>): SignalStream<unknown> {
    return this.manager.stream(this.#token, options);
  }

  receivers(filter?: Filter): Receiver[] {
    return this.manager.receivers(this.#token, filter);
  }

  hasReceivers(filter?: Filter): boolean {
    return this.manager.hasReceivers(this.#token, filter);
  }

  explain(filter?: Filter): Explanation[] {
    return this.manager.explain(this.#token, filter);
  }

  mute(): Disposable {
    return this.manager.mute(this.#token);
  }
} as unknown as SignalConstructor;

// Made here and not in a module of their own: managers need them, and a Signal needs a manager.

/**
 * Sent on a manager whenever a receiver has been connected by a call (blinker's `receiver_connected`).
 *
 * One report per connection made, when it is in force. Waits and streams are no receivers, and the two meta signals do
 * not report themselves. Only the manager sends them: every sending verb throws (or rejects with) a TypeError.
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
 * One report per connection. One that ends in parts (one key of two) is reported with the last part.
 */
export const RECEIVER_DISCONNECTED: Signal<ConnectionChange> = processShared('RECEIVER_DISCONNECTED', makeMeta);

function makeMeta(name: string): Signal<ConnectionChange> {
  return new Signal<ConnectionChange>({ name });
}

/** Whether a signal is about connections; these are not reported, listed or seen by ANY. */
export function isMeta(signal: SignalToken): boolean {
  return signal === RECEIVER_CONNECTED || signal === RECEIVER_DISCONNECTED;
}

/** A signal that may be sent from outside: neither ANY, which stands for all of them, nor a meta signal. */
export function checkSendable(signal: unknown): asserts signal is SignalToken {
  checkSignal(signal);
  if (signal === ANY) throw argumentError('signal', 'one signal', signal, '; ANY can be connected to, not sent');
  if (isMeta(signal)) {
    throw argumentError('signal', 'none of the meta signals', signal, '; only the manager itself reports connections');
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
