import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type BusErrorReport, type SubscriberOptions, SignalBus } from '../../src/bus/index.js';
import type * as Bus from '../../src/bus/index.js';
import { Signal, SignalManager } from '../../src/index.js';
import { type Host, capturingHosts, everyHost, loadOn } from '../helpers/async-hosts.js';
import { deferred, flush } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const request = new AsyncLocalStorage<string>();

type Handled = [payload: unknown, ...stores: unknown[]];

/** A subscriber that says in what store it has handled each payload, before and after an `await`. */
function recorder(): { handled: Handled[]; handle(payload: unknown): Promise<void> } {
  const handled: Handled[] = [];
  const handle = async (payload: unknown): Promise<void> => {
    const before = request.getStore();
    await Promise.resolve();
    handled.push([payload, before, request.getStore()]);
  };
  return { handled, handle };
}

/** Each payload is published within a store of the same name. */
function publishAll(bus: SignalBus, ...payloads: string[]): Promise<unknown> {
  return Promise.all(payloads.map((payload) => request.run(payload, () => bus.publish('topic', payload))));
}

const each = (...payloads: string[]): Handled[] => payloads.map((payload) => [payload, payload, payload]);

describe('a subscriber is called in the async context of the publish (B12)', () => {
  it.each<[string, SubscriberOptions | undefined]>([
    ['', undefined],
    ['one at a time', { concurrency: 1 }],
    ['with publishes that wait for room', { concurrency: 1, limit: 1 }],
  ])('%s', async (_how, options) => {
    const bus = new SignalBus();
    const { handled, handle } = recorder();
    bus.subscriber('topic', handle, options);
    await bus.start();
    await publishAll(bus, 'a', 'b', 'c');
    await request.run('stop', () => bus.stop());
    expect(handled).toEqual(each('a', 'b', 'c'));
  });

  it('that came before the start', async () => {
    const bus = new SignalBus();
    const { handled, handle } = recorder();
    bus.subscriber('topic', handle, { concurrency: 1, limit: 1 });
    const published = publishAll(bus, 'a', 'b');
    await request.run('start', () => bus.start());
    await published;
    await bus.stop();
    expect(handled).toEqual(each('a', 'b'));
  });

  it('on each of several buses, joined or not', async () => {
    const { handled, handle } = recorder();
    const [parent, child, stranger] = [new SignalBus(), new SignalBus(), new SignalBus()];
    parent.connect(child);
    for (const bus of [parent, child, stranger]) bus.subscriber('topic', handle);
    await Promise.all([parent.start(), stranger.start()]);
    await Promise.all([publishAll(parent, 'a', 'b'), publishAll(stranger, 'c', 'd'), publishAll(child, 'e')]);
    await Promise.all([parent.stop(), stranger.stop()]);
    expect(handled.sort()).toEqual(each('a', 'a', 'b', 'b', 'c', 'd', 'e', 'e'));
  });

  it('also where a subscriber publishes to the topic behind it, in the store that it has entered', async () => {
    const bus = new SignalBus();
    const { handled, handle } = recorder();
    bus.subscriber('topic', (payload: string) => request.run(`${payload}!`, () => bus.publish('behind', payload)));
    bus.subscriber('behind', handle, { concurrency: 1 });
    await bus.start();
    await publishAll(bus, 'a', 'b');
    await bus.stop();
    expect(handled).toEqual([
      ['a', 'a!', 'a!'],
      ['b', 'b!', 'b!'],
    ]);
  });

  it('or of the send, where the signal of the topic is sent', async () => {
    const manager = new SignalManager();
    const signal = new Signal<{ payload: string }>({ manager });
    const bus = new SignalBus({ manager });
    const { handled, handle } = recorder();
    bus.subscriber(signal, handle, { concurrency: 1 });
    await bus.start();
    for (const payload of ['a', 'b']) request.run(payload, () => signal.emit({ payload }));
    await bus.stop();
    expect(handled).toEqual(each('a', 'b'));
  });

  it('by wrappers too: publishers, and functions with injected values', async () => {
    const bus = new SignalBus();
    const handled: unknown[] = [];
    const publish = bus.publisher('topic', async (payload: string) => {
      await Promise.resolve();
      return payload;
    });
    const store = async (): Promise<string | undefined> => {
      await Promise.resolve();
      return request.getStore();
    };
    bus.subscriber(
      'topic',
      bus.inject({ store }, (injected, payload: string) => {
        handled.push([payload, injected.store, request.getStore()]);
      }),
    );
    await bus.start();
    await Promise.all(['a', 'b'].map((payload) => request.run(payload, () => publish(payload))));
    await bus.stop();
    expect(handled).toEqual(each('a', 'b'));
  });

  it('whatever a plain receiver of the topic enters', async () => {
    const manager = new SignalManager();
    const bus = new SignalBus({ manager });
    const { handled, handle } = recorder();
    manager.connect(() => request.enterWith('of the receiver'), manager.signal('topic'));
    bus.subscriber('topic', handle);
    await bus.start();
    await publishAll(bus, 'a');
    await bus.stop();
    expect(handled).toEqual(each('a'));
  });
});

describe('what one call enters reaches no other call (B12)', () => {
  it.each([1, Infinity])(
    'of a subscriber with concurrency %d, of another one, or of the publisher',
    async (concurrency) => {
      const bus = new SignalBus();
      const handled: unknown[] = [];
      const enter = async (payload: string): Promise<void> => {
        const before = request.getStore();
        request.enterWith(`${payload} entered`);
        await Promise.resolve();
        handled.push([payload, before, request.getStore()]);
      };
      bus.subscriber('topic', enter, { concurrency });
      bus.subscriber('topic', enter, { concurrency });
      await bus.start();
      await request.run('request', async () => {
        await bus.publish('topic', 'a');
        await bus.publish('topic', 'b');
        await flush();
        handled.push(request.getStore());
      });
      await bus.stop();
      const handledEach = ['a', 'a', 'b', 'b'].map((payload) => [payload, 'request', `${payload} entered`]);
      expect(handled).toEqual([...handledEach, 'request']);
    },
  );

  it('of a periodic task: each run is in the context of its declaration anew', async () => {
    const bus = new SignalBus();
    const stores: unknown[] = [];
    request.run('declared', () =>
      bus.periodicTask({ periodMs: 10 }, async () => {
        stores.push(request.getStore());
        request.enterWith('entered');
        await Promise.resolve();
        stores.push(request.getStore());
      }),
    );
    await request.run('start', () => bus.start());
    await jest.advanceTimersByTimeAsync(10);
    await bus.stop();
    expect(stores).toEqual(['declared', 'entered', 'declared', 'entered']);
  });

  it('of a batch subscriber: each batch is in the context of its declaration anew', async () => {
    const bus = new SignalBus();
    const handled: unknown[] = [];
    request.run('declared', () =>
      bus.batchSubscriber(
        'topic',
        (payloads: string[]) => {
          handled.push([payloads, request.getStore()]);
          request.enterWith('entered');
        },
        { maxItems: 2, maxWaitMs: 10 },
      ),
    );
    await bus.start();
    await publishAll(bus, 'a', 'b', 'c');
    await jest.advanceTimersByTimeAsync(10);
    await publishAll(bus, 'd');
    await request.run('stop', () => bus.stop());
    expect(handled).toEqual([
      [['a', 'b'], 'declared'],
      [['c'], 'declared'],
      [['d'], 'declared'],
    ]);
  });
});

describe('`onError` is called in the async context of what it reports (B12)', () => {
  const reporter = (): { reported: unknown[]; onError(error: unknown, report: BusErrorReport): void } => {
    const reported: unknown[] = [];
    return { reported, onError: (error, { source }) => void reported.push([source, error, request.getStore()]) };
  };

  it.each(['sync', 'async'])('a failure of a subscriber, %s', async (kind) => {
    const { reported, onError } = reporter();
    const bus = new SignalBus({ onError });
    const failing = kind === 'async' ? (payload: unknown) => Promise.reject(payload) : fail;
    bus.subscriber('topic', failing, { concurrency: 1 });
    await bus.start();
    await publishAll(bus, 'a', 'b');
    await bus.stop();
    expect(reported).toEqual([
      ['subscriber', 'a', 'a'],
      ['subscriber', 'b', 'b'],
    ]);
  });

  it.each([
    ['drop-oldest', ['a', 'b']],
    ['drop-newest', ['b', 'c']],
  ] as const)('a drop by %s, in that of the payload', async (overflow, stores) => {
    const { reported, onError } = reporter();
    const bus = new SignalBus({ onError });
    bus.subscriber('topic', () => undefined, { limit: 1, overflow });
    await publishAll(bus, 'a', 'b', 'c');
    expect(reported).toEqual(
      stores.map((store) => ['subscriber', expect.objectContaining({ code: 'ERR_QUEUE_OVERFLOW' }), store]),
    );
  });

  it('a failure of a task, and one of a disposal, in that of the stop', async () => {
    const { reported, onError } = reporter();
    const bus = new SignalBus({ onError });
    const dispose = (): never => fail('disposal');
    const use = bus.inject({ value: () => ({ [Symbol.dispose]: dispose }) }, () => undefined, { scope: 'bus' });
    bus.subscriber('topic', () => use());
    request.run('declared', () => bus.periodicTask({ periodMs: 10 }, () => fail('run')));
    await request.run('start', () => bus.start());
    await flush();
    await publishAll(bus, 'a');
    await request.run('stop', () => bus.stop());
    expect(reported).toEqual([
      ['periodic task', 'run', 'declared'],
      ['disposal', 'disposal', 'stop'],
    ]);
  });
});

function fail(reason: unknown): never {
  throw reason;
}

function busOn(host: Host): SignalBus {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loads another instance at once
  const { SignalBus: Loaded } = loadOn(host, () => require('../../src/bus/index.js') as typeof Bus);
  return new Loaded();
}

describe.each(everyHost)('on %s (B12)', (host) => {
  it('the bus delivers, runs tasks, and does not wait in a subscriber for the stop that waits for it (B5)', async () => {
    const bus = busOn(host);
    const received: unknown[] = [];
    bus.subscriber('topic', (payload: string) => received.push(payload), { concurrency: 1 });
    bus.batchSubscriber('topic', (payloads: string[]) => received.push(payloads));
    bus.periodicTask({ periodMs: 10 }, () => received.push('run'));
    bus.subscriber('end', async () => {
      await bus.stop();
      received.push('stop has resolved');
    });
    await bus.start();
    await publishAll(bus, 'a', 'b');
    await flush();
    await bus.publish('end', undefined);
    await flush();
    expect({ received, running: bus.running }).toEqual({
      received: ['run', 'a', 'b', ['a', 'b'], 'stop has resolved'],
      running: false,
    });
  });
});

describe.each(capturingHosts)('on %s (B12)', (host) => {
  it('the context of a publish reaches the call, and a subscriber is known after awaits', async () => {
    const bus = busOn(host);
    const { handled, handle } = recorder();
    const hand = deferred();
    bus.subscriber('topic', handle, { concurrency: 1 });
    bus.subscriber('end', async () => {
      await hand.promise;
      await bus.stop();
    });
    await bus.start();
    await publishAll(bus, 'a', 'b');
    await bus.publish('end', undefined);
    hand.resolve();
    await flush();
    expect({ handled, running: bus.running }).toEqual({ handled: each('a', 'b'), running: false });
  });
});
