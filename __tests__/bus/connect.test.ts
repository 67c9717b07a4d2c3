import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SignalBus } from '../../src/bus/index.js';
import { Signal } from '../../src/index.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function collecting(of: string | Signal = 'topic') {
  const bus = new SignalBus();
  const received: unknown[] = [];
  bus.subscriber(of, (payload: unknown) => received.push(payload));
  return { bus, received };
}

describe('SignalBus#connect', () => {
  it('shares topics both ways, live and transitively (B10)', async () => {
    const [a, b, c] = [collecting(), collecting(), collecting()];
    a.bus.connect(b.bus);
    b.bus.connect(c.bus);
    await a.bus.run(async () => {
      await a.bus.publish('topic', 'from a');
      await c.bus.publish('topic', 'from c');
    });
    for (const { received } of [a, b, c]) expect(received).toEqual(['from a', 'from c']);
  });

  it('shares topics that are declared later, and Signals', async () => {
    const a = new SignalBus();
    const b = new SignalBus();
    const signal = new Signal({ name: 'signal' });
    expect(a.connect(b)).toBe(a);
    const received: unknown[] = [];
    b.subscriber(signal, (payload: unknown) => received.push(payload));
    await a.run(() => a.publish(signal, 1));
    expect(received).toEqual([1]);
  });

  it('joins several, and joins networks', async () => {
    const buses = [collecting(), collecting(), collecting(), collecting()] as const;
    buses[0].bus.connect(buses[1].bus);
    buses[2].bus.connect(buses[3].bus);
    buses[0].bus.connect(buses[2].bus, buses[3].bus);
    await buses[0].bus.run(() => buses[3].bus.publish('topic', 1));
    expect(buses.map(({ received }) => received)).toEqual([[1], [1], [1], [1]]);
  });

  it('starts and stops all with the parent, and not the parent with a child (B10)', async () => {
    const [parent, child, grandchild] = [new SignalBus(), new SignalBus(), new SignalBus()];
    parent.connect(child);
    child.connect(grandchild);
    const running = () => [parent, child, grandchild].map((bus) => bus.running);
    await child.start();
    expect(running()).toEqual([false, true, true]);
    await parent.start();
    expect(running()).toEqual([true, true, true]);
    await child.stop();
    expect(running()).toEqual([true, false, false]);
    await parent.start();
    expect(running()).toEqual([true, true, true]);
    await parent.stop();
    expect(running()).toEqual([false, false, false]);
  });

  it('drains all together: what one still does may be work for another (B5, B10)', async () => {
    const [parent, child] = [new SignalBus(), new SignalBus()];
    parent.connect(child);
    const received: string[] = [];
    child.subscriber('a', async (payload: string) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await child.publish('b', payload);
    });
    parent.subscriber('b', (payload: string) => received.push(payload));
    await parent.start();
    await parent.publish('a', 'payload');
    const stopped = parent.stop();
    await jest.advanceTimersByTimeAsync(100);
    await stopped;
    expect(received).toEqual(['payload']);
  });

  it('names what is left on all of them when the stop gives up', async () => {
    const [parent, child] = [new SignalBus(), new SignalBus()];
    parent.connect(child);
    const hand = deferred();
    child.subscriber(
      'a',
      function slow() {
        return hand.promise;
      },
      { concurrency: 1 },
    );
    await parent.start();
    await parent.publish('a', 1);
    await parent.publish('a', 2);
    const outcome = rejectionOf(parent.stop({ timeoutMs: 10 }));
    await jest.advanceTimersByTimeAsync(10);
    expect(await outcome).toMatchObject({
      undelivered: [{ topic: 'a', subscriber: 'slow', payloads: [2] }],
      running: [{ topic: 'a', name: 'slow' }],
    });
    hand.resolve();
    await flush();
  });

  it('rejects with its own error, when all have stopped, also when an earlier stop of a child gave up before (B5)', async () => {
    const [parent, child] = [new SignalBus(), new SignalBus()];
    parent.connect(child);
    const hand = deferred();
    const work = () => hand.promise;
    parent.subscriber('a', work, { concurrency: 1 });
    child.subscriber('a', work, { concurrency: 1 });
    await parent.start();
    for (const payload of [1, 2]) await parent.publish('a', payload);
    const outcomes = [rejectionOf(child.stop({ timeoutMs: 10 })), rejectionOf(parent.stop({ timeoutMs: 100 }))];
    let stopped = false;
    void outcomes[1]?.then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(99);
    expect(stopped).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    const undelivered = [{ topic: 'a', subscriber: 'work', payloads: [2] }];
    expect(await Promise.all(outcomes)).toMatchObject([
      { timeoutMs: 10, undelivered },
      { timeoutMs: 100, undelivered },
    ]);
    hand.resolve();
    await flush();
  });

  it('starts who joins a running bus (B10)', async () => {
    const parent = new SignalBus();
    const child = collecting();
    await child.bus.publish('topic', 'early');
    await parent.start();
    parent.connect(child.bus);
    await flush();
    expect({ received: child.received, running: child.bus.running }).toEqual({ received: ['early'], running: true });
    await parent.stop();
  });

  it('takes a cycle, the same bus twice and itself as no-ops (B10)', async () => {
    const [a, b] = [collecting(), collecting()];
    a.bus.connect(b.bus, b.bus, a.bus);
    b.bus.connect(a.bus);
    await b.bus.start();
    expect([a.bus.running, b.bus.running]).toEqual([false, true]);
    await a.bus.start();
    await a.bus.publish('topic', 1);
    await a.bus.stop();
    expect([a.received, b.received]).toEqual([[1], [1]]);
    expect([a.bus.running, b.bus.running]).toEqual([false, false]);
  });

  it('lets a subscriber of a child stop the parent', async () => {
    const [parent, child] = [new SignalBus(), new SignalBus()];
    parent.connect(child);
    const steps: string[] = [];
    child.subscriber('quit', async () => {
      await flush();
      await parent.stop();
      steps.push('quit');
    });
    await parent.start();
    await parent.publish('quit', 1);
    await flush();
    await parent.stop();
    expect({ steps, running: [parent.running, child.running] }).toEqual({ steps: ['quit'], running: [false, false] });
  });

  /** A parent and its child that are being stopped together, and take 100 ms. */
  async function stoppingFamily() {
    const [parent, child] = [new SignalBus(), new SignalBus()];
    parent.connect(child);
    parent.subscriber('slow', () => new Promise((resolve) => setTimeout(resolve, 100)));
    await parent.start();
    await parent.publish('slow', 1);
    const stopped = parent.stop();
    return { parent, child, stopped };
  }

  it.each<[string, (parent: SignalBus, child: SignalBus) => Promise<void>[], boolean[]]>([
    ['the child starts, the parent stops', (parent, child) => [child.start(), parent.stop()], [false, false]],
    ['the parent starts, the child stops', (parent, child) => [parent.start(), child.stop()], [true, false]],
    ['the parent stops, the child starts', (parent, child) => [parent.stop(), child.start()], [false, true]],
    ['the child stops, the parent starts', (parent, child) => [child.stop(), parent.start()], [true, true]],
  ])('during a stop, whoever is called last decides for each bus: %s (B6, B10)', async (_what, call, running) => {
    const { parent, child, stopped } = await stoppingFamily();
    const calls = call(parent, child);
    await jest.advanceTimersByTimeAsync(100);
    await Promise.all([stopped, ...calls]);
    expect([parent.running, child.running]).toEqual(running);
    await Promise.all([parent.stop(), child.stop()]);
  });

  it('does not start who joins once the parent has been stopped', async () => {
    const [parent, child] = [new SignalBus(), new SignalBus()];
    child.subscriber('slow', () => new Promise((resolve) => setTimeout(resolve, 100)));
    await Promise.all([parent.start(), child.start()]);
    await child.publish('slow', 1);
    const childStopped = child.stop();
    parent.connect(child); // which has to wait for that stop
    const parentStopped = parent.stop();
    await jest.advanceTimersByTimeAsync(100);
    await Promise.all([childStopped, parentStopped]);
    expect([parent.running, child.running]).toEqual([false, false]);
  });

  it('does not start who joins while the parent stops (B10)', async () => {
    const { parent, stopped } = await stoppingFamily();
    const other = new SignalBus();
    parent.connect(other);
    await jest.advanceTimersByTimeAsync(100);
    await stopped;
    expect([parent.running, other.running]).toEqual([false, false]);
  });

  it('starts who joins while the parent waits for a stop to start again (B10)', async () => {
    const { parent, stopped } = await stoppingFamily();
    const other = new SignalBus();
    const started = parent.start();
    parent.connect(other);
    await jest.advanceTimersByTimeAsync(100);
    await Promise.all([stopped, started]);
    expect([parent.running, other.running]).toEqual([true, true]);
    await parent.stop();
  });

  it('lets a subscriber of the parent stop a child while both stop together (B5)', async () => {
    const [parent, child] = [new SignalBus(), new SignalBus()];
    parent.connect(child);
    const steps: string[] = [];
    const hand = deferred();
    parent.subscriber('quit', async () => {
      await hand.promise;
      await child.stop(); // the stop that is under way, which waits for this subscriber
      steps.push('quit');
    });
    await parent.start();
    await parent.publish('quit', 1);
    const stopped = parent.stop();
    hand.resolve();
    await stopped;
    expect(steps).toEqual(['quit']);
  });

  it('lets a subscriber of the parent wait until a child has stopped', async () => {
    const [parent, child] = [new SignalBus(), new SignalBus()];
    parent.connect(child);
    const steps: string[] = [];
    const hand = deferred();
    child.subscriber('row', async () => {
      await hand.promise;
      steps.push('stored');
    });
    parent.subscriber('quit', async () => {
      await child.publish('row', 1);
      await child.stop();
      steps.push('child stopped');
    });
    await parent.start();
    await parent.publish('quit', 1);
    await flush();
    hand.resolve();
    await flush();
    expect({ steps, running: parent.running }).toEqual({ steps: ['stored', 'child stopped'], running: true });
    await parent.stop();
  });
});
