import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SignalManager } from '../src/index.js';
import { Delayed } from '../src/send/delayed-emit.js';
import { deferred, flush } from './helpers/promises.js';
import { callList } from './helpers/results.js';

const signal = Symbol('started');
const failure = new Error('receiver failed');

/** A manager whose reports are of no interest to the test. */
const silent = () => new SignalManager({ onError: null });

afterEach(async () => {
  jest.useRealTimers();
  // An unhandled rejection fails the test that is running.
  await flush();
});

describe('SignalManager#emit (R13)', () => {
  it('runs the sync parts before it returns, and returns nothing', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    manager.connect(receiver('a'), signal);
    manager.connect(async () => receiver('b')(), signal);
    manager.connect(receiver('c'), signal);
    // eslint-disable-next-line @typescript-eslint/no-confusing-void-expression -- what it returns is under test
    expect(manager.emit(signal)).toBeUndefined();
    expect(calls).toEqual(['a', 'b', 'c']);
  });

  it('counts in pending until the late receivers are done', async () => {
    const manager = silent();
    const gates = [deferred(), deferred()] as const;
    manager.connect(() => gates[0].promise, signal);
    manager.connect(() => gates[1].promise, signal);
    manager.emit(signal);
    expect(manager.pending).toBe(1);
    gates[0].reject(failure);
    await flush();
    expect(manager.pending).toBe(1);
    gates[1].resolve();
    await flush();
    expect(manager.pending).toBe(0);
  });

  it('does not count when nobody was late', () => {
    const manager = silent();
    manager.connect(() => 1, signal);
    manager.connect(() => {
      throw failure;
    }, signal);
    manager.emit(signal);
    expect(manager.pending).toBe(0);
  });

  it('does not throw what a receiver throws', async () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const after = jest.fn();
    manager.connect(() => {
      throw failure;
    }, signal);
    manager.connect(() => Promise.reject(failure), signal);
    manager.connect(after, signal);
    manager.emit(signal);
    expect(after).toHaveBeenCalledTimes(1);
    await flush();
    expect(onError).toHaveBeenCalledTimes(2);
  });
});

describe('SignalManager#emitAfter', () => {
  it('emits after the delay, to those who are connected by then', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const early = jest.fn();
    const late = jest.fn();
    const connection = manager.connect(early, signal);
    const kwargs = { port: 1 };
    const handle = manager.emitAfter(1000, signal, kwargs, { key: 'k' });
    connection.disconnect();
    manager.connect(late, signal, { key: 'k' });
    await jest.advanceTimersByTimeAsync(999);
    expect(late).not.toHaveBeenCalled();
    expect(handle.pending).toBe(true);
    await jest.advanceTimersByTimeAsync(1);
    expect(late).toHaveBeenCalledTimes(1);
    expect(late.mock.calls[0]?.[0]).toBe(kwargs);
    expect(late.mock.calls[0]?.[1]).toMatchObject({ signal });
    expect(early).not.toHaveBeenCalled();
    expect(handle.pending).toBe(false);
    expect(handle.cancel()).toBe(false);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(late).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not emit what was cancelled: true the first time', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    const handle = manager.emitAfter(1000, signal);
    expect(handle.cancel()).toBe(true);
    expect(handle.pending).toBe(false);
    expect(handle.cancel()).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(2000);
    expect(receiver).not.toHaveBeenCalled();
  });

  it('does not emit what was disposed', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    {
      using handle = manager.emitAfter(1000, signal);
      expect(handle.pending).toBe(true);
    }
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(2000);
    expect(receiver).not.toHaveBeenCalled();
  });

  it('counts in pending while late receivers run, as emit does', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const gate = deferred();
    manager.connect(() => gate.promise, signal);
    manager.emitAfter(10, signal);
    await jest.advanceTimersByTimeAsync(10);
    expect(manager.pending).toBe(1);
    gate.resolve();
    await flush();
    expect(manager.pending).toBe(0);
  });

  it('gives failures to onError, and does not throw them', async () => {
    jest.useFakeTimers();
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const throws = () => {
      throw failure;
    };
    manager.connect(throws, signal);
    manager.emitAfter(10, signal, {}, { sender: 'app' });
    await jest.advanceTimersByTimeAsync(10);
    expect(onError.mock.calls).toEqual([[failure, { signal, source: 'receiver', receiver: throws, sender: 'app' }]]);
  });

  it('leaves nothing with its manager when it is over', () => {
    const ended = jest.fn();
    const delayed = new Delayed(5, jest.fn(), { onClose: () => ended });
    expect([delayed.cancel(), delayed.cancel()]).toEqual([true, false]);
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('several at once are independent', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const seen: unknown[] = [];
    manager.connect(({ n }: { n: number }) => void seen.push(n), signal);
    manager.emitAfter(30, signal, { n: 3 });
    manager.emitAfter(10, signal, { n: 1 });
    const second = manager.emitAfter(20, signal, { n: 2 });
    second[Symbol.dispose]();
    await jest.advanceTimersByTimeAsync(30);
    expect(seen).toEqual([1, 3]);
  });

  it('after 0 milliseconds emits in a turn of its own', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    manager.emitAfter(0, signal);
    expect(receiver).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('after more than 2³¹−1 milliseconds emits then, not at once', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    manager.emitAfter(2 ** 31 + 10, signal);
    const cancelled = manager.emitAfter(2 ** 33, signal);
    await jest.advanceTimersByTimeAsync(2 ** 31 + 9);
    expect(receiver).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(cancelled.cancel()).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});
