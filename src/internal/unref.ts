/** Where timers are objects, in node, this one keeps no process alive. */
export function unref(timer: unknown): void {
  if (typeof timer === 'object') (timer as { readonly unref?: () => void } | null)?.unref?.();
}
