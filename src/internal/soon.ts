const NOW = Promise.resolve();

/** Calls it in a microtask. Not by `queueMicrotask`: fake clocks of tests hold that back, and they leave promises alone. */
export function soon(task: () => void): void {
  void NOW.then(task);
}
