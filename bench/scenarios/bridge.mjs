// Sends to other processes over a message server, beside the bare client of that server.
import { atMost } from '../goals.mjs';
import { startNodes } from '../nodes.mjs';
import { kwargsObjects } from '../receivers.mjs';
import { urlOf } from '../servers.mjs';
import { timed } from '../timing.mjs';

/** Sends to other processes are slow, and the time to wake these varies. After this warm-up all run compiled code. */
const timing = { roundMs: 500, warmUpOperations: 8_000 };

const contendersOf = (server) => [`signalbox-${server}`, server];
const words = (nodeCount) => (nodeCount === 1 ? '1 node' : `${nodeCount} nodes`);

async function open({ openSender }, server, nodeCount) {
  const url = urlOf(server);
  const nodes = await startNodes(nodeCount, url);
  return { nodes, sender: await openSender(url, nodeCount) };
}

function sending(server, nodeCount) {
  return {
    id: `bridge-${server}-${nodeCount}`,
    title: `${server}: send to ${words(nodeCount)}`,
    server,
    contenders: contendersOf(server),
    goals: [atMost(1.3, server)],
    async prepare(contender) {
      const { sender } = await open(contender, server, nodeCount);
      let answers = 0;
      async function run(operations) {
        answers = 0;
        for (let i = 0; i < operations; i++) {
          for (const value of await sender.send(kwargsObjects[i & 15])) answers += value;
        }
      }
      const verify = (operations) => {
        const expected = operations * nodeCount;
        if (answers !== expected) throw new Error(`Expected ${expected} answers, got ${answers}`);
      };
      return timed(run, verify, timing);
    },
  };
}

function emitting(server, nodeCount) {
  return {
    id: `bridge-${server}-emit-${nodeCount}`,
    title: `${server}: emit to ${words(nodeCount)}`,
    server,
    contenders: contendersOf(server),
    async prepare(contender) {
      const { nodes, sender } = await open(contender, server, nodeCount);
      const batch = 1_000;
      // In batches, because the clients keep all unsent messages in memory.
      async function run(operations) {
        for (let sent = 0; sent < operations; sent += batch) {
          const received = nodes.received();
          for (let i = 0; i < batch; i++) sender.emit(kwargsObjects[i & 15]);
          await received;
        }
      }
      async function measure() {
        const batches = 10;
        let ns = 0;
        for (let i = 0; i < batches; i++) {
          await nodes.expect(batch);
          const start = globalThis.performance.now();
          await run(batch);
          ns += (globalThis.performance.now() - start) * 1e6;
        }
        const nsPerEmit = ns / (batches * batch);
        return { ns: nsPerEmit, 'emits per second': 1e9 / nsPerEmit };
      }
      return { warmUp: measure, measure };
    },
  };
}

function bytes(server) {
  return {
    id: `bridge-${server}-bytes`,
    title: `${server}: bytes of a send to 1 node and its answer`,
    server,
    contenders: contendersOf(server),
    async prepare(contender) {
      const { sender } = await open(contender, server, 1);
      const sends = 1_000;
      async function measure() {
        const before = sender.tally.bytes;
        for (let i = 0; i < sends; i++) await sender.send(kwargsObjects[i & 15]);
        return { bytes: (sender.tally.bytes - before) / sends };
      }
      return { warmUp: measure, measure };
    },
  };
}

export const scenarios = ['nats', 'redis'].flatMap((server) => [
  ...[1, 3, 10].map((nodeCount) => sending(server, nodeCount)),
  emitting(server, 3),
  bytes(server),
]);
