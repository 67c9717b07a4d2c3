// One worker: messages with an answer, messages without one, and more messages than it can take.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import { atMost, fasterThan } from '../goals.mjs';
import { kwargsObjects } from '../receivers.mjs';

const contenders = ['signalbox-threads', 'post-message', 'comlink', 'broadcast-channel'];

const WARM_UP_MS = 1000;

/** Repeats `work` until both threads have compiled their code. */
async function repeat(work) {
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) await work();
}

function expectAll(got, expected) {
  if (got !== expected) throw new Error(`The worker was told ${got} times, not ${expected}`);
}

const roundTrip = {
  id: 'threads-round-trip',
  title: 'to one worker and back',
  contenders,
  goals: [atMost(1.5, 'post-message')],
  async prepare({ newThread }) {
    const { ask } = await newThread();
    const trips = 2000;
    async function measure() {
      const start = performance.now();
      for (let i = 0; i < trips; i++) {
        const kwargs = kwargsObjects[i & 15];
        if ((await ask(kwargs)) !== kwargs.value) throw new Error('The worker gave another answer');
      }
      return { ns: ((performance.now() - start) * 1e6) / trips };
    }
    return { warmUp: () => repeat(measure), measure };
  },
};

function oneWay(size) {
  return {
    id: `threads-one-way-${size}`,
    title: `${size.toLocaleString('en')} messages one way, until all have arrived`,
    contenders,
    goals: size === 100_000 ? [fasterThan('post-message')] : [],
    async prepare({ newThread }) {
      const { tell, count } = await newThread();
      async function once() {
        for (let i = 0; i < size; i++) tell(kwargsObjects[i & 15]);
        expectAll(await count(), size);
      }
      const times = Math.max(1, 100_000 / size);
      return {
        warmUp: () => repeat(once),
        async measure() {
          const start = performance.now();
          for (let i = 0; i < times; i++) await once();
          return { ns: ((performance.now() - start) * 1e6) / (size * times) };
        },
      };
    },
  };
}

const FLOOD = 1_000_000;

/** The memory that messages to a blocked worker take: resident memory, because ports queue outside the heap. */
const flood = {
  id: 'threads-flood',
  title: `memory per message, ${FLOOD.toLocaleString('en')} to a thread that is blocked`,
  contenders,
  execArgv: ['--expose-gc'],
  newProcessEachRound: true,
  async prepare({ newThread }) {
    const { ask, tell, block } = await newThread({ bounded: true });
    return {
      warmUp: () => ask(kwargsObjects[0]),
      async measure() {
        const flag = new SharedArrayBuffer(4);
        block(flag);
        await nextTurn();
        globalThis.gc();
        const before = process.memoryUsage.rss();
        for (let i = 0; i < FLOOD; i++) tell(kwargsObjects[i & 15]);
        await nextTurn();
        globalThis.gc();
        const bytes = Math.max(0, process.memoryUsage.rss() - before) / FLOOD;
        Atomics.store(new Int32Array(flag), 0, 1);
        Atomics.notify(new Int32Array(flag), 0);
        return { bytes };
      },
    };
  },
};

export const scenarios = [roundTrip, oneWay(100), oneWay(100_000), flood];
