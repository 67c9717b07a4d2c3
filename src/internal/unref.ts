/** Lets the process exit while this timer is pending. Does nothing in browsers, where timers are numbers. */
export function unref(timer: unknown): void {
  if (typeof timer === 'object') (timer as { readonly unref?: () => void } | null)?.unref?.();
}
