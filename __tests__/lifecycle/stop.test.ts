import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, ReceiversFailedError, type SendContext, SignalManager } from '../../src/index.js';
import { Lifecycle, type LifecycleState, StartFailedError, StopTimeoutError } from '../../src/lifecycle/index.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';
import { Stage } from './stage.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  await flush();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const failure = new Error('disk full');
const never = () => new Promise<never>(() => undefined);

async function started(stage: Stage, ...names: string[]): Promise<Lifecycle> {
  for (const name of names) void stage.add(name);
  await stage.lifecycle.start();
  stage.take();
  return stage.lifecycle;
}

/** Lets milliseconds pass, one after the other. */
async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
  await flush();
}

describe('two lifecycles of one manager', () => {
  it('send the same signals, but open, close and name only their own resources (L1, L2)', async () => {
    const stage = new Stage();
    const { manager, lifecycle } = stage;
    const other = new Lifecycle({ manager });
    const heard: string[] = [];
    lifecycle.serverStarted.connect(() => heard.push('either'));
    lifecycle.serverStarted.connect(() => heard.push('first'), { sender: lifecycle });
    const [opening, closing] = [stage.gate('open a'), stage.gate('close a')];
    void stage.add('a');
    void other.add(
      'b',
      () => void stage.log.push('open b'),
      () => stage.log.push('close b'),
    );

    const begun = lifecycle.start();
    await flush();
    expect([lifecycle.waitingFor, other.waitingFor]).toEqual([['a'], []]);
    await other.start();
    expect([lifecycle.waitingFor, other.waitingFor]).toEqual([['a'], []]);
    opening.resolve();
    await begun;
    expect(stage.take()).toEqual([
      'server_start',
      'open a',
      'server_start',
      'open b',
      'server_started',
      'server_started',
    ]);
    expect(heard).toEqual(['either', 'either', 'first']);

    const stopped = lifecycle.stop();
    await flush();
    expect([lifecycle.waitingFor, other.waitingFor]).toEqual([['a'], []]);
    closing.resolve();
    await stopped;
    expect(stage.take()).toEqual(['server_stopping', 'server_stop', 'close a', 'closed a', 'server_stopped']);
    expect(other.ready).toBe(true);
    await other.stop();
    expect(stage.take()).toEqual(['server_stopping', 'server_stop', 'close b', 'server_stopped']);
  });
});

describe('Lifecycle#stop', () => {
  it('closes in reverse order, each after the previous one has settled (L2)', async () => {
    const stage = new Stage();
    const gate = stage.gate('close b');
    const lifecycle = await started(stage, 'a', 'b', 'c');
    const stopped = lifecycle.stop('SIGTERM');
    await flush();
    expect(stage.take()).toEqual(['server_stopping', 'server_stop', 'close c', 'closed c', 'close b']);
    gate.resolve();
    await stopped;
    expect(stage.take()).toEqual(['closed b', 'close a', 'closed a', 'server_stopped']);
  });

  it('leaves nothing connected, so that no closer is called again (L2)', async () => {
    const manager = new SignalManager();
    const lifecycle = new Lifecycle({ manager });
    const close = jest.fn();
    void lifecycle.add('a', () => 1, close);
    await lifecycle.start();
    await lifecycle.stop();
    expect(manager.signals()).toEqual([]);
    await lifecycle.serverStop.send({ reason: '', abortSignal: AbortSignal.abort() }, { sender: lifecycle });
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('tells receivers of server_stop the reason, and closes last connected first (L2)', async () => {
    const stage = new Stage();
    const lifecycle = await started(stage, 'a');
    lifecycle.serverStop.connect(({ reason }) => void stage.log.push(`extension: ${reason}`));
    await lifecycle.stop('SIGTERM');
    expect(stage.take()).toEqual([
      'server_stopping',
      'server_stop',
      'extension: SIGTERM',
      'close a',
      'closed a',
      'server_stopped',
    ]);
  });

  it('calls the other closers when some fail, and rejects after all have settled (L2, L8)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    void stage.add('a');
    void lifecycle.add(
      'b',
      () => 'b',
      () => Promise.reject(failure),
    );
    lifecycle.serverStart.connect(() => {
      lifecycle.serverStop.connect(() => {
        throw 'not an error';
      });
    });
    const stopped: unknown[] = [];
    lifecycle.serverStopped.connect(({ reason, failures }) => void stopped.push(reason, failures));
    await started(stage, 'c');
    const error = await rejectionOf(lifecycle.stop());
    expect(error).toBeInstanceOf(ReceiversFailedError);
    expect(error).toMatchObject({ errors: ['not an error', failure], code: 'ERR_RECEIVERS_FAILED' });
    expect(stage.take()).toEqual([
      'server_stopping',
      'server_stop',
      'close c',
      'closed c',
      'close a',
      'closed a',
      'server_stopped',
    ]);
    expect(stage.reported).toEqual(['not an error', failure]);
    expect(stopped).toEqual(['stop', ['not an error', failure]]);
    expect(lifecycle.state).toBe('stopped');
  });

  it('reports a closer that throws undefined, too (L8)', async () => {
    const { lifecycle, reported } = new Stage();
    void lifecycle.add(
      'a',
      () => 'a',
      () => Promise.reject(undefined as unknown as Error),
    );
    await lifecycle.start();
    expect(await rejectionOf(lifecycle.stop())).toMatchObject({ errors: [undefined] });
    expect(reported).toEqual([undefined]);
  });

  it('calls each of ten closers of twenty seconds within two, and no longer waits after one more (L6, L7)', async () => {
    const stage = new Stage({ stopTimeoutMs: 2_000, killAfterMs: 1_000 });
    const names = Array.from({ length: 10 }, (_, i) => `${i}`);
    for (const name of names) stage.gate(`close ${name}`);
    const lifecycle = await started(stage, ...names);
    const stopped = rejectionOf(lifecycle.stop());
    await pass(1_999);
    expect(stage.take()).toEqual(['server_stopping', 'server_stop', 'close 9']);
    expect(lifecycle.waitingFor).toEqual(['9']);
    await pass(1);
    const rest = names.slice(0, -1).reverse();
    expect(stage.take()).toEqual(rest.map((name) => `close ${name}`));
    expect(lifecycle.waitingFor).toEqual(['9', ...rest]);
    for (const name of ['3', '9']) stage.gate(`close ${name}`).resolve();
    await pass(999);
    expect(stage.take()).toEqual(['closed 3', 'closed 9']);
    expect(lifecycle.state).toBe('stopping');
    await pass(1);
    const pending = ['8', '7', '6', '5', '4', '2', '1', '0'];
    const error = await stopped;
    expect(error).toBeInstanceOf(StopTimeoutError);
    expect(error).toMatchObject({
      name: 'StopTimeoutError',
      code: 'ERR_STOP_TIMEOUT',
      message: `Closers still running 1000 ms after the 2000 ms of the stop: ${pending.join(', ')}`,
      timeoutMs: 2_000,
      pending,
    });
    expect([stage.take(), lifecycle.state, stage.reported]).toEqual([['server_stopped'], 'stopped', []]);
    for (const name of pending) stage.gate(`close ${name}`).resolve();
  });

  it('names the receivers, too, that open or close now', async () => {
    const { lifecycle } = new Stage();
    const [opened, closed] = [deferred(), deferred()];
    const thisArg = {};
    function extension() {
      lifecycle.serverStop.connect(function extensionCloses() {
        return closed.promise;
      });
      return opened.promise;
    }
    lifecycle.serverStart.connect(extension, { thisArg });
    lifecycle.serverStart.connect(() => undefined);
    const start = lifecycle.start();
    expect(lifecycle.waitingFor).toEqual(['extension']);
    opened.resolve();
    await start;
    expect(lifecycle.waitingFor).toEqual([]);
    const stopped = lifecycle.stop();
    await flush();
    expect(lifecycle.waitingFor).toEqual(['extensionCloses']);
    closed.resolve();
    await stopped;
    expect(lifecycle.waitingFor).toEqual([]);
  });

  it('calls receivers of server_stop that others have connected at the deadline, too (L6)', async () => {
    const stage = new Stage({ stopTimeoutMs: 2_000 });
    const { lifecycle } = stage;
    lifecycle.serverStop.connect(({ abortSignal }) => void stage.log.push(`extension, late: ${abortSignal.aborted}`));
    const gate = stage.gate('close a');
    await started(stage, 'a');
    const stopped = lifecycle.stop();
    await pass(2_000);
    expect(stage.take().at(-1)).toBe('extension, late: true');
    gate.resolve();
    await stopped;
  });

  it('aborts the abort signals of closers at the deadline, and not before (L6)', async () => {
    const { lifecycle } = new Stage({ stopTimeoutMs: 2_000 });
    const aborted: string[] = [];
    void lifecycle.add(
      'a',
      () => 'a',
      async (_value, { abortSignal }) => {
        const closed = deferred();
        abortSignal.addEventListener('abort', () => {
          aborted.push('a');
          closed.resolve();
        });
        await closed.promise;
      },
    );
    lifecycle.serverStop.connect(({ abortSignal }) => {
      abortSignal.addEventListener('abort', () => aborted.push('receiver'));
    });
    await lifecycle.start();
    const stopped = lifecycle.stop();
    await pass(1_999);
    expect(aborted).toEqual([]);
    await pass(1);
    await stopped;
    expect(aborted).toEqual(['a']); // the receiver was called afterwards
  });

  it('has the failures of closers and a StopTimeoutError in server_stopped (L8)', async () => {
    const { lifecycle, reported } = new Stage({ stopTimeoutMs: 2, killAfterMs: 1 });
    const late = deferred<never>();
    void lifecycle.add(
      'a',
      () => 'a',
      () => Promise.reject(failure),
    );
    void lifecycle.add(
      'b',
      () => 'b',
      () => late.promise,
    );
    const stopped: unknown[] = [];
    lifecycle.serverStopped.connect(({ failures }) => void stopped.push(...failures));
    await lifecycle.start();
    const error = rejectionOf(lifecycle.stop());
    await pass(3);
    expect(stopped).toEqual([failure, await error]);
    expect(await error).toMatchObject({ pending: ['b'] });
    expect(reported).toEqual([failure]);
    late.reject('too late');
    await flush();
    expect(reported).toEqual([failure, 'too late']);
  });

  it('waits for the receivers of server_stopped, as long as for closers', async () => {
    const stage = new Stage({ stopTimeoutMs: 20, killAfterMs: 5 });
    const { lifecycle } = stage;
    const gate = deferred();
    lifecycle.serverStopped.connect(() => gate.promise);
    lifecycle.serverStopped.connect(never);
    await started(stage);
    let done = false;
    const stopped = lifecycle.stop().then(() => (done = true));
    await pass(24);
    gate.resolve();
    expect([lifecycle.state, done]).toEqual(['stopped', false]);
    await pass(1);
    await stopped;
  });

  it('is not ready first, then sends server_stopping, then waits drainDelayMs, then closes (L9)', async () => {
    const stage = new Stage({ drainDelayMs: 500 });
    const states: LifecycleState[] = [];
    const { lifecycle } = stage;
    const note = (): void => void states.push(lifecycle.state);
    for (const signal of ['serverStart', 'serverStarted', 'serverStopping', 'serverStop', 'serverStopped'] as const) {
      lifecycle[signal].connect(note);
    }
    note();
    lifecycle.serverStopping.connect(({ reason }) => void stage.log.push(`${reason}, ready: ${lifecycle.ready}`));
    await started(stage, 'a');
    const stopped = lifecycle.stop('SIGTERM');
    expect(lifecycle.ready).toBe(false);
    await pass(499);
    expect(stage.take()).toEqual(['server_stopping', 'SIGTERM, ready: false']);
    await pass(1);
    await stopped;
    expect(stage.take()).toEqual(['server_stop', 'close a', 'closed a', 'server_stopped']);
    expect(states).toEqual(['new', 'starting', 'ready', 'stopping', 'stopping', 'stopped']);
  });

  it('counts drainDelayMs in stopTimeoutMs (L6, L9)', async () => {
    const stage = new Stage({ drainDelayMs: 500, stopTimeoutMs: 501 });
    const [a] = ['a', 'b'].map((name) => stage.gate(`close ${name}`));
    const lifecycle = await started(stage, 'b', 'a');
    void lifecycle.stop().catch(() => undefined);
    await pass(500);
    expect(stage.take()).toEqual(['server_stopping', 'server_stop', 'close a']);
    await pass(1);
    expect(stage.take()).toEqual(['close b']);
    a?.resolve();
    stage.gate('close b').resolve();
    await lifecycle.stop();
  });

  it('does not wait past the deadline for a receiver of server_stopping (L6)', async () => {
    const stage = new Stage({ stopTimeoutMs: 100 });
    stage.lifecycle.serverStopping.connect(never);
    const lifecycle = await started(stage, 'a', 'b');
    const stopped = lifecycle.stop();
    await pass(99);
    expect(stage.take()).toEqual(['server_stopping']);
    await pass(1);
    await stopped;
    expect(stage.take().slice(0, 3)).toEqual(['server_stop', 'close b', 'close a']);
  });

  it('has no limit with stopTimeoutMs Infinity', async () => {
    const stage = new Stage({ stopTimeoutMs: Infinity });
    const gate = stage.gate('close a');
    const lifecycle = await started(stage, 'a');
    const stopped = lifecycle.stop();
    await flush();
    expect(jest.getTimerCount()).toBe(0);
    gate.resolve();
    await stopped;
  });

  it('is the same promise each time, also for a closer and a receiver of server_stopping (L14)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    const seen: unknown[] = [];
    for (const signal of [lifecycle.serverStopping, lifecycle.serverStop]) {
      signal.connect(() => void seen.push(lifecycle.stop()));
    }
    await started(stage);
    const stopped = lifecycle.stop();
    await stopped;
    expect(seen[0]).toBe(stopped);
    expect(seen[1]).toBe(stopped);
    expect(lifecycle.stop('again')).toBe(stopped);
    expect(stage.take()).toEqual(['server_stopping', 'server_stop', 'server_stopped']);
  });

  it('before the start sends nothing; then nothing can be added or started (L14)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    const added = stage.add('a');
    const stopped = lifecycle.stop();
    expect(lifecycle.state).toBe('stopped');
    await stopped;
    for (const refused of [added, stage.add('b'), lifecycle.start()]) {
      const error = await rejectionOf(refused);
      expect(error).toBeInstanceOf(StartFailedError);
      expect(error).toMatchObject({ resource: '', closed: [], cause: undefined });
    }
    expect(stage.take()).toEqual([]);
  });

  it('refuses what is added once it has begun (L14)', async () => {
    const stage = new Stage();
    const gate = stage.gate('close a');
    const lifecycle = await started(stage, 'a');
    const stopped = lifecycle.stop();
    expect(await rejectionOf(stage.add('b'))).toMatchObject({ code: 'ERR_START_FAILED' });
    gate.resolve();
    await stopped;
    expect(stage.take()).not.toContain('open b');
  });

  it('during the start lets the opener in progress end, calls no other, and closes all (L12, L14)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    const gate = stage.gate('open b');
    const signals: AbortSignal[] = [];
    lifecycle.serverStart.connect(({ abortSignal }) => void signals.push(abortSignal), { priority: 1 });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => stage.add(name));
    const start = rejectionOf(lifecycle.start());
    await flush();
    expect(lifecycle.waitingFor).toEqual(['b']);
    const stopped = lifecycle.stop('SIGTERM');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await flush();
    expect(stage.take()).toEqual(['server_start', 'open a', 'open b']);
    gate.resolve();
    await stopped;
    expect(stage.take()).toEqual(['server_stop', 'close b', 'closed b', 'close a', 'closed a', 'server_stopped']);
    const error = await start;
    expect(error).toBeInstanceOf(StartFailedError);
    expect(error).toMatchObject({ resource: 'b', cause: undefined, closed: ['b', 'a'] });
    expect(await Promise.all([a, b])).toEqual(['value of a', 'value of b']);
    expect(await rejectionOf(c as Promise<string>)).toBe(error);
    expect(stage.reported).toEqual([]);
  });

  it.each([
    ['startTimeoutMs', { startTimeoutMs: 50, stopTimeoutMs: 1_000 }],
    ['stopTimeoutMs', { startTimeoutMs: 1_000, stopTimeoutMs: 50 }],
  ])('during the start waits for a hanging opener no longer than %s allows (L12)', async (_what, options) => {
    const stage = new Stage(options);
    const { lifecycle } = stage;
    const gate = stage.gate('open b');
    for (const name of ['a', 'b']) void stage.add(name);
    const start = rejectionOf(lifecycle.start());
    await flush();
    const stopped = lifecycle.stop('SIGTERM');
    await pass(49);
    expect(stage.take()).toEqual(['server_start', 'open a', 'open b']);
    await pass(1);
    await stopped;
    expect(stage.take()).toEqual(['server_stop', 'close a', 'closed a', 'server_stopped']);
    expect(await start).toMatchObject({ resource: 'b', cause: undefined, closed: ['a'] });
    gate.resolve();
    await flush();
    expect(stage.take()).toEqual(['server_stop', 'close b', 'closed b']);
  });

  it('that an opener calls ends the start behind that opener (L12)', async () => {
    const stage = new Stage();
    const { lifecycle } = stage;
    void lifecycle.add(
      'a',
      () => void lifecycle.stop('a wants it'),
      () => void stage.log.push('close a'),
    );
    void stage.add('b');
    expect(await rejectionOf(lifecycle.start())).toMatchObject({ resource: 'a', closed: ['a'] });
    expect(stage.take()).toEqual(['server_start', 'server_stop', 'close a', 'server_stopped']);
  });

  it('right after the call of `start` names no opener if none is in progress (L12)', async () => {
    const { lifecycle } = new Stage();
    lifecycle.serverStart.connect(function opensAtOnce() {});
    const start = rejectionOf(lifecycle.start());
    await lifecycle.stop();
    expect(await start).toMatchObject({ resource: '', cause: undefined });
  });

  it('waits for what opens in state ready, and closes it, too (L12)', async () => {
    const stage = new Stage();
    const gate = stage.gate('open b');
    const lifecycle = await started(stage, 'a');
    const added = stage.add('b');
    const stopped = lifecycle.stop();
    await flush();
    expect(stage.take()).toEqual(['server_start', 'open b', 'server_stopping']);
    gate.resolve();
    await stopped;
    expect(await added).toBe('value of b');
    expect(stage.take()).toEqual(['server_stop', 'close b', 'closed b', 'close a', 'closed a', 'server_stopped']);
  });

  it('rejects a resource that still opens at its end', async () => {
    const stage = new Stage({ stopTimeoutMs: 10 });
    const gate = stage.gate('open b');
    const lifecycle = await started(stage, 'a');
    const added = rejectionOf(stage.add('b'));
    const stopped = lifecycle.stop();
    await pass(10);
    await stopped;
    expect(await added).toMatchObject({ code: 'ERR_START_FAILED' });
    gate.resolve();
  });

  it('is what disposes of it', async () => {
    const stage = new Stage();
    const reasons: string[] = [];
    stage.lifecycle.serverStop.connect(({ reason }) => void reasons.push(reason));
    await started(stage);
    await stage.lifecycle[Symbol.asyncDispose]();
    expect(reasons).toEqual(['disposed']);
  });

  it('takes a text as reason', async () => {
    const { lifecycle } = new Stage();
    const error = new TypeError('Expected `reason` to be a string, got number 5');
    expect(await rejectionOf(lifecycle.stop(5 as never))).toEqual(error);
    expect(lifecycle.state).toBe('new');
  });

  it('installs no process listeners, and nor does the start (L10)', async () => {
    const before = process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const stage = new Stage();
    await started(stage, 'a');
    await stage.lifecycle.stop();
    expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(before);
  });
});

describe('the abort signal of an opener', () => {
  it('is not aborted by the stop of a server that is open (L9)', async () => {
    const { lifecycle } = new Stage({ drainDelayMs: 10 });
    const given: AbortSignal[] = [];
    const open = ({ abortSignal }: { readonly abortSignal: AbortSignal }) => void given.push(abortSignal);
    void lifecycle.add('before', open);
    void lifecycle.add('nesting', () => void lifecycle.add('during', open));
    lifecycle.serverStart.connect(open);
    await lifecycle.start();
    await lifecycle.add('after', open);

    const stopped = lifecycle.stop();
    await pass(10);
    await stopped;
    expect(given.map(({ aborted }) => aborted)).toEqual([false, false, false, false]);
  });

  it('is aborted by a stop while `add` opens it (L15)', async () => {
    const { lifecycle } = new Stage();
    await lifecycle.start();
    let given: AbortSignal | undefined;
    const adding = lifecycle.add('late', ({ abortSignal }) => {
      given = abortSignal;
      return new Promise((_, reject) => abortSignal.addEventListener('abort', () => reject(failure)));
    });
    await lifecycle.stop();
    expect(given?.aborted).toBe(true);
    expect(await rejectionOf(adding)).toMatchObject({ cause: failure });
  });

  it('is aborted for the open resources, too, when the start is given up (L5)', async () => {
    const { lifecycle } = new Stage({ startTimeoutMs: 10 });
    const given: AbortSignal[] = [];
    void lifecycle.add('open', ({ abortSignal }) => void given.push(abortSignal));
    void lifecycle.add('hangs', never);
    const failed = rejectionOf(lifecycle.start());
    await pass(10);
    expect(await failed).toBeInstanceOf(StartFailedError);
    expect(given.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe('a resource that opens while earlier ones close', () => {
  it('stands in the errors where its closer was called (L4, L7)', async () => {
    const stage = new Stage({ startTimeoutMs: 10, stopTimeoutMs: 20, killAfterMs: 10 });
    const [opening, closing] = [stage.gate('open late'), stage.gate('close c2')];
    const calls: string[] = [];
    const hang = (name: string) => () => {
      calls.push(name);
      return never();
    };
    void stage.lifecycle.add('c1', () => 1, hang('c1'));
    void stage.add('c2');
    void stage.lifecycle.add('late', () => opening.promise, hang('late'));
    const failed = rejectionOf(stage.lifecycle.start());
    await pass(10);
    opening.resolve();
    await flush();
    expect(calls).toEqual(['late']);
    closing.resolve();
    await flush();
    expect(calls).toEqual(['late', 'c1']);
    await pass(30);
    expect(await failed).toMatchObject({ closed: ['c2', 'late', 'c1'] });
    expect(await rejectionOf(stage.lifecycle.stop())).toMatchObject({ pending: ['late', 'c1'] });
  });
});

describe('a receiver of ANY', () => {
  it('is no closer: if it fails, the stop does not, but `onError` gets the error (L8)', async () => {
    const stage = new Stage();
    const { manager, lifecycle } = stage;
    let failuresGiven: readonly unknown[] | undefined;
    void stage.add('a');
    await lifecycle.start();
    lifecycle.serverStopped.connect(({ failures }) => void (failuresGiven = failures));
    const logger = (_kwargs: object, { signal }: SendContext): void => {
      if (signal === lifecycle.serverStop) throw failure;
    };
    manager.connect(logger, ANY);
    await lifecycle.stop();
    expect(failuresGiven).toEqual([]);
    expect(stage.reported).toEqual([failure]);
  });

  it('is named if it still runs at the end of the stop (L7)', async () => {
    const { manager, lifecycle } = new Stage({ stopTimeoutMs: 10, killAfterMs: 10 });
    await lifecycle.start();
    const hanging = (_kwargs: object, { signal }: SendContext): unknown =>
      signal === lifecycle.serverStop ? never() : undefined;
    manager.connect(hanging, ANY);
    const stopped = rejectionOf(lifecycle.stop());
    await pass(20);
    expect(await stopped).toMatchObject({ name: 'StopTimeoutError', pending: ['hanging'] });
  });
});

it('leaves no opener connected that was added during a start that fails (L14, L15)', async () => {
  const { manager, lifecycle } = new Stage();
  void lifecycle.add('a', () => {
    void lifecycle.add('b', () => 1);
    throw failure;
  });
  expect(await rejectionOf(lifecycle.start())).toBeInstanceOf(StartFailedError);
  expect([...manager.signals()].flatMap((signal) => (signal === ANY ? [] : manager.receivers(signal)))).toEqual([]);
});
