import { isObject } from './weak-key-map.js';

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its promise below
const then = Promise.prototype.then;

/**
 * Returns a native promise of what a thenable comes to, however hostile that is; undefined for any other value. Whether a
 * receiver was async is judged by what it returned, thenables of other realms included. `then` is read once, because it
 * may be a getter.
 *
 * An object that is a promise by its prototype alone is returned as it is, and fails in `whenSettled`:
 * `Promise.resolve` would tell, but takes longer.
 */
export function promiseFrom(value: unknown): Promise<unknown> | undefined {
  if (!isObject(value)) return undefined;
  const own = (value as { readonly then?: unknown }).then;
  if (value instanceof Promise && value.constructor === Promise) {
    // A native promise comes back as it is, as with `await`: a `then` of its own is ignored.
    return own === then ? value : Promise.resolve(value);
  }
  if (typeof own !== 'function') return undefined;
  return Promise.resolve({
    then: (resolve: unknown, reject: unknown) => Reflect.apply(own, value, [resolve, reject]) as unknown,
  });
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
