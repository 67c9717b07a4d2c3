import { Timer } from './timer.js';

/**
 * Settles as the promise does, or with what `late` gives when the time is up: a client whose server is away may hold
 * something back for ever.
 */
export function withinTime<T>(promise: PromiseLike<T>, limitMs: number, late: () => T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = new Timer(limitMs, () => resolve(late()));
    Promise.resolve(promise)
      .finally(() => timer.stop())
      .then(resolve, reject);
  });
}
