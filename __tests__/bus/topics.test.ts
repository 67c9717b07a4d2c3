import { describe, expect, it } from '@jest/globals';
import { QueueOverflowError, SignalBus, topic } from '../../src/bus/index.js';
import { ANY, Signal, SignalManager } from '../../src/index.js';
import { flush, rejectionOf } from '../helpers/promises.js';

function collect(bus: SignalBus, of: Parameters<SignalBus['subscriber']>[0]): unknown[] {
  const received: unknown[] = [];
  bus.subscriber(of, (payload: unknown) => received.push(payload));
  return received;
}

describe('a topic', () => {
  it('is known by its name: the name itself, and every topic of that name, are one (B2)', async () => {
    const bus = new SignalBus();
    const received = [collect(bus, 'a'), collect(bus, topic('a')), collect(bus, topic('b'))];
    await bus.run(async () => {
      await bus.publish('a', 1);
      await bus.publish(topic<number>('a'), 2);
    });
    expect(received).toEqual([[1, 2], [1, 2], []]);
  });

  it('may be a Signal, by identity and whatever its name (B2)', async () => {
    const bus = new SignalBus();
    const [one, other] = [new Signal({ name: 'a' }), new Signal({ name: 'a' })];
    const received = [collect(bus, one), collect(bus, other), collect(bus, 'a')];
    await bus.run(() => bus.publish(one, 1));
    expect(received).toEqual([[1], [], []]);
  });

  it('is a signal of the manager: receivers, ANY and inspection see it (B2)', async () => {
    const manager = new SignalManager();
    const bus = new SignalBus({ manager });
    const calls: unknown[] = [];
    bus.subscriber('a', function store() {});
    manager.signal<{ payload: number }>('a').connect((kwargs) => calls.push(kwargs));
    manager.connect((kwargs, { signal }) => calls.push([kwargs, signal]), ANY);

    await bus.publish('a', 1);

    const signal = manager.signal('a');
    expect(calls).toEqual([{ payload: 1 }, [{ payload: 1 }, signal]]);
    expect(manager.signals()).toEqual([signal]);
    expect(manager.explain(signal).map(({ name }) => name)).toEqual(['store', '(anonymous)', '(anonymous)']);
  });

  it('does not wait for plain receivers, nor fail with them (B2)', async () => {
    const errors: unknown[] = [];
    const manager = new SignalManager({ onError: (error) => errors.push(error) });
    const bus = new SignalBus({ manager });
    const received = collect(bus, 'a');
    manager.signal('a').connect(() => new Promise(() => undefined));
    manager.signal('a').connect(() => {
      throw 'expected';
    });
    await bus.run(() => bus.publish('a', 1));
    expect({ received, errors }).toEqual({ received: [1], errors: ['expected'] });
  });

  it('takes what is sent on its signal: the send waits for room, or has the failure in its results (B2)', async () => {
    const manager = new SignalManager({ onError: null });
    const bus = new SignalBus({ manager });
    const received: unknown[] = [];
    const wait = (payload: unknown): void => void received.push(['wait', payload]);
    bus.subscriber('wait', wait, { limit: 1 });
    bus.subscriber('throw', () => undefined, { limit: 1, overflow: 'throw' });
    const send = (name: string, payload: number) => manager.signal<{ payload: number }>(name).send({ payload });

    await send('wait', 1);
    let settled = false;
    const waiting = send('wait', 2).then(() => (settled = true));
    await send('throw', 1);
    const [refused] = await send('throw', 2);

    expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(QueueOverflowError) });
    await flush();
    expect(settled).toBe(false);
    await bus.run(() => waiting);
    expect(received).toEqual([
      ['wait', 1],
      ['wait', 2],
    ]);
  });

  it('does not blame a publish for what a plain receiver sends meanwhile', async () => {
    const manager = new SignalManager({ onError: null });
    const bus = new SignalBus({ manager });
    bus.subscriber('full', () => undefined, { limit: 1, overflow: 'throw' });
    await bus.publish('full', 1);
    manager.signal('a').connect(() => manager.signal<{ payload: number }>('full').emit({ payload: 2 }));
    await expect(bus.publish('a', 1)).resolves.toBeUndefined();
  });

  it('waits for its own queues, whatever a plain receiver publishes meanwhile', async () => {
    const manager = new SignalManager();
    const bus = new SignalBus({ manager });
    manager.signal('a').connect(() => void bus.publish('b', 1));
    bus.subscriber('a', () => undefined, { limit: 1 });
    await bus.publish('a', 1);
    let taken = false;
    const waiting = bus.publish('a', 2).then(() => (taken = true));
    await flush();
    expect(taken).toBe(false);
    await bus.run(() => waiting);
  });

  it('is shared by buses that were given one manager (B2)', async () => {
    const manager = new SignalManager();
    const [one, other] = [new SignalBus({ manager }), new SignalBus({ manager })];
    const received = collect(other, 'a');
    await other.run(() => one.publish('a', 1));
    expect(received).toEqual([1]);
  });

  it('makes publish reject when its manager is closed', async () => {
    const manager = new SignalManager();
    const bus = new SignalBus({ manager });
    await manager.close();
    expect(await rejectionOf(bus.publish('a', 1))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });
});
