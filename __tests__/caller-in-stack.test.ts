import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Bridge, memoryEngine } from '../src/bridge/index.js';
import { SignalBus } from '../src/bus/index.js';
import { RECEIVER_DISCONNECTED, Signal, SignalManager } from '../src/index.js';
import { record } from '../src/testing/index.js';
import { joinAs } from '../src/threads/thread-link.js';
import { flush, rejectionOf } from './helpers/promises.js';

const signal = Symbol('started');
const never = () => new Promise<never>(() => undefined);
const timeoutMs = 10;

/** A manager with a send that never settles. */
function busy(): SignalManager {
  const manager = new SignalManager({ onError: null });
  manager.connect(never, signal);
  manager.emit(signal);
  return manager;
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});

afterEach(async () => {
  jest.useRealTimers();
  await flush();
});

describe('the error of a time-out (R27)', () => {
  const named = new Signal({ name: 'named', manager: new SignalManager() });
  const bridges: Bridge[] = [];

  it.each<[string, () => Promise<unknown>]>([
    ['WaitTimeoutError', () => new SignalManager().wait(signal, { timeoutMs })],
    ['WaitTimeoutError', () => named.wait({ timeoutMs })],
    ['DrainTimeoutError', () => busy().drain({ timeoutMs })],
    ['DrainTimeoutError', () => busy().close({ timeoutMs })],
    ['DrainTimeoutError', () => record(busy()).settled({ timeoutMs })],
    [
      'BusShutdownError',
      () => {
        const bus = new SignalBus({ onError: null });
        bus.subscriber('topic', never);
        void bus.start();
        void bus.publish('topic', 1);
        return bus.stop({ timeoutMs });
      },
    ],
    [
      'NotReadyError',
      () => {
        bridges.push(new Bridge(new SignalManager(), memoryEngine(), { namespace: 'shop' }));
        return (bridges[0] as Bridge).ready({ nodes: 2, timeoutMs });
      },
    ],
    ['NoThreadHubError', () => joinAs(7_777, new SignalManager(), { signals: [], timeoutMs })],
  ])('shows who called: %s', async (name, call) => {
    function caller() {
      return call();
    }
    const rejection = rejectionOf(caller());
    await jest.advanceTimersByTimeAsync(timeoutMs);
    const error = (await rejection) as Error;
    for (const bridge of bridges.splice(0)) await bridge.close();
    expect(error.name).toBe(name);
    expect(error.stack).toMatch(new RegExp(`^${name}: `));
    expect(error.stack).toContain(error.message);
    expect(error.stack).toMatch(/ at caller /);
  });

  it('shows who called joinThreads, also when that had to wait for an earlier join', async () => {
    const first = rejectionOf(joinAs(7_778, new SignalManager(), { signals: [], timeoutMs }));
    function caller() {
      return joinAs(7_778, new SignalManager(), { signals: [], timeoutMs });
    }
    const second = rejectionOf(caller());
    await jest.advanceTimersByTimeAsync(timeoutMs);
    await first;
    await jest.advanceTimersByTimeAsync(timeoutMs);
    expect(((await second) as Error).stack).toMatch(/ at caller /);
  });

  it('shows who called close, also when its reports take too long', async () => {
    const manager = new SignalManager({ onError: null });
    manager.connect(never, RECEIVER_DISCONNECTED);
    manager.connect(never, signal);
    function caller() {
      return manager.close({ timeoutMs });
    }
    const rejection = rejectionOf(caller());
    await jest.advanceTimersByTimeAsync(timeoutMs);
    expect(((await rejection) as Error).stack).toMatch(/ at caller /);
  });

  it.each(['send', 'sendSerial'] as const)('names signal and receiver, and shows who awaits: %s', async (verb) => {
    const manager = new SignalManager({ onError: null });
    const sleep = () => never();
    manager.connect(sleep, signal);
    async function caller() {
      const [result] = await manager[verb](signal, {}, { timeoutMs });
      return (result as { reason: Error }).reason;
    }
    const late = caller();
    await jest.advanceTimersByTimeAsync(timeoutMs);
    const { message, stack } = await late;
    expect(message).toBe('Receiver sleep of signal Symbol(started) has not settled within 10 ms');
    expect(stack).toMatch(/ at (async )?caller /);
  });

  it('costs nothing without a time limit', async () => {
    const captured = jest.spyOn(globalThis, 'Error');
    const manager = new SignalManager();
    const waits = [manager.wait(signal), manager.wait(signal, { timeoutMs: Infinity })];
    manager.connect(async () => 1, signal);
    await manager.send(signal, {}, { timeoutMs });
    await manager.drain({ timeoutMs });
    await Promise.all(waits);
    expect(captured).not.toHaveBeenCalled();
    captured.mockRestore();
  });
});
