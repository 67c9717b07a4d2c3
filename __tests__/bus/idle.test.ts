import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DrainTimeoutError } from '../../src/index.js';
import { type BusShutdownError, SignalBus, type SubscriberOptions } from '../../src/bus/index.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  await flush();
});

/** A bus with a subscriber `work` that ends when told so. */
function makeBus(topic = 'jobs', options: SubscriberOptions = {}) {
  const bus = new SignalBus({ onError: null });
  const done = deferred();
  bus.subscriber(
    topic,
    async function work() {
      await done.promise;
    },
    options,
  );
  return { bus, finish: done.resolve };
}

const countsOf = ({ size, pending }: SignalBus): unknown => ({ size, pending });

/** Whether `idle` has resolved. */
function watchIdle(bus: SignalBus): () => Promise<boolean> {
  let resolved = false;
  void bus.idle().then(() => (resolved = true));
  return async () => {
    await flush();
    return resolved;
  };
}

describe('SignalBus#size and #pending (N14)', () => {
  it('count payloads that are kept, waiting and handled', async () => {
    const { bus, finish } = makeBus('jobs', { concurrency: 1, limit: 2 });
    expect(countsOf(bus)).toEqual({ size: 0, pending: 0 });
    for (const job of [1, 2]) await bus.publish('jobs', job);
    void bus.publish('jobs', 3);
    expect(countsOf(bus)).toEqual({ size: 3, pending: 0 });
    await bus.start();
    expect(countsOf(bus)).toEqual({ size: 2, pending: 1 });
    void bus.publish('jobs', 4);
    expect(countsOf(bus)).toEqual({ size: 3, pending: 1 });
    finish();
    await bus.stop();
    expect(countsOf(bus)).toEqual({ size: 0, pending: 0 });
  });

  it('count a payload once per subscriber, and only those of this bus', async () => {
    const { bus, finish } = makeBus();
    const other = makeBus();
    bus.subscriber('jobs', () => undefined);
    bus.connect(other.bus);
    await bus.publish('jobs', 1);
    expect([bus, other.bus].map(countsOf)).toEqual([
      { size: 2, pending: 0 },
      { size: 1, pending: 0 },
    ]);
    finish();
    other.finish();
    await bus.run(() => undefined);
  });

  it('do not count runs of periodic tasks', async () => {
    const bus = new SignalBus();
    const run = deferred();
    bus.periodicTask({ periodMs: 10 }, () => run.promise);
    await bus.start();
    await flush();
    expect(countsOf(bus)).toEqual({ size: 0, pending: 0 });
    await bus.idle({ timeoutMs: 0 });
    run.resolve();
    await bus.stop();
  });

  it('count payloads of an ending subscription until it is done', async () => {
    const controller = new AbortController();
    const { bus, finish } = makeBus('jobs', { concurrency: 1, abortSignal: controller.signal });
    await bus.start();
    for (const job of [1, 2]) await bus.publish('jobs', job);
    controller.abort();
    await bus.publish('jobs', 3);
    expect(countsOf(bus)).toEqual({ size: 1, pending: 1 });
    finish();
    await bus.stop();
  });

  it('do not count what a full queue drops', async () => {
    for (const overflow of ['drop-oldest', 'drop-newest', 'throw'] as const) {
      const { bus, finish } = makeBus('jobs', { limit: 1, overflow });
      await Promise.allSettled([1, 2, 3].map((job) => bus.publish('jobs', job)));
      expect(countsOf(bus)).toEqual({ size: 1, pending: 0 });
      finish();
      await bus.run(() => undefined);
    }
  });

  it('are 0 after a stop that gave up', async () => {
    const { bus } = makeBus('jobs', { concurrency: 1 });
    await bus.start();
    for (const job of [1, 2]) await bus.publish('jobs', job);
    const idle = watchIdle(bus);
    const stopped = rejectionOf(bus.stop({ timeoutMs: 5 }));
    await jest.advanceTimersByTimeAsync(5);
    expect(((await stopped) as BusShutdownError).undelivered.length).toBe(1);
    expect(countsOf(bus)).toEqual({ size: 0, pending: 0 });
    expect(await idle()).toBe(true);
  });
});

describe('SignalBus#idle (N13)', () => {
  it('resolves at once if nothing waits or is handled', async () => {
    await new SignalBus().idle({ timeoutMs: 0 });
  });

  it('resolves when all subscribers are done, those that they publish to as well', async () => {
    const { bus, finish } = makeBus('second');
    const first = deferred();
    bus.subscriber('first', async () => {
      await first.promise;
      await bus.publish('second', 1);
    });
    await bus.start();
    await bus.publish('first', 1);
    const idle = watchIdle(bus);
    expect(await idle()).toBe(false);
    first.resolve();
    expect(await idle()).toBe(false);
    finish();
    expect(await idle()).toBe(true);
    await bus.stop();
  });

  it('waits for payloads that are kept until the start', async () => {
    const { bus, finish } = makeBus();
    finish();
    await bus.publish('jobs', 1);
    const idle = watchIdle(bus);
    expect(await idle()).toBe(false);
    await bus.start();
    expect(await idle()).toBe(true);
    await bus.stop();
  });

  it('waits for a batch that is not yet due', async () => {
    const bus = new SignalBus();
    bus.batchSubscriber('jobs', () => undefined, { maxWaitMs: 100 });
    await bus.start();
    await bus.publish('jobs', 1);
    const idle = watchIdle(bus);
    await jest.advanceTimersByTimeAsync(99);
    expect(await idle()).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await idle()).toBe(true);
    await bus.stop();
  });

  it('has heard of the last failure when it resolves', async () => {
    const steps: unknown[] = [];
    const bus = new SignalBus({ onError: (error) => steps.push(error) });
    bus.subscriber('jobs', () => Promise.reject(new Error('refused')));
    await bus.start();
    await bus.publish('jobs', 1);
    await bus.idle();
    expect(steps).toEqual([new Error('refused')]);
    await bus.stop();
  });

  it.each<[how: string, join: (a: SignalBus, b: SignalBus) => unknown]>([
    ['a child', (a, b) => a.connect(b)],
    ['the parent', (a, b) => b.connect(a)],
    ['a bus joined through another', (a, b) => a.connect(new SignalBus().connect(b))],
  ])('waits for %s, too, also if it is joined later', async (_how, join) => {
    const { bus, finish } = makeBus('jobs');
    const other = makeBus('others');
    await bus.start();
    await other.bus.start();
    await bus.publish('jobs', 1);
    const idle = watchIdle(bus);
    join(bus, other.bus);
    await other.bus.publish('others', 1);
    finish();
    expect(await idle()).toBe(false);
    other.finish();
    expect(await idle()).toBe(true);
    await Promise.all([bus.stop(), other.bus.stop()]);
  });

  it('rejects after `timeoutMs` with the names of the subscribers that are not done', async () => {
    const { bus, finish } = makeBus();
    const child = makeBus('others');
    bus.connect(child.bus);
    bus.subscriber('jobs', function done() {});
    bus.subscriber('others', async function save() {
      await new Promise((resolve) => setTimeout(resolve, 500));
    });
    bus.periodicTask({ periodMs: 10_000 }, async function tick() {
      await new Promise((resolve) => setTimeout(resolve, 500));
    });
    await bus.start();
    await bus.publish('jobs', 1);
    await bus.publish('others', 1);
    const waiting = rejectionOf(bus.idle({ timeoutMs: 100 }));
    await jest.advanceTimersByTimeAsync(100);
    const error = await waiting;
    expect(error).toBeInstanceOf(DrainTimeoutError);
    expect(error).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT', timeoutMs: 100, pending: ['work', 'save', 'work'] });
    expect((error as Error).stack).toContain('idle.test.ts');
    finish();
    child.finish();
    const stopped = bus.stop();
    await jest.advanceTimersByTimeAsync(500);
    await stopped;
  });

  it('leaves no timer when it resolves', async () => {
    const { bus, finish } = makeBus();
    await bus.start();
    await bus.publish('jobs', 1);
    const idle = bus.idle({ timeoutMs: 100 });
    expect(jest.getTimerCount()).toBe(1);
    finish();
    await idle;
    expect(jest.getTimerCount()).toBe(0);
    await bus.stop();
  });

  it.each<[what: string, options: unknown, error: string]>([
    ['an unknown option', { timeout: 5 }, 'Unknown option `timeout` of idle; expected one of timeoutMs'],
    ['a number', 5, 'Expected `options` to be an object, got number 5'],
    ['null', null, 'Expected `options` to be an object, got null'],
    ['a string as the time', { timeoutMs: '5' }, 'Expected `timeoutMs` to be a number of milliseconds'],
    ['a negative time', { timeoutMs: -5 }, 'Expected `timeoutMs` to be milliseconds, 0 or more'],
  ])('rejects for %s', async (_what, options, error) => {
    await expect(new SignalBus().idle(options as object)).rejects.toThrow(error);
  });

  it('takes undefined as left out (N8)', async () => {
    await new SignalBus().idle(undefined);
    await new SignalBus().idle({ timeoutMs: undefined });
  });
});

describe('SignalBus#idle inside a subscriber (N13)', () => {
  it('does not wait for that call, but for all others', async () => {
    const { bus, finish } = makeBus('others');
    const steps: string[] = [];
    bus.subscriber('jobs', async () => {
      await bus.publish('others', 1);
      await bus.idle();
      steps.push('inside');
    });
    await bus.start();
    await bus.publish('jobs', 1);
    void bus.idle().then(() => steps.push('outside'));
    await flush();
    expect(steps).toEqual([]);
    finish();
    await flush();
    expect(steps).toEqual(['inside', 'outside']);
    await bus.stop();
  });

  it('does not wait for that batch, nor for calls that wait for `idle`, too', async () => {
    const steps: unknown[] = [];
    const bus = new SignalBus();
    bus.batchSubscriber(
      'jobs',
      async (batch) => {
        await Promise.all([bus.idle(), bus.idle()]);
        steps.push(batch);
      },
      { maxItems: 2 },
    );
    bus.subscriber('jobs', async (job) => {
      await bus.idle();
      steps.push(job);
    });
    await bus.start();
    for (const job of [1, 2]) await bus.publish('jobs', job);
    await bus.idle();
    expect(steps.length).toBe(3);
    expect(steps).toEqual(expect.arrayContaining([1, 2, [1, 2]]));
    await bus.stop();
  });

  it('waits for payloads of the same subscriber', async () => {
    const bus = new SignalBus({ onError: null });
    const errors: unknown[] = [];
    bus.subscriber(
      'jobs',
      async function work(job) {
        if (job === 1) errors.push(await rejectionOf(bus.idle({ timeoutMs: 10 })));
      },
      { concurrency: 1 },
    );
    for (const job of [1, 2]) await bus.publish('jobs', job);
    await bus.start();
    await jest.advanceTimersByTimeAsync(10);
    expect(errors).toMatchObject([{ pending: ['work'] }]);
    await bus.stop();
  });

  it('called after that call has ended, waits like any other', async () => {
    const { bus, finish } = makeBus('others');
    const go = deferred();
    const idle = jest.fn();
    bus.subscriber('jobs', () => {
      void go.promise.then(() => bus.idle()).then(idle);
    });
    await bus.start();
    await bus.publish('jobs', 1);
    await bus.publish('others', 1);
    await flush();
    go.resolve();
    await flush();
    expect(idle).not.toHaveBeenCalled();
    finish();
    await flush();
    expect(idle).toHaveBeenCalledTimes(1);
    await bus.stop();
  });

  it('outlived by its call, waits for nothing less', async () => {
    const { bus, finish } = makeBus('others');
    const idle = jest.fn();
    bus.subscriber('jobs', () => void bus.idle().then(idle));
    await bus.start();
    await bus.publish('others', 1);
    await bus.publish('jobs', 1);
    await flush();
    expect([bus.pending, idle.mock.calls.length]).toEqual([1, 0]);
    finish();
    await flush();
    expect(idle).toHaveBeenCalledTimes(1);
    await bus.stop();
  });

  it('resolves first for the call that has waited longest, if calls wait for each other', async () => {
    const bus = new SignalBus();
    const [asks, ends] = [deferred(), deferred()];
    const steps: string[] = [];
    bus.subscriber('jobs', async (job: string) => {
      if (job === 'second') await asks.promise;
      await bus.idle();
      steps.push(job);
      await ends.promise;
    });
    for (const job of ['first', 'second']) await bus.publish('jobs', job);
    await bus.start();
    await flush();
    expect(steps).toEqual([]);
    asks.resolve();
    await flush();
    expect(steps).toEqual(['first']);
    ends.resolve();
    await flush();
    expect(steps).toEqual(['first', 'second']);
    await bus.stop();
  });

  it('waits for the calls of a later start, if a stop has abandoned its own (B13)', async () => {
    const bus = new SignalBus({ onError: null });
    const [asks, ends] = [deferred(), deferred()];
    const idle = jest.fn();
    bus.subscriber('jobs', async (job: string) => {
      if (job === 'later') return ends.promise;
      await asks.promise;
      await bus.idle();
      idle();
    });
    await bus.start();
    await bus.publish('jobs', 'abandoned');
    const stopped = rejectionOf(bus.stop({ timeoutMs: 10 }));
    await jest.advanceTimersByTimeAsync(10);
    await stopped;
    await bus.start();
    await bus.publish('jobs', 'later');
    asks.resolve();
    await flush();
    expect(idle).not.toHaveBeenCalled();
    ends.resolve();
    await flush();
    expect(idle).toHaveBeenCalledTimes(1);
    await bus.stop();
  });
});
