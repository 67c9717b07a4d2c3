import { performance } from 'node:perf_hooks';
import { resetTally } from './receivers.mjs';

const WARM_UP_MS = 300;

/**
 * A scenario that repeats one operation.
 *
 * @param {(operations: number) => void | Promise<void>} run - repeats the operation that often
 * @param {(operations: number) => void} verify - throws if the number of calls is wrong
 * @param {object} options
 * @param {number} [options.roundMs] - the least length of a round: long compared with the clock and with one collection
 * @param {number} [options.warmUpOperations] - the least number of operations of a warm-up, for slow ones
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
    /** Runs until the code is compiled, and finds how many operations fill a round. */
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
