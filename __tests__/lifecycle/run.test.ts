import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Lifecycle, type LifecycleOptions, StartFailedError, StopTimeoutError } from '../../src/lifecycle/index.js';
import { flush } from '../helpers/promises.js';
import { Stage } from './stage.js';

// What `run` does with process signals and the exit code. `processes.test.ts` has the same with real ones.

class Exit extends Error {}

let printed: unknown[][];
let exits: unknown[];
let listeners: number;
const heard = () => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');

beforeEach(() => {
  jest.useFakeTimers();
  printed = [];
  exits = [];
  listeners = heard();
  jest.spyOn(console, 'error').mockImplementation((...args) => void printed.push(args));
  jest.spyOn(process, 'exit').mockImplementation((code) => {
    exits.push(code);
    throw new Exit();
  });
});

afterEach(async () => {
  await flush();
  expect(jest.getTimerCount()).toBe(0);
  expect(heard()).toBe(listeners);
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const failure = new Error('port in use');
const raise = (signal: NodeJS.Signals): boolean => process.emit(signal, signal);

async function running(stage: Stage, ...names: string[]): Promise<Promise<number>[]> {
  for (const name of names) void stage.add(name);
  const code = stage.lifecycle.run();
  await flush();
  return [code];
}

describe('Lifecycle#run', () => {
  it('listens for the process signals of stopOn until it resolves (L10)', async () => {
    const stage = new Stage({ stopOn: ['SIGINT', 'SIGUSR2', 'SIGINT'] });
    const { lifecycle } = stage;
    const counts = () => ['SIGINT', 'SIGUSR2', 'SIGTERM'].map((name) => process.listenerCount(name));
    const before = counts();
    const [code] = await running(stage, 'a');
    expect(counts()).toEqual([(before[0] ?? 0) + 1, (before[1] ?? 0) + 1, before[2]]);
    raise('SIGUSR2');
    expect(await code).toBe(0);
    expect(counts()).toEqual(before);
    expect(lifecycle.state).toBe('stopped');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('starts, stops on %s, and resolves with 0 (L11)', async (signal) => {
    const stage = new Stage();
    const reasons: string[] = [];
    stage.lifecycle.serverStop.connect(({ reason }) => void reasons.push(reason));
    const [code] = await running(stage, 'a');
    expect(stage.take()).toEqual(['server_start', 'open a', 'server_started']);
    raise(signal);
    expect(await code).toBe(0);
    expect([stage.take(), reasons]).toEqual([
      ['server_stopping', 'server_stop', 'close a', 'closed a', 'server_stopped'],
      [signal],
    ]);
    expect(printed).toEqual([]);
  });

  it('resolves when the app calls `stop`, also before it', async () => {
    const stage = new Stage();
    const [code] = await running(stage, 'a');
    await stage.lifecycle.stop();
    expect(await code).toBe(0);
    expect(await stage.lifecycle.run()).toBe(0);
    const other = new Stage();
    await other.lifecycle.stop();
    expect(await other.lifecycle.run()).toBe(0);
  });

  it('does not start again what has been started', async () => {
    const stage = new Stage();
    void stage.add('a');
    await stage.lifecycle.start();
    stage.take();
    const [code] = await running(stage);
    raise('SIGTERM');
    expect(await code).toBe(0);
    expect(stage.log).not.toContain('open a');
  });

  it('calls start and stop as a subclass overrides them', async () => {
    const calls: string[] = [];
    class Noted extends Lifecycle {
      override start(): Promise<void> {
        calls.push('start');
        return super.start();
      }
      override stop(reason?: string): Promise<void> {
        calls.push(`stop: ${reason ?? 'no reason'}`);
        return super.stop(reason);
      }
    }
    const [stopped, failed] = [new Noted(), new Noted()];
    const code = stopped.run();
    await flush();
    raise('SIGTERM');
    expect(await code).toBe(0);
    expect(calls.splice(0)).toEqual(['start', 'stop: SIGTERM', 'stop: no reason']);

    void failed.add('broken', () => Promise.reject(failure));
    expect(await failed.run()).toBe(1);
    expect(calls).toEqual(['start', 'stop: start failed', 'stop: no reason']);
  });

  it('resolves with 1 if the start fails, and prints why (L11)', async () => {
    const stage = new Stage();
    void stage.add('a');
    void stage.lifecycle.add('b', () => Promise.reject(failure));
    expect(await stage.lifecycle.run()).toBe(1);
    expect(printed).toEqual([['The lifecycle failed:', expect.any(StartFailedError)]]);
    expect(printed[0]?.[1]).toMatchObject({ resource: 'b', cause: failure, closed: ['a'] });
    expect(exits).toEqual([]);
  });

  it('resolves with 1 if the cause is undefined, too (L11)', async () => {
    const { lifecycle } = new Stage();
    void lifecycle.add('b', () => Promise.reject(undefined as unknown as Error));
    expect(await lifecycle.run()).toBe(1);
  });

  it('resolves with 1 if a closer fails, and prints why (L11)', async () => {
    const stage = new Stage();
    void stage.lifecycle.add(
      'b',
      () => 'b',
      () => Promise.reject(failure),
    );
    const [code] = await running(stage);
    raise('SIGTERM');
    expect(await code).toBe(1);
    expect(printed).toEqual([['The lifecycle failed:', expect.objectContaining({ errors: [failure] })]]);
  });

  it('resolves with 0 if a process signal ends the start and all is closed (L11, L12)', async () => {
    const stage = new Stage();
    const gate = stage.gate('open a');
    const [code] = await running(stage, 'a', 'b');
    raise('SIGTERM');
    await flush();
    gate.resolve();
    expect(await code).toBe(0);
    expect(stage.take()).toEqual(['server_start', 'open a', 'server_stop', 'close a', 'closed a', 'server_stopped']);
    expect(printed).toEqual([]);
  });

  it('prints who is still running and exits with 1 after a StopTimeoutError (L11)', async () => {
    const stage = new Stage({ stopTimeoutMs: 20, killAfterMs: 10 });
    const gate = stage.gate('close a');
    const [code] = await running(stage, 'a', 'b');
    const rejected = expect(code).rejects.toBeInstanceOf(Exit); // only because `exit` returns here
    raise('SIGTERM');
    await jest.advanceTimersByTimeAsync(29);
    expect(exits).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await rejected;
    expect(exits).toEqual([1]);
    expect(printed).toEqual([['The lifecycle failed:', expect.any(StopTimeoutError)]]);
    expect(printed[0]?.[1]).toMatchObject({ pending: ['a'] });
    gate.resolve();
  });

  it('prints both, and exits, if the start fails and its closers hang (L11)', async () => {
    const stage = new Stage({ stopTimeoutMs: 20, killAfterMs: 10 });
    const gate = stage.gate('close a');
    void stage.add('a');
    void stage.lifecycle.add('b', () => Promise.reject(failure));
    const [code] = await running(stage);
    const rejected = expect(code).rejects.toBeInstanceOf(Exit);
    await jest.advanceTimersByTimeAsync(30);
    await rejected;
    expect(printed).toEqual([['The lifecycle failed:', expect.any(StartFailedError), expect.any(StopTimeoutError)]]);
    expect(exits).toEqual([1]);
    gate.resolve();
  });

  it.each<[string, NodeJS.Signals, NodeJS.Signals, number]>([
    ['of the same kind', 'SIGTERM', 'SIGTERM', 143],
    ['of another kind', 'SIGTERM', 'SIGINT', 130],
  ])('exits at once on a second process signal %s during the stop (L13)', async (_what, first, second, exit) => {
    const stage = new Stage();
    const gate = stage.gate('close a');
    const [code] = await running(stage, 'a');
    raise(first);
    await flush();
    expect(exits).toEqual([]);
    expect(() => raise(second)).toThrow(Exit);
    expect(exits).toEqual([exit]);
    gate.resolve();
    expect(await code).toBe(0);
  });

  it('takes the first process signal in a stop that the app has begun for the first (L13)', async () => {
    const stage = new Stage();
    const gate = stage.gate('close a');
    const [code] = await running(stage, 'a');
    void stage.lifecycle.stop('by the app');
    await flush();
    raise('SIGTERM');
    expect(exits).toEqual([]);
    expect(() => raise('SIGTERM')).toThrow(Exit);
    gate.resolve();
    expect(await code).toBe(0);
  });

  it.each<LifecycleOptions>([{ stopOn: [] }])('hears no process signal with %j', async (options) => {
    const stage = new Stage(options);
    const [code] = await running(stage, 'a');
    expect(heard()).toBe(listeners);
    await stage.lifecycle.stop();
    expect(await code).toBe(0);
  });
});
