import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RedeliverError, memoryEngine } from 'signalbox/bridge';
import type { DurableEngine } from '../../src/bridge/types.js';
import { flush } from '../helpers/promises.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
afterEach(() => void jest.useRealTimers());

const durable = (): DurableEngine => {
  const engine = memoryEngine().durable;
  if (engine === undefined) throw new Error('no durable delivery');
  return engine;
};

describe('durable delivery in memory (H5)', () => {
  it('keeps what was published, though the sender writes over it', async () => {
    const engine = durable();
    const data = Uint8Array.of(1);
    await engine.publish('s', '1', data);
    data[0] = 2;
    const got: number[][] = [];
    await engine.consume('s', 'g', (each) => Promise.resolve(void got.push([...each])));
    await flush();
    expect(got).toEqual([[1]]);
  });

  it('gives what was published before only to the first group, and later messages to each group', async () => {
    const engine = durable();
    const got: string[] = [];
    await engine.publish('s', 'early', new Uint8Array());
    for (const group of ['g', 'h']) {
      await engine.consume('s', group, (_data, id) => Promise.resolve(void got.push(`${group} ${id}`)));
      await flush();
    }
    await engine.publish('s', 'late', new Uint8Array());
    await flush();
    expect(got).toEqual(['g early', 'g late', 'h late']);
  });

  it('delivers a message again once, though members join before and after that', async () => {
    const engine = durable();
    const attempts: unknown[] = [];
    const onMessage = (_data: Uint8Array, _id: string, attempt?: number): Promise<void> => {
      attempts.push(attempt);
      return attempt === 1 ? Promise.reject(new RedeliverError(1_000)) : Promise.resolve();
    };
    const join = async () => {
      await engine.consume('s', 'g', onMessage);
      await flush();
    };
    await engine.publish('s', '1', new Uint8Array());
    await join();
    await join();
    expect(attempts).toEqual([1]);
    jest.advanceTimersByTime(1_000);
    await flush();
    expect(attempts).toEqual([1, 2]);
    await join();
    jest.advanceTimersByTime(60_000);
    await flush();
    expect(attempts).toEqual([1, 2]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
