/** A promise and what settles it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: Deferred<T>['resolve'];
  let reject!: Deferred<T>['reject'];
  const promise = new Promise<T>((onFulfilled, onRejected) => {
    resolve = onFulfilled;
    reject = onRejected;
  });
  return { promise, resolve, reject };
}

// Taken when the module loads: the real one, whatever clock a test installs later.
const realSetImmediate = setImmediate;

/** Lets every settled promise be handled, and an unhandled rejection be noticed: jest fails the test that has one. */
export async function flush(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise<void>((resolve) => {
      realSetImmediate(resolve);
    });
  }
}

/** What the promise is rejected with; a promise that is fulfilled is a failure of the test. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  const outcome = await Promise.allSettled([promise]);
  if (outcome[0].status === 'fulfilled') throw new Error('the promise was fulfilled, a rejection was expected');
  return outcome[0].reason;
}

/** What the function throws at once; one that returns is a failure of the test. */
export function errorOf(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown, an error was expected');
}
