import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SignalBus } from '../../src/bus/index.js';
import { RECEIVER_CONNECTED, SignalManager } from '../../src/index.js';
import { deferred, flush } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('SignalBus#start', () => {
  it('delivers what was published before it, in order (B3)', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    bus.subscriber('topic', (payload: number) => received.push(payload));
    for (const payload of [1, 2, 3]) await bus.publish('topic', payload);
    await flush();
    expect(received).toEqual([]);

    await bus.start();
    await flush();

    expect(received).toEqual([1, 2, 3]);
    await bus.stop();
  });

  it('says whether the bus is running', async () => {
    const bus = new SignalBus();
    const states = [bus.running];
    const started = bus.start();
    states.push(bus.running);
    await started;
    const stopped = bus.stop();
    await stopped;
    states.push(bus.running);
    expect(states).toEqual([false, true, false]);
  });

  it('is no wait for who subscribes or declares later: both are live at once (B3)', async () => {
    const bus = new SignalBus();
    const calls: string[] = [];
    await bus.start();
    bus.subscriber('topic', () => calls.push('subscriber'));
    bus.periodicTask({ periodMs: 10 }, () => calls.push('task'));
    await bus.publish('topic', 1);
    await flush();
    expect(calls.sort()).toEqual(['subscriber', 'task']);
    await bus.stop();
  });

  it('delivers without any timer (B3)', async () => {
    const bus = new SignalBus();
    const received: number[] = [];
    bus.subscriber('a', (payload: number) => bus.publish('b', payload + 1), { concurrency: 1 });
    bus.subscriber('b', (payload: number) => received.push(payload), { concurrency: 1 });
    await bus.start();
    await bus.publish('a', 1);
    await flush();
    expect({ received, timers: jest.getTimerCount() }).toEqual({ received: [2], timers: 0 });
    await bus.stop();
  });
});

describe('the abort signal of a subscription', () => {
  it('ends it; what its queue held is handled first (B3)', async () => {
    const bus = new SignalBus();
    const abort = new AbortController();
    const hand = deferred();
    const received: number[] = [];
    const work = (payload: number): Promise<void> => {
      received.push(payload);
      return hand.promise;
    };
    bus.subscriber('topic', work, { concurrency: 1, limit: 1, abortSignal: abort.signal });
    await bus.start();
    await bus.publish('topic', 1);
    await bus.publish('topic', 2);
    const waiting = bus.publish('topic', 3);

    abort.abort();
    await bus.publish('topic', 4);
    hand.resolve();
    await waiting;
    await bus.stop();

    expect(received).toEqual([1, 2, 3]);
  });

  it('makes it deliver the batch that it gathers', async () => {
    const bus = new SignalBus();
    const abort = new AbortController();
    const batches: number[][] = [];
    bus.batchSubscriber('topic', (batch: number[]) => batches.push(batch), { abortSignal: abort.signal });
    await bus.start();
    await bus.publish('topic', 1);
    abort.abort();
    await flush();
    expect(batches).toEqual([[1]]);
    await bus.stop();
  });

  it('ends it also while it is being connected', async () => {
    const manager = new SignalManager();
    const bus = new SignalBus({ manager });
    const abort = new AbortController();
    manager.connect(() => abort.abort(), RECEIVER_CONNECTED);
    const fn = jest.fn();
    bus.subscriber('topic', fn, { abortSignal: abort.signal });
    await bus.run(() => bus.publish('topic', 1));
    expect({ calls: fn.mock.calls, signals: manager.signals() }).toEqual({ calls: [], signals: [] });
  });

  it('that is aborted already subscribes nothing, and declares nothing (B3)', async () => {
    const bus = new SignalBus();
    const fn = jest.fn();
    const abortSignal = AbortSignal.abort();
    bus.subscriber('topic', fn, { abortSignal });
    bus.periodicTask({ periodMs: 1, abortSignal }, fn);
    await bus.run(() => bus.publish('topic', 1));
    expect(fn).not.toHaveBeenCalled();
  });
});

describe('a subscriber that fails (B4)', () => {
  it('is reported with topic, name and position; the next payload is handled, and the stop goes on', async () => {
    const reports: unknown[] = [];
    const bus = new SignalBus({ onError: (error, report) => reports.push([error, report]) });
    const received: number[] = [];
    function store(payload: number): Promise<void> | undefined {
      received.push(payload);
      if (payload === 2) throw 'thrown';
      return payload === 3 ? Promise.reject('rejected') : undefined;
    }
    bus.subscriber('rows', store, { concurrency: 1 });
    await bus.run(async () => {
      for (const payload of [1, 2, 3, 4]) await bus.publish('rows', payload);
    });
    const report = { topic: 'rows', source: 'subscriber', name: 'store' };
    expect(received).toEqual([1, 2, 3, 4]);
    expect(reports).toEqual([
      ['thrown', { ...report, position: 1 }],
      ['rejected', { ...report, position: 2 }],
    ]);
  });

  it('counts the payloads of batches', async () => {
    const positions: unknown[] = [];
    const bus = new SignalBus({ onError: (_error, { position }) => positions.push(position) });
    bus.batchSubscriber('rows', () => Promise.reject('expected'), { maxItems: 2 });
    await bus.run(async () => {
      for (const payload of [1, 2, 3, 4, 5]) await bus.publish('rows', payload);
    });
    expect(positions).toEqual([0, 2, 4]);
  });

  it('goes to console.error by default, and to nobody with null', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    for (const bus of [new SignalBus(), new SignalBus({ onError: null })]) {
      bus.subscriber('rows', function store() {
        throw 'expected';
      });
      await bus.run(() => bus.publish('rows', 1));
    }
    expect(printed.mock.calls).toEqual([['Failure in subscriber store of topic "rows" after 0 payloads:', 'expected']]);
    printed.mockRestore();
  });

  it.each([
    [
      'throws',
      () => {
        throw 'unexpected';
      },
    ],
    ['rejects', (): unknown => Promise.reject('unexpected')],
  ])('is harmless with an onError that %s', async (_what, onError) => {
    const bus = new SignalBus({ onError });
    const received: number[] = [];
    bus.subscriber('rows', (payload: number) => {
      received.push(payload);
      throw 'expected';
    });
    await bus.run(async () => {
      await bus.publish('rows', 1);
      await bus.publish('rows', 2);
    });
    await flush();
    expect(received).toEqual([1, 2]);
  });

  it('may return anything: a thenable that fails, or whose `then` throws when it is looked at', async () => {
    const errors: unknown[] = [];
    const bus = new SignalBus({ onError: (error) => errors.push(error) });
    const thenables: object[] = [
      { then: (_: unknown, reject: (reason: string) => void) => reject('rejecting') },
      {
        get then(): never {
          throw 'then';
        },
      },
    ];
    bus.subscriber('rows', (index: number) => thenables[index], { concurrency: 1 });
    await bus.run(async () => {
      await bus.publish('rows', 0);
      await bus.publish('rows', 1);
    });
    expect(errors).toEqual(['rejecting', 'then']);
  });
});
