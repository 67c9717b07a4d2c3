import { describe, expect, it } from '@jest/globals';
import { QueueOverflowError, SignalBus, type SubscriberOptions } from '../../src/bus/index.js';
import { deferred, flush, rejectionOf, type Deferred } from '../helpers/promises.js';

/** A running bus whose subscriber finishes a payload when told so. */
async function slowSubscriber(options: SubscriberOptions) {
  const reports: unknown[] = [];
  const bus = new SignalBus({ onError: (error, report) => reports.push([error, report]) });
  const started: number[] = [];
  const hands = new Map<number, Deferred<void>>();
  bus.subscriber(
    'jobs',
    function work(job: number) {
      const hand = deferred();
      started.push(job);
      hands.set(job, hand);
      return hand.promise;
    },
    options,
  );
  await bus.start();
  const finish = async (job: number): Promise<void> => {
    hands.get(job)?.resolve();
    await flush();
  };
  const finishAll = async (): Promise<void> => {
    const stopped = bus.stop();
    for (let open = -1; open !== started.length;) {
      open = started.length;
      for (const hand of hands.values()) hand.resolve();
      await flush();
    }
    await stopped;
  };
  return { bus, started, finish, finishAll, reports };
}

/** Publishes; says whether the publish has resolved. */
function publishing(bus: SignalBus, payload: number): { taken: boolean; promise: Promise<void> } {
  const publish = { taken: false, promise: bus.publish('jobs', payload) };
  publish.promise.then(
    () => (publish.taken = true),
    () => undefined,
  );
  return publish;
}

const report = { topic: 'jobs', source: 'subscriber', name: 'work' };

describe('the queue of a subscriber', () => {
  it('starts all payloads at once, first in first, unless told otherwise (B2)', async () => {
    const { bus, started, finishAll } = await slowSubscriber({});
    for (const job of [1, 2, 3]) await bus.publish('jobs', job);
    await flush();
    expect(started).toEqual([1, 2, 3]);
    await finishAll();
  });

  it('starts no more than `concurrency` at once, and the next when one is done (B2)', async () => {
    const { bus, started, finish, finishAll } = await slowSubscriber({ concurrency: 2 });
    for (const job of [1, 2, 3, 4]) await bus.publish('jobs', job);
    await flush();
    expect(started).toEqual([1, 2]);
    await finish(2);
    expect(started).toEqual([1, 2, 3]);
    await finishAll();
    expect(started).toEqual([1, 2, 3, 4]);
  });

  it('is each subscriber’s own: a slow one holds up no other (B2)', async () => {
    const { bus, started, finishAll } = await slowSubscriber({ concurrency: 1 });
    const seen: number[] = [];
    bus.subscriber('jobs', (job: number) => seen.push(job));
    for (const job of [1, 2, 3]) await bus.publish('jobs', job);
    await flush();
    expect({ started, seen }).toEqual({ started: [1], seen: [1, 2, 3] });
    await finishAll();
  });

  it('makes publish wait when `limit` payloads wait, first come first (B2)', async () => {
    const { bus, started, finish, finishAll } = await slowSubscriber({ concurrency: 1, limit: 2 });
    const publishes = [1, 2, 3, 4, 5].map((job) => publishing(bus, job));
    const taken = () => publishes.map((publish) => publish.taken);
    await flush();
    expect(taken()).toEqual([true, true, true, false, false]);
    await finish(1);
    expect(taken()).toEqual([true, true, true, true, false]);
    await finishAll();
    expect({ started, taken: taken() }).toEqual({ started: [1, 2, 3, 4, 5], taken: [true, true, true, true, true] });
  });

  it('makes a publisher wait, too (B2)', async () => {
    const { bus, finish, finishAll } = await slowSubscriber({ concurrency: 1, limit: 1 });
    const produce = bus.publisher('jobs', (job: number) => job);
    await produce(1);
    await produce(2);
    let returned = false;
    const third = produce(3).then(() => (returned = true));
    await flush();
    expect(returned).toBe(false);
    await finish(1);
    expect(returned).toBe(true);
    await finishAll();
    await third;
  });

  it('counts what waits before the start against the limit (B2, B3)', async () => {
    const bus = new SignalBus();
    const seen: number[] = [];
    bus.subscriber('jobs', (job: number) => seen.push(job), { limit: 1 });
    const publishes = [1, 2].map((job) => publishing(bus, job));
    await flush();
    expect(publishes.map(({ taken }) => taken)).toEqual([true, false]);
    await bus.run(() => undefined);
    expect(seen).toEqual([1, 2]);
  });

  it('drops the oldest with `drop-oldest`, and reports it (B2)', async () => {
    const { bus, started, finishAll, reports } = await slowSubscriber({
      concurrency: 1,
      limit: 2,
      overflow: 'drop-oldest',
    });
    for (const job of [1, 2, 3, 4]) await bus.publish('jobs', job);
    await finishAll();
    expect(started).toEqual([1, 3, 4]);
    expect(reports).toEqual([[expect.any(QueueOverflowError), { ...report, position: 1 }]]);
  });

  describe('whose `drop-oldest` reports to an `onError` that acts (B2)', () => {
    it('has made the drop before: a start neither handles the dropped payload nor forgets the new one (B5, N14)', async () => {
      const done: number[] = [];
      const drops: unknown[] = [];
      const hand = deferred();
      const bus = new SignalBus({
        onError: (error) => {
          drops.push(error);
          void bus.start();
        },
      });
      const work = (job: number) => hand.promise.then(() => done.push(job));
      bus.subscriber('jobs', work, { limit: 2, overflow: 'drop-oldest' });
      for (const job of [1, 2, 3]) await bus.publish('jobs', job);
      expect({ size: bus.size, pending: bus.pending }).toEqual({ size: 0, pending: 2 });
      const stopped = bus.stop();
      await flush();
      expect(bus.running).toBe(true);
      hand.resolve();
      await stopped;
      expect({ done, drops: drops.length, pending: bus.pending }).toEqual({ done: [2, 3], drops: 1, pending: 0 });
    });

    it('drops the next oldest for a payload that `onError` publishes, and each once', async () => {
      const seen: string[] = [];
      let reports = 0;
      const bus = new SignalBus({
        onError: () => {
          reports += 1;
          if (reports === 1) void bus.publish('jobs', 'reported');
        },
      });
      bus.subscriber('jobs', (job: string) => seen.push(job), { limit: 2, overflow: 'drop-oldest' });
      for (const job of ['a', 'b', 'c']) await bus.publish('jobs', job);
      expect({ reports, size: bus.size }).toEqual({ reports: 2, size: 2 });
      await bus.run(() => undefined);
      expect(seen).toEqual(['c', 'reported']);
    });
  });

  it('drops the newest with `drop-newest`, and reports it (B2)', async () => {
    const { bus, started, finishAll, reports } = await slowSubscriber({
      concurrency: 1,
      limit: 2,
      overflow: 'drop-newest',
    });
    for (const job of [1, 2, 3]) await bus.publish('jobs', job);
    await flush();
    await bus.publish('jobs', 4);
    await finishAll();
    expect(started).toEqual([1, 2, 3]);
    expect(reports).toEqual([[expect.any(QueueOverflowError), { ...report, position: 1 }]]);
  });

  it('with `throw` fails the publish, after the other subscribers have got the payload (B2)', async () => {
    const { bus, started, finishAll, reports } = await slowSubscriber({ concurrency: 1, limit: 1, overflow: 'throw' });
    const seen: number[] = [];
    bus.subscriber('jobs', (job: number) => seen.push(job));
    await bus.publish('jobs', 1);
    await bus.publish('jobs', 2);

    const error = await rejectionOf(bus.publish('jobs', 3));
    expect(error).toMatchObject({ name: 'QueueOverflowError', code: 'ERR_QUEUE_OVERFLOW', limit: 1 });
    expect(await rejectionOf(bus.publisher('jobs', () => 4)())).toBeInstanceOf(QueueOverflowError);

    await finishAll();
    expect({ started, seen, reports }).toEqual({ started: [1, 2], seen: [1, 2, 3, 4], reports: [] });
  });

  it('does not need a deeper stack for a subscriber that publishes to itself', async () => {
    const bus = new SignalBus();
    let calls = 0;
    bus.subscriber('countdown', (left: number) => {
      calls += 1;
      if (left > 0) void bus.publish('countdown', left - 1);
    });
    await bus.run(() => bus.publish('countdown', 100_000));
    expect(calls).toBe(100_001);
  });

  it('never runs a subscriber within the code of a publisher', async () => {
    const bus = new SignalBus();
    const calls: string[] = [];
    bus.subscriber('topic', () => calls.push('subscriber'));
    await bus.start();
    const published = bus.publish('topic', 1);
    calls.push('publisher');
    await published;
    await bus.stop();
    expect(calls).toEqual(['publisher', 'subscriber']);
  });
});
