import { isObject } from './weak-key-map.js';

// eslint-disable-next-line @typescript-eslint/unbound-method -- called on a promise below
const then = Promise.prototype.then;

/**
 * Returns a native promise that settles as the thenable does, however hostile it is; undefined for any other value. A
 * receiver counts as async if it returned a thenable, of this or another realm. `then` is read once, because it may be
 * a getter.
 *
 * An object that only has the prototype of a promise is returned unchanged, and fails in `whenSettled`.
 * `Promise.resolve` would detect it, but takes longer.
 */
export function promiseFrom(value: unknown): Promise<unknown> | undefined {
  if (value instanceof Promise && value.constructor === Promise) {
    // A native promise is returned unchanged, as with `await`; its own property `then` is ignored.
    return value.then === then ? value : Promise.resolve(value);
  }
  if (!isObject(value)) return undefined;
  const own = (value as { readonly then?: unknown }).then;
  return typeof own === 'function' ? following(value, own as typeof then) : undefined;
}

// Apart, because a function that makes a closure has to keep its variables on the heap.
function following(thenable: object, own: typeof then): Promise<unknown> {
  return Promise.resolve({
    then: (resolve: unknown, reject: unknown) => Reflect.apply(own, thenable, [resolve, reject]) as unknown,
  });
}

/**
 * Calls back when a native promise settles. As `await` does, it skips the promise's own property `then`, which may have
 * been replaced.
 *
 * @returns A promise of the callback's value.
 */
export function whenSettled<T>(
  promise: Promise<unknown>,
  onFulfilled: (value: unknown) => T,
  onRejected: (reason: unknown) => T,
): Promise<T> {
  return then.call(promise, onFulfilled, onRejected) as Promise<T>;
}

/**
 * Whether an object has a method `then`. A getter counts as one and is not called, because whoever awaits the object
 * reads `then` itself. False for a proxy that throws.
 */
export function hasThenMethod(value: unknown): boolean {
  try {
    if (value instanceof Promise) return true;
    for (let object = isObject(value) ? value : null; object; object = Object.getPrototypeOf(object) as object) {
      const property = Object.getOwnPropertyDescriptor(object, 'then');
      if (property !== undefined) return typeof (property.get ?? property.value) === 'function';
    }
  } catch {
    // The send reports what is wrong with the object.
  }
  return false;
}

/** A promise and the functions that settle it, as `Promise.withResolvers` makes them, which Node 20 lacks. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
}

export function deferred<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as unknown as Pick<Deferred<T>, 'resolve' | 'reject'>) }; // set by the executor
}
