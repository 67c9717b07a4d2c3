import { isObject } from './weak-key-map.js';

/** Whether a receiver was async: judged by what it returned, thenables of other realms included. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (!isObject(value)) return false;
  return value instanceof Promise || typeof (value as { readonly then?: unknown }).then === 'function';
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its promise below
const then = Promise.prototype.then;

/**
 * A native promise of what a thenable comes to, however hostile that is; undefined for what is none. What is one by its
 * prototype alone is returned as it is, and fails in `whenSettled`: `Promise.resolve` would tell, but takes longer.
 */
export function promiseFrom(value: unknown): Promise<unknown> | undefined {
  if (isPlainPromise(value)) return value;
  return isThenable(value) ? Promise.resolve(value) : undefined;
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.constructor === Promise && value.then === then;
}

/**
 * Calls back when a native promise settles. Its own `then` is passed by, as `await` does: it may have been replaced.
 *
 * @returns Resolves with what was returned there.
 */
export function whenSettled<T>(
  promise: Promise<unknown>,
  onFulfilled: (value: unknown) => T,
  onRejected: (reason: unknown) => T,
): Promise<T> {
  return then.call(promise, onFulfilled, onRejected) as Promise<T>;
}
