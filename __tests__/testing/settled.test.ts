import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Signal, SignalManager } from '../../src/index.js';
import { SignalBus } from '../../src/bus/index.js';
import { record } from '../../src/testing/index.js';
import { watchHostOf } from '../../src/watch/watch-host.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

let manager: SignalManager;
let started: Signal;
let finished: Signal;

beforeEach(() => {
  manager = new SignalManager({ name: 'app', onError: null });
  started = new Signal({ name: 'started', manager });
  finished = new Signal({ name: 'finished', manager });
});

afterEach(() => {
  jest.useRealTimers();
});

// Taken when the module loads, as the module under test does.
const realSetImmediate = setImmediate;
const immediate = (): Promise<void> => new Promise((resolve) => void realSetImmediate(resolve));

describe.each([
  ['real timers', () => undefined],
  ['fake timers', () => void jest.useFakeTimers()],
])('settled with %s (S7)', (_what, install) => {
  beforeEach(install);

  it('resolves at once when nothing is pending', async () => {
    await record(manager).settled();
  });

  it('waits for a chain of sends that nobody awaits', async () => {
    const order: string[] = [];
    started.connect(async () => {
      await immediate();
      void Promise.resolve().then(() => finished.emit());
      throw new Error('a failing receiver');
    });
    finished.connect(async () => {
      await immediate();
      order.push('finished');
    });
    const recording = record(manager);
    started.emit();
    await recording.settled().then(() => order.push('settled'));
    expect(order).toEqual(['finished', 'settled']);
    expect(recording.sends.map(({ signal }) => signal)).toEqual([started, finished]);
  });

  it('waits for a send that comes within one turn of the event loop', async () => {
    const seen: string[] = [];
    started.connect(() => void realSetImmediate(() => finished.emit()));
    finished.connect(() => void seen.push('finished'));
    const recording = record(manager);
    started.emit();
    await recording.settled();
    expect(seen).toEqual(['finished']);
  });

  it('waits for sends that come one turn of the event loop after the other', async () => {
    const seen: string[] = [];
    finished.connect(() => {
      if (seen.push('finished') < 3) realSetImmediate(() => finished.emit());
    });
    const recording = record(manager);
    finished.emit();
    await recording.settled();
    expect(seen).toHaveLength(3);
  });

  it('leaves no timer', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    await record(manager).settled();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('waits for all recorded managers, which may send to each other', async () => {
    const other = new SignalManager();
    const answered = new Signal({ name: 'answered', manager: other });
    const seen: string[] = [];
    answered.connect(async () => {
      await immediate();
      if (seen.push('answered') < 3) started.emit();
    });
    started.connect(async () => {
      await immediate();
      answered.emit();
    });
    started.emit();
    await record(manager, other).settled();
    expect(seen).toHaveLength(3);
  });

  it('waits for the buses of all recorded managers', async () => {
    const other = new SignalManager();
    const bus = new SignalBus({ manager: other });
    const slow = deferred();
    bus.subscriber('rows', () => slow.promise);
    await bus.start();
    await bus.publish('rows', 1);
    const order: string[] = [];
    const done = record(manager, other)
      .settled()
      .then(() => order.push('settled'));
    for (let turn = 0; turn < 5; turn++) await immediate();
    order.push('resolved');
    slow.resolve();
    await done;
    expect(order).toEqual(['resolved', 'settled']);
    await bus.stop();
  });

  it('waits one turn after the last part of the app has settled', async () => {
    const seen: string[] = [];
    started.connect(() => void realSetImmediate(() => finished.emit()));
    finished.connect(() => void seen.push('finished'));
    let rounds = 0;
    const settle = (): Promise<number> => {
      if (++rounds === 1) started.emit();
      return Promise.resolve(0);
    };
    watchHostOf(manager)?.settling.add({ undone: () => [], settle });
    await record(manager).settled();
    expect(seen).toEqual(['finished']);
  });

  it('also after clear and after disposal', async () => {
    const slow = deferred();
    started.connect(() => slow.promise);
    const recording = record(manager);
    started.emit();
    recording.clear();
    recording[Symbol.dispose]();
    const order: string[] = [];
    const done = recording.settled().then(() => order.push('settled'));
    await immediate();
    order.push('resolved');
    slow.resolve();
    await done;
    expect(order).toEqual(['resolved', 'settled']);
  });

  it('waits for the payloads of running buses, also for those that subscribers publish', async () => {
    const bus = new SignalBus({ manager });
    const seen: unknown[] = [];
    bus.subscriber('in', async (n: number) => {
      await immediate();
      await bus.publish('out', n * 2);
    });
    bus.subscriber(
      'out',
      async (n: number) => {
        await immediate();
        seen.push(n);
      },
      { concurrency: 1 },
    );
    await bus.start();
    for (const n of [1, 2, 3]) await bus.publish('in', n);
    await record(manager).settled();
    expect(seen).toEqual([2, 4, 6]);
    await bus.stop();
    expect(manager.pending).toBe(0);
  });

  it('is not held up by delayed emits, periodic tasks, waits, streams and stopped buses', async () => {
    const delayed = started.emitAfter(60_000);
    const waiting = new AbortController();
    started.wait({ abortSignal: waiting.signal }).catch(() => undefined);
    const stream = started.stream();
    const bus = new SignalBus({ manager });
    bus.periodicTask({ periodMs: 60_000 }, () => undefined);
    await bus.start();
    const stopped = new SignalBus({ manager });
    stopped.subscriber('kept', () => undefined);
    await stopped.publish('kept', 1);
    bus.connect(new SignalBus({ manager: new SignalManager() }));
    await record(manager).settled();
    delayed.cancel();
    waiting.abort();
    await stream.return?.();
    await bus.stop();
  });

  it('rejects after timeoutMs, and names receivers and subscribers that are not done (S9)', async () => {
    const slow = deferred();
    started.connect(function archive() {
      return slow.promise;
    });
    const bus = new SignalBus({ manager });
    bus.subscriber('rows', async function store() {
      await slow.promise;
    });
    await bus.start();
    await bus.publish('rows', 1);
    started.emit();
    const error = await rejectionOf(record(manager).settled({ timeoutMs: 0 }));
    expect(error).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT', timeoutMs: 0, pending: ['archive', 'store'] });
    slow.resolve();
    await record(manager).settled({ timeoutMs: Infinity });
    await bus.stop();
  });
});

it('settled names a peer once, though its sends are not done and its answer is awaited (S9)', async () => {
  const settle = (): Promise<number> => new Promise(() => undefined);
  watchHostOf(manager)?.settling.add({ undone: () => ['b'], awaited: () => ['b', 'c'], settle });
  expect(await rejectionOf(record(manager).settled({ timeoutMs: 0 }))).toMatchObject({ pending: ['b', 'c'] });
});

it('settled names the signals that are sent all the time (S9)', async () => {
  let goesOn = true;
  finished.connect(() => void setImmediate(() => goesOn && finished.emit()));
  const recording = record(manager);
  started.emit();
  const settled = rejectionOf(recording.settled({ timeoutMs: 10 }));
  finished.emit();
  const error = await settled;
  goesOn = false;
  expect(error).toMatchObject({ message: 'Receivers still running after 10 ms: none; new sends: "finished"' });
  const restless = { undone: () => [], settle: () => new Promise<number>(() => undefined) };
  watchHostOf(manager)?.settling.add(restless);
  const pending = ['none; new sends: none'];
  expect(await rejectionOf(recording.settled({ timeoutMs: 0 }))).toMatchObject({ pending });
});

describe('the clock of settled (S7)', () => {
  it('is real: a fake clock that moves does not end it', async () => {
    jest.useFakeTimers();
    const slow = deferred();
    started.connect(() => slow.promise);
    started.emit();
    const done = record(manager).settled({ timeoutMs: 50_000 });
    jest.advanceTimersByTime(60_000);
    await flush();
    slow.resolve();
    await done;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is real even if a fake clock was installed before the module loaded', async () => {
    jest.useFakeTimers();
    const limits = jest.spyOn(AbortSignal, 'timeout');
    await jest.isolateModulesAsync(async () => {
      const core = await import('../../src/index.js');
      const testing = await import('../../src/testing/index.js');
      const own = new core.SignalManager();
      const token = Symbol('token');
      own.connect(() => new Promise(() => undefined), token);
      const recording = testing.record(own);
      await recording.settled();
      own.emit(token);
      expect(await rejectionOf(recording.settled({ timeoutMs: 0.5 }))).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT' });
    });
    expect(limits.mock.calls).toEqual([[5_000], [1]]);
    limits.mockRestore();
  });

  // As in the environment jsdom of jest, and in a browser with a fake clock.
  it.each<[missing: readonly (keyof typeof globalThis)[], hasNode: boolean]>([
    [['setImmediate', 'MessageChannel'], true],
    [['setImmediate', 'MessageChannel'], false],
    [['setImmediate'], false],
  ])('needs no %p; Node: %p', async (missing, hasNode) => {
    const were = missing.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
    const builtin = jest.spyOn(process, 'getBuiltinModule');
    if (!hasNode) builtin.mockReturnValue(undefined);
    for (const name of missing) Reflect.deleteProperty(globalThis, name);
    try {
      await jest.isolateModulesAsync(async () => {
        const { turn } = await import('../../src/testing/real-time.js');
        await turn();
      });
    } finally {
      for (const [name, was] of were) if (was !== undefined) Object.defineProperty(globalThis, name, was);
      builtin.mockRestore();
    }
  });

  it.each([
    [{ timeoutMs: -1 }, 'Expected `timeoutMs` to be milliseconds, 0 or more, got number -1'],
    [{ timeout: 1 }, 'Unknown option `timeout` of settled; expected one of timeoutMs'],
    [null, 'Expected `options` to be an object, got null'],
  ])('refuses %j', async (options, message) => {
    expect(await rejectionOf(record(manager).settled(options as never))).toMatchObject({ message });
  });
});
