import { setImmediate as nextTurn } from 'node:timers/promises';

/** What is in use once all garbage is collected; node has to be started with `--expose-gc`. */
export async function usedBytes() {
  // Weak references are cleared, and what was collected is reported, between turns of the event loop.
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc();
    await nextTurn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
