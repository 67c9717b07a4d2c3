import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SignalBus, SubscriberTimeoutError } from '../../src/bus/index.js';
import { attachFar } from '../../src/far/index.js';
import {
  ANY,
  type BusWork,
  SignalManager,
  type SendWatcher,
  type TraceParent,
  type WorkWatch,
} from '../../src/index.js';
import { Elsewhere } from '../helpers/elsewhere.js';
import { flush } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const failure = new Error('subscriber failed');
const trace = (id: number): TraceParent => ({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(15)}${id}-01` });

function setUp() {
  const [onError, onBusError] = [jest.fn(), jest.fn()];
  const manager = new SignalManager({ onError });
  const log: unknown[][] = [];
  const works: BusWork[] = [];
  const watch: WorkWatch = {
    run: (go) => {
      log.push(['run']);
      go();
      log.push(['run over']);
    },
    onEnd: (...failed) => {
      log.push(['onEnd', ...failed]);
    },
  };
  const watcher: SendWatcher = {
    onWork: (work) => {
      works.push(work);
      log.push(['onWork']);
      return watch;
    },
  };
  return {
    manager,
    bus: new SignalBus({ manager, onError: onBusError }),
    onError,
    onBusError,
    log,
    works,
    watch,
    watcher,
  };
}

describe('bus work (W16)', () => {
  it('is watched around a subscriber and each of its payloads', async () => {
    const { manager, bus, log, works, watcher } = setUp();
    bus.subscriber('numbers', function handle(n: number) {
      log.push([n]);
    });
    manager.watch(watcher);
    await bus.run(() => bus.publish('numbers', 1));
    expect(log).toEqual([['onWork'], ['run'], [1], ['run over'], ['onEnd']]);
    const [work] = works;
    expect(work).toEqual({
      kind: 'payload',
      manager,
      topic: 'numbers',
      signal: manager.signals()[0],
      name: 'handle',
      payloads: [1],
      traces: [],
    });
  });

  it('ends when an async subscriber has settled, fails if it rejects, and the failure is reported as before', async () => {
    const { manager, bus, log, watcher, onBusError } = setUp();
    bus.subscriber('numbers', async () => {
      await Promise.resolve();
      throw failure;
    });
    manager.watch(watcher);
    await bus.run(() => bus.publish('numbers', 1));
    expect(log).toEqual([['onWork'], ['run'], ['run over'], ['onEnd', { error: failure }]]);
    expect(onBusError.mock.calls.map(([error]) => error)).toEqual([failure]);
  });

  it('fails once if a subscriber times out, also if it ends later', async () => {
    const { manager, bus, log, watcher } = setUp();
    let finish = (): void => undefined;
    bus.subscriber('numbers', () => new Promise<void>((resolve) => (finish = resolve)), { timeoutMs: 5 });
    manager.watch(watcher);
    await bus.start();
    await bus.publish('numbers', 1);
    await jest.advanceTimersByTimeAsync(5);
    finish();
    await bus.stop();
    expect(log.filter(([method]) => method === 'onEnd')).toEqual([
      ['onEnd', { error: expect.any(SubscriberTimeoutError) }],
    ]);
  });

  it('is a batch, and a run of a periodic task', async () => {
    const { manager, bus, works, watcher } = setUp();
    bus.batchSubscriber('numbers', function all() {}, { maxItems: 2 });
    manager.watch(watcher);
    await bus.run(async () => {
      await Promise.all([1, 2, 3].map((n) => bus.publish('numbers', n)));
    });
    expect(works.map(({ kind, name, payloads }) => [kind, name, payloads])).toEqual([
      ['batch', 'all', [1, 2]],
      ['batch', 'all', [3]],
    ]);
    const timed = new SignalBus({ manager });
    timed.periodicTask({ periodMs: 10 }, function tick() {});
    await timed.start();
    await jest.advanceTimersByTimeAsync(10);
    await timed.stop();
    expect(works.slice(2)).toEqual(
      [1, 2].map(() => ({
        kind: 'periodic task',
        manager,
        topic: undefined,
        signal: undefined,
        name: 'tick',
        payloads: [],
        traces: [],
      })),
    );
  });

  it('is not a direct call of a wrapped function, and not a disposal', async () => {
    const { manager, bus, works, watcher } = setUp();
    const handle = bus.subscriber('numbers', (n: number) => n + 1);
    const use = bus.inject({ db: () => ({ [Symbol.dispose]: () => undefined }) }, () => 1, { scope: 'bus' });
    manager.watch(watcher);
    expect(handle(1)).toBe(2);
    await bus.run(() => use());
    expect(works).toEqual([]);
  });

  it('queues count in `receivers` and `queues`; `call` is not called for them, but `onResult` is (W11)', async () => {
    const { manager, bus } = setUp();
    bus.subscriber('numbers', () => undefined);
    manager.connect(function plain() {}, ANY);
    const log: unknown[] = [];
    manager.watch({
      onSend: ({ kind, receivers, queues }) => {
        log.push([kind, receivers, queues]);
        return { call: ({ name }, go) => [log.push(name), go()], onResult: ({ status }) => void log.push(status) };
      },
    });
    await bus.run(() => bus.publish('numbers', 1));
    expect(log).toEqual([['emit', 2, 1], 'fulfilled', 'plain', 'fulfilled']);
  });

  it('has the async context that `run` enters, and without a watcher that of the publish', async () => {
    const { manager, bus } = setUp();
    const [own, ofRun] = [new AsyncLocalStorage<string>(), new AsyncLocalStorage<string>()];
    const seen: unknown[] = [];
    bus.subscriber('numbers', async () => {
      await Promise.resolve();
      seen.push([own.getStore(), ofRun.getStore()]);
    });
    manager.watch({ onWork: () => ({ run: (go) => ofRun.run('run', go) }) });
    await bus.run(() => own.run('publish', () => bus.publish('numbers', 1)));
    expect(seen).toEqual([['publish', 'run']]);
  });

  it('goes on whatever watchers do, and their errors go to the onError of the manager (W7, W9)', async () => {
    const { manager, bus, onError, onBusError } = setUp();
    const handled: unknown[] = [];
    bus.subscriber('numbers', (n) => handled.push(n));
    bus.periodicTask({ periodMs: 10 }, () => handled.push('tick'));
    const forgetful = { run: () => undefined };
    const broken = {
      onWork: () => {
        throw failure;
      },
    };
    manager.watch({ onWork: () => forgetful });
    manager.watch(broken);
    await bus.run(async () => {
      await bus.publish('numbers', 1);
      await bus.publish('numbers', 2);
    });
    expect(handled).toEqual(['tick', 1, 2]);
    expect(onBusError).not.toHaveBeenCalled();
    expect(onError.mock.calls.map(([, report]) => report)).toEqual([
      { signal: ANY, source: 'watcher', receiver: broken.onWork, sender: undefined },
      { signal: ANY, source: 'watcher', receiver: forgetful.run, sender: undefined },
    ]);
  });
});

describe('traces of bus work (W15)', () => {
  it('are those that the payloads were published with, without duplicates (O11)', async () => {
    const { manager, bus, works, watcher } = setUp();
    bus.subscriber('numbers', function one() {});
    bus.batchSubscriber('numbers', function batch() {}, { maxItems: 5 });
    const other = { ...trace(1), tracestate: 'vendor=1' };
    const given = [trace(1), trace(2), { ...trace(1) }, other, undefined];
    const calls: unknown[] = [];
    manager.watch({
      ...watcher,
      onSend: () => ({
        trace: () => {
          calls.push('trace');
          return given[calls.length - 1];
        },
      }),
    });
    await bus.run(() => Promise.all([1, 2, 3, 4, 5].map((n) => bus.publish('numbers', n))).then(() => undefined));
    expect(works.filter(({ name }) => name === 'one').map(({ traces }) => traces)).toEqual([
      [trace(1)],
      [trace(2)],
      [trace(1)],
      [other],
      [],
    ]);
    const batches = works.filter(({ name }) => name === 'batch');
    expect(batches.map(({ traces }) => traces)).toEqual([[trace(1), trace(2), other]]);
    expect(calls).toHaveLength(5);
  });

  it.each([
    ['the incoming one if no watcher gives one', undefined, trace(1)],
    ['that of a watcher', trace(2), trace(2)],
  ])('of a remote delivery are %s', async (_which, given, expected) => {
    const { manager, bus, works, watcher } = setUp();
    bus.subscriber('numbers', () => undefined);
    const [signal] = manager.signals();
    const attached = attachFar(manager, signal as object, new Elsewhere());
    manager.watch(watcher);
    if (given !== undefined) manager.watch({ onSend: () => ({ trace: () => given }) });
    await bus.start();
    attached.deliverEmit({ kwargs: { payload: 1 }, trace: trace(1) });
    await attached.deliver({ kwargs: { payload: 2 }, trace: trace(1), timeoutMs: 1_000 });
    await flush();
    await bus.stop();
    expect(works.map(({ traces }) => traces)).toEqual([[expected], [expected]]);
    attached[Symbol.dispose]();
  });
});
