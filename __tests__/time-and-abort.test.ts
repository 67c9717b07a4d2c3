import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ReceiverTimeoutError, type SendContext, SignalManager } from '../src/index.js';
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

  it('is each send’s own', async () => {
    manager.connect(never, signal);
    const sends = [30, 10, 20].map((timeoutMs) => manager.send(signal, {}, { timeoutMs }));
    const order: number[] = [];
    sends.forEach((sent, index) => void sent.then(() => order.push(index)));
    await jest.advanceTimersByTimeAsync(30);
    expect(order).toEqual([1, 2, 0]);
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

  it('has one abort listener per send, whatever the number of receivers', async () => {
    const controller = new AbortController();
    const added = jest.spyOn(controller.signal, 'addEventListener');
    const gates = [deferred(), deferred(), deferred()];
    for (const gate of gates) manager.connect(() => gate.promise, signal);
    const sends = [
      manager.send(signal, {}, { abortSignal: controller.signal, timeoutMs: 1000 }),
      manager.sendSerial(signal, {}, { abortSignal: controller.signal, timeoutMs: 1000 }),
    ];
    expect(abortListeners(controller.signal)).toBe(2);
    for (const gate of gates) {
      gate.resolve();
      await flush();
    }
    await Promise.all(sends);
    expect(added).toHaveBeenCalledTimes(2);
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
});

describe('context.abortSignal (R16)', () => {
  /** Sends to a receiver that never ends, and gives its context. */
  function contextOf(options: object): SendContext {
    const contexts: SendContext[] = [];
    manager.connect((_kwargs, context: SendContext) => {
      contexts.push(context);
      return never();
    }, signal);
    void manager.send(signal, {}, options);
    return contexts[0] as SendContext;
  }

  it('tells a receiver that its send is aborted, and why', () => {
    const controller = new AbortController();
    const { abortSignal } = contextOf({ abortSignal: controller.signal });
    expect(abortSignal?.aborted).toBe(false);
    const told = jest.fn();
    abortSignal?.addEventListener('abort', told);
    controller.abort(reason);
    expect(told).toHaveBeenCalledTimes(1);
    expect(abortSignal?.aborted).toBe(true);
    expect(abortSignal?.reason).toBe(reason);
  });

  it('tells a receiver that its time has passed', async () => {
    const { abortSignal } = contextOf({ timeoutMs: 100 });
    const told = jest.fn();
    abortSignal?.addEventListener('abort', told);
    await jest.advanceTimersByTimeAsync(99);
    expect(abortSignal?.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(told).toHaveBeenCalledTimes(1);
    expect(abortSignal?.aborted).toBe(true);
  });

  it('tells either, whichever comes first', async () => {
    const controller = new AbortController();
    const first = contextOf({ timeoutMs: 100, abortSignal: controller.signal }).abortSignal;
    controller.abort(reason);
    expect([first?.aborted, first?.reason]).toEqual([true, reason]);
    manager.disconnectAll();
    const other = new AbortController();
    const second = contextOf({ timeoutMs: 100, abortSignal: other.signal }).abortSignal;
    await jest.advanceTimersByTimeAsync(100);
    expect(second?.aborted).toBe(true);
    expect(abortListeners(other.signal)).toBe(0);
  });

  it('is told to one who asks only afterwards, too', async () => {
    const controller = new AbortController();
    const aborted = contextOf({ abortSignal: controller.signal });
    controller.abort(reason);
    expect([aborted.abortSignal?.aborted, aborted.abortSignal?.reason]).toEqual([true, reason]);
    manager.disconnectAll();
    const late = contextOf({ timeoutMs: 100 });
    await jest.advanceTimersByTimeAsync(100);
    expect(late.abortSignal?.aborted).toBe(true);
  });

  it('stays as it is when the send has settled in time', async () => {
    const controller = new AbortController();
    const seen: (AbortSignal | undefined)[] = [];
    manager.connect(async (_kwargs, context) => void seen.push(context.abortSignal), signal);
    await manager.send(signal, {}, { timeoutMs: 100, abortSignal: controller.signal });
    await manager.send(signal, {}, { timeoutMs: 100 });
    await jest.advanceTimersByTimeAsync(1000);
    expect(seen.map((abortSignal) => abortSignal?.aborted)).toEqual([false, false]);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('is undefined when the send has neither, and nothing is made for it', async () => {
    const controllers = jest.spyOn(globalThis, 'AbortController');
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const gate = deferred();
    const contexts: SendContext[] = [];
    manager.connect((_kwargs, context: SendContext) => {
      contexts.push(context);
      return gate.promise;
    }, signal);
    const sends = [manager.send(signal), manager.sendSerial(signal)];
    manager.emit(signal);
    expect(contexts.map((context) => context.abortSignal)).toEqual([undefined, undefined, undefined]);
    expect(jest.getTimerCount()).toBe(0);
    gate.resolve();
    await Promise.all(sends);
    expect(timers).not.toHaveBeenCalled();
    expect(controllers).not.toHaveBeenCalled();
  });

  it('of sendSync and emit is undefined', () => {
    const contexts: SendContext[] = [];
    manager.connect((_kwargs, context: SendContext) => void contexts.push(context), signal);
    manager.sendSync(signal);
    manager.emit(signal);
    expect(contexts.map((context) => context.abortSignal)).toEqual([undefined, undefined]);
  });
});

describe('abortSignal of connect', () => {
  it('disconnects when aborted', () => {
    const controller = new AbortController();
    const receiver = jest.fn();
    const connection = manager.connect(receiver, signal, { abortSignal: controller.signal });
    manager.sendSync(signal);
    controller.abort();
    expect(connection.connected).toBe(false);
    expect(connection.disconnect()).toBe(false);
    expect(manager.sendSync(signal)).toEqual([]);
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(manager.signals()).toEqual([]);
  });

  it('disconnects that connection alone', () => {
    const controller = new AbortController();
    const receiver = jest.fn();
    const stays = manager.connect(receiver, signal);
    const goes = manager.connect(receiver, signal, { abortSignal: controller.signal });
    controller.abort();
    expect([goes.connected, stays.connected]).toEqual([false, true]);
    expect(manager.receivers(signal)).toEqual([receiver]);
  });

  it('already aborted: nothing is connected', () => {
    const abortSignal = AbortSignal.abort();
    const connection = manager.connect(() => 1, signal, { abortSignal });
    expect(connection.connected).toBe(false);
    expect(connection.signal).toBe(signal);
    expect(connection.disconnect()).toBe(false);
    expect(manager.receivers(signal)).toEqual([]);
    expect(manager.signals()).toEqual([]);
    expect(abortListeners(abortSignal)).toBe(0);
  });

  it.each<[string, (receiver: () => void, connection: Disposable) => unknown]>([
    ['its handle', (_receiver, connection) => connection[Symbol.dispose]()],
    ['disconnect', (receiver) => manager.disconnect(receiver, signal)],
    ['disconnectAll', () => manager.disconnectAll()],
    ['partial disconnects', (receiver) => manager.disconnect(receiver, signal, { key: 'k' })],
    ['close', () => manager.close()],
  ])('leaves no abort listener after %s', async (_what, disconnect) => {
    const controller = new AbortController();
    const receiver = () => undefined;
    const connection = manager.connect(receiver, signal, { abortSignal: controller.signal, key: 'k' });
    expect(abortListeners(controller.signal)).toBe(1);
    await disconnect(receiver, connection);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('leaves no abort listener after its once call', () => {
    const controller = new AbortController();
    manager.connect(() => undefined, signal, { abortSignal: controller.signal, once: true });
    manager.sendSync(signal);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('after a disconnect and a new connect leaves the new connection alone', () => {
    const controller = new AbortController();
    const receiver = () => undefined;
    manager.connect(receiver, signal, { abortSignal: controller.signal });
    manager.disconnect(receiver, signal);
    const current = manager.connect(receiver, signal);
    controller.abort();
    expect(current.connected).toBe(true);
  });
});
