import { whenAborted } from './abort.js';

/** Settles as the promise does. If an abort comes first, rejects with its reason. */
export function unlessAborted(promise: Promise<unknown>, abortSignal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(abortSignal?.reason as unknown);
    if (abortSignal?.aborted === true) giveUp();
    const stop = abortSignal && whenAborted(abortSignal, giveUp);
    void promise.then(resolve, reject).finally(() => stop?.());
  });
}
