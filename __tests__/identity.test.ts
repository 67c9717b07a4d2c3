import { describe, expect, it, jest } from '@jest/globals';
import { ANY, type Connection, SignalManager } from '../src/index.js';
import { collectGarbage, heapUsed } from './helpers/gc.js';
import { callList, fulfilled } from './helpers/results.js';

const signal = Symbol('started');

/** Which of the keys reach the receiver. */
function reachedBy(manager: SignalManager, receiver: () => unknown, keys: readonly unknown[]): unknown[] {
  return keys.filter((key) => manager.receivers(signal, { key }).includes(receiver));
}

describe('who is one receiver (R3)', () => {
  it('is the function: connected twice, called once', () => {
    const manager = new SignalManager();
    const receiver = jest.fn(() => 'value');
    manager.connect(receiver, signal);
    manager.connect(receiver, signal);
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, 'value')]);
    expect(manager.receivers(signal)).toEqual([receiver]);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('is the pair of function and thisArg', () => {
    const manager = new SignalManager();
    const called: unknown[] = [];
    function receiver(this: unknown): void {
      called.push(this);
    }
    const [first, second] = [{ name: 'first' }, { name: 'second' }];
    manager.connect(receiver, signal, { thisArg: first });
    manager.connect(receiver, signal, { thisArg: second });
    manager.connect(receiver, signal, { thisArg: first });
    manager.sendSync(signal);
    expect(called).toHaveLength(2);
    expect(called[0]).toBe(first);
    expect(called[1]).toBe(second);
  });

  it('is another one with than without thisArg', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const thisArg = {};
    manager.connect(receiver, signal);
    manager.connect(receiver, signal, { thisArg });
    expect(manager.sendSync(signal)).toHaveLength(2);
    expect(manager.disconnect(receiver, signal)).toBe(true);
    expect(manager.sendSync(signal)).toHaveLength(1);
    expect(receiver.mock.contexts.at(-1)).toBe(thisArg);
    expect(manager.disconnect(receiver, signal, { thisArg: {} })).toBe(false);
    expect(manager.disconnect(receiver, signal, { thisArg })).toBe(true);
    expect(manager.sendSync(signal)).toEqual([]);
  });

  it('is the uid alone: a second connect keeps the first function', () => {
    const manager = new SignalManager();
    const [first, second] = [jest.fn(() => 1), jest.fn(() => 2)];
    const a = manager.connect(first, signal, { uid: 'stats' });
    const b = manager.connect(second, signal, { uid: 'stats' });
    expect(manager.sendSync(signal)).toEqual([fulfilled(first, 1)]);
    expect(a.disconnect()).toBe(true);
    expect(b.connected).toBe(true);
    expect(manager.sendSync(signal)).toEqual([fulfilled(first, 1)]);
    expect(b.disconnect()).toBe(true);
    expect(manager.sendSync(signal)).toEqual([]);
    expect(second).not.toHaveBeenCalled();
  });

  it('is the uid alone: a second connect keeps the first thisArg, too', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const [first, second] = [{}, {}];
    manager.connect(receiver, signal, { uid: 'stats', thisArg: first });
    manager.connect(receiver, signal, { uid: 'stats', thisArg: second });
    expect(manager.sendSync(signal)).toHaveLength(1);
    expect(receiver.mock.contexts[0]).toBe(first);
  });

  it('starts anew when the last connection of a uid is gone', () => {
    const manager = new SignalManager();
    const [first, second] = [() => 1, () => 2];
    manager.connect(first, signal, { uid: 'stats' }).disconnect();
    manager.connect(second, signal, { uid: 'stats' });
    expect(manager.sendSync(signal)).toEqual([fulfilled(second, 2)]);
  });

  it('with a uid is not found by its function, but by its uid whatever the function', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    const connection = manager.connect(receiver, signal, { uid: 'stats' });
    expect(manager.disconnect(receiver, signal)).toBe(false);
    expect(manager.disconnect(receiver)).toBe(false);
    expect(manager.disconnect(receiver, signal, { uid: 'other' })).toBe(false);
    expect(connection.connected).toBe(true);
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, 1)]);
    expect(manager.disconnect(() => 2, signal, { uid: 'stats' })).toBe(true);
    expect(connection.connected).toBe(false);
    expect(manager.sendSync(signal)).toEqual([]);
  });

  it('with a uid is another one than its function without', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    manager.connect(receiver, signal, { uid: 'stats' });
    expect(manager.sendSync(signal)).toHaveLength(2);
    expect(manager.disconnect(receiver, signal)).toBe(true);
    expect(manager.sendSync(signal)).toHaveLength(1);
  });

  it('tells uids apart like Map keys do: a symbol is not its description', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const uid = Symbol('stats');
    for (const each of [uid, uid, Symbol('stats'), 'stats', 'stats']) manager.connect(receiver, signal, { uid: each });
    expect(manager.receivers(signal)).toHaveLength(3);
  });

  it('is one receiver on the signal and on ANY: a send calls it once', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const any = manager.connect(receiver, ANY);
    const own = manager.connect(receiver, signal);
    expect(manager.sendSync(signal)).toHaveLength(1);
    any.disconnect();
    expect(manager.sendSync(signal)).toHaveLength(1);
    own.disconnect();
    expect(manager.sendSync(signal)).toHaveLength(0);
    expect(receiver).toHaveBeenCalledTimes(2);
  });
});

describe('the place of a receiver connected several times (R3)', () => {
  it('is that of its first connection, whatever the later priorities', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const [a, b] = [receiver('a'), receiver('b')];
    manager.connect(a, signal, { priority: 1 });
    manager.connect(b, signal, { priority: 1 });
    manager.connect(b, signal, { priority: 9 });
    manager.connect(a, signal, { priority: -9 });
    manager.sendSync(signal);
    expect(calls).toEqual(['a', 'b']);
  });

  it('stays while any connection remains, even when the first is gone', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const [a, b] = [receiver('a'), receiver('b')];
    const first = manager.connect(a, signal, { priority: 5 });
    manager.connect(b, signal, { priority: 3 });
    manager.connect(a, signal);
    first.disconnect();
    manager.sendSync(signal);
    expect(calls).toEqual(['a', 'b']);
  });

  it('stays when the connections have different filters', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const [a, b] = [receiver('a'), receiver('b')];
    const first = manager.connect(a, signal, { key: 1 });
    manager.connect(b, signal);
    manager.connect(a, signal, { key: 2 });
    manager.sendSync(signal, {}, { key: 2 });
    first.disconnect();
    manager.sendSync(signal, {}, { key: 2 });
    expect(calls).toEqual(['a', 'b', 'a', 'b']);
  });

  it('is lost when all are gone', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const [a, b] = [receiver('a'), receiver('b')];
    const handles = [manager.connect(a, signal, { priority: 5 }), manager.connect(a, signal)];
    manager.connect(b, signal);
    for (const handle of handles) handle.disconnect();
    manager.connect(a, signal);
    manager.sendSync(signal);
    expect(calls).toEqual(['b', 'a']);
  });
});

describe('Connection (R3)', () => {
  it('disconnects once: true, then false', () => {
    const connection = new SignalManager().connect(() => undefined, signal);
    expect(connection.connected).toBe(true);
    expect(connection.disconnect()).toBe(true);
    expect(connection.connected).toBe(false);
    expect(connection.disconnect()).toBe(false);
    expect(connection.connected).toBe(false);
  });

  it('is disposed at the end of its block', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    let seen: Connection;
    {
      using connection = manager.connect(receiver, signal);
      seen = connection;
      expect(manager.receivers(signal)).toEqual([receiver]);
    }
    expect(seen.connected).toBe(false);
    expect(manager.receivers(signal)).toEqual([]);
    expect(() => seen[Symbol.dispose]()).not.toThrow();
  });

  it.each([
    ['the older', 0],
    ['the newer', 1],
  ])('undoes its own connect alone: %s of two equal ones is disposed', (_which, index) => {
    const manager = new SignalManager();
    const receiver = () => 1;
    const handles = [manager.connect(receiver, signal), manager.connect(receiver, signal)] as const;
    const gone = handles[index as 0 | 1];
    const other = handles[index === 0 ? 1 : 0];
    expect(gone.disconnect()).toBe(true);
    expect([gone.connected, other.connected]).toEqual([false, true]);
    // A handle that is gone must not count down a second time.
    expect(gone.disconnect()).toBe(false);
    gone[Symbol.dispose]();
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, 1)]);
    expect(other.disconnect()).toBe(true);
    expect(manager.sendSync(signal)).toEqual([]);
  });

  it('undoes its own keys, and leaves those another one asked for, too', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const a = manager.connect(receiver, signal, { keys: [1, 2] });
    const b = manager.connect(receiver, signal, { keys: [2, 3] });
    expect(reachedBy(manager, receiver, [1, 2, 3, 4])).toEqual([1, 2, 3]);
    a.disconnect();
    expect(reachedBy(manager, receiver, [1, 2, 3, 4])).toEqual([2, 3]);
    b.disconnect();
    expect(reachedBy(manager, receiver, [1, 2, 3, 4])).toEqual([]);
  });

  it('names a key twice and still undoes it at once', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const connection = manager.connect(receiver, signal, { key: 1, keys: [1, 1] });
    expect(connection.disconnect()).toBe(true);
    expect(reachedBy(manager, receiver, [1])).toEqual([]);
    expect(manager.signals()).toEqual([]);
  });

  it('with a filter leaves the one without, and the other way round', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const filtered = manager.connect(receiver, signal, { key: 1, sender: 'app' });
    const plain = manager.connect(receiver, signal);
    expect(manager.receivers(signal)).toEqual([receiver]);
    plain.disconnect();
    expect(manager.receivers(signal)).toEqual([]);
    expect(manager.receivers(signal, { sender: 'app' })).toEqual([receiver]);
    const again = manager.connect(receiver, signal);
    filtered.disconnect();
    expect(manager.receivers(signal)).toEqual([receiver]);
    again.disconnect();
    expect(manager.receivers(signal, { key: 1, sender: 'app' })).toEqual([]);
  });

  it('knows that manager.disconnect has taken it away', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const handles = [manager.connect(receiver, signal), manager.connect(receiver, signal, { key: 1 })];
    expect(manager.disconnect(receiver, signal)).toBe(true);
    expect(handles.map((handle) => handle.connected)).toEqual([false, false]);
    expect(handles.map((handle) => handle.disconnect())).toEqual([false, false]);
    expect(manager.disconnect(receiver, signal)).toBe(false);
  });

  it('that manager.disconnect has taken away does not touch what was connected afterwards', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const old = manager.connect(receiver, signal);
    manager.disconnect(receiver, signal);
    const current = manager.connect(receiver, signal);
    expect(old.connected).toBe(false);
    expect(old.disconnect()).toBe(false);
    expect(current.connected).toBe(true);
    expect(manager.receivers(signal)).toEqual([receiver]);
  });

  it('that disconnectAll has taken away does not touch what was connected afterwards', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const old = manager.connect(receiver, signal, { key: 1 });
    manager.disconnectAll(signal);
    manager.connect(receiver, signal, { key: 1 });
    expect(old.disconnect()).toBe(false);
    expect(manager.receivers(signal, { key: 1 })).toEqual([receiver]);
  });

  it('keeps what a partial disconnect left, and undoes only that', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const old = manager.connect(receiver, signal, { keys: [1, 2] });
    expect(manager.disconnect(receiver, signal, { key: 1 })).toBe(true);
    expect(old.connected).toBe(true);
    expect(reachedBy(manager, receiver, [1, 2])).toEqual([2]);
    const current = manager.connect(receiver, signal, { key: 1 });
    expect(old.disconnect()).toBe(true);
    expect(current.connected).toBe(true);
    expect(reachedBy(manager, receiver, [1, 2])).toEqual([1]);
  });

  it('is gone when partial disconnects have taken all it asked for', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const sender = {};
    const connection = manager.connect(receiver, signal, { keys: [1, 2], sender });
    expect(manager.disconnect(receiver, signal, { key: 1 })).toBe(true);
    expect(manager.disconnect(receiver, signal, { sender })).toBe(true);
    expect(connection.connected).toBe(true);
    expect(manager.disconnect(receiver, signal, { key: 2 })).toBe(true);
    expect(connection.connected).toBe(false);
    expect(connection.disconnect()).toBe(false);
    expect(manager.signals()).toEqual([]);
  });

  it('of a used-up once connection does not touch what was connected afterwards', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    const once = manager.connect(receiver, signal, { once: true });
    manager.sendSync(signal);
    manager.connect(receiver, signal, { once: true });
    expect(once.connected).toBe(false);
    expect(once.disconnect()).toBe(false);
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, 1)]);
    expect(manager.sendSync(signal)).toEqual([]);
  });

  it('counts through any order of disposal', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    const handles = Array.from({ length: 5 }, () => manager.connect(receiver, signal, { key: 'k' }));
    for (const index of [3, 0, 4, 1]) {
      expect(handles[index]?.disconnect()).toBe(true);
      expect(manager.sendSync(signal, {}, { key: 'k' })).toEqual([fulfilled(receiver, 1)]);
    }
    expect(handles.map((handle) => handle.connected)).toEqual([false, false, true, false, false]);
    expect(handles[2]?.disconnect()).toBe(true);
    expect(manager.sendSync(signal, {}, { key: 'k' })).toEqual([]);
  });
});

describe('identical connects (R3)', () => {
  const thisArg = {};
  it.each([
    ['no options', {}],
    ['a priority', { priority: 3 }],
    ['a thisArg', { thisArg }],
    ['a uid', { uid: 'stats' }],
    ['a key', { key: 'k' }],
    ['keys and a sender', { keys: ['k', 'l'], sender: thisArg }],
    ['weak', { weak: true }],
    ['once', { once: true }],
  ])('cost the memory of one registration: %s', async (_options, options) => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const kept = manager.connect(receiver, signal, options);
    connectMany(1_000);
    await collectGarbage();
    const before = heapUsed();
    connectMany(200_000);
    await collectGarbage();
    expect(heapUsed() - before).toBeLessThan(1_500_000);
    expect(kept.disconnect()).toBe(true);
    expect(manager.sendSync(signal, {}, { key: 'k' })).toHaveLength(1);

    function connectMany(count: number): void {
      for (let i = 0; i < count; i++) manager.connect(receiver, signal, options);
    }
  });
});
