import { expect, jest } from '@jest/globals';
import { type Filter, SignalManager } from '../../src/index.js';

/** The signal that `isCalled` sends. */
export const signal = Symbol('item scraped');

/** Whether the receiver is called, as everything sees it that chooses receivers: they must agree. */
export async function isCalled(manager: SignalManager, receiver: jest.Mock, filter: Filter): Promise<boolean> {
  const counted = async (verb: () => unknown) => {
    const before = receiver.mock.calls.length;
    await verb();
    return receiver.mock.calls.length - before;
  };
  const counts = [
    await counted(() => manager.send(signal, {}, filter)),
    await counted(() => manager.sendSerial(signal, {}, filter)),
    await counted(() => manager.sendSync(signal, {}, filter)),
    await counted(() => manager.emit(signal, {}, filter)),
    await counted(() => manager.send(signal, {}, { ...filter, timeoutMs: 1000 })),
    await counted(() => manager.send(signal, {}, { ...filter, reverse: true })),
    manager.receivers(signal, filter).length,
    manager.hasReceivers(signal, filter) ? 1 : 0,
    manager.explain(signal, filter).filter((entry) => entry.matches).length,
  ];
  const called = counts[0] === 1;
  expect(counts).toEqual(counts.map(() => (called ? 1 : 0)));
  return called;
}

/** Whether a send with one filter reaches a receiver connected with another. */
export async function reaches(connected: Filter, sent: Filter): Promise<boolean> {
  const manager = new SignalManager();
  const receiver = jest.fn();
  manager.connect(receiver, signal, connected);
  return isCalled(manager, receiver, sent);
}
