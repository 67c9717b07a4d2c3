/**
 * The table "asyncio-signal-bus" of guide/coming-from-python.md: the rows that differ from the original. The others are
 * shown by its examples in asyncio-signal-bus.test.ts.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { InjectionError, SignalBus } from '../../src/bus/index.js';
import { rejectionOf } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const forEver = () => new Promise<never>(() => undefined);

describe("@BUS.inject('a', make_a), one for each value → bus.inject({ a: makeA, b: makeB }, fn)", () => {
  const bus = new SignalBus();
  const fn = bus.inject({ a: () => 1, b: async () => 2 }, (values, word: string) => ({ values, word }));

  it('gives one object as the first argument (B8)', async () => {
    expect(await bus.run(() => fn('hello'))).toEqual({ values: { a: 1, b: 2 }, word: 'hello' });
  });

  it('rejects outside of the bus, where the original leaves the argument out (B8)', async () => {
    const error = await rejectionOf(fn('hello'));

    expect(error).toBeInstanceOf(InjectionError);
    expect(error).toMatchObject({ missing: ['a', 'b'] });
  });

  it('takes null and undefined for values, where the original calls the factory for None (B8)', async () => {
    const given = { a: null, b: undefined } as unknown as { a: number; b: number };

    expect(await fn.with(given)('hello')).toEqual({ values: given, word: 'hello' });
  });
});

describe('error_handler= of a subscriber → onError of the bus', () => {
  it('reports the failures of all subscribers and tasks to one function (B4)', async () => {
    const reports: unknown[] = [];
    const bus = new SignalBus({ onError: (error, { topic, name }) => reports.push([String(error), topic, name]) });
    const fail = (): never => {
      throw new Error('no');
    };
    bus.subscriber('a', function first() {
      fail();
    });
    bus.subscriber('b', function second() {
      fail();
    });
    bus.periodicTask({ periodMs: 1_000 }, function task() {
      fail();
    });

    await bus.run(async () => {
      await bus.publish('a', 1);
      await bus.publish('b', 2);
      await jest.advanceTimersByTimeAsync(0);
    });

    // The task's first run is at the start (B7).
    expect(reports).toEqual([
      ['Error: no', undefined, 'task'],
      ['Error: no', 'a', 'first'],
      ['Error: no', 'b', 'second'],
    ]);
  });
});

describe('shutdown_timeout= of a subscriber → shutdownTimeoutMs of the bus, stop({ timeoutMs })', () => {
  it.each([
    ['shutdownTimeoutMs', { shutdownTimeoutMs: 1_000 }, undefined],
    ['timeoutMs', {}, { timeoutMs: 1_000 }],
  ])('%s is one time for the whole stop (B5)', async (_name, options, stopOptions) => {
    const bus = new SignalBus(options);
    bus.subscriber('a', function first() {
      return forEver();
    });
    bus.subscriber('b', function second() {
      return forEver();
    });
    await bus.start();
    await bus.publish('a', 1);
    await bus.publish('b', 2);

    const stopped = rejectionOf(bus.stop(stopOptions));
    await jest.advanceTimersByTimeAsync(1_000);

    expect(await stopped).toMatchObject({
      timeoutMs: 1_000,
      running: [
        { topic: 'a', name: 'first' },
        { topic: 'b', name: 'second' },
      ],
    });
  });
});

describe('BUS.connect(a, b) → bus.connect(a, b)', () => {
  it('joins both ways, also through buses that are joined later (B10)', async () => {
    const [parent, middle, leaf] = [new SignalBus(), new SignalBus(), new SignalBus()];
    const calls: string[] = [];
    parent.subscriber('a', (from: string) => calls.push(`parent from ${from}`));
    leaf.subscriber('a', (from: string) => calls.push(`leaf from ${from}`));
    parent.connect(middle);

    await parent.run(async () => {
      middle.connect(leaf);
      await leaf.publish('a', 'leaf');
      await parent.publish('a', 'parent');
    });

    expect(calls.sort()).toEqual(['leaf from leaf', 'leaf from parent', 'parent from leaf', 'parent from parent']);
    expect([middle.running, leaf.running]).toEqual([false, false]);
  });
});
