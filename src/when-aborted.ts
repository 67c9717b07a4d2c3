class AbortListener {
  readonly callbacks = new Set<() => void>();

  handleEvent(): void {
    for (const callback of this.callbacks) callback();
  }
}

const listeners = new WeakMap<AbortSignal, AbortListener>();

/**
 * Calls back when a signal is aborted. However many ask for that, there is one listener: Node takes more than ten for a leak.
 *
 * @returns What takes the callback back, and with the last one the listener.
 */
export function whenAborted(abortSignal: AbortSignal, callback: () => void): () => void {
  const listener = listeners.get(abortSignal) ?? listen(abortSignal);
  listener.callbacks.add(callback);
  return () => {
    if (!listener.callbacks.delete(callback) || listener.callbacks.size > 0) return;
    abortSignal.removeEventListener('abort', listener);
    listeners.delete(abortSignal);
  };
}

function listen(abortSignal: AbortSignal): AbortListener {
  const listener = new AbortListener();
  abortSignal.addEventListener('abort', listener);
  listeners.set(abortSignal, listener);
  return listener;
}
