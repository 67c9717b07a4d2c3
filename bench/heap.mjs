import { setImmediate as nextTurn } from 'node:timers/promises';

/** Resolves with the bytes in use after all garbage is collected. Node must be started with `--expose-gc`. */
export async function usedBytes() {
  // Weak references are cleared, and collected objects reported, between turns of the event loop.
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc();
    await nextTurn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
