// The memory of a connection. Its handle is dropped, unless the contender needs it to disconnect. Function, key and
// sender belong to the program and are not counted.
import { atMost } from '../goals.mjs';
import { usedBytes } from '../heap.mjs';
import { routings } from '../targets.mjs';
import { expectCalls, kwargsObjects, makeReceivers, resetTally, syncKindOf } from '../receivers.mjs';

const sizes = [10, 100, 1000, 10_000, 100_000, 1_000_000];
const inSeries = {
  unfiltered: ['raw-set', 'signalbox', 'eventemitter3'],
  'by key': ['raw-map', 'signalbox', 'eventemitter3'],
  'by sender': ['raw-weak-map', 'signalbox', 'eventemitter3'],
};
/** The size with goals and more contenders. */
const COMPARED_SIZE = 100_000;
const compared = {
  unfiltered: {
    contenders: [...inSeries.unfiltered, 'node', 'nanoevents', 'mitt', 'event-target', 'lumino', 'rxjs'],
    goals: [atMost(2, 'eventemitter3')],
  },
  'by key': {
    contenders: [...inSeries['by key'], 'node', 'nanoevents', 'mitt'],
    goals: [atMost(1.5, 'eventemitter3')],
  },
};

/** Small tables are measured many at a time, so that other memory does not count. */
const LEAST_CONNECTIONS = 100_000;

/** Makes all that the program itself keeps, with identity hashes and interned names. Called before the measurement. */
function programOf(contender, routing, size, count) {
  const receivers = makeReceivers(count, { kind: syncKindOf(contender) });
  const keysAreShared = routing === 'by key';
  const targets = routings[routing].newTargets(keysAreShared ? size : count);
  const hashed = new WeakSet(receivers);
  if (routing === 'by sender') for (const sender of targets) hashed.add(sender);
  const interned = Object.fromEntries(keysAreShared ? targets.map((key) => [key, true]) : []);
  const handles = contender.about.disconnectsByHandleOnly ? Array(count).fill(undefined) : undefined;
  const targetOf = (index) => targets?.[index % targets.length];
  return { contender, routing, size, receivers, targetOf, handles, hashed, interned };
}

/** Connects all receivers, in as many scopes as needed. */
function connectAll({ contender, routing, size, receivers, targetOf, handles }) {
  const scopes = [];
  for (let first = 0; first < receivers.length; first += size) {
    const scope = routings[routing].newScope(contender);
    scopes.push(scope);
    for (let i = first; i < first + size; i++) {
      const handle = scope.connect(targetOf(i) ?? scope.onlySignal, receivers[i]);
      if (handles) handles[i] = handle;
    }
  }
  return scopes;
}

async function measureBytes(contender, routing, size) {
  connectAll(programOf(contender, routing, 10, 1000)); // so that things a library makes once do not count
  const program = programOf(contender, routing, size, Math.max(size, LEAST_CONNECTIONS));
  const before = await usedBytes();
  const scopes = connectAll(program);
  const bytes = ((await usedBytes()) - before) / program.receivers.length;
  verify(program, scopes);
  return { bytes };
}

/** Checks that everything is still connected. */
function verify({ receivers, size, targetOf }, scopes) {
  resetTally();
  scopes.forEach((scope, index) => {
    if (scope.onlySignal) return scope.emit(scope.onlySignal, kwargsObjects[0]);
    for (let i = index * size; i < (index + 1) * size; i++) scope.emit(targetOf(i), kwargsObjects[0]);
  });
  expectCalls(receivers.length);
}

const memory = (routing, size) => ({
  id: `memory-${routing.replaceAll(' ', '-')}-${size}`,
  title: `memory per connection, ${routing}, ${size.toLocaleString('en')} connected`,
  series: routing,
  size,
  contenders: inSeries[routing],
  ...(size === COMPARED_SIZE ? compared[routing] : undefined),
  execArgv: ['--expose-gc'],
  prepare(contender) {
    return { warmUp() {}, measure: () => measureBytes(contender, routing, size) };
  },
});

export const scenarios = Object.keys(routings).flatMap((routing) => sizes.map((size) => memory(routing, size)));
