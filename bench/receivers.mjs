/* global queueMicrotask */
// What is connected: receivers that do a little real work, of several bodies, as in a real program. One loop that calls
// them all meets a different function each time and can't be compiled into their bodies.
import { seededRandom } from './random.mjs';

/** What the receivers add to. On a buffer of its own: adding allocates nothing, however large the sum. */
const tally = new Float64Array(1);

const failure = new Error('expected');
const rejectedSoon = () => new Promise((_resolve, reject) => queueMicrotask(() => reject(failure)));

/** Each makes a new function at every call; no two of them share a body. */
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
  /** For a library that gives its receivers the sender first. */
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
   * They reject in the next microtask, as what awaited something does. At birth, every rejection would first be reported
   * to the process as unhandled; thrown, it would cost what V8 spends on a throw. Neither is the library's doing.
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
 * The same in every process. Not in turn: whether a processor learns to foresee a short cycle of calls is decided anew in
 * each process, and then makes the same code twice as fast or not.
 */
const random = seededRandom(1);

/**
 * New receivers, their bodies drawn at random.
 *
 * @param {number} count
 * @param {{ kind?: keyof typeof bodies }} [options]
 */
export function makeReceivers(count, { kind = 'sync' } = {}) {
  const kinds = bodies[kind];
  return Array.from({ length: count }, () => kinds[Math.floor(random() * kinds.length)]());
}

/** Which kind of sync receiver this contender calls. */
export const syncKindOf = (contender) => (contender.about.kwargsSecond ? 'kwargsSecond' : 'sync');

/** Several objects, made once: what making them costs is the sender's, not the library's. */
export const kwargsObjects = Array.from({ length: 16 }, () => ({ value: 1 }));

export function resetTally() {
  tally[0] = 0;
}

/** Every call adds 1, so the sum is the number of calls. */
export function expectCalls(expected) {
  if (tally[0] !== expected) throw new Error(`Expected ${expected} calls of receivers, got ${tally[0]}`);
}
