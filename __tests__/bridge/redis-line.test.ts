import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EngineSilentError } from '../../src/bridge/errors.js';
import type { RedisClient } from '../../src/bridge/engines/redis-client.js';
import { RedisLine } from '../../src/bridge/engines/redis-line.js';
import { type Deferred, deferred, flush } from '../helpers/promises.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** A connection that the test answers for. */
class Client extends EventEmitter {
  isReady = true;
  destroyed = false;
  readonly commands: (Deferred<unknown> & { readonly args: readonly string[]; readonly options: unknown })[] = [];

  connect(): Promise<void> {
    return Promise.reject(new Error('away'));
  }

  sendCommand(args: readonly string[], options: unknown): Promise<unknown> {
    this.commands.push({ ...deferred<unknown>(), args, options });
    return this.commands.at(-1)?.promise ?? Promise.resolve();
  }

  destroy(): void {
    this.destroyed = true;
    for (const { reject } of this.commands) reject(new Error('closed'));
  }
}

function makeLine() {
  const clients: Client[] = [];
  const duplicate = () => {
    clients.push(new Client());
    return clients.at(-1);
  };
  const told: unknown[] = [];
  const line = new RedisLine({ duplicate } as unknown as RedisClient, (error) => told.push(error));
  const outcomes: string[] = [];
  /** Asks; the outcome is noted. */
  const ask = (name: string): void => {
    line.ask([name]).then(
      (answer) => outcomes.push(`${name}: ${String(answer)}`),
      (error: unknown) => outcomes.push(`${name}: ${String(error)}`),
    );
  };
  const pass = async (ms: number): Promise<void> => {
    jest.advanceTimersByTime(ms);
    await flush();
  };
  const answer = async (index: number, client = clients.at(-1)): Promise<void> => {
    client?.commands[index]?.resolve('OK');
    await flush();
  };
  return { line, clients, told, outcomes, ask, pass, answer };
}

describe('a connection to Redis of the engine’s own (H9)', () => {
  it('is replaced when it has been silent for two seconds, each time', async () => {
    const { line, clients, told, outcomes, ask, pass, answer } = makeLine();
    ask('A');
    await pass(1_999);
    expect([told, clients.length]).toEqual([[], 1]);
    await pass(1);
    expect(told).toEqual([new EngineSilentError('redis', 2_000)]);
    expect(told).toMatchObject([{ message: new EngineSilentError('redis', 2_000).message }]);
    expect(clients.map(({ destroyed }) => destroyed)).toEqual([true, false]);
    expect(outcomes).toEqual(['A: Error: closed']);
    ask('B');
    await pass(2_000);
    expect([told.length, clients.length]).toEqual([2, 3]);
    ask('C');
    await answer(0);
    expect(outcomes.at(-1)).toBe('C: OK');
    line.end();
    expect(clients.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  });

  it('is not replaced while it is connecting; its silence is reported once', async () => {
    const { line, clients, told, ask, pass } = makeLine();
    Object.assign(clients[0] ?? {}, { isReady: false });
    ask('A');
    for (let second = 0; second < 5; second++) await pass(1_000);
    expect([told.length, clients.length]).toEqual([1, 1]);
    line.end();
  });

  it('is silent only if nothing at all is answered', async () => {
    const { line, told, ask, pass, answer } = makeLine();
    ask('A');
    await pass(1_000);
    ask('B');
    await pass(500);
    await answer(1);
    await pass(500);
    await pass(999);
    expect(told).toEqual([]);
    await pass(1);
    expect(told).toHaveLength(1);
    line.end();
  });

  it('has no timer while nothing is unanswered, and none after its end', async () => {
    const { line, told, ask, pass, answer } = makeLine();
    ask('A');
    ask('B');
    await answer(0);
    expect(jest.getTimerCount()).toBe(1);
    await answer(1);
    expect(jest.getTimerCount()).toBe(0);
    ask('C');
    await pass(2_000);
    expect(told).toHaveLength(1);
    line.end();
    ask('D');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gets values as bytes', () => {
    const { line, clients, ask } = makeLine();
    ask('A');
    expect(clients[0]?.commands).toMatchObject([{ args: ['A'], options: { typeMapping: { 36: Buffer } } }]);
    line.end();
  });
});
