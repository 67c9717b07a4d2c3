import { describe, expect, it } from '@jest/globals';
import { ANY, type Explanation, type Filter, SignalManager } from '../src/index.js';

const started = Symbol('started');
const stopped = Symbol('stopped');

describe('SignalManager#explain', () => {
  function explanations(manager: SignalManager, filter: Filter): [string, boolean, string][] {
    return manager.explain(started, filter).map(({ name, matches, because }) => [name, matches, because]);
  }

  function connectAll(): SignalManager {
    const manager = new SignalManager();
    function plain(): void {}
    function keyed(): void {}
    function bySender(): void {}
    function any(): void {}
    function foreign(): void {}
    manager.connect(plain, started);
    manager.connect(keyed, started, { keys: ['k', 'l'] });
    manager.connect(bySender, started, { sender: 'app' });
    manager.connect(any, ANY);
    manager.connect(foreign, stopped);
    return manager;
  }

  const tables: [string, Filter, [string, boolean, Explanation['because']][]][] = [
    [
      'no filter',
      {},
      [
        ['plain', true, 'unfiltered'],
        ['keyed', false, 'no matching sender or key'],
        ['bySender', false, 'no matching sender or key'],
        ['any', true, 'any signal'],
      ],
    ],
    [
      'a key',
      { key: 'l' },
      [
        ['plain', true, 'unfiltered'],
        ['keyed', true, 'key'],
        ['bySender', false, 'no matching sender or key'],
        ['any', true, 'any signal'],
      ],
    ],
    [
      'a sender and a foreign key',
      { sender: 'app', key: 'x' },
      [
        ['plain', true, 'unfiltered'],
        ['keyed', false, 'no matching sender or key'],
        ['bySender', true, 'sender'],
        ['any', true, 'any signal'],
      ],
    ],
  ];

  it.each(tables)(
    'says for every receiver of the signal and of ANY: called or not, and why: %s',
    (_what, filter, rows) => {
      const explained = explanations(connectAll(), filter);
      expect(explained).toHaveLength(rows.length);
      expect(new Map(explained.map((row) => [row[0], row]))).toEqual(new Map(rows.map((row) => [row[0], row])));
    },
  );

  it('says that all are muted', () => {
    const manager = connectAll();
    for (const mute of [() => manager.mute(started), () => manager.mute()]) {
      using _muted = mute();
      const explained = explanations(manager, { key: 'k' });
      expect(explained).toHaveLength(4);
      expect(explained.filter(([, matches]) => matches)).toEqual([]);
      const because = new Map(explained.map(([name, , why]) => [name, why]));
      expect([because.get('plain'), because.get('keyed'), because.get('any')]).toEqual(['muted', 'muted', 'muted']);
    }
    expect(explanations(manager, {}).filter(([, , why]) => why === 'muted')).toEqual([]);
  });

  it('describes a receiver of the signal and of ANY once, by the signal if that reaches it', () => {
    const manager = new SignalManager();
    function both(): void {}
    function plain(): void {}
    function last(): void {}
    manager.connect(both, ANY, { priority: 1 });
    manager.connect(plain, started);
    manager.connect(both, started, { key: 'k' });
    manager.connect(last, ANY);
    expect(explanations(manager, { key: 'k' })).toEqual([
      ['both', true, 'key'],
      ['plain', true, 'unfiltered'],
      ['last', true, 'any signal'],
    ]);
    expect(explanations(manager, {})[0]).toEqual(['both', true, 'any signal']);
    using _muted = manager.mute(ANY);
    expect(explanations(manager, {})).toEqual([
      ['both', false, 'muted'],
      ['plain', true, 'unfiltered'],
      ['last', false, 'muted'],
    ]);
    expect(explanations(manager, { key: 'k' })[0]).toEqual(['both', true, 'key']);
  });

  it('names the receiver itself', () => {
    const manager = new SignalManager();
    function openDatabase(): void {}
    manager.connect(openDatabase, started, { key: 'k' });
    expect(manager.explain(started, { key: 'k' })).toEqual([
      { receiver: openDatabase, name: 'openDatabase', matches: true, because: 'key' },
    ]);
  });

  it('has a name for an anonymous receiver, too', () => {
    const manager = new SignalManager();
    manager.connect(
      (
        () => () =>
          undefined
      )(),
      started,
    );
    expect(manager.explain(started).map(({ name }) => name)).toEqual([expect.stringMatching(/./)]);
  });

  it('agrees with receivers', () => {
    const manager = connectAll();
    for (const filter of [{}, { key: 'k' }, { sender: 'app' }, { sender: 'app', key: 'l' }]) {
      const explained = manager.explain(started, filter).filter(({ matches }) => matches);
      expect(new Set(explained.map(({ receiver }) => receiver))).toEqual(new Set(manager.receivers(started, filter)));
    }
  });

  it('of a signal nobody is connected to is empty', () => {
    expect(new SignalManager().explain(started)).toEqual([]);
  });
});
