import { describe, expect, it } from '@jest/globals';
import { SignalBus } from '../../src/bus/index.js';
import { rejectionOf } from '../helpers/promises.js';

function busWithSubscriber() {
  const bus = new SignalBus({ onError: null });
  const received: unknown[] = [];
  bus.subscriber('topic', (payload: unknown) => received.push(payload));
  return { bus, received };
}

describe('SignalBus#publisher', () => {
  it('publishes what the function resolves to, and gives it to the caller (B1)', async () => {
    const { bus, received } = busWithSubscriber();
    const double = bus.publisher('topic', async (value: number) => value * 2);

    expect(await bus.run(() => double(21))).toBe(42);

    expect(received).toEqual([42]);
  });

  it('publishes what a sync function returns, at every call (B1)', async () => {
    const { bus, received } = busWithSubscriber();
    const double = bus.publisher('topic', (value: number) => value * 2);

    await bus.run(async () => {
      await double(1);
      await double(2);
    });

    expect(received).toEqual([2, 4]);
  });

  it('publishes undefined, too (B1)', async () => {
    const { bus, received } = busWithSubscriber();

    await bus.run(bus.publisher('topic', () => undefined));

    expect(received).toStrictEqual([undefined]);
  });

  it('publishes nothing when the function fails, and the caller gets the error (B1)', async () => {
    const { bus, received } = busWithSubscriber();
    const error = new Error('expected');
    const rejecting = bus.publisher('topic', async () => Promise.reject(error));
    const throwing = bus.publisher('topic', () => {
      throw error;
    });

    await bus.run(async () => {
      expect(await rejectionOf(rejecting())).toBe(error);
      expect(await rejectionOf(throwing())).toBe(error);
    });

    expect(received).toEqual([]);
  });

  it('needs no running bus: what it publishes is kept (B1, B3)', async () => {
    const { bus, received } = busWithSubscriber();

    await bus.publisher('topic', () => 'early')();
    expect(received).toEqual([]);

    await bus.run(() => undefined);
    expect(received).toEqual(['early']);
  });
});
