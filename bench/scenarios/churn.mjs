// A connection ends and another begins: one disconnect and one connect per operation.
import { atMost, atMostOwn } from '../goals.mjs';
import { randomIndexes } from '../random.mjs';
import { expectCalls, kwargsObjects, makeReceivers, resetTally, syncKindOf } from '../receivers.mjs';
import { timed } from '../timing.mjs';

/** The indexes of the connections to replace, repeated for ever, of `count` connections. */
const orders = {
  'at random': randomIndexes,
  // A replaced connection becomes the newest: the last index stays the newest, and 0, 1, … are the oldest in turn.
  'the newest': (count) => [count - 1],
  'the oldest': (count) => Array.from({ length: count }, (_, index) => index),
  'one key over and over': () => [0],
};

/** Replaces connections in that order. `receivers[i]` is connected to `targets[i]`. */
function replacing({ connect, disconnect, emit }, targets, receivers, order) {
  const handles = receivers.map((receiver, index) => connect(targets[index], receiver));
  const everyTarget = new Set(targets);
  let next = 0;

  function run(operations) {
    for (let i = 0; i < operations; i++) {
      const at = order[next];
      next = next + 1 === order.length ? 0 : next + 1;
      disconnect(targets[at], receivers[at], handles[at]);
      handles[at] = connect(targets[at], receivers[at]);
    }
  }
  function verify() {
    resetTally();
    for (const target of everyTarget) emit(target, kwargsObjects[0]);
    expectCalls(receivers.length);
  }
  return timed(run, verify);
}

const onOneSignal = (count, orderName, contenders, goals) => ({
  id: `churn-${count}-${orderName.replaceAll(' ', '-')}`,
  title: `disconnect + connect, ${count.toLocaleString('en')} connected, ${orderName}`,
  contenders,
  goals,
  prepare(contender) {
    const verbs = contender.bySignal();
    const signal = verbs.signal('signal');
    const receivers = makeReceivers(count, { kind: syncKindOf(contender) });
    return replacing(verbs, Array(count).fill(signal), receivers, orders[orderName](count));
  },
});

const onKeys = (count, orderName, goals) => ({
  id: `churn-keys-${count}-${orderName.replaceAll(' ', '-')}`,
  title: `disconnect + connect, ${count.toLocaleString('en')} keys, ${orderName}`,
  contenders: ['raw-map', 'signalbox', 'eventemitter3', 'node', 'nanoevents', 'mitt', 'eventemitter2'],
  goals,
  prepare(contender) {
    const keys = Array.from({ length: count }, (_, index) => `key-${index}`);
    return replacing(contender.byKey(), keys, makeReceivers(count), orders[orderName](count));
  },
});

const contenders = [
  'raw-set',
  'signalbox',
  'eventemitter3',
  'node',
  'nanoevents',
  'mitt',
  'eventemitter2',
  'event-target',
  'lumino',
  'rxjs',
];
const noGrowth = [atMostOwn(4, 'churn-10-at-random', 'the figure at 10')];

export const scenarios = [
  onOneSignal(10, 'at random', contenders, [atMost(2, 'eventemitter3')]),
  onOneSignal(10_000, 'at random', contenders, noGrowth),
  onOneSignal(10_000, 'the newest', contenders, noGrowth),
  onOneSignal(10_000, 'the oldest', contenders, noGrowth),
  onKeys(10_000, 'at random', [atMost(1, 'eventemitter3')]),
  onKeys(10_000, 'one key over and over', [atMost(1, 'eventemitter3')]),
];
