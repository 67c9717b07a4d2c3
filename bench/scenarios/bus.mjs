// Payloads through topics: published one by one, and all of them handled.
import { atMost, atMostOwn, fasterThan, timesFaster } from '../goals.mjs';
import { usedBytes } from '../heap.mjs';
import { expectCalls, kwargsObjects, makeReceivers } from '../receivers.mjs';
import { timed } from '../timing.mjs';

const contenders = ['signalbox-bus', 'rxjs-bus', 'p-queue-bus', 'effect-bus', 'effect-queue-bus'];
/** Goals against queues whose subscribers survive a failure. rxjs ends its subscribers, and emittery has no queues. */
const goals = [timesFaster(3, 'p-queue-bus'), fasterThan('effect-bus'), fasterThan('effect-queue-bus')];

/** Publishes payloads, awaiting each publish. Resolves when `callsPerPayload` calls per payload are done. */
function publishing({ publish }, topic, callsPerPayload) {
  let left = 0;
  let allHandled = () => {};
  return {
    handled() {
      left -= 1;
      if (left === 0) allHandled();
    },
    async run(operations) {
      left = operations * callsPerPayload;
      const handled = new Promise((resolve) => (allHandled = resolve));
      for (let i = 0; i < operations; i++) await publish(topic, kwargsObjects[i & 15]);
      await handled;
    },
  };
}

const counting = (fn, handled) => async (payload) => {
  await fn(payload);
  handled();
};

function oneTopic(subscriberCount, concurrency) {
  const how = concurrency === 1 ? 'one at a time' : 'unbounded';
  const who = subscriberCount === 1 ? '1 subscriber' : `${subscriberCount} subscribers`;
  return {
    id: `bus-${subscriberCount}-${concurrency === 1 ? 'serial' : 'unbounded'}`,
    title: `one topic, ${who}, ${how}`,
    contenders: concurrency === 1 ? contenders : [...contenders, 'emittery-bus'],
    goals,
    async prepare({ newBus }) {
      const bus = newBus();
      const { handled, run } = publishing(bus, 'topic', subscriberCount);
      for (const fn of makeReceivers(subscriberCount, { kind: 'async' })) {
        bus.subscribe('topic', counting(fn, handled), concurrency);
      }
      await bus.start();
      return timed(run, (operations) => expectCalls(operations * subscriberCount));
    },
  };
}

const CHAIN = 10;

const chain = {
  id: 'bus-chain',
  title: `a chain of ${CHAIN} topics, one at a time`,
  contenders,
  goals,
  async prepare({ newBus }) {
    const bus = newBus();
    const { handled, run } = publishing(bus, 'topic-0', 1);
    makeReceivers(CHAIN, { kind: 'async' }).forEach((fn, index) => {
      const last = index === CHAIN - 1;
      const pass = async (payload) => {
        await fn(payload);
        await bus.publish(`topic-${index + 1}`, payload);
      };
      bus.subscribe(`topic-${index}`, last ? counting(fn, handled) : pass, 1);
    });
    await bus.start();
    return timed(run, (operations) => expectCalls(operations * CHAIN));
  },
};

/** Publishes all payloads before the first is handled, then drains. */
function backlog(size) {
  return {
    id: `bus-backlog-${size}`,
    title: `${size.toLocaleString('en')} payloads published at once, one at a time`,
    // For a million, the others take minutes, or all of the memory.
    contenders: size > 10_000 ? ['signalbox-bus'] : ['signalbox-bus', 'rxjs-bus', 'p-queue-bus'],
    goals: size > 10_000 ? [atMostOwn(1.5, 'bus-backlog-10000', 'as long per payload as with 10,000')] : [],
    async prepare({ newBus }) {
      const bus = newBus();
      let left = 0;
      let allHandled = () => {};
      const [fn] = makeReceivers(1, { kind: 'async' });
      const handle = counting(fn, () => {
        left -= 1;
        if (left === 0) allHandled();
      });
      bus.subscribe('topic', handle, 1);
      await bus.start();
      async function once() {
        left = size;
        const handled = new Promise((resolve) => (allHandled = resolve));
        for (let i = 0; i < size; i++) void bus.publish('topic', kwargsObjects[i & 15]);
        await handled;
      }
      // Repeated, so that each size handles the same number of payloads.
      const times = Math.max(1, 100_000 / size);
      return {
        warmUp: once,
        async measure() {
          const start = globalThis.performance.now();
          for (let i = 0; i < times; i++) await once();
          return { ns: ((globalThis.performance.now() - start) * 1e6) / (times * size) };
        },
      };
    },
  };
}

const WAITING = 100_000;

/** Memory of payloads that wait for a slow subscriber. The payloads themselves belong to the program. */
const waitingMemory = {
  id: 'bus-memory',
  title: `memory per waiting payload, ${WAITING.toLocaleString('en')} waiting`,
  contenders,
  goals: [atMost(1, 'p-queue-bus'), atMost(1, 'effect-queue-bus')],
  execArgv: ['--expose-gc'],
  async prepare({ newBus }) {
    const bus = newBus();
    bus.subscribe('topic', () => new Promise(() => {}), 1);
    await bus.start();
    return {
      warmUp() {},
      async measure() {
        await bus.publish('topic', kwargsObjects[0]); // the running call, and all that a library makes once
        const before = await usedBytes();
        for (let i = 0; i < WAITING; i++) await bus.publish('topic', kwargsObjects[i & 15]);
        return { bytes: ((await usedBytes()) - before) / WAITING };
      },
    };
  },
};

export const scenarios = [
  oneTopic(1, Infinity),
  oneTopic(10, Infinity),
  oneTopic(100, Infinity),
  oneTopic(1, 1),
  oneTopic(10, 1),
  oneTopic(100, 1),
  chain,
  backlog(10_000),
  backlog(1_000_000),
  waitingMemory,
];
