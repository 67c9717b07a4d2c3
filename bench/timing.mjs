import { performance } from 'node:perf_hooks';
import { resetTally } from './receivers.mjs';

const WARM_UP_MS = 300;

/**
 * A scenario that repeats one operation.
 *
 * @param {(operations: number) => void | Promise<void>} run - does the operation so many times
 * @param {(operations: number) => void} verify - throws if the receivers were not called as they should have been
 * @param {object} options
 * @param {number} [options.roundMs] - a round lasts at least this long, so that the clock and a single collection do not matter
 * @param {number} [options.warmUpOperations] - for what is so slow that in the time of a warm-up nothing is compiled
 */
export function timed(run, verify, { roundMs = 50, warmUpOperations = 0 } = {}) {
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
    run,
    /** Until it is compiled, and as many operations as fill a round are found. */
    async warmUp() {
      const end = performance.now() + WARM_UP_MS;
      let elapsedMs;
      let done = 0;
      do {
        elapsedMs = await batchMs();
        done += operations;
        if (elapsedMs < roundMs) operations *= 2;
      } while (elapsedMs < roundMs || performance.now() < end || done < warmUpOperations);
    },
    async measure() {
      return { ns: ((await batchMs()) * 1e6) / operations };
    },
  };
}
