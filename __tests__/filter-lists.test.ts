import { describe, expect, it, jest } from '@jest/globals';
import { type Filter, SignalManager } from '../src/index.js';
import { errorOf, rejectionOf } from './helpers/promises.js';
import { isCalled, reaches, signal } from './helpers/reach.js';

describe('one and many (R7)', () => {
  const all: Filter = { sender: 'a', senders: ['b', 'c'], key: 1, keys: new Set([2, 3]) };
  const each: Filter[] = [{ sender: 'a' }, { sender: 'b' }, { sender: 'c' }, { key: 1 }, { key: 2 }, { key: 3 }];

  it.each(each)('add up when connecting: %p', async (sent) => {
    expect(await reaches(all, sent)).toBe(true);
  });

  it.each(each)('add up when sending: %p', async (connected) => {
    expect(await reaches(connected, all)).toBe(true);
  });

  it('add up when disconnecting', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const connection = manager.connect(receiver, signal, all);
    expect(manager.disconnect(receiver, signal, { sender: 'a', senders: ['b'], key: 1, keys: [2] })).toBe(true);
    expect(each.map((filter) => manager.hasReceivers(signal, filter))).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
    expect(manager.disconnect(receiver, signal, { senders: ['c'], keys: [3] })).toBe(true);
    expect(connection.connected).toBe(false);
  });

  it.each<[string, () => Iterable<unknown>]>([
    ['an array', () => ['k', 'l']],
    ['a Set', () => new Set(['k', 'l'])],
    ['the keys of a Map', () => new Map([['k', 1] as const, ['l', 2] as const]).keys()],
    [
      'a generator',
      function* () {
        yield 'k';
        yield 'l';
      },
    ],
  ])('%s of keys or senders is gone through once', async (_kind, make) => {
    for (const [many, one] of [
      ['keys', 'key'],
      ['senders', 'sender'],
    ] as const) {
      const manager = new SignalManager();
      const receiver = jest.fn();
      let iterations = 0;
      const iterable: Iterable<unknown> = {
        [Symbol.iterator]: () => {
          iterations += 1;
          return make()[Symbol.iterator]();
        },
      };
      manager.connect(receiver, signal, { [many]: iterable });
      expect(manager.receivers(signal, { [many]: make() })).toEqual([receiver]);
      expect(manager.receivers(signal, { [one]: 'l' })).toEqual([receiver]);
      expect(await manager.send(signal, {}, { [many]: iterable })).toHaveLength(1);
      expect(manager.disconnect(receiver, signal, { [many]: iterable })).toBe(true);
      expect(manager.signals()).toEqual([]);
      expect(iterations).toBe(3);
    }
  });

  it.each(['keys', 'senders'])('connects by what %s were when they were first read', (many) => {
    const [one, other] = many === 'keys' ? [{ key: 'k' }, { key: 'l' }] : [{ sender: 'k' }, { sender: 'l' }];
    const reads = [['k']];
    const options = Object.defineProperty({}, many, { get: () => reads.pop(), enumerable: true });
    const manager = new SignalManager();
    manager.connect(() => many, signal, options);
    expect([manager.hasReceivers(signal, one), manager.hasReceivers(signal, other)]).toEqual([true, false]);
  });

  it('an array changed after connect does not change the filter', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const keys = ['k'];
    const connection = manager.connect(receiver, signal, { keys });
    keys[0] = 'x';
    expect(await isCalled(manager, receiver, { key: 'k' })).toBe(true);
    expect(await isCalled(manager, receiver, { key: 'x' })).toBe(false);
    connection.disconnect();
    expect(await isCalled(manager, receiver, { key: 'k' })).toBe(false);
  });

  it.each(['senders', 'keys'])('an empty iterable of %s is a TypeError in connect and disconnect', (name) => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const connection = manager.connect(receiver, signal, { key: 'k', sender: 's' });
    for (const empty of [[], new Set(), new Map().values(), (function* () {})()]) {
      const filter: Filter = { [name]: empty };
      for (const refusal of [
        errorOf(() => manager.connect(() => undefined, signal, filter)),
        errorOf(() => manager.disconnect(receiver, signal, filter)),
      ]) {
        expect(refusal).toBeInstanceOf(TypeError);
        expect((refusal as TypeError).message).toMatch(new RegExp(`Expected.*\`${name}\`.*, got `, 's'));
      }
    }
    expect(connection.connected).toBe(true);
    expect(manager.receivers(signal, { key: 'k' })).toEqual([receiver]);
    expect(manager.receivers(signal, { sender: 's' })).toEqual([receiver]);
    expect(manager.receivers(signal)).toEqual([]);
  });

  it('an iterable that throws half way leaves nothing behind', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const broken = new Error('broken');
    const keys = () =>
      (function* () {
        yield 'k';
        throw broken;
      })();
    expect(errorOf(() => manager.connect(receiver, signal, { keys: keys() }))).toBe(broken);
    expect(manager.signals()).toEqual([]);
    manager.connect(receiver, signal, { key: 'k' });
    expect(errorOf(() => manager.disconnect(receiver, signal, { keys: keys() }))).toBe(broken);
    expect(errorOf(() => manager.sendSync(signal, {}, { keys: keys() }))).toBe(broken);
    expect(await rejectionOf(manager.send(signal, {}, { keys: keys() }))).toBe(broken);
    expect(manager.receivers(signal, { key: 'k' })).toEqual([receiver]);
    expect(manager.pending).toBe(0);
    expect(receiver).not.toHaveBeenCalled();
  });

  it.each(['sender', 'keys', 'priority', 'uid', 'once', 'abortSignal'])(
    'an option %s that throws when it is read leaves nothing behind',
    (name) => {
      const manager = new SignalManager();
      const broken = new Error('broken');
      const options = { key: 'k' };
      Object.defineProperty(options, name, {
        enumerable: true,
        get() {
          throw broken;
        },
      });
      expect(errorOf(() => manager.connect(() => undefined, signal, options))).toBe(broken);
      expect(manager.signals()).toEqual([]);
      expect(manager.receivers(signal, { key: 'k' })).toEqual([]);
    },
  );
});
