import { describe, expect, it, jest } from '@jest/globals';
import { type Filter, SignalManager } from '../src/index.js';
import { errorOf, rejectionOf } from './helpers/promises.js';
import { isCalled, reaches, signal } from './helpers/reach.js';

const spider = { name: 'spider' };
const otherSpider = { name: 'spider' };

describe('a receiver without a filter', () => {
  it.each<[string, Filter]>([
    ['no filter', {}],
    ['a sender', { sender: spider }],
    ['senders', { senders: [spider, 'b'] }],
    ['a key', { key: 'k' }],
    ['keys', { keys: ['k', 'l'] }],
    ['a sender and keys', { sender: null, keys: [NaN] }],
    ['empty iterables', { senders: [], keys: new Set() }],
  ])('is called by a send with %s (R4)', async (_what, sent) => {
    expect(await reaches({}, sent)).toBe(true);
  });
});

describe('a receiver with senders and keys', () => {
  const connected: Filter = { senders: [spider, 'cron'], keys: ['k', 'l'] };

  it.each<[string, boolean, Filter]>([
    ['one of its senders', true, { sender: spider }],
    ['its other sender', true, { sender: 'cron' }],
    ['one of its keys', true, { key: 'l' }],
    ['one of its senders among others', true, { senders: [{}, 'cron', 7] }],
    ['one of its keys among others', true, { keys: ['x', 'y', 'k'] }],
    ['its sender and a foreign key', true, { sender: spider, key: 'x' }],
    ['a foreign sender and its key', true, { sender: 'x', key: 'k' }],
    ['its sender and its key (once)', true, { sender: spider, key: 'k' }],
    ['all its senders and keys (once)', true, connected],
    ['a foreign sender', false, { sender: 'x' }],
    ['a foreign key', false, { key: 'x' }],
    ['a foreign sender and key', false, { sender: 'x', key: 'x' }],
    ['its key as the sender', false, { sender: 'k' }],
    ['its sender as the key', false, { key: spider }],
    ['neither', false, {}],
    ['empty iterables', false, { senders: [], keys: [] }],
    ['undefined as sender and key', false, { sender: undefined, key: undefined }],
    ['null as sender', false, { sender: null }],
    ['null as key', false, { key: null }],
  ])('and a send with %s: called %p (R5)', async (_what, called, sent) => {
    expect(await reaches(connected, sent)).toBe(called);
  });

  it.each<[string, boolean, Filter, Filter]>([
    ['only senders, sent with a sender', true, { sender: spider }, { sender: spider }],
    ['only senders, sent with a key', false, { sender: spider }, { key: 'k' }],
    ['only senders, sent without', false, { sender: spider }, {}],
    ['only keys, sent with the key', true, { key: 'k' }, { key: 'k' }],
    ['only keys, sent with a sender', false, { key: 'k' }, { sender: 'k' }],
    ['only keys, sent without', false, { key: 'k' }, {}],
  ])('%s: called %p (R5)', async (_what, called, filter, sent) => {
    expect(await reaches(filter, sent)).toBe(called);
  });

  it('on several connections is called once by a send that matches all of them (R3, R5)', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    manager.connect(receiver, signal, { sender: spider });
    manager.connect(receiver, signal, { keys: ['k', 'l'] });
    expect(await isCalled(manager, receiver, { sender: spider, keys: ['l', 'k'] })).toBe(true);
  });
});

describe('what is the same sender or key (R6)', () => {
  const token = Symbol('same');
  const pairs: [
    what: string,
    same: boolean,
    connected: NonNullable<unknown> | null,
    sent: NonNullable<unknown> | null,
  ][] = [
    ['the same object', true, spider, spider],
    ['an object that looks the same', false, spider, otherSpider],
    ['the same function', true, isCalled, isCalled],
    ['the same symbol', true, token, token],
    ['a symbol with the same description', false, token, Symbol('same')],
    ['a registered symbol', true, Symbol.for('signalbox tests: key'), Symbol.for('signalbox tests: key')],
    ['the same string', true, 'a', 'a'],
    ['a string that differs in case', false, 'a', 'A'],
    ['the empty string', true, '', ''],
    ['a number and its string', false, 1, '1'],
    ['NaN and NaN', true, NaN, NaN],
    ['0 and -0', true, 0, -0],
    ['-0 and 0', true, -0, 0],
    ['0 and false', false, 0, false],
    ['false and false', true, false, false],
    ['equal bigints', true, 10n ** 20n, 10n ** 20n],
    ['a bigint and a number', false, 1n, 1],
    ['null and null', true, null, null],
    ['null and 0', false, null, 0],
  ];

  it.each(pairs)('%s: %p as sender', async (_what, same, connected, sent) => {
    expect(await reaches({ sender: connected }, { sender: sent })).toBe(same);
    expect(await reaches({ senders: [connected] }, { senders: ['x', sent] })).toBe(same);
  });

  it.each(pairs)('%s: %p as key', async (_what, same, connected, sent) => {
    expect(await reaches({ key: connected }, { key: sent })).toBe(same);
    expect(await reaches({ keys: ['x', connected] }, { keys: [sent] })).toBe(same);
  });

  it.each(pairs)('%s: %p for disconnect', (_what, same, connected, named) => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    manager.connect(receiver, signal, { sender: connected });
    manager.connect(receiver, signal, { key: connected });
    expect(manager.disconnect(receiver, signal, { sender: named })).toBe(same);
    expect(manager.disconnect(receiver, signal, { keys: [named] })).toBe(same);
    expect(manager.receivers(signal, { sender: connected, key: connected })).toEqual(same ? [] : [receiver]);
  });

  it('undefined means not given: the receiver is connected without a filter', async () => {
    const undefinedOptions = { sender: undefined, key: undefined };
    expect(await reaches(undefinedOptions, {})).toBe(true);
    expect(await reaches({ sender: undefined, key: 'k' }, {})).toBe(false);
    expect(await reaches({ senders: undefined, keys: undefined }, {})).toBe(true);
  });

  it('undefined means not given: disconnect takes the whole receiver', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    manager.connect(receiver, signal, { keys: ['k', 'l'] });
    expect(manager.disconnect(receiver, signal, { key: undefined })).toBe(true);
    expect(manager.signals()).toEqual([]);
  });

  it.each(['senders', 'keys'])('undefined among %s is a TypeError that changes and calls nothing', async (name) => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    manager.connect(receiver, signal, { key: 'k', sender: 'k' });
    const filter: Filter = { [name]: ['k', undefined] };
    const refusals = [
      errorOf(() => manager.connect(() => undefined, signal, filter)),
      errorOf(() => manager.disconnect(receiver, signal, filter)),
      errorOf(() => manager.sendSync(signal, {}, filter)),
      errorOf(() => manager.emit(signal, {}, filter)),
      errorOf(() => manager.receivers(signal, filter)),
      errorOf(() => manager.hasReceivers(signal, filter)),
      errorOf(() => manager.explain(signal, filter)),
      errorOf(() => manager.stream(signal, filter)),
      await rejectionOf(manager.send(signal, {}, filter)),
      await rejectionOf(manager.sendSerial(signal, {}, filter)),
      await rejectionOf(manager.wait(signal, filter)),
    ];
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(TypeError);
      expect((refusal as TypeError).message).toContain(`\`${name}\``);
    }
    expect(receiver).not.toHaveBeenCalled();
    expect(manager.receivers(signal)).toEqual([receiver]);
    expect(manager.disconnect(receiver, signal, { key: 'k' })).toBe(true);
    expect(manager.disconnect(receiver, signal, { sender: 'k' })).toBe(true);
  });
});
