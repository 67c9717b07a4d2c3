const NOW = Promise.resolve();

/**
 * Calls the task in a microtask. Not with `queueMicrotask`, because the fake clocks of tests delay that, but not
 * promises.
 */
export function soon(task: () => void): void {
  void NOW.then(task);
}
