/** Settles as the promise does, or rejects with the reason of an abort that comes first. */
export async function unlessAborted(promise: Promise<unknown>, abortSignal: AbortSignal | undefined): Promise<void> {
  let giveUp = (): void => undefined;
  const aborted = new Promise<void>((resolve) => (giveUp = resolve));
  abortSignal?.addEventListener('abort', giveUp);
  try {
    await Promise.race([promise, aborted]);
    abortSignal?.throwIfAborted();
  } finally {
    abortSignal?.removeEventListener('abort', giveUp);
  }
}
