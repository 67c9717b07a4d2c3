import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type BatchOptions, SignalBus } from '../../src/bus/index.js';
import { flush } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

async function batches(options?: BatchOptions) {
  const bus = new SignalBus();
  const received: number[][] = [];
  const hands: (() => void)[] = [];
  const store = (batch: number[]): Promise<void> => {
    received.push(batch);
    return new Promise((resolve) => hands.push(resolve));
  };
  bus.batchSubscriber('rows', store, options);
  await bus.start();
  const publish = async (...rows: number[]): Promise<void> => {
    for (const row of rows) await bus.publish('rows', row);
    await flush();
  };
  const finish = async (): Promise<void> => {
    for (const hand of hands.splice(0)) hand();
    await flush();
  };
  const stop = async (): Promise<void> => {
    const stopped = bus.stop();
    for (let round = 0; round < 5; round++) {
      await flush();
      await finish();
    }
    await stopped;
  };
  return { bus, received, publish, finish, stop };
}

describe('SignalBus#batchSubscriber', () => {
  it('delivers `maxItems` at once, 10 by default, and never more (B9)', async () => {
    const { received, publish, stop } = await batches();
    await publish(1, 2, 3, 4, 5, 6, 7, 8, 9);
    expect(received).toEqual([]);
    await publish(10, 11);
    expect(received).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
    await stop();
  });

  it('delivers fewer `maxWaitMs` after the first of them, 10,000 by default (B9)', async () => {
    const { received, publish, stop } = await batches();
    await publish(1);
    await jest.advanceTimersByTimeAsync(9_000);
    await publish(2);
    await jest.advanceTimersByTimeAsync(999);
    expect(received).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(received).toEqual([[1, 2]]);
    await publish(3);
    await jest.advanceTimersByTimeAsync(9_999);
    expect(received).toEqual([[1, 2]]);
    await jest.advanceTimersByTimeAsync(1);
    expect(received).toEqual([[1, 2], [3]]);
    await stop();
  });

  it('counts the wait of a batch from its own first payload, also when that waited behind another batch (B9)', async () => {
    const { received, publish, finish, stop } = await batches({ maxItems: 2, maxWaitMs: 100, concurrency: 1 });
    await publish(1, 2, 3);
    await jest.advanceTimersByTimeAsync(60);
    await finish();
    expect(received).toEqual([[1, 2]]);
    await jest.advanceTimersByTimeAsync(39);
    expect(received).toEqual([[1, 2]]);
    await jest.advanceTimersByTimeAsync(1);
    expect(received).toEqual([[1, 2], [3]]);
    await stop();
  });

  it('delivers the rest at once when the bus stops (B9)', async () => {
    const { received, publish, stop } = await batches({ maxItems: 2, concurrency: 1 });
    await publish(1, 2, 3, 4, 5);
    expect(received).toEqual([[1, 2]]);
    await stop();
    expect(received).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('counts payloads, not batches, against the limit; a full queue is delivered without waiting (B2, B9)', async () => {
    const { bus, received, publish, stop } = await batches({ maxItems: 10, limit: 3, concurrency: 1 });
    await publish(1, 2, 3, 4, 5, 6);
    expect(received).toEqual([[1, 2, 3]]);
    let taken = false;
    const waiting = bus.publish('rows', 7).then(() => (taken = true));
    await flush();
    expect(taken).toBe(false);
    await stop();
    await waiting;
    expect(received).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  it('drops the oldest payload, and waits for the rest from their own arrival', async () => {
    const bus = new SignalBus({ onError: null });
    const received: number[][] = [];
    const options: BatchOptions = { limit: 2, maxItems: 5, maxWaitMs: 100, overflow: 'drop-oldest' };
    bus.batchSubscriber('rows', (batch: number[]) => received.push(batch), options);
    for (const row of [1, 2, 3]) await bus.publish('rows', row);
    await bus.run(flush);
    expect(received).toEqual([[2, 3]]);
  });

  it('keeps what came before the start, and its wait counts from then (B3, B9)', async () => {
    const bus = new SignalBus();
    const received: number[][] = [];
    bus.batchSubscriber('rows', (batch: number[]) => received.push(batch), { maxWaitMs: 100 });
    await bus.publish('rows', 1);
    await jest.advanceTimersByTimeAsync(70);
    await bus.start();
    await jest.advanceTimersByTimeAsync(29);
    expect(received).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(received).toEqual([[1]]);
    await bus.stop();
  });

  it('with `maxWaitMs: Infinity` delivers full batches alone, until the stop', async () => {
    const { received, publish, stop } = await batches({ maxItems: 2, maxWaitMs: Infinity });
    await publish(1, 2, 3);
    await jest.advanceTimersByTimeAsync(1_000_000);
    expect(received).toEqual([[1, 2]]);
    await stop();
    expect(received).toEqual([[1, 2], [3]]);
  });
});
