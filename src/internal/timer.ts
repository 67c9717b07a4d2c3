/** The longest delay of `setTimeout`. A longer one overflows to 1 ms. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Calls back once after a delay of any length. With `Infinity` it never does, and no timer runs. */
export class Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;

  constructor(delayMs: number, onTime: () => void) {
    this.#start(delayMs, onTime);
  }

  stop(): void {
    clearTimeout(this.#handle);
  }

  #start(delayMs: number, onTime: () => void): void {
    if (delayMs === Infinity) return;
    this.#handle =
      delayMs <= LONGEST_MS
        ? setTimeout(onTime, delayMs)
        : setTimeout(() => {
            this.#start(delayMs - LONGEST_MS, onTime);
          }, LONGEST_MS);
  }
}

/** Settles as the promise does, or as `late` does after `limitMs`: a client whose server is away may never settle. */
export function withinTime<T>(promise: PromiseLike<T>, limitMs: number, late: () => T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = new Timer(limitMs, () => resolve(late()));
    Promise.resolve(promise)
      .finally(() => timer.stop())
      .then(resolve, reject);
  });
}

/** Lets the process exit while this timer is pending. Does nothing in browsers, where timers are numbers. */
export function unref(timer: unknown): void {
  if (typeof timer === 'object') (timer as { readonly unref?: () => void } | null)?.unref?.();
}

const NOW = Promise.resolve();

/**
 * Calls the task in a microtask. Not with `queueMicrotask`, because the fake clocks of tests delay that, but not
 * promises.
 */
export function soon(task: () => void): void {
  void NOW.then(task);
}
