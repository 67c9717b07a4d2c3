import { type Deferred, deferred } from '../internal/thenable.js';

/** A task that runs once. */
export class Once {
  #promise: Promise<void> | undefined;

  /** Returns the same promise each time, also while the task is being called for the first time. */
  begin(task: () => Promise<void>): Promise<void> {
    if (this.#promise === undefined) {
      const { promise, resolve }: Deferred<void> = deferred();
      this.#promise = promise;
      resolve(task());
    }
    return this.#promise;
  }
}
