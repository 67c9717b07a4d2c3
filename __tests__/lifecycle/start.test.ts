import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Signal, SignalManager } from '../../src/index.js';
import { Lifecycle, type LifecycleOptions, type ResourceContext, StartFailedError } from '../../src/lifecycle/index.js';
import { deferred, errorOf, flush, rejectionOf } from '../helpers/promises.js';
import { Stage } from './stage.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  await flush();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const failure = new Error('port in use');
/** Names of the receivers of this signal alone. */
const namesOf = (signal: Pick<Signal, 'explain'>) => {
  return signal.explain().flatMap(({ name, because }) => (because === 'any signal' ? [] : [name]));
};
const never = () => new Promise<never>(() => undefined);

describe('Lifecycle#start', () => {
  it('opens resources and receivers in connection order, by priority first, each awaited before the next (L1)', async () => {
    const stage = new Stage();
    const { lifecycle, log } = stage;
    const gate = stage.gate('open a');
    void stage.add('a');
    lifecycle.serverStart.connect(() => void log.push('receiver'));
    void stage.add('b');
    lifecycle.serverStart.connect(() => void log.push('first'), { priority: 1 });
    lifecycle.serverStarted.connect(() => void log.push(`ready: ${lifecycle.ready}`));
    const started = lifecycle.start().then(() => log.push('resolved'));
    await flush();
    expect(stage.take()).toEqual(['server_start', 'first', 'open a']);
    gate.resolve();
    await started;
    expect(stage.take()).toEqual(['receiver', 'open b', 'server_started', 'ready: true', 'resolved']);
    await lifecycle.stop();
  });

  it('resolves when the receivers of server_started have settled', async () => {
    const { lifecycle, log } = new Stage();
    const gate = deferred();
    lifecycle.serverStarted.connect(() => gate.promise);
    const started = lifecycle.start().then(() => log.push('resolved'));
    await flush();
    expect([log, lifecycle.ready]).toEqual([['server_start', 'server_started'], true]);
    gate.resolve();
    await started;
    await lifecycle.stop();
  });

  it.each(['startTimeoutMs', 'a stop'])(
    'waits for the receivers of server_started until %s ends that',
    async (what) => {
      const { lifecycle, reported } = new Stage({ startTimeoutMs: 50 });
      lifecycle.serverStarted.connect(never);
      const started = lifecycle.start();
      await flush();
      if (what === 'a stop') void lifecycle.stop();
      else jest.advanceTimersByTime(50);
      await started;
      jest.advanceTimersByTime(50);
      await flush();
      expect(reported).toMatchObject([{ code: 'ERR_RECEIVER_TIMEOUT' }]);
      await lifecycle.stop();
    },
  );

  it('gives `add` the value of `open`, and `close` both the value and an abort signal', async () => {
    const { lifecycle } = new Stage();
    const close = jest.fn();
    const value = {};
    const added = lifecycle.add('a', () => value, close);
    await lifecycle.start();
    expect(await added).toBe(value);
    await lifecycle.stop();
    expect(close.mock.calls).toEqual([[value, { abortSignal: expect.any(AbortSignal) }]]);
  });

  it('connects the close of a resource when its open has succeeded, and not before (L3)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    const gate = stage.gate('open a');
    void stage.add('a');
    const started = lifecycle.start();
    await flush();
    expect(namesOf(lifecycle.serverStop)).toEqual([]);
    gate.resolve();
    await started;
    expect(namesOf(lifecycle.serverStop)).toEqual(['a']);
    await lifecycle.stop();
  });

  it('closes what is open if a resource fails, and rejects with its error (L3, L4)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    void stage.add('a');
    lifecycle.serverStart.connect(() => {
      lifecycle.serverStop.connect(function extension({ reason }) {
        stage.log.push(`extension closes: ${reason}`);
      });
    });
    const added = lifecycle.add(
      'b',
      () => Promise.reject(failure),
      () => stage.log.push('never'),
    );
    void stage.add('c');
    const error = await rejectionOf(lifecycle.start());
    expect(error).toBeInstanceOf(StartFailedError);
    expect(error).toMatchObject({
      name: 'StartFailedError',
      code: 'ERR_START_FAILED',
      message: '"b" could not be opened',
      resource: 'b',
      cause: failure,
      closed: ['extension', 'a'],
    });
    expect(stage.take()).toEqual([
      'server_start',
      'open a',
      'server_stop',
      'extension closes: start failed',
      'close a',
      'closed a',
      'server_stopped',
    ]);
    expect([lifecycle.state, stage.reported]).toEqual(['stopped', []]);
    expect(await rejectionOf(added)).toBe(error);
    await lifecycle.stop();
    expect(stage.take()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a string', 'no'],
  ])('fails with a receiver that throws %s, too (L4)', async (_what, thrown) => {
    const { lifecycle, reported } = new Stage();
    lifecycle.serverStart.connect(function fails() {
      throw thrown;
    });
    expect(await rejectionOf(lifecycle.start())).toMatchObject({ resource: 'fails', cause: thrown });
    expect(reported).toEqual([]);
  });

  it('fails after startTimeoutMs, and closes what opens later at once (L5)', async () => {
    const stage = new Stage({ startTimeoutMs: 100 });
    const { lifecycle } = stage;
    const gate = stage.gate('open slow');
    void stage.add('a');
    const aborted: unknown[] = [];
    lifecycle.serverStart.connect(({ abortSignal }) => {
      abortSignal.addEventListener('abort', () => aborted.push(abortSignal.reason));
    });
    const added = stage.add('slow');
    void stage.add('c');
    const started = rejectionOf(lifecycle.start());
    await flush();
    jest.advanceTimersByTime(99);
    await flush();
    expect([lifecycle.state, aborted]).toEqual(['starting', []]);
    jest.advanceTimersByTime(1);
    const error = await started;
    expect(error).toMatchObject({
      message: 'Not started within 100 ms',
      resource: 'slow',
      cause: { name: 'TimeoutError' },
      closed: ['a'],
    });
    expect(aborted).toEqual([(error as Error).cause]);
    expect(stage.take()).toEqual([
      'server_start',
      'open a',
      'open slow',
      'server_stop',
      'close a',
      'closed a',
      'server_stopped',
    ]);
    expect(await rejectionOf(added)).toBe(error);
    gate.resolve();
    await flush();
    expect(stage.take()).toEqual(['server_stop', 'close slow', 'closed slow']);
  });

  it('reports an opener that fails after startTimeoutMs (L5)', async () => {
    const stage = new Stage({ startTimeoutMs: 100 });
    const gate = deferred<never>();
    void stage.lifecycle.add('slow', () => gate.promise);
    const started = rejectionOf(stage.lifecycle.start());
    await flush();
    jest.advanceTimersByTime(100);
    await started;
    gate.reject(failure);
    await flush();
    expect(stage.reported).toEqual([failure]);
  });

  it('does not report an opener that ends with the reason of its abort signal (L5)', async () => {
    const { lifecycle, reported } = new Stage({ startTimeoutMs: 100 });
    const open = ({ abortSignal }: ResourceContext) => {
      return new Promise<never>((_resolve, reject) => {
        abortSignal.addEventListener('abort', () => reject(abortSignal.reason as Error));
      });
    };
    void lifecycle.add('slow', open);
    const started = rejectionOf(lifecycle.start());
    await flush();
    jest.advanceTimersByTime(100);
    expect(await started).toMatchObject({ resource: 'slow', cause: { name: 'TimeoutError' } });
    await flush();
    expect(reported).toEqual([]);
  });

  it.each<[string, boolean]>([
    ['before the stop', false],
    ['after startTimeoutMs', true],
  ])('closes at once what opens on a closing manager, %s (L5)', async (_when, isLate) => {
    const stage = new Stage({ startTimeoutMs: 100 });
    const { lifecycle, manager } = stage;
    const gate = stage.gate('open slow');
    void stage.add('slow');
    const started = rejectionOf(lifecycle.start());
    await flush();
    if (isLate) {
      jest.advanceTimersByTime(100);
      await started;
    }
    stage.take();
    const closing = manager.close();
    gate.resolve();
    await closing;
    await started;
    expect(stage.take()).toEqual(['close slow', 'closed slow']);
  });

  it('leaves no opener for a later lifecycle of the same manager (L1)', async () => {
    const stage = new Stage();
    void stage.lifecycle.add('bad', () => Promise.reject(failure));
    void stage.add('never opened');
    await rejectionOf(stage.lifecycle.start());
    const stopped = new Lifecycle({ manager: stage.manager });
    const added = rejectionOf(stopped.add('not started', never));
    await stopped.stop();
    await added;
    expect(namesOf(stage.lifecycle.serverStart)).toEqual([]);
    stage.take();
    const next = new Lifecycle({ manager: stage.manager });
    await next.start();
    expect(stage.take()).toEqual(['server_start', 'server_started']);
    await next.stop();
  });

  it('waits, as part of the stop, for a closer that comes too late for server_stop (L5)', async () => {
    const stage = new Stage({ startTimeoutMs: 100 });
    const { lifecycle } = stage;
    const opened = stage.gate('open slow');
    const [a, slow] = [stage.gate('close a'), stage.gate('close slow')];
    void stage.add('a');
    void stage.add('slow');
    const started = rejectionOf(lifecycle.start());
    await flush();
    jest.advanceTimersByTime(100);
    await flush();
    opened.resolve();
    await flush();
    a.resolve();
    await flush();
    expect(lifecycle.state).toBe('stopping');
    slow.resolve();
    expect(await started).toMatchObject({ closed: ['a', 'slow'] });
  });

  it('is the same promise each time, also when an opener asks for it (L14)', async () => {
    const { lifecycle } = new Stage();
    const seen: unknown[] = [];
    lifecycle.serverStart.connect(() => void seen.push(lifecycle.start()));
    const started = lifecycle.start();
    await started;
    expect([...seen, lifecycle.start()]).toEqual([started, started]);
    expect(seen[0]).toBe(started);
    await lifecycle.stop();
  });

  it('has no limit with startTimeoutMs Infinity', async () => {
    const stage = new Stage({ startTimeoutMs: Infinity });
    const gate = stage.gate('open a');
    void stage.add('a');
    const started = stage.lifecycle.start();
    await flush();
    expect(jest.getTimerCount()).toBe(0);
    gate.resolve();
    await started;
    await stage.lifecycle.stop();
  });

  it('fails if the manager is closed', async () => {
    const { lifecycle, manager } = new Stage();
    await manager.close();
    expect(await rejectionOf(lifecycle.start())).toMatchObject({
      code: 'ERR_START_FAILED',
      resource: '',
      cause: { code: 'ERR_MANAGER_CLOSED' },
    });
    expect(lifecycle.state).toBe('stopped');
  });
});

describe('Lifecycle#add', () => {
  it('during the start opens after everything that was added before (L15)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    void lifecycle.add('outer', () => {
      stage.log.push('open outer');
      void stage.add('late 1');
      void stage.add('late 2');
    });
    void stage.add('b');
    await lifecycle.start();
    const opened = ['open outer', 'open b', 'server_start', 'open late 1', 'server_start', 'open late 2'];
    expect(stage.take()).toEqual(['server_start', ...opened, 'server_started']);
    await lifecycle.stop();
    expect(stage.take().filter((entry) => entry.startsWith('close '))).toEqual([
      'close late 2',
      'close late 1',
      'close b',
    ]);
  });

  it('during the start fails it like any other (L4, L15)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    void stage.add('a');
    void lifecycle.add('outer', () => {
      void lifecycle.add('late', () => Promise.reject(failure));
      void stage.add('later');
    });
    expect(await rejectionOf(lifecycle.start())).toMatchObject({ resource: 'late', cause: failure, closed: ['a'] });
    expect(stage.log).not.toContain('open later');
  });

  it('in the last moment of the start is not forgotten (L15)', async () => {
    const { lifecycle } = new Stage();
    const opened: string[] = [];
    const add = (name: string) => lifecycle.add(name, () => opened.push(name));
    const started = lifecycle.start();
    for (let tick = 0; tick < 20; tick++) {
      void add(`${tick}`);
      await Promise.resolve();
    }
    await started;
    await flush();
    expect(opened).toEqual(Array.from({ length: 20 }, (_, tick) => `${tick}`));
    await lifecycle.stop();
  });

  it('in state ready opens at once, and is closed first (L15)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    void stage.add('a');
    await lifecycle.start();
    stage.take();
    const added = stage.add('b');
    expect(stage.take()).toEqual(['server_start', 'open b']);
    expect(await added).toBe('value of b');
    await lifecycle.stop();
    expect(stage.take().filter((entry) => entry.startsWith('close '))).toEqual(['close b', 'close a']);
  });

  it('in state ready rejects alone if it fails (L15)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    await lifecycle.start();
    const error = await rejectionOf(lifecycle.add('b', () => Promise.reject(failure)));
    expect(error).toMatchObject({ code: 'ERR_START_FAILED', resource: 'b', cause: failure, closed: [] });
    expect([lifecycle.state, stage.reported]).toEqual(['ready', []]);
    await lifecycle.stop();
  });

  it('rejects if `open` is never called, without an unhandled rejection (L15)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    const added = stage.add('muted');
    const muted = lifecycle.serverStart.mute();
    await lifecycle.start();
    muted[Symbol.dispose]();
    expect(await rejectionOf(added)).toMatchObject({ code: 'ERR_START_FAILED', resource: '' });
    await lifecycle.stop();
  });

  it.each<[string, unknown[], string]>([
    ['an empty name', ['', never], 'Expected `name` to be a non-empty string, got string ""'],
    ['no open', ['a'], 'Expected `open` to be a function, got undefined'],
    ['a close of another type', ['a', never, null], 'Expected `close` to be a function, got null'],
  ])('rejects with a TypeError for %s', async (_what, args, message) => {
    const { lifecycle } = new Stage();
    const add = lifecycle.add.bind(lifecycle) as (...args: unknown[]) => Promise<unknown>;
    expect(await rejectionOf(add(...args))).toEqual(new TypeError(message));
    expect(namesOf(lifecycle.serverStart)).toEqual([]);
  });
});

describe('the options of Lifecycle (L16)', () => {
  it.each<[object, string]>([
    [
      { timeoutMs: 5 },
      'Unknown option `timeoutMs` of Lifecycle; expected one of manager, startTimeoutMs, drainDelayMs',
    ],
    [{ manager: {} }, 'Expected `manager` to be a SignalManager, got object'],
    [{ startTimeoutMs: '5' }, 'Expected `startTimeoutMs` to be a number of milliseconds, 0 or more, got string "5"'],
    [{ startTimeoutMs: -1 }, 'Expected `startTimeoutMs` to be milliseconds, 0 or more, got number -1'],
    [{ drainDelayMs: Infinity }, 'Expected `drainDelayMs` to be finite milliseconds, 0 or more, got number Infinity'],
    [{ stopTimeoutMs: NaN }, 'Expected `stopTimeoutMs` to be milliseconds, 0 or more, got number NaN'],
    [{ killAfterMs: null }, 'Expected `killAfterMs` to be a number of milliseconds, 0 or more, got null'],
    [{ stopOn: 'SIGTERM' }, 'Expected `stopOn` to be an array of process signals, got string "SIGTERM"'],
    [{ stopOn: ['SIGNO'] }, 'Expected `stopOn[0]` to be a process signal that can be handled, such as SIGTERM, got'],
    [{ stopOn: ['SIGINT', 'SIGKILL'] }, 'Expected `stopOn[1]` to be a process signal that can be handled'],
    [{ stopTimeoutMs: 0 }, 'Expected `stopTimeoutMs` to be milliseconds, more than 0, got number 0'],
    [{ drainDelayMs: 5, stopTimeoutMs: 5 }, 'Expected `drainDelayMs` to be less than `stopTimeoutMs` (5), got 5'],
    [{ drainDelayMs: 10_000 }, 'Expected `drainDelayMs` to be less than `stopTimeoutMs` (10000), got 10000'],
  ])('%j throws', (options, message) => {
    expect(errorOf(() => new Lifecycle(options as LifecycleOptions))).toMatchObject({
      message: expect.stringContaining(message),
    });
  });

  it('throws a RangeError for a drainDelayMs that is not less than stopTimeoutMs', () => {
    expect(() => new Lifecycle({ drainDelayMs: 5, stopTimeoutMs: 4 })).toThrow(RangeError);
  });

  it('takes the manager given, and does not close it; else one of its own', async () => {
    const manager = new SignalManager();
    const lifecycle = new Lifecycle({ manager, startTimeoutMs: undefined });
    expect(lifecycle.manager).toBe(manager);
    expect(lifecycle.serverStart).toBe(manager.signal('server_start'));
    await lifecycle.start();
    await lifecycle.stop();
    manager.connect(() => undefined, Symbol('open'));
    expect(new Lifecycle().manager).not.toBe(new Lifecycle().manager);
  });

  it('shows its state', () => {
    expect(inspect(new Lifecycle())).toBe('Lifecycle (new)');
  });
});
