import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Delivery, Signal, SignalManager, type WaitTimeoutError } from '../src/index.js';
import { flush, rejectionOf } from './helpers/promises.js';
import { fulfilled } from './helpers/results.js';

const signal = Symbol('response received');
const abortListeners = (abortSignal: AbortSignal) => getEventListeners(abortSignal, 'abort').length;

let manager: SignalManager;

beforeEach(() => {
  jest.useFakeTimers();
  manager = new SignalManager();
});

afterEach(async () => {
  // However the waits ended: no timer, nothing connected.
  expect(jest.getTimerCount()).toBe(0);
  expect(manager.signals()).toEqual([]);
  jest.useRealTimers();
  await flush();
  jest.restoreAllMocks();
});

describe('SignalManager#wait (R21)', () => {
  it.each<[verb: string, send: (kwargs: Record<string, unknown>) => unknown]>([
    ['send', (kwargs) => manager.send(signal, kwargs, { sender: 'app', key: 'k' })],
    ['sendSerial', (kwargs) => manager.sendSerial(signal, kwargs, { sender: 'app', key: 'k' })],
    ['sendSync', (kwargs) => manager.sendSync(signal, kwargs, { sender: 'app', key: 'k' })],
    ['emit', (kwargs) => manager.emit(signal, kwargs, { sender: 'app', key: 'k' })],
    [
      'emitAfter',
      (kwargs) => {
        manager.emitAfter(5, signal, kwargs, { sender: 'app', key: 'k' });
        return jest.advanceTimersByTimeAsync(5);
      },
    ],
  ])('resolves with kwargs and context of the next %s', async (_verb, send) => {
    const waiting = manager.wait(signal);
    const kwargs = { status: 200 };
    await send(kwargs);
    await send({ status: 404 });
    const delivery = await waiting;
    expect(delivery.kwargs).toBe(kwargs);
    const { context } = delivery;
    expect([context.signal, context.manager, context.sender]).toEqual([signal, manager, 'app']);
    expect([...context.keys]).toEqual(['k']);
  });

  it('does not resolve before, and not with another signal', async () => {
    const settled = jest.fn();
    const waiting = manager.wait(signal).finally(settled);
    manager.emit(Symbol('response received'));
    await flush();
    expect(settled).not.toHaveBeenCalled();
    manager.emit(signal);
    await waiting;
  });

  it('has no latch: a send before the call does not count', async () => {
    const settled = jest.fn();
    manager.emit(signal, { n: 1 });
    const waiting = manager.wait(signal).finally(settled);
    await flush();
    expect(settled).not.toHaveBeenCalled();
    manager.emit(signal, { n: 2 });
    expect((await waiting).kwargs).toEqual({ n: 2 });
  });

  it('does not take the send from within which it is called (R15)', async () => {
    const waits: Promise<Delivery>[] = [];
    manager.connect(() => void waits.push(manager.wait(signal)), signal, { once: true });
    manager.emit(signal, { n: 1 });
    manager.emit(signal, { n: 2 });
    expect((await Promise.all(waits)).map(({ kwargs }) => kwargs as unknown)).toEqual([{ n: 2 }]);
  });

  it('takes the next send that matches its sender or key', async () => {
    const bySender = manager.wait(signal, { sender: 'app' });
    const byKey = manager.wait(signal, { keys: ['k', 'l'] });
    manager.emit(signal, { n: 1 });
    manager.emit(signal, { n: 2 }, { sender: 'x', key: 'x' });
    manager.emit(signal, { n: 3 }, { key: 'l' });
    manager.emit(signal, { n: 4 }, { sender: 'app', key: 'l' });
    expect((await byKey).kwargs).toEqual({ n: 3 });
    expect((await bySender).kwargs).toEqual({ n: 4 });
  });

  it('takes the next send for which where is true', async () => {
    const where = jest.fn(({ n }: { n: number }) => n > 1);
    const waiting = manager.wait(signal, { where, key: 'k' });
    manager.emit(signal, { n: 5 });
    for (const n of [1, 2, 3]) manager.emit(signal, { n }, { key: 'k' });
    const delivery = await waiting;
    expect(delivery.kwargs).toEqual({ n: 2 });
    expect(where.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 1 }, { n: 2 }]);
    expect((where.mock.calls[1] as unknown[])[1]).toBe(delivery.context);
  });

  it('that throws in where ends with what it throws, and harms neither sender nor receivers', async () => {
    const receiver = jest.fn(() => 1);
    const connection = manager.connect(receiver, signal);
    const broken = new Error('where failed');
    const waiting = rejectionOf(
      manager.wait(signal, {
        timeoutMs: 1000,
        where: () => {
          throw broken;
        },
      }),
    );
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, 1)]);
    expect(await manager.send(signal)).toEqual([fulfilled(receiver, 1)]);
    manager.emit(signal);
    expect(await waiting).toBe(broken);
    connection.disconnect();
  });

  it('resolves all that wait, with the same send', async () => {
    const waits = [manager.wait(signal), manager.wait(signal), manager.wait(signal, { key: 'k' })];
    const kwargs = {};
    manager.emit(signal, kwargs, { key: 'k' });
    for (const delivery of await Promise.all(waits)) expect(delivery.kwargs).toBe(kwargs);
  });

  it('may be called again from what it resolved', async () => {
    const seen: unknown[] = [];
    const loop = (async () => {
      for (let i = 0; i < 3; i++) seen.push((await manager.wait(signal)).kwargs);
    })();
    for (let n = 0; n < 3; n++) {
      manager.emit(signal, { n });
      await flush();
    }
    await loop;
    expect(seen).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });

  it('is no receiver: not in results, lists, or what disconnectAll takes (R22)', async () => {
    const waiting = manager.wait(signal);
    expect(manager.receivers(signal)).toEqual([]);
    expect(manager.hasReceivers(signal)).toBe(false);
    expect(manager.signals()).toEqual([]);
    expect(manager.explain(signal)).toEqual([]);
    expect(manager.disconnectAll(signal)).toBe(0);
    expect(manager.disconnectAll()).toBe(0);
    expect(manager.pending).toBe(0);
    expect(manager.sendSync(signal, { n: 1 })).toEqual([]);
    expect((await waiting).kwargs).toEqual({ n: 1 });
  });
});

describe('how a wait ends otherwise (R21)', () => {
  it('rejects with WaitTimeoutError naming the signal', async () => {
    const settled = jest.fn();
    const waiting = rejectionOf(manager.wait(signal, { timeoutMs: 500 })).finally(settled);
    await jest.advanceTimersByTimeAsync(499);
    expect(settled).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    const error = (await waiting) as WaitTimeoutError;
    expect([error.name, error.code, error.timeoutMs]).toEqual(['WaitTimeoutError', 'ERR_WAIT_TIMEOUT', 500]);
    expect(error.message).toContain('response received');
  });

  it('names a Signal by its name', async () => {
    const named = new Signal({ manager, name: 'responseReceived' });
    const waiting = rejectionOf(named.wait({ timeoutMs: 10 }));
    await jest.advanceTimersByTimeAsync(10);
    expect(((await waiting) as Error).message).toContain('responseReceived');
  });

  it('rejects with the abort reason', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const waiting = rejectionOf(manager.wait(signal, { abortSignal: controller.signal, timeoutMs: 500 }));
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('rejects with the abort reason of a signal aborted before, even if nothing is said about it', async () => {
    const abortSignal = AbortSignal.abort();
    expect(await rejectionOf(manager.wait(signal, { abortSignal, timeoutMs: 500 }))).toBe(abortSignal.reason);
    expect(await rejectionOf(manager.wait(signal, { abortSignal: AbortSignal.abort(null) }))).toBeNull();
    expect(abortListeners(abortSignal)).toBe(0);
  });

  it('leaves no timer and no abort listener after a send', async () => {
    const controller = new AbortController();
    const waiting = manager.wait(signal, { abortSignal: controller.signal, timeoutMs: 500 });
    expect(jest.getTimerCount()).toBe(1);
    expect(abortListeners(controller.signal)).toBe(1);
    manager.emit(signal);
    expect(jest.getTimerCount()).toBe(0);
    expect(abortListeners(controller.signal)).toBe(0);
    await waiting;
  });

  it('leaves no abort listener after its time', async () => {
    const controller = new AbortController();
    const waiting = rejectionOf(manager.wait(signal, { abortSignal: controller.signal, timeoutMs: 500 }));
    await jest.advanceTimersByTimeAsync(500);
    await waiting;
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('takes no send after its end', async () => {
    const where = jest.fn(() => true);
    const controller = new AbortController();
    const waits = [
      rejectionOf(manager.wait(signal, { where, timeoutMs: 5 })),
      rejectionOf(manager.wait(signal, { where, abortSignal: controller.signal })),
    ];
    await jest.advanceTimersByTimeAsync(5);
    controller.abort();
    await Promise.all(waits);
    manager.emit(signal);
    expect(where).not.toHaveBeenCalled();
  });

  it('Infinity means no timeout (R16)', async () => {
    const waiting = manager.wait(signal, { timeoutMs: Infinity });
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(2 ** 40);
    manager.emit(signal, { n: 1 });
    expect((await waiting).kwargs).toEqual({ n: 1 });
  });

  it('more than 2³¹−1 is honoured (R16)', async () => {
    const settled = jest.fn();
    const waiting = rejectionOf(manager.wait(signal, { timeoutMs: 2 ** 31 + 10 })).finally(settled);
    await jest.advanceTimersByTimeAsync(2 ** 31 + 9);
    expect(settled).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(await waiting).toMatchObject({ name: 'WaitTimeoutError', timeoutMs: 2 ** 31 + 10 });
  });

  it('keeps the process alive while its timeout runs', async () => {
    jest.useRealTimers();
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const controller = new AbortController();
    const waiting = rejectionOf(manager.wait(signal, { timeoutMs: 60_000, abortSignal: controller.signal }));
    const started = timers.mock.results.map((result) => result.value as NodeJS.Timeout);
    timers.mockRestore();
    expect(started.map((timer) => timer.hasRef())).toEqual([true]);
    controller.abort();
    await waiting;
    jest.useFakeTimers();
  });
});
