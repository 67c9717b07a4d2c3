import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type BatchOptions,
  type BusShutdownError,
  SignalBus,
  SubscriberTimeoutError,
  type SubscriberOptions,
} from '../../src/bus/index.js';
import { deferred, flush, rejectionOf, type Deferred } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  await flush();
});

/** A running bus whose subscriber `work` settles each call when told so. */
async function makeWork(options: SubscriberOptions) {
  const reports: unknown[] = [];
  const bus = new SignalBus({ onError: (error, report) => reports.push([error, report]) });
  const calls: { readonly payload: unknown; readonly outcome: Deferred<void> }[] = [];
  const work = bus.subscriber(
    'jobs',
    function work(payload: unknown) {
      const outcome = deferred();
      calls.push({ payload, outcome });
      return outcome.promise;
    },
    options,
  );
  await bus.start();
  const publish = async (...payloads: unknown[]): Promise<void> => {
    for (const payload of payloads) await bus.publish('jobs', payload);
    await flush();
  };
  const started = (): unknown[] => calls.map(({ payload }) => payload);
  return { bus, work, calls, publish, started, reports };
}

const report = { topic: 'jobs', source: 'subscriber', name: 'work' };
const timeout = expect.objectContaining({
  name: 'SubscriberTimeoutError',
  code: 'ERR_SUBSCRIBER_TIMEOUT',
  timeoutMs: 50,
  message: 'Subscriber work of topic "jobs" has not settled within 50 ms',
});

describe('a subscriber with `timeoutMs`', () => {
  it('reports a call that takes longer, once, and handles the next payload (N11, B4)', async () => {
    const { bus, publish, started, reports, calls } = await makeWork({ timeoutMs: 50, concurrency: 1 });
    await publish('a', 'b');
    await jest.advanceTimersByTimeAsync(49);
    expect([started(), reports]).toEqual([['a'], []]);
    await jest.advanceTimersByTimeAsync(1);
    expect(started()).toEqual(['a', 'b']);
    expect(reports).toEqual([[timeout, { ...report, position: 0 }]]);
    expect((reports[0] as unknown[])[0]).toBeInstanceOf(SubscriberTimeoutError);
    await jest.advanceTimersByTimeAsync(50);
    expect(reports).toEqual([
      [timeout, { ...report, position: 0 }],
      [timeout, { ...report, position: 1 }],
    ]);
    for (const { outcome } of calls) outcome.resolve();
    await bus.stop();
    expect(reports.length).toBe(2);
  });

  it('counts from each call, not from the publish, and leaves no timer (N11)', async () => {
    const { bus, publish, calls, reports } = await makeWork({ timeoutMs: 50, concurrency: 1 });
    await publish('a', 'b');
    await jest.advanceTimersByTimeAsync(40);
    calls[0]?.outcome.resolve();
    await flush();
    await jest.advanceTimersByTimeAsync(40);
    calls[1]?.outcome.reject(new Error('refused'));
    await flush();
    expect(jest.getTimerCount()).toBe(0);
    expect(reports).toEqual([[new Error('refused'), { ...report, position: 1 }]]);
    await bus.stop();
  });

  it.each<[what: string, fn: () => unknown]>([
    ['returns', () => 1],
    [
      'throws',
      () => {
        throw new Error('refused');
      },
    ],
  ])('starts no timer that outlives a call that %s (N11)', async (_what, fn) => {
    const bus = new SignalBus({ onError: null });
    bus.subscriber('jobs', fn, { timeoutMs: 50 });
    await bus.start();
    await bus.publish('jobs', 1);
    await flush();
    expect(jest.getTimerCount()).toBe(0);
    await bus.stop();
  });

  it('limits one batch of a batch subscriber, which counts its payloads (N11, N14)', async () => {
    const reports: unknown[] = [];
    const bus = new SignalBus({ onError: (error, { position }) => reports.push([error, position]) });
    const batches: unknown[] = [];
    const options: BatchOptions = { maxItems: 2, timeoutMs: 50, concurrency: 1 };
    bus.batchSubscriber(
      'jobs',
      function work(batch: unknown[]) {
        batches.push(batch);
        return new Promise(() => undefined);
      },
      options,
    );
    await bus.start();
    for (const job of [1, 2, 3, 4]) await bus.publish('jobs', job);
    await flush();
    expect([batches, bus.size, bus.pending]).toEqual([[[1, 2]], 2, 2]);
    await jest.advanceTimersByTimeAsync(50);
    expect([batches, bus.size, bus.pending]).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      0,
      2,
    ]);
    await jest.advanceTimersByTimeAsync(50);
    expect(bus.pending).toBe(0);
    expect(reports).toEqual([
      [timeout, 0],
      [timeout, 2],
    ]);
    await bus.stop();
  });

  it('has no limit when it is called directly (N11)', async () => {
    const { bus, work, calls, reports } = await makeWork({ timeoutMs: 50 });
    const called = work('direct');
    await jest.advanceTimersByTimeAsync(1_000);
    expect([reports, calls.length]).toEqual([[], 1]);
    calls[0]?.outcome.resolve();
    await called;
    await bus.stop();
  });

  it('makes room for a waiting publish when it times out (N11, B2)', async () => {
    const { bus, publish, started } = await makeWork({ timeoutMs: 50, concurrency: 1, limit: 1 });
    await publish('a', 'b');
    const published = jest.fn();
    void bus.publish('jobs', 'c').then(published);
    await flush();
    expect([bus.size, published.mock.calls.length]).toEqual([2, 0]);
    await jest.advanceTimersByTimeAsync(50);
    expect([started(), bus.size, published.mock.calls.length]).toEqual([['a', 'b'], 1, 1]);
    await jest.advanceTimersByTimeAsync(100);
    await bus.stop();
  });

  it('reports in the async context of the publish', async () => {
    jest.useRealTimers(); // the fake ones do not keep the context
    const request = new AsyncLocalStorage<string>();
    const reported = deferred<unknown>();
    const bus = new SignalBus({ onError: () => reported.resolve(request.getStore()) });
    bus.subscriber(
      'jobs',
      () => {
        request.enterWith('another');
        return new Promise(() => undefined);
      },
      { timeoutMs: 0 },
    );
    await bus.start();
    await request.run('request', () => bus.publish('jobs', 1));
    expect(await reported.promise).toBe('request');
    await bus.stop();
    jest.useFakeTimers();
  });

  it.each<[what: string, timeoutMs: unknown, error: string]>([
    ['a string', '50', 'Expected `timeoutMs` to be a number of milliseconds, 0 or more, got string "50"'],
    ['a negative number', -1, 'Expected `timeoutMs` to be milliseconds, 0 or more, got number -1'],
    ['NaN', NaN, 'Expected `timeoutMs` to be milliseconds, 0 or more, got number NaN'],
  ])('refuses %s', (_what, timeoutMs, error) => {
    const bus = new SignalBus();
    const options = { timeoutMs: timeoutMs as number };
    expect(() => bus.subscriber('jobs', () => undefined, options)).toThrow(error);
    expect(() => bus.batchSubscriber('jobs', () => undefined, options)).toThrow(error);
  });

  it.each([undefined, Infinity])('has no limit with %s (N8)', async (timeoutMs) => {
    const { bus, publish, calls, reports } = await makeWork({ timeoutMs });
    await publish('a');
    expect(jest.getTimerCount()).toBe(0);
    calls[0]?.outcome.resolve();
    await bus.stop();
    expect(reports).toEqual([]);
  });
});

describe('a call that has timed out (N12)', () => {
  it('does not count in `pending`, nor for `idle`', async () => {
    const { bus, publish } = await makeWork({ timeoutMs: 50 });
    await publish('a');
    const idle = jest.fn();
    void bus.idle().then(idle);
    await jest.advanceTimersByTimeAsync(49);
    expect([bus.pending, idle.mock.calls.length]).toEqual([1, 0]);
    await jest.advanceTimersByTimeAsync(1);
    expect([bus.pending, idle.mock.calls.length]).toEqual([0, 1]);
    await bus.idle({ timeoutMs: 0 });
    await bus.stop();
  });

  it('does not hold up a stop, and is not among those that still run', async () => {
    const { bus, publish } = await makeWork({ timeoutMs: 50 });
    bus.subscriber('jobs', async function hang() {
      await new Promise(() => undefined);
    });
    await publish('a');
    await jest.advanceTimersByTimeAsync(50);
    const stopped = rejectionOf(bus.stop({ timeoutMs: 10 }));
    await jest.advanceTimersByTimeAsync(10);
    expect(((await stopped) as BusShutdownError).running).toEqual([{ topic: 'jobs', name: 'hang' }]);
  });

  it('ends the stop that waits for it', async () => {
    const { bus, publish } = await makeWork({ timeoutMs: 50 });
    await publish('a');
    const stopped = jest.fn();
    void bus.stop().then(stopped);
    await jest.advanceTimersByTimeAsync(49);
    expect(stopped).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(stopped).toHaveBeenCalledTimes(1);
  });

  it('reports a late rejection, and drops a late value', async () => {
    const { bus, publish, calls, reports } = await makeWork({ timeoutMs: 50 });
    await publish('a', 'b');
    await jest.advanceTimersByTimeAsync(50);
    calls[0]?.outcome.reject(new Error('late'));
    calls[1]?.outcome.resolve();
    await flush();
    expect(reports).toEqual([
      [timeout, { ...report, position: 0 }],
      [timeout, { ...report, position: 1 }],
      [new Error('late'), { ...report, position: 0 }],
    ]);
    expect([bus.size, bus.pending]).toEqual([0, 0]);
    await bus.stop();
  });

  it('takes no room when it ends late: `concurrency` holds', async () => {
    const { bus, publish, calls, started } = await makeWork({ timeoutMs: 50, concurrency: 1 });
    await publish('a', 'b', 'c');
    await jest.advanceTimersByTimeAsync(50);
    calls[0]?.outcome.resolve();
    await flush();
    expect([started(), bus.size, bus.pending]).toEqual([['a', 'b'], 1, 1]);
    calls[1]?.outcome.resolve();
    await flush();
    calls[2]?.outcome.resolve();
    await bus.stop();
  });

  it('may stop its bus and wait for that', async () => {
    const steps: string[] = [];
    const bus = new SignalBus({ onError: null });
    const go = deferred();
    bus.subscriber(
      'jobs',
      async () => {
        await go.promise;
        await bus.stop();
        steps.push('stopped');
      },
      { timeoutMs: 50 },
    );
    bus.subscriber('jobs', () => new Promise((resolve) => setTimeout(resolve, 100)));
    await bus.start();
    await bus.publish('jobs', 1);
    await jest.advanceTimersByTimeAsync(50);
    go.resolve();
    await jest.advanceTimersByTimeAsync(49);
    expect(steps).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(steps).toEqual(['stopped']);
  });

  it('of an earlier start is reported, and changes no count of the next one (B13)', async () => {
    const { bus, publish, calls, reports } = await makeWork({ timeoutMs: 50, concurrency: 1 });
    await publish('a');
    const stopped = rejectionOf(bus.stop({ timeoutMs: 10 }));
    await jest.advanceTimersByTimeAsync(10);
    expect(await stopped).toMatchObject({ running: [{ topic: 'jobs', name: 'work' }] });
    await bus.start();
    await publish('b');
    expect([bus.size, bus.pending]).toEqual([0, 1]);
    await jest.advanceTimersByTimeAsync(40);
    expect(reports).toEqual([[timeout, { ...report, position: 0 }]]);
    expect([bus.size, bus.pending]).toEqual([0, 1]);
    calls[0]?.outcome.resolve();
    calls[1]?.outcome.resolve();
    await bus.stop();
    expect([bus.size, bus.pending]).toEqual([0, 0]);
  });
});
