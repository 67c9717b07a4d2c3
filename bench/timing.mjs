import { performance } from 'node:perf_hooks';
import { resetTally } from './receivers.mjs';

/** A round lasts at least this long, so that the clock and a single collection do not matter. */
const ROUND_MS = 50;
const WARM_UP_MS = 300;

/**
 * A scenario that repeats one operation.
 *
 * @param {(operations: number) => void | Promise<void>} run - does the operation so many times
 * @param {(operations: number) => void} verify - throws if the receivers were not called as they should have been
 */
export function timed(run, verify) {
  let operations = 1;

  async function batchMs() {
    resetTally();
    const start = performance.now();
    await run(operations);
    const elapsedMs = performance.now() - start;
    verify(operations);
    return elapsedMs;
  }

  return {
    /** Until it is compiled, and as many operations as fill a round are found. */
    async warmUp() {
      const end = performance.now() + WARM_UP_MS;
      let elapsedMs;
      do {
        elapsedMs = await batchMs();
        if (elapsedMs < ROUND_MS) operations *= 2;
      } while (elapsedMs < ROUND_MS || performance.now() < end);
    },
    async measure() {
      return { ns: ((await batchMs()) * 1e6) / operations };
    },
  };
}
