// Awaited sends with an outcome per receiver, to receivers without filters.
import { atMost, timesFaster } from '../goals.mjs';
import { RANDOM_COUNT, randomIndexes } from '../random.mjs';
import { expectCalls, kwargsObjects, makeReceivers } from '../receivers.mjs';
import { timed } from '../timing.mjs';

const SIGNAL_COUNT = 8;
const order = randomIndexes(SIGNAL_COUNT);

const failing = ['rejecting', 'throwing'];

const libraries = ['emittery', 'emittery-1', 'hookable', 'eventemitter2'];
const forFailing = ['promise-all-settled', 'promise-all', 'signalbox', ...libraries];
const forSync = ['raw-array', ...forFailing, 'hookable-serial'];
const forAsync = [...forFailing, 'hookable-serial', 'tapable-async'];

function sendTo(receiverCount, kind, contenders, goals) {
  const connected = receiverCount === 1 ? `1 ${kind} receiver` : `${receiverCount} ${kind} receivers`;
  return {
    id: `send-${kind}-${receiverCount}`,
    title: `send, ${connected}`,
    contenders,
    goals,
    prepare(contender) {
      const { signal, connect, send } = contender.bySignal();
      const signals = Array.from({ length: SIGNAL_COUNT }, (_, index) => {
        const target = signal(`signal-${index}`);
        for (const receiver of makeReceivers(receiverCount, { kind })) connect(target, receiver);
        return target;
      });

      async function run(operations) {
        for (let i = 0; i < operations; i++) await send(signals[order[i & (RANDOM_COUNT - 1)]], kwargsObjects[i & 15]);
      }
      // For contenders whose send fails with one receiver. It costs the others nothing.
      async function runCatching(operations) {
        for (let i = 0; i < operations; i++) {
          try {
            await send(signals[order[i & (RANDOM_COUNT - 1)]], kwargsObjects[i & 15]);
          } catch {
            // the failures were made on purpose
          }
        }
      }
      return timed(failing.includes(kind) ? runCatching : run, (operations) => expectCalls(operations * receiverCount));
    },
  };
}

export const scenarios = [
  sendTo(1, 'sync', forSync, [timesFaster(6, 'promise-all-settled')]),
  sendTo(10, 'sync', forSync, [
    atMost(1.3, 'raw-array'),
    timesFaster(10, 'promise-all-settled'),
    timesFaster(12, 'emittery'),
  ]),
  sendTo(100, 'sync', forSync, [timesFaster(9, 'promise-all-settled')]),
  sendTo(1, 'async', forAsync, [timesFaster(3, 'promise-all-settled')]),
  sendTo(10, 'async', forAsync, [timesFaster(3, 'promise-all-settled'), atMost(1.25, 'promise-all')]),
  sendTo(100, 'async', forAsync, [timesFaster(3, 'promise-all-settled')]),
  sendTo(10, 'rejecting', forFailing, [timesFaster(2, 'promise-all-settled')]),
  sendTo(10, 'throwing', forFailing),
];
