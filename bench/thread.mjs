// A worker of a contender: what it does with what it is told and asked is the same for all of them.
import { workerData } from 'node:worker_threads';

let count = 0;
const tally = new Float64Array(1);

const work = {
  /** Returns a value, for who waits for it. */
  ask(kwargs) {
    tally[0] += kwargs.value;
    return kwargs.value;
  },
  tell(kwargs) {
    tally[0] += kwargs.value;
    count += 1;
  },
  /** How often it has been told something since the last time. */
  count() {
    const told = count;
    count = 0;
    return told;
  },
  /** Does nothing else until `flag` is raised. */
  block: ({ flag }) => void Atomics.wait(new Int32Array(flag), 0, 0),
};

const { inThread } = await import(`./contenders/${workerData}.mjs`);
await inThread(work);
