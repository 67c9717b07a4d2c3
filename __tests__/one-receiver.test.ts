import { describe, expect, it, jest } from '@jest/globals';
import { type Connection, type Receiver, SignalManager } from '../src/index.js';

// A plain function that a send reaches alone is called without a list. Nobody can tell, but for the time it takes.

const signal = Symbol('moved');
const sender = { name: 'car' };
const broken = new Error('broken');

/** How the receiver is connected, and how it is reached. */
const ways: [what: string, filter: object | undefined][] = [
  ['without a filter', undefined],
  ['by its key', { key: 'k' }],
  ['by a key that is null', { key: null }],
  ['by a key that is NaN', { key: NaN }],
  ['by its sender', { sender }],
  ['by a sender that is null', { sender: null }],
];

function connected(receiver: Receiver, filter: object | undefined): { manager: SignalManager; failures: unknown[] } {
  const failures: unknown[] = [];
  const manager = new SignalManager({ onError: (error) => failures.push(error) });
  manager.connect(receiver, signal, filter);
  return { manager, failures };
}

/** A promise that says what it is once, and then no more. */
function forgetful(): Promise<number> {
  let asked = 0;
  return Object.defineProperty(Promise.resolve(1), 'constructor', {
    get() {
      asked += 1;
      if (asked > 1) throw broken;
      return Promise;
    },
  });
}

describe.each(ways)('a receiver that is reached alone, %s', (_what, filter) => {
  const outcomes: [what: string, receive: () => unknown, outcome: object][] = [
    ['returns a value', () => 1, { status: 'fulfilled', value: 1 }],
    ['returns an object', () => sender, { status: 'fulfilled', value: sender }],
    ['returns a promise', () => Promise.resolve(1), { status: 'fulfilled', value: 1 }],
    ['rejects', () => Promise.reject(broken), { status: 'rejected', reason: broken }],
    [
      'throws',
      () => {
        throw broken;
      },
      { status: 'rejected', reason: broken },
    ],
    [
      'returns a thenable that calls back twice',
      () => ({ then: (resolve: (value: number) => void) => [1, 2].forEach(resolve) }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'returns an object whose then cannot be read',
      () => Object.defineProperty({}, 'then', { get: () => { throw broken; } }), // prettier-ignore
      { status: 'rejected', reason: broken },
    ],
    ['returns a promise that cannot be waited for', forgetful, { status: 'rejected', reason: broken }],
  ];

  it.each(outcomes)('%s: one outcome, told of once if it is a failure (R13, R14)', async (_does, receive, outcome) => {
    const receiver = (): unknown => receive();
    const { manager, failures } = connected(receiver, filter);
    const told = 'reason' in outcome ? [broken] : [];
    expect(await manager.send(signal, {}, filter)).toEqual([{ ...outcome, receiver }]);
    expect(failures).toEqual(told);
    manager.emit(signal, {}, filter);
    await manager.drain();
    expect(failures).toEqual([...told, ...told]);
    expect(manager.pending).toBe(0);
  });

  it('counts as pending until it has settled, and then no more (R13, R23)', async () => {
    let finish: (() => void) | undefined;
    const { manager } = connected(() => new Promise<void>((resolve) => (finish = resolve)), filter);
    manager.emit(signal, {}, filter);
    expect(manager.pending).toBe(1);
    const drained = manager.drain();
    finish?.();
    await drained;
    const sent = manager.send(signal, {}, filter);
    expect(manager.pending).toBe(1);
    finish?.();
    await sent;
    expect(manager.pending).toBe(0);
  });

  it('may leave, return, mute and send in its own call (R15)', () => {
    const calls: string[] = [];
    const manager = new SignalManager();
    let connection: Connection | undefined;
    const receiver = ({ depth }: { depth: number }): void => {
      calls.push(`begin ${depth}`);
      connection?.disconnect();
      manager.emit(signal, { depth: depth + 1 }, filter);
      connection = manager.connect(receiver, signal, filter);
      if (depth < 3) manager.emit(signal, { depth: depth + 1 }, filter);
      calls.push(`end ${depth}`);
    };
    connection = manager.connect(receiver, signal, filter);
    manager.emit(signal, { depth: 1 }, filter);
    expect(calls).toEqual(['begin 1', 'begin 2', 'begin 3', 'end 3', 'end 2', 'end 1']);
    const muted = manager.mute(signal);
    manager.emit(signal, { depth: 3 }, filter);
    expect(calls).toHaveLength(6);
    muted[Symbol.dispose]();
    manager.emit(signal, { depth: 3 }, filter);
    expect(calls).toHaveLength(8);
  });

  it('is found by options that are read before it is chosen, each once (R11, R15, R24)', async () => {
    const receiver = jest.fn();
    const { manager } = connected(receiver, filter);
    let muted: Disposable | undefined;
    const names: PropertyKey[] = [];
    const handler: ProxyHandler<object> = {
      get: (target, name): unknown => {
        names.push(name);
        muted?.[Symbol.dispose]();
        if (mutes) muted = manager.mute(signal);
        return Reflect.get(target, name);
      },
    };
    let mutes = false;
    await manager.send(signal, {}, new Proxy(filter ?? {}, handler));
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(names.filter((name) => name === 'sender' || name === 'key')).toEqual(['sender', 'key']);
    mutes = true;
    await manager.send(signal, {}, new Proxy(filter ?? {}, handler));
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('is one of several as soon as another joins, and alone again when that leaves', async () => {
    const receiver = (): string => 'first';
    const { manager } = connected(receiver, filter);
    const values = async (): Promise<unknown[]> => {
      const results = await manager.send(signal, {}, filter);
      return results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason));
    };
    const another = manager.connect(() => 'second', signal, filter);
    const early = manager.connect(() => 'early', signal, { ...filter, priority: 1 });
    expect(await values()).toEqual(['early', 'first', 'second']);
    another.disconnect();
    early.disconnect();
    expect(await values()).toEqual(['first']);
    // The same function by another way: it is more than one link now.
    manager.connect(receiver, signal, { key: 'other' });
    expect(await values()).toEqual(['first']);
    manager.connect(receiver, signal, { once: true });
    expect(await values()).toEqual(['first']);
    expect(manager.disconnect(receiver, signal)).toBe(true);
    expect(await values()).toEqual([]);
    expect(manager.signals()).toEqual([]);
  });
});
