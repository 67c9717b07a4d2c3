interface AbortListener {
  readonly callbacks: Set<() => void>;
  readonly onAbort: () => void;
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
    abortSignal.removeEventListener('abort', listener.onAbort);
    listeners.delete(abortSignal);
  };
}

function listen(abortSignal: AbortSignal): AbortListener {
  const callbacks = new Set<() => void>();
  const onAbort = (): void => {
    for (const callback of callbacks) callback();
  };
  const listener = { callbacks, onAbort };
  abortSignal.addEventListener('abort', onAbort);
  listeners.set(abortSignal, listener);
  return listener;
}
