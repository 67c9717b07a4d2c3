import { Timer } from './timer.js';

/** Settles as the promise does, or as `late` does after `limitMs`: a client whose server is away may never settle. */
export function withinTime<T>(promise: PromiseLike<T>, limitMs: number, late: () => T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = new Timer(limitMs, () => resolve(late()));
    Promise.resolve(promise)
      .finally(() => timer.stop())
      .then(resolve, reject);
  });
}
