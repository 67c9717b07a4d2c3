// Fire and forget, to receivers without filters.
import { atMost, fasterThan, onlyFor } from '../goals.mjs';
import { RANDOM_COUNT, randomIndexes } from '../random.mjs';
import { expectCalls, kwargsObjects, makeReceivers, syncKindOf } from '../receivers.mjs';
import { timed } from '../timing.mjs';

/** Several signals, sent in random order, each with receivers of its own, so that no call site sees only one. */
const SIGNAL_COUNT = 8;
const order = randomIndexes(SIGNAL_COUNT);

const contenders = [
  'raw-array',
  'signalbox',
  'signalbox-manager',
  'nanoevents',
  'eventemitter3',
  'eventemitter3-names',
  'node',
  'node-names',
  'mitt',
  'eventemitter2',
  'event-target',
  'lumino',
  'rxjs',
  'tapable',
];

function emitTo(receiverCount, goals) {
  const connected =
    receiverCount === 1 ? '1 receiver' : receiverCount === 0 ? 'nobody connected' : `${receiverCount} receivers`;
  return {
    id: `emit-${receiverCount}`,
    title: `emit, ${connected}`,
    contenders,
    goals,
    prepare(contender) {
      const { signal, connect, emit } = contender.bySignal();
      const kind = syncKindOf(contender);
      const signals = Array.from({ length: SIGNAL_COUNT }, (_, index) => {
        const target = signal(`signal-${index}`);
        for (const receiver of makeReceivers(receiverCount, { kind })) connect(target, receiver);
        return target;
      });
      return timed(
        (operations) => {
          for (let i = 0; i < operations; i++) emit(signals[order[i & (RANDOM_COUNT - 1)]], kwargsObjects[i & 15]);
        },
        (operations) => expectCalls(operations * receiverCount),
      );
    },
  };
}

export const scenarios = [
  emitTo(1, [
    onlyFor('signalbox', fasterThan('eventemitter3')),
    onlyFor('signalbox', fasterThan('node')),
    onlyFor('signalbox-manager', fasterThan('eventemitter3-names')),
    onlyFor('signalbox-manager', fasterThan('node-names')),
  ]),
  emitTo(10, [atMost(1.35, 'raw-array'), fasterThan('eventemitter3')]),
  emitTo(100, [atMost(1.1, 'raw-array')]),
  emitTo(0, [
    onlyFor('signalbox', atMost(1, 'eventemitter3')),
    onlyFor('signalbox-manager', atMost(1, 'eventemitter3-names')),
  ]),
];
