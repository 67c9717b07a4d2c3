import { whenAborted } from '../internal/abort.js';
import { argumentError, checkAbortSignal, checkBoolean, checkFunction, checkKnown } from '../internal/check.js';
import { DISPOSE } from '../internal/dispose.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { isObject } from '../internal/weak-key-map.js';
import { farHostOf } from '../send/far-hook.js';
import type { Signal, SignalManager } from '../index.js';
import { checkTypedSignal } from '../signals/check-signal.js';
import { standInFor } from '../signals/failure-log.js';
import type { EmitterLike, FromEmitterOptions } from './types.js';
import { whenClosed } from './when-closed.js';

/**
 * Emits a signal for each event of an EventTarget or an EventEmitter, synchronously.
 *
 * It listens only while a receiver of the signal or of ANY, a wait, a stream, another thread or another node hears the
 * signal; a sticky signal hears everything. A muted signal hears nothing. An object with `addEventListener` is treated as
 * an EventTarget; any other object needs `on` and `off`.
 *
 * @param kwargsOf - Returns the kwargs for the arguments of an event. Errors that it or the emit throws reach the emitter,
 * as those of any listener.
 * @param options - `always`, `abortSignal`.
 * @returns An object that removes the listener when it is disposed. So do an abort and the end of the manager's `close`.
 * @throws TypeError for bad arguments; ManagerClosedError after `close()`; any error of the emitter. Errors of the emitter
 * when it is listened to later go to the manager's `onError`.
 *
 * @example
 * ```ts
 * import { EventEmitter } from 'node:events';
 * import { SignalManager } from 'signalbox';
 * import { fromEmitter } from 'signalbox/interop';
 *
 * const socket = new EventEmitter();
 * const received = new SignalManager().signal<{ text: string }>('received');
 * using source = fromEmitter(socket, 'message', received, (text: string) => ({ text }));
 * console.log(socket.listenerCount('message')); //=> 0
 *
 * const connection = received.connect(({ text }) => console.log(text));
 * socket.emit('message', 'hello'); //=> 'hello'
 * connection.disconnect();
 * console.log(socket.listenerCount('message')); //=> 0
 * ```
 */
export function fromEmitter<S extends object>(
  target: EventTarget,
  event: string,
  signal: Signal<any, any, S>,
  kwargsOf: (event: any) => S,
  options?: FromEmitterOptions,
): Disposable;
export function fromEmitter<S extends object>(
  emitter: EmitterLike,
  event: string | symbol,
  signal: Signal<any, any, S>,
  kwargsOf: (...args: any[]) => S,
  options?: FromEmitterOptions,
): Disposable;
export function fromEmitter<S extends object>(
  emitter: EventTarget | EmitterLike,
  event: string | symbol,
  signal: Signal<any, any, S>,
  kwargsOf: (...args: any[]) => S,
  options: FromEmitterOptions = {},
): Disposable {
  const source = sourceOf(emitter, event);
  checkTypedSignal(signal);
  checkFunction(kwargsOf, 'kwargsOf');
  checkKnown(options, ['always', 'abortSignal'], 'fromEmitter');
  checkBoolean(options.always, 'always');
  checkAbortSignal(options.abortSignal);
  return new Feed(source, signal, kwargsOf, options);
}

type Listener = (...args: unknown[]) => void;

/** One event of an emitter of either kind. */
interface EventSource {
  on(listener: Listener): void;
  off(listener: Listener): void;
}

function sourceOf(emitter: unknown, event: unknown): EventSource {
  if (isEventTarget(emitter)) {
    if (typeof event !== 'string') throw argumentError('event', 'a string', event);
    return {
      on: (listener) => emitter.addEventListener(event, listener),
      off: (listener) => emitter.removeEventListener(event, listener),
    };
  }
  if (!isEmitter(emitter)) throw argumentError('emitter', 'an EventTarget, or an object with `on` and `off`', emitter);
  if (typeof event !== 'string' && typeof event !== 'symbol')
    throw argumentError('event', 'a string or a symbol', event);
  return {
    on: (listener) => void emitter.on(event, listener),
    off: (listener) => void emitter.off(event, listener),
  };
}

function isEventTarget(emitter: unknown): emitter is EventTarget {
  return isObject(emitter) && typeof Reflect.get(emitter, 'addEventListener') === 'function';
}

function isEmitter(emitter: unknown): emitter is EmitterLike {
  return isObject(emitter) && ['on', 'off'].every((name) => typeof Reflect.get(emitter, name) === 'function');
}

/** Emits a signal for the events of a source, and listens only while that is wanted. */
class Feed<S extends object> implements Disposable {
  readonly #source: EventSource;
  readonly #signal: Signal<any, any, S>;
  readonly #manager: SignalManager;
  readonly #kwargsOf: (...args: any[]) => S;
  readonly #always: boolean;
  readonly #stops: (() => void)[] = [];
  #listening = false;
  /** Whether `#update` is running: the source may call user code before it has added or removed the listener. */
  #updating = false;
  #ended = false;

  static {
    describedBy(this.prototype, 'Feed', (feed) => `Feed of "${feed.#signal.name}"`);
  }

  constructor(
    source: EventSource,
    signal: Signal<any, any, S>,
    kwargsOf: (...args: any[]) => S,
    { always = false, abortSignal }: FromEmitterOptions,
  ) {
    this.#source = source;
    this.#signal = signal;
    this.#manager = signal.manager;
    this.#kwargsOf = kwargsOf;
    this.#always = always;
    const host = farHostOf(this.#manager);
    host.checkOpen();
    if (abortSignal?.aborted === true) return;
    this.#stops.push(host.follow(signal, this.#review));
    this.#stops.push(whenClosed(this.#manager, this.#end));
    if (abortSignal !== undefined) this.#stops.push(whenAborted(abortSignal, this.#end));
    try {
      this.#update();
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  [DISPOSE](): void {
    if (!(#source in this)) throw proxyError('Feed');
    this.#stop();
    this.#update();
  }

  readonly #listener: Listener = (...args) => {
    // An emitter that is emitting still calls a listener that another one has just removed.
    if (this.#listening && !this.#ended) this.#manager.emit<Signal<any, any, S>>(this.#signal, this.#kwargsOf(...args));
  };

  readonly #end = (): void => {
    this.#stop();
    this.#review();
  };

  #stop(): void {
    this.#ended = true;
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** The same as `#update`, inside a call that must not throw, such as `connect`. */
  readonly #review = (): void => {
    try {
      this.#update();
    } catch (error) {
      const context = { signal: this.#signal, sender: undefined };
      farHostOf(this.#manager).report(error, standInFor('fromEmitter'), context, undefined);
    }
  };

  #update(): void {
    if (this.#updating) return;
    this.#updating = true;
    try {
      while (this.#isWanted !== this.#listening) {
        this.#listening = !this.#listening;
        if (this.#listening) this.#source.on(this.#listener);
        else this.#source.off(this.#listener);
      }
    } catch (error) {
      this.#updating = false;
      this.#update(); // for what has changed inside the call that threw
      throw error;
    }
    this.#updating = false;
  }

  get #isWanted(): boolean {
    return !this.#ended && this.#isHeard();
  }

  #isHeard(): boolean {
    const host = farHostOf(this.#manager);
    return this.#always ? !host.closed : host.isHeard(this.#signal);
  }
}
