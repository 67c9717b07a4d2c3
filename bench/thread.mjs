// A worker of a contender. Its receivers are the same for all contenders.
import { workerData } from 'node:worker_threads';

let count = 0;
const tally = new Float64Array(1);

const work = {
  /** Returns a value that the main thread awaits. */
  ask(kwargs) {
    tally[0] += kwargs.value;
    return kwargs.value;
  },
  tell(kwargs) {
    tally[0] += kwargs.value;
    count += 1;
  },
  /** Returns the number of `tell` calls since the last `count`. */
  count() {
    const told = count;
    count = 0;
    return told;
  },
  /** Blocks the thread until `flag` is raised. */
  block: ({ flag }) => void Atomics.wait(new Int32Array(flag), 0, 0),
};

const { inThread } = await import(`./contenders/${workerData}.mjs`);
await inThread(work);
