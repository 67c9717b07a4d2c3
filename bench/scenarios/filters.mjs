// Sends by key and by sender: few match among many that are connected.
import { atMost, atMostOwn, timesFaster } from '../goals.mjs';
import { keysNamed, sendersNamed } from '../targets.mjs';
import { RANDOM_COUNT, randomIndexes } from '../random.mjs';
import { expectCalls, kwargsObjects, makeReceivers, syncKindOf } from '../receivers.mjs';
import { timed } from '../timing.mjs';

const namesPerKey = ['nanoevents', 'eventemitter3', 'node', 'mitt', 'eventemitter2', 'event-target', 'tapable'];

/** Sends once per operation, to a target drawn at random. `verb` is `emit` or `send`. */
function sendsAtRandom(verb, targets, callsPerSend) {
  const order = randomIndexes(targets.length);
  function emits(operations) {
    for (let i = 0; i < operations; i++) verb(targets[order[i & (RANDOM_COUNT - 1)]], kwargsObjects[i & 15]);
  }
  async function sends(operations) {
    for (let i = 0; i < operations; i++) await verb(targets[order[i & (RANDOM_COUNT - 1)]], kwargsObjects[i & 15]);
  }
  const verify = (operations) => expectCalls(operations * callsPerSend);
  return { emits: () => timed(emits, verify), sends: () => timed(sends, verify) };
}

/** Connects `perKey` receivers to each key, and `unfiltered` ones without a key. */
function connectKeys(contender, keyCount, { perKey = 1, unfiltered = 0 } = {}) {
  const scope = contender.byKey();
  const keys = keysNamed(keyCount);
  const receivers = makeReceivers(keyCount * perKey);
  receivers.forEach((receiver, index) => scope.connect(keys[index % keyCount], receiver));
  for (const receiver of makeReceivers(unfiltered)) scope.connectUnfiltered(receiver);
  return { scope, keys };
}

const emitByKey = (keyCount, contenders, goals) => ({
  id: `key-emit-${keyCount}`,
  title: `emit, one key of ${keyCount.toLocaleString('en')}`,
  contenders,
  goals,
  prepare(contender) {
    const { scope, keys } = connectKeys(contender, keyCount);
    return sendsAtRandom(scope.emit, keys, 1).emits();
  },
});

const sendByKey = {
  id: 'key-send-100000',
  title: 'send, one key of 100,000',
  contenders: ['raw-map', 'promise-all-settled', 'signalbox', 'emittery', 'emittery-1'],
  goals: [timesFaster(3, 'promise-all-settled')],
  prepare(contender) {
    const { scope, keys } = connectKeys(contender, 100_000);
    return sendsAtRandom(scope.send, keys, 1).sends();
  },
};

const keyBesideUnfiltered = {
  id: 'key-and-unfiltered',
  title: 'emit, one key of 10,000 and 10 unfiltered',
  contenders: ['signalbox', 'filtering'],
  goals: [atMostOwn(8, 'key-emit-10000', 'the key alone')],
  prepare(contender) {
    const { scope, keys } = connectKeys(contender, 10_000, { unfiltered: 10 });
    return sendsAtRandom(scope.emit, keys, 11).emits();
  },
};

const emitBySender = {
  id: 'sender-emit-100000',
  title: 'emit, one sender of 100,000',
  contenders: ['raw-weak-map', 'signalbox', 'eventemitter3', 'node', 'lumino'],
  goals: [atMost(1.75, 'raw-weak-map')],
  prepare(contender) {
    const scope = contender.bySender();
    const senders = sendersNamed(100_000);
    const receivers = makeReceivers(senders.length, { kind: syncKindOf(contender) });
    receivers.forEach((receiver, index) => scope.connect(senders[index], receiver));
    return sendsAtRandom(scope.emit, senders, 1).emits();
  },
};

const hundredOfManyMatch = {
  id: 'key-100-of-100000',
  title: 'emit, 100 that match of 100,000',
  contenders: ['raw-map-of-arrays', 'signalbox', ...namesPerKey],
  goals: [atMost(1.4, 'raw-map-of-arrays')],
  prepare(contender) {
    const { scope, keys } = connectKeys(contender, 1000, { perKey: 100 });
    return sendsAtRandom(scope.emit, keys, 100).emits();
  },
};

export const scenarios = [
  emitByKey(10_000, ['raw-map', 'signalbox', ...namesPerKey, 'filtering'], [atMost(1.5, 'raw-map')]),
  emitByKey(
    100_000,
    ['raw-map', 'signalbox', ...namesPerKey, 'filtering'],
    [atMost(1.5, 'raw-map'), atMost(1.3, 'eventemitter3')],
  ),
  sendByKey,
  keyBesideUnfiltered,
  emitBySender,
  hundredOfManyMatch,
];
