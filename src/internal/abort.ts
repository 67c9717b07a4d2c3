import { nodeModule } from './runtime.js';

interface NodeEvents {
  addAbortListener(abortSignal: AbortSignal, listener: () => void): unknown;
  setMaxListeners(count: number, target: EventTarget): void;
}

/** Node's functions for AbortSignals. */
const nodeEvents = nodeModule('node:events') as NodeEvents | undefined;

/** The one listener on an AbortSignal, shared by all callbacks: Node warns of a leak above ten listeners. */
class AbortListener {
  readonly #abortSignal: AbortSignal;
  readonly #callbacks = new Set<() => void>();
  #dependent: AbortSignal | undefined;

  constructor(abortSignal: AbortSignal) {
    this.#abortSignal = abortSignal;
  }

  add(callback: () => void): void {
    if (this.#callbacks.size === 0) this.#listen();
    this.#callbacks.add(callback);
  }

  delete(callback: () => void): void {
    if (this.#callbacks.delete(callback) && this.#callbacks.size === 0) this.#unlisten();
  }

  /**
   * An earlier listener may stop the propagation, and that must not hide the abort. Node's own `addAbortListener` is
   * immune to it. Without `addAbortListener`, a dependent signal helps: it is aborted after the event of its source,
   * even if that event was stopped. A polyfill has neither.
   */
  #listen(): void {
    const { AbortSignal: Native } = globalThis as { readonly AbortSignal?: typeof AbortSignal };
    const native = Native !== undefined && this.#abortSignal instanceof Native;
    if (native && nodeEvents !== undefined) {
      nodeEvents.addAbortListener(this.#abortSignal, this.#onAbort);
      return;
    }
    this.#abortSignal.addEventListener('abort', this.#onAbort);
    if (!native) return;
    // One for the life of its source, because Node 20 never removes a dependent signal from the list of its source.
    this.#dependent ??= (Native as Partial<typeof AbortSignal>).any?.([this.#abortSignal]);
    this.#dependent?.addEventListener('abort', this.#onAbort);
  }

  #unlisten(): void {
    this.#abortSignal.removeEventListener('abort', this.#onAbort);
    this.#dependent?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.#unlisten();
    const errors: unknown[] = [];
    for (const callback of this.#callbacks) {
      this.#callbacks.delete(callback);
      try {
        callback();
      } catch (error) {
        errors.push(error); // the others are called all the same
      }
    }
    if (errors.length > 0) throw errors[0];
  };
}

const listeners = new WeakMap<AbortSignal, AbortListener>();

/** Returns an AbortController whose signal is passed to users, who may add any number of listeners. */
export function handedOutController(): AbortController {
  const controller = new AbortController();
  nodeEvents?.setMaxListeners(Infinity, controller.signal);
  return controller;
}

/**
 * Calls back once when a signal is aborted. Does nothing for a signal that is already aborted.
 *
 * @returns A function that removes the callback, and with the last callback the listener.
 */
export function whenAborted(abortSignal: AbortSignal, callback: () => void): () => void {
  if (abortSignal.aborted) return () => undefined;
  let listener = listeners.get(abortSignal);
  if (listener === undefined) listeners.set(abortSignal, (listener = new AbortListener(abortSignal)));
  listener.add(callback);
  return listener.delete.bind(listener, callback);
}

/** Calls back once when a signal is aborted, and at once if it is aborted already. @returns What removes the callback. */
export function onceAborted(abortSignal: AbortSignal, callback: () => void): () => void {
  if (abortSignal.aborted) callback();
  return whenAborted(abortSignal, callback);
}

/** Settles as the promise does. If an abort comes first, rejects with its reason. */
export function unlessAborted(promise: Promise<unknown>, abortSignal: AbortSignal | undefined): Promise<unknown> {
  return settlesBeforeAbort(promise, abortSignal, (_resolve, reject) => reject(abortSignal?.reason));
}

/** Settles as the promise does. If an abort comes first, resolves with undefined. */
export function untilAborted<T>(promise: Promise<T>, abortSignal: AbortSignal | undefined): Promise<T | undefined> {
  return settlesBeforeAbort<T | undefined>(promise, abortSignal, (resolve) => resolve(undefined));
}

/** @param onAbort - May be called after the promise has settled, and must have no effect then. */
function settlesBeforeAbort<T>(
  promise: Promise<T>,
  abortSignal: AbortSignal | undefined,
  onAbort: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
): Promise<T> {
  if (abortSignal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = onceAborted(abortSignal, () => onAbort(resolve, reject));
    void promise.then(resolve, reject).finally(stop);
  });
}
