import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type SendContext, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';

const signal = Symbol('stopping');
const reason = new Error('stop');
const never = () => new Promise<never>(() => undefined);
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

  it('of a serial send tells one who looks again and again, whoever is called next', async () => {
    const seen: SendContext[] = [];
    const receive = (_kwargs: object, context: SendContext) => {
      seen.push(context);
      return never();
    };
    for (const key of ['a', 'b', 'c']) manager.connect(receive.bind(undefined), signal, { key });
    const controller = new AbortController();
    const options = { timeoutMs: 100, abortSignal: controller.signal, keys: ['a', 'b', 'c'], sender: 'app' };
    const sent = manager.sendSerial(signal, {}, options);
    const aborted = () => seen.map(({ abortSignal }) => abortSignal?.aborted);
    expect(aborted()).toEqual([false]);
    await jest.advanceTimersByTimeAsync(100);
    expect(aborted()).toEqual([true, false]);
    await jest.advanceTimersByTimeAsync(100);
    expect(aborted()).toEqual([true, true, false]);
    controller.abort(reason);
    await sent;
    expect(aborted()).toEqual([true, true, true]);
    const [first, , third] = seen.map(({ sender, keys, ...context }) => [sender, [...keys], context.signal]);
    expect(third).toEqual(first);
  });

  it('is the own of each receiver: the time-out of another does not abort it', async () => {
    const gate = deferred();
    const seen: SendContext[] = [];
    for (const ends of [never, () => gate.promise, () => 'at once']) {
      manager.connect((_kwargs, context: SendContext) => {
        seen.push(context);
        return ends();
      }, signal);
    }
    const sent = manager.send(signal, {}, { timeoutMs: 100, sender: 'app', key: 'k' });
    const signals = seen.map(({ abortSignal }) => abortSignal);
    expect(new Set(signals).size).toBe(3);
    await jest.advanceTimersByTimeAsync(99);
    gate.resolve();
    await jest.advanceTimersByTimeAsync(1);
    const [late] = await sent;
    expect(signals.map((abortSignal) => abortSignal?.aborted)).toEqual([true, false, false]);
    expect(signals[0]?.reason).toBe((late as { reason: unknown }).reason);
    expect(seen.map(({ sender, keys }) => [sender, [...keys]])).toEqual(Array(3).fill(['app', ['k']]));
  });

  it.each(['send', 'sendSerial'] as const)('tells all receivers of an abort, settled ones, too: %s', async (verb) => {
    const controller = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    for (const ends of [() => 'at once', never]) {
      manager.connect((_kwargs, { abortSignal }) => {
        signals.push(abortSignal);
        return ends();
      }, signal);
    }
    const sent = manager[verb](signal, {}, { timeoutMs: 100, abortSignal: controller.signal });
    controller.abort(reason);
    expect(signals.map((abortSignal) => abortSignal?.reason as unknown)).toEqual([reason, reason]);
    await sent;
  });

  it('read for the first time after the send is over is not aborted by a later abort', async () => {
    const controller = new AbortController();
    const contexts: SendContext[] = [];
    manager.connect((_kwargs, context: SendContext) => void contexts.push(context), signal);
    const waited = manager.wait(signal);
    await manager.send(signal, {}, { abortSignal: controller.signal });
    await manager.sendSerial(signal, {}, { abortSignal: controller.signal });
    contexts.push((await waited).context as SendContext);
    controller.abort(reason);
    expect(contexts.map(({ abortSignal }) => abortSignal?.aborted)).toEqual([false, false, false]);
    await manager.send(signal, {}, { abortSignal: controller.signal });
    expect(contexts).toHaveLength(3);
  });

  it('read for the first time after the send is over is aborted if the send was', async () => {
    const controller = new AbortController();
    const contexts: SendContext[] = [];
    const ends = [never, () => 'at once'];
    for (const end of ends) {
      manager.connect((_kwargs, context: SendContext) => {
        contexts.push(context);
        return end();
      }, signal);
    }
    const waited = manager.wait(signal);
    const sent = manager.send(signal, {}, { abortSignal: controller.signal });
    controller.abort(reason);
    await sent;
    contexts.push((await waited).context as SendContext);
    expect(contexts.map(({ abortSignal }) => abortSignal?.reason as unknown)).toEqual([reason, reason, reason]);
  });

  it('of a wait or a stream is not aborted by the time-out of a receiver', async () => {
    manager.connect(never, signal);
    const waited = manager.wait(signal);
    const sent = manager.send(signal, {}, { timeoutMs: 100 });
    const { abortSignal } = (await waited).context;
    await jest.advanceTimersByTimeAsync(100);
    await sent;
    expect(abortSignal?.aborted).toBe(false);
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
