import { nodeEvents } from './node-events.js';

/** The one listener on an AbortSignal, for all who ask: Node warns of a leak above ten. */
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
   * An earlier listener that stops the propagation must not hide the abort. Node's own `addAbortListener` resists that.
   * Without it, a dependent signal is aborted after the event of its source, whatever came of that. A polyfill has neither.
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
    // One for the life of its source, because Node 20 never takes a dependent signal out of the list of its source.
    this.#dependent ??= (Native as Partial<typeof AbortSignal>).any?.([this.#abortSignal]);
    this.#dependent?.addEventListener('abort', this.#onAbort);
  }

  #unlisten(): void {
    this.#abortSignal.removeEventListener('abort', this.#onAbort);
    this.#dependent?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.#unlisten();
    for (const callback of this.#callbacks) {
      this.#callbacks.delete(callback);
      callback();
    }
  };
}

const listeners = new WeakMap<AbortSignal, AbortListener>();

/** An AbortController whose signal the library hands out: others may listen to it as often as they like. */
export function handedOutController(): AbortController {
  const controller = new AbortController();
  nodeEvents?.setMaxListeners(Infinity, controller.signal);
  return controller;
}

const nothing = (): void => undefined;

/**
 * Calls back once when a signal is aborted; never for one that is aborted already.
 *
 * @returns Takes the callback back, and with the last one the listener.
 */
export function whenAborted(abortSignal: AbortSignal, callback: () => void): () => void {
  if (abortSignal.aborted) return nothing;
  let listener = listeners.get(abortSignal);
  if (listener === undefined) listeners.set(abortSignal, (listener = new AbortListener(abortSignal)));
  listener.add(callback);
  return listener.delete.bind(listener, callback);
}
