/* global queueMicrotask */
// The receivers. They do a little real work and have several bodies, as in a real program. A loop that calls them all
// meets different functions, so V8 cannot compile their bodies into it.
import { seededRandom } from './random.mjs';

/** The sum to which the receivers add. It has a buffer of its own, so that adding never allocates. */
const tally = new Float64Array(1);

const failure = new Error('expected');
const rejectedSoon = () => new Promise((_resolve, reject) => queueMicrotask(() => reject(failure)));

/** Each entry makes a new function at every call. No two of them share a body. */
const bodies = {
  sync: [
    () => (kwargs) => {
      tally[0] += kwargs.value;
      return kwargs.value;
    },
    () =>
      ({ value }) => {
        tally[0] += value;
        return value;
      },
    () => (kwargs) => {
      const sum = tally[0] + kwargs.value;
      tally[0] = sum;
      return kwargs.value;
    },
    () =>
      function (kwargs) {
        const { value } = kwargs;
        tally[0] += value;
        return value;
      },
  ],
  /** For a library whose receivers get the sender first. */
  kwargsSecond: [
    () => (_sender, kwargs) => {
      tally[0] += kwargs.value;
      return kwargs.value;
    },
    () =>
      (_sender, { value }) => {
        tally[0] += value;
        return value;
      },
    () => (_sender, kwargs) => {
      const sum = tally[0] + kwargs.value;
      tally[0] = sum;
      return kwargs.value;
    },
    () =>
      function (_sender, kwargs) {
        const { value } = kwargs;
        tally[0] += value;
        return value;
      },
  ],
  async: [
    () => async (kwargs) => {
      tally[0] += kwargs.value;
      return kwargs.value;
    },
    () =>
      async ({ value }) => {
        tally[0] += value;
        return value;
      },
    () => async (kwargs) => {
      const sum = tally[0] + kwargs.value;
      tally[0] = sum;
      return kwargs.value;
    },
    () =>
      async function (kwargs) {
        const { value } = kwargs;
        tally[0] += value;
        return value;
      },
  ],
  /**
   * They reject in the next microtask, as after an await. An immediate rejection would first be reported to the process
   * as unhandled, and a thrown one would add the cost of the throw. Neither is the library's cost.
   */
  rejecting: [
    () => (kwargs) => {
      tally[0] += kwargs.value;
      return rejectedSoon();
    },
    () =>
      ({ value }) => {
        tally[0] += value;
        return rejectedSoon();
      },
  ],
  throwing: [
    () => async (kwargs) => {
      tally[0] += kwargs.value;
      await undefined;
      throw failure;
    },
    () =>
      async ({ value }) => {
        tally[0] += value;
        await undefined;
        throw failure;
      },
  ],
};

/**
 * Draws the bodies, in the same order in every process. In a short cycle the times would differ by a factor of two between
 * processes, because not every process learns to predict it.
 */
const random = seededRandom(1);

/**
 * Returns new receivers with bodies drawn at random.
 *
 * @param {number} count
 * @param {{ kind?: keyof typeof bodies }} [options]
 */
export function makeReceivers(count, { kind = 'sync' } = {}) {
  const kinds = bodies[kind];
  return Array.from({ length: count }, () => kinds[Math.floor(random() * kinds.length)]());
}

/** Returns the kind of sync receiver that this contender calls. */
export const syncKindOf = (contender) => (contender.about.kwargsSecond ? 'kwargsSecond' : 'sync');

/** Made once, because making kwargs is a cost of the sender, not of the library. */
export const kwargsObjects = Array.from({ length: 16 }, () => ({ value: 1 }));

export function resetTally() {
  tally[0] = 0;
}

/** Checks the sum: every call adds 1, so it is the number of calls. */
export function expectCalls(expected) {
  if (tally[0] !== expected) throw new Error(`Expected ${expected} calls of receivers, got ${tally[0]}`);
}
