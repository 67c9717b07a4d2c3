import { describe, expect, it, jest } from '@jest/globals';
import { ANY, SignalManager } from '../src/index.js';
import { collectGarbage, heapUsed } from './helpers/gc.js';
import { callList, fulfilled } from './helpers/results.js';

const signal = Symbol('started');

describe('the identity of a receiver (R3)', () => {
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

  it('differs with and without thisArg', () => {
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

  it('differs with a uid and without one', () => {
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

describe.each<[string, typeof ANY | typeof signal, typeof ANY | typeof signal]>([
  ['ANY, then to its signal', ANY, signal],
  ['its signal, then to ANY', signal, ANY],
])('a receiver connected to %s (R3)', (_which, one, two) => {
  it('is called on its `thisArg`', () => {
    const manager = new SignalManager();
    const thisArg = {};
    function receiver(this: unknown) {
      return this === thisArg;
    }
    for (const each of [one, two]) manager.connect(receiver, each, { thisArg });
    expect(manager.sendSync(signal)).toMatchObject([{ value: true }]);
  });

  it('keeps the function of the first when both have its uid', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    manager.connect(receiver('first'), one, { uid: 'u' });
    manager.connect(receiver('second'), two, { uid: 'u' });
    manager.sendSync(signal);
    expect(calls).toEqual(['first']);
  });
});

describe('the position of a receiver connected several times (R3)', () => {
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

  it.each<[string, typeof ANY | typeof signal, typeof ANY | typeof signal]>([
    ['ANY, then its signal', ANY, signal],
    ['its signal, then ANY', signal, ANY],
  ])('is that of the first of its connections to ANY and its signal: %s', (_which, one, two) => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const [a, b, c, d] = [receiver('a'), receiver('b'), receiver('c'), receiver('d')];
    manager.connect(a, signal);
    manager.connect(d, signal, { priority: 1 });
    manager.connect(b, one, { priority: 1 });
    manager.connect(c, signal, { priority: 1 });
    manager.connect(b, two, { priority: -1 });
    manager.sendSync(signal);
    manager.sendSync(signal, {}, { reverse: true });
    expect(calls).toEqual(['d', 'b', 'c', 'a', 'a', 'c', 'b', 'd']);
    expect(manager.receivers(signal)).toEqual([d, b, c, a]);
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
    ['once by keys', { once: true, keys: ['k', 'l'] }],
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
