// How the cost of a send, a connect and a disconnect grows with the number of connections.
import { performance } from 'node:perf_hooks';
import { routings } from '../targets.mjs';
import { seededRandom } from '../random.mjs';
import { expectCalls, kwargsObjects, makeReceivers, resetTally } from '../receivers.mjs';

const sizes = [10, 100, 1000, 10_000, 100_000, 1_000_000];
const contenders = {
  unfiltered: ['raw-set', 'signalbox', 'eventemitter3'],
  'by key': ['raw-map', 'signalbox', 'eventemitter3'],
  'by sender': ['raw-weak-map', 'signalbox', 'eventemitter3'],
};

/** Small tables are measured many at a time, so that a batch is long enough for the clock. */
const LEAST_CONNECTIONS = 10_000;
/** The largest number disconnected at random, then connected again, between two readings of the clock. */
const LARGEST_BATCH = 200;
const LONG_BATCH_MS = 50;
const ROUND_MS = 20;
/** The limit of a round. If a disconnect takes milliseconds, connects get less than `ROUND_MS`. */
const LONGEST_ROUND_MS = 500;
const WARM_UP_MS = 1000;

function connectMany(contender, routing, size) {
  const { newScope, newTargets } = routings[routing];
  const connections = [];
  for (let scopes = Math.max(1, LEAST_CONNECTIONS / size); scopes > 0; scopes--) {
    const scope = newScope(contender);
    const targets = newTargets(size) ?? Array(size).fill(scope.onlySignal);
    makeReceivers(size).forEach((receiver, index) => {
      const target = targets[index];
      connections.push({ scope, target, receiver, handle: scope.connect(target, receiver) });
    });
  }
  return connections;
}

/** Returns a function that sends to targets drawn at random and returns the time of one send. */
function sendTimer(connections, callsPerSend, random) {
  let sends = 1;
  return function sendNs() {
    for (;;) {
      const drawn = Array.from(
        { length: Math.min(sends, 1024) },
        () => connections[Math.floor(random() * connections.length)],
      );
      resetTally();
      const start = performance.now();
      for (let i = 0; i < sends; i++) {
        const { scope, target } = drawn[i & 1023];
        scope.emit(target, kwargsObjects[i & 15]);
      }
      const elapsedMs = performance.now() - start;
      expectCalls(sends * callsPerSend);
      if (elapsedMs >= ROUND_MS) return (elapsedMs * 1e6) / sends;
      sends *= 2;
    }
  };
}

/** Returns a function that disconnects a random batch, connects it again, and returns the times of one of each. */
function churnTimer(connections, random) {
  let batch = LARGEST_BATCH / 20;
  return function churnNs() {
    let connectMs = 0;
    let disconnectMs = 0;
    let operations = 0;
    do {
      drawToFront(connections, batch, random);
      const start = performance.now();
      for (let i = 0; i < batch; i++) {
        const { scope, target, receiver, handle } = connections[i];
        scope.disconnect(target, receiver, handle);
      }
      const half = performance.now();
      for (let i = 0; i < batch; i++) {
        const connection = connections[i];
        connection.handle = connection.scope.connect(connection.target, connection.receiver);
      }
      const end = performance.now();
      connectMs += end - half;
      disconnectMs += half - start;
      operations += batch;
      if (end - start < LONG_BATCH_MS) batch = Math.min(batch * 2, LARGEST_BATCH);
    } while (Math.min(connectMs, disconnectMs) < ROUND_MS && connectMs + disconnectMs < LONGEST_ROUND_MS);
    return { connect: (connectMs * 1e6) / operations, disconnect: (disconnectMs * 1e6) / operations };
  };
}

/** The first steps of a Fisher–Yates shuffle. */
function drawToFront(items, count, random) {
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(random() * (items.length - i));
    const item = items[i];
    items[i] = items[other];
    items[other] = item;
  }
}

const growth = (routing, size) => ({
  id: `growth-${routing.replaceAll(' ', '-')}-${size}`,
  title: `growth, ${routing}, ${size.toLocaleString('en')} connected`,
  series: routing,
  size,
  contenders: contenders[routing],
  processesStay: true,
  prepare(contender) {
    const random = seededRandom(size);
    const connections = connectMany(contender, routing, size);
    const sendNs = sendTimer(connections, routing === 'unfiltered' ? size : 1, random);
    const churnNs = churnTimer(connections, random);
    const measure = () => ({ send: sendNs(), ...churnNs() });
    return {
      warmUp() {
        const end = performance.now() + WARM_UP_MS;
        do measure();
        while (performance.now() < end);
      },
      measure,
    };
  },
});

export const scenarios = Object.keys(routings).flatMap((routing) => sizes.map((size) => growth(routing, size)));
