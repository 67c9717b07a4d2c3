import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, type ReceiverTimeoutError, Signal, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';

const signal = Symbol('stopping');
const reason = new Error('stop');
const never = () => new Promise<never>(() => undefined);
const timeout = (timeoutMs: number) => expect.objectContaining({ name: 'ReceiverTimeoutError', timeoutMs }) as unknown;
const abortListeners = (abortSignal: AbortSignal) => getEventListeners(abortSignal, 'abort').length;

let manager: SignalManager;

beforeEach(() => {
  jest.useFakeTimers();
  manager = new SignalManager({ onError: null });
});

afterEach(async () => {
  // Whatever the test was about: no timer is left behind.
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  await flush();
  jest.restoreAllMocks();
});

describe('timeoutMs of send (R16)', () => {
  it('reports a receiver that is late as rejected with ReceiverTimeoutError, and the others as they are', async () => {
    const [quick, slow] = [async () => 'quick', never];
    manager.connect(slow, signal);
    manager.connect(quick, signal);
    const settled = jest.fn();
    const sent = manager.send(signal, {}, { timeoutMs: 100 });
    void sent.then(settled);
    await jest.advanceTimersByTimeAsync(99);
    expect(settled).not.toHaveBeenCalled();
    expect(manager.pending).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    const results = await sent;
    expect(results).toEqual([rejected(slow, timeout(100)), fulfilled(quick, 'quick')]);
    expect((results[0] as { reason: ReceiverTimeoutError }).reason.code).toBe('ERR_RECEIVER_TIMEOUT');
    expect(manager.pending).toBe(0);
  });

  it('drops what a receiver does after its time', async () => {
    const gate = deferred<number>();
    const receiver = () => gate.promise;
    manager.connect(receiver, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 100 });
    await jest.advanceTimersByTimeAsync(100);
    const results = await sent;
    gate.resolve(1);
    await flush();
    expect(results).toEqual([rejected(receiver, timeout(100))]);
    expect(manager.pending).toBe(0);
  });

  it('leaves no timer when all are in time', async () => {
    const gate = deferred<number>();
    const receiver = () => gate.promise;
    const fails = () => Promise.reject(reason);
    manager.connect(receiver, signal);
    manager.connect(fails, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 100 });
    await jest.advanceTimersByTimeAsync(50);
    gate.resolve(1);
    expect(await sent).toEqual([fulfilled(receiver, 1), rejected(fails, reason)]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no timer when nobody is late, or nobody is there', async () => {
    void manager.send(signal, {}, { timeoutMs: 100 });
    manager.connect(() => 1, signal);
    manager.connect(() => {
      throw reason;
    }, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 100 });
    expect(jest.getTimerCount()).toBe(0);
    expect(await sent).toHaveLength(2);
  });

  it.each(['send', 'sendSerial'] as const)('Infinity means none: %s', async (verb) => {
    const gate = deferred<number>();
    const receiver = () => gate.promise;
    manager.connect(receiver, signal);
    const sent = manager[verb](signal, {}, { timeoutMs: Infinity });
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(2 ** 40);
    gate.resolve(1);
    expect(await sent).toEqual([fulfilled(receiver, 1)]);
  });

  it.each(['send', 'sendSerial'] as const)('more than 2³¹−1 is honoured: %s', async (verb) => {
    const timeoutMs = 2 ** 32 + 1000;
    const settled = jest.fn();
    manager.connect(never, signal);
    const sent = manager[verb](signal, {}, { timeoutMs });
    void sent.then(settled);
    await jest.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(settled).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(await sent).toEqual([rejected(never, timeout(timeoutMs))]);
  });

  it('more than 2³¹−1 leaves no timer either when it is done', async () => {
    const gate = deferred();
    manager.connect(() => gate.promise, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 2 ** 33 });
    await jest.advanceTimersByTimeAsync(2 ** 31 + 5);
    gate.resolve();
    await sent;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('may pass while the receiver runs, by a fake clock that it moves: late all the same', async () => {
    const receiver = () => {
      jest.advanceTimersByTime(50);
      return never();
    };
    manager.connect(receiver, signal);
    expect(await manager.send(signal, {}, { timeoutMs: 50 })).toEqual([rejected(receiver, timeout(50))]);
  });

  it('is each send’s own', async () => {
    manager.connect(never, signal);
    const sends = [30, 10, 20].map((timeoutMs) => manager.send(signal, {}, { timeoutMs }));
    const order: number[] = [];
    sends.forEach((sent, index) => void sent.then(() => order.push(index)));
    await jest.advanceTimersByTimeAsync(30);
    expect(order).toEqual([1, 2, 0]);
  });

  it('of 0 is no time for late receivers, and enough for the others', async () => {
    const quick = () => 'quick';
    manager.connect(quick, signal);
    manager.connect(never, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 0 });
    await jest.advanceTimersByTimeAsync(1);
    expect(await sent).toEqual([fulfilled(quick, 'quick'), rejected(never, timeout(0))]);
  });
});

describe('timeoutMs of sendSerial (R16)', () => {
  it('runs per receiver, from its call', async () => {
    const calledAt: number[] = [];
    const slow = () => {
      calledAt.push(Date.now());
      return new Promise<string>((resolve) => setTimeout(() => resolve('slow'), 80));
    };
    const tooSlow = () => {
      calledAt.push(Date.now());
      return never();
    };
    const start = Date.now();
    manager.connect(slow, signal);
    manager.connect(slow, signal, { uid: 'again' });
    manager.connect(tooSlow, signal);
    manager.connect(slow, signal, { uid: 'after' });
    const sent = manager.sendSerial(signal, {}, { timeoutMs: 100 });
    await jest.advanceTimersByTimeAsync(500);
    expect(await sent).toEqual([
      fulfilled(slow, 'slow'),
      fulfilled(slow, 'slow'),
      rejected(tooSlow, timeout(100)),
      fulfilled(slow, 'slow'),
    ]);
    expect(calledAt.map((at) => at - start)).toEqual([0, 80, 160, 260]);
  });
});

describe('abortSignal of a send (R16)', () => {
  it.each(['send', 'sendSerial'] as const)('aborted before: a sticky signal does not keep it: %s', async (verb) => {
    const sticky = new Signal({ name: 'ready', sticky: true, manager });
    await sticky.send();
    await manager[verb](sticky, { n: 2 }, { abortSignal: AbortSignal.abort(reason) });
    const late = jest.fn();
    manager.connect(late, sticky);
    expect(late.mock.calls).toEqual([[{}, expect.anything()]]);
  });

  it.each(['send', 'sendSerial'] as const)('aborted before: no wait and no stream sees it: %s', async (verb) => {
    const seen = jest.fn();
    for (const heard of [signal, ANY]) {
      const where = () => {
        seen();
        return false;
      };
      manager.wait(heard, { where }).catch(() => undefined);
      manager.stream(heard, { where });
    }
    await manager[verb](signal, {}, { abortSignal: AbortSignal.abort(reason) });
    expect(seen).not.toHaveBeenCalled();
    manager.emit(signal);
    expect(seen).toHaveBeenCalledTimes(4);
    await manager.close();
  });

  it('reports what is pending as rejected with the reason, and keeps what has settled', async () => {
    const controller = new AbortController();
    const [settled, failed, pending] = [async () => 'done', () => Promise.reject(new Error('own')), never];
    for (const receiver of [settled, pending, failed]) manager.connect(receiver, signal);
    const sent = manager.send(signal, {}, { abortSignal: controller.signal });
    await flush();
    controller.abort(reason);
    expect(await sent).toEqual([
      fulfilled(settled, 'done'),
      rejected(pending, reason),
      rejected(failed, new Error('own')),
    ]);
    expect(manager.pending).toBe(0);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('of a serial send reports the pending one and those not yet called, and calls them no more', async () => {
    const controller = new AbortController();
    const gate = deferred();
    const [done, pending, after] = [async () => 'done', () => gate.promise, jest.fn()];
    for (const receiver of [done, pending, after]) manager.connect(receiver, signal);
    const sent = manager.sendSerial(signal, {}, { abortSignal: controller.signal });
    await flush();
    controller.abort(reason);
    expect(await sent).toEqual([fulfilled(done, 'done'), rejected(pending, reason), rejected(after, reason)]);
    gate.resolve();
    await flush();
    expect(after).not.toHaveBeenCalled();
    expect(manager.pending).toBe(0);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it.each(['send', 'sendSerial'] as const)('aborted before: nobody is called: %s', async (verb) => {
    const onError = jest.fn();
    manager = new SignalManager({ onError });
    const receivers = [jest.fn(), jest.fn()] as const;
    const once = manager.connect(receivers[0], signal, { once: true });
    manager.connect(receivers[1], signal, { key: 'k' });
    const abortSignal = AbortSignal.abort(reason);
    const sent = manager[verb](signal, {}, { key: 'k', abortSignal, timeoutMs: 50 });
    expect(await sent).toEqual([rejected(receivers[0], reason), rejected(receivers[1], reason)]);
    for (const receiver of receivers) expect(receiver).not.toHaveBeenCalled();
    expect(once.connected).toBe(true);
    expect(onError.mock.calls.map(([error]) => error)).toEqual([reason, reason]);
    expect(abortListeners(abortSignal)).toBe(0);
    expect(manager.pending).toBe(0);
  });

  it.each([null, 0, '', false])('the reason may be anything: %p', async (anything) => {
    const controller = new AbortController();
    manager.connect(never, signal);
    const sends = [
      manager.send(signal, {}, { abortSignal: controller.signal }),
      manager.sendSerial(signal, {}, { abortSignal: controller.signal }),
    ];
    controller.abort(anything);
    sends.push(manager.send(signal, {}, { abortSignal: controller.signal }));
    for (const sent of sends) expect(await sent).toEqual([rejected(never, anything)]);
  });

  it('without a reason of its own has that of the platform', async () => {
    const controller = new AbortController();
    manager.connect(never, signal);
    const sent = manager.send(signal, {}, { abortSignal: controller.signal });
    controller.abort();
    const [result] = await sent;
    expect(result).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    expect((result as { reason: unknown }).reason).toBe(controller.signal.reason);
  });

  it('has one abort listener, whatever the number of receivers and sends', async () => {
    const controller = new AbortController();
    const added = jest.spyOn(controller.signal, 'addEventListener');
    const gates = [deferred(), deferred(), deferred()];
    for (const gate of gates) manager.connect(() => gate.promise, signal);
    const sends = [
      manager.send(signal, {}, { abortSignal: controller.signal, timeoutMs: 1000 }),
      manager.sendSerial(signal, {}, { abortSignal: controller.signal, timeoutMs: 1000 }),
    ];
    expect(abortListeners(controller.signal)).toBe(1);
    for (const gate of gates) {
      gate.resolve();
      await flush();
    }
    await Promise.all(sends);
    expect(added).toHaveBeenCalledTimes(1);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it.each<[string, () => unknown]>([
    ['fulfilled', async () => 1],
    ['rejected', () => Promise.reject(reason)],
    ['returned', () => 1],
    [
      'thrown',
      () => {
        throw reason;
      },
    ],
  ])('leaves no abort listener when all receivers have %s', async (_how, receiver) => {
    const { signal: abortSignal } = new AbortController();
    manager.connect(receiver, signal);
    await manager.send(signal, {}, { abortSignal });
    await manager.sendSerial(signal, {}, { abortSignal, until: () => true });
    await manager.send(Symbol('nobody'), {}, { abortSignal });
    expect(abortListeners(abortSignal)).toBe(0);
  });

  it('leaves no abort listener when the receivers have timed out', async () => {
    const { signal: abortSignal } = new AbortController();
    manager.connect(never, signal);
    const sends = [
      manager.send(signal, {}, { abortSignal, timeoutMs: 10 }),
      manager.sendSerial(signal, {}, { abortSignal, timeoutMs: 10 }),
    ];
    await jest.advanceTimersByTimeAsync(10);
    for (const sent of sends) expect(await sent).toEqual([rejected(never, timeout(10))]);
    expect(abortListeners(abortSignal)).toBe(0);
  });

  it('leaves no timer of timeoutMs', async () => {
    const controller = new AbortController();
    manager.connect(never, signal);
    const sends = [
      manager.send(signal, {}, { abortSignal: controller.signal, timeoutMs: 1000 }),
      manager.sendSerial(signal, {}, { abortSignal: controller.signal, timeoutMs: 1000 }),
    ];
    controller.abort(reason);
    expect(jest.getTimerCount()).toBe(0);
    for (const sent of sends) expect(await sent).toEqual([rejected(never, reason)]);
  });

  it('comes too late for a send that is done', async () => {
    const onError = jest.fn();
    manager = new SignalManager({ onError });
    const controller = new AbortController();
    const receiver = async () => 1;
    manager.connect(receiver, signal);
    const results = await manager.send(signal, {}, { abortSignal: controller.signal });
    controller.abort(reason);
    expect(results).toEqual([fulfilled(receiver, 1)]);
    expect(onError).not.toHaveBeenCalled();
  });

  it('reports a receiver that is not called once, whichever of its connections remain', async () => {
    const receiver = jest.fn();
    const others = [jest.fn(), jest.fn(), jest.fn()] as const;
    manager.connect(others[0], signal, { key: 'k' });
    const byKey = manager.connect(receiver, signal, { key: 'k' });
    manager.connect(receiver, signal, { sender: 'app' });
    manager.connect(receiver, signal, { key: 'l' });
    manager.connect(others[1], signal, { key: 'k' });
    manager.connect(others[2], signal, { sender: 'app' });
    byKey.disconnect();
    const abortSignal = AbortSignal.abort(reason);
    const rejections = [others[0], receiver, others[1], others[2]].map((each) => rejected(each, reason));
    for (const verb of ['send', 'sendSerial'] as const) {
      const options = { abortSignal, sender: 'app', keys: ['k', 'l'] };
      expect(await manager[verb](signal, {}, options)).toEqual(rejections);
      expect(await manager[verb](signal, {}, { ...options, reverse: true })).toEqual([...rejections].reverse());
    }
  });

  it('by a receiver of the send itself reports all that are pending, and the send settles', async () => {
    const controller = new AbortController();
    const aborts = () => controller.abort(reason);
    manager.connect(never, signal);
    manager.connect(aborts, signal);
    expect(await manager.send(signal, {}, { abortSignal: controller.signal, timeoutMs: 100 })).toEqual([
      rejected(never, reason),
      fulfilled(aborts, undefined),
    ]);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('by a receiver of a serial send keeps its result, and calls nobody after it', async () => {
    const controller = new AbortController();
    const [aborts, after] = [() => controller.abort(reason), jest.fn()];
    manager.connect(aborts, signal);
    manager.connect(after, signal);
    expect(await manager.sendSerial(signal, {}, { abortSignal: controller.signal })).toEqual([
      fulfilled(aborts, undefined),
      rejected(after, reason),
    ]);
    expect(after).not.toHaveBeenCalled();
    expect(abortListeners(controller.signal)).toBe(0);
  });
});
