import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as signalbox from '../../src/index.js';
import { Signal, connect, disconnect, emit, send, sharedManager } from '../../src/index.js';
import { isolateSharedManager } from '../../src/testing/index.js';
import { DISPOSE } from '../../src/internal/dispose.js';
import { STATE } from '../../src/signals/tokens.js';

/** The library loaded a second time, as another bundle or the other module format would have it. */
let copy: typeof signalbox;

beforeAll(async () => {
  await jest.isolateModulesAsync(async () => {
    copy = await import('../../src/index.js');
  });
});

afterEach(() => {
  sharedManager().disconnectAll();
});

const token = Symbol('token');

describe('isolateSharedManager (S6)', () => {
  it('makes a new manager the shared one, in all copies, until it is disposed', () => {
    const before = sharedManager();
    {
      using _isolation = isolateSharedManager();
      expect(sharedManager()).not.toBe(before);
      expect(copy.sharedManager()).toBe(sharedManager());
      expect(new Signal().manager).toBe(sharedManager());
    }
    expect([sharedManager(), copy.sharedManager()]).toEqual([before, before]);
  });

  it('is used by connect, disconnect, send and emit', async () => {
    const [outside, inside] = [jest.fn(), jest.fn()];
    connect(outside, token);
    {
      using _isolation = isolateSharedManager();
      emit(token);
      connect(inside, token);
      emit(token);
      copy.emit(token);
      expect(await send(token)).toHaveLength(1);
      expect([disconnect(outside, token), disconnect(inside, token)]).toEqual([false, true]);
    }
    emit(token);
    expect([outside.mock.calls.length, inside.mock.calls.length]).toEqual([1, 3]);
  });

  // What a Signal has cached of its manager.
  const used: [string, (signal: Signal) => unknown][] = [
    ['was never used', () => undefined],
    ['was sent without receivers', (signal) => signal.emit()],
    ['had a receiver', (signal) => signal.connect(() => undefined).disconnect()],
    [
      'has a receiver that was called',
      (signal) => signal.connect(() => 'outside').signals.forEach(() => signal.emit()),
    ],
    ['is sticky and was sent', (signal) => signal.emit()],
  ];

  it.each(used)('is used by every verb of a Signal that %s', async (what, use) => {
    const signal = new Signal({ name: 'signal', sticky: what.includes('sticky') });
    use(signal);
    const [countBefore, sticky] = [signal.receivers().length, what.includes('sticky')];
    for (const sender of [undefined, 1]) {
      {
        using _isolation = isolateSharedManager();
        const inside = jest.fn(() => 'inside');
        signal.emit({}, { sender });
        expect(await signal.send({}, { sender })).toEqual([]);
        signal.connect(inside);
        inside.mockClear();
        signal.emit({}, { sender });
        const results = [
          await signal.send({}, { sender }),
          await signal.sendSerial({}, { sender }),
          signal.sendSync({}, { sender }),
        ];
        expect(results.map((each) => each.map(({ receiver }) => receiver))).toEqual([[inside], [inside], [inside]]);
        expect(inside).toHaveBeenCalledTimes(4);
      }
      expect(signal.receivers()).toHaveLength(countBefore);
      expect(await signal.send({}, { sender })).toHaveLength(countBefore);
      signal.emit({}, { sender });
    }
    const later = jest.fn();
    signal.connect(later);
    expect(later).toHaveBeenCalledTimes(sticky ? 1 : 0);
    signal.emit();
    expect(later).toHaveBeenCalledTimes(sticky ? 2 : 1);
  });

  it('leaves the previous manager usable meanwhile, for those who have it', () => {
    const signal = new Signal({ name: 'signal' });
    const before = sharedManager();
    const receiver = jest.fn();
    signal.connect(receiver);
    {
      using _isolation = isolateSharedManager();
      before.emit(signal);
      before.connect(receiver, signal, { key: 1 });
      signal.emit();
    }
    expect(receiver).toHaveBeenCalledTimes(1);
    signal.emit({}, { key: 1 });
    expect(receiver).toHaveBeenCalledTimes(2);
  });

  it('leaves Signals with a manager alone', () => {
    const own = new Signal({ manager: new signalbox.SignalManager() });
    const shared = new Signal({ manager: sharedManager() });
    const receiver = jest.fn();
    for (const signal of [own, shared]) signal.connect(receiver);
    using _isolation = isolateSharedManager();
    for (const signal of [own, shared]) signal.emit();
    expect(receiver).toHaveBeenCalledTimes(2);
  });

  it('nests, and an outer one that is disposed first removes only itself', () => {
    const signal = new Signal({ name: 'signal' });
    const base = sharedManager();
    const seen: string[] = [];
    const listen = (name: string) => signal.connect(() => void seen.push(name));
    listen('base');
    const outer = isolateSharedManager();
    const outerManager = sharedManager();
    listen('outer');
    const inner = isolateSharedManager();
    const innerManager = sharedManager();
    listen('inner');
    signal.emit();
    outer[DISPOSE]();
    outer[DISPOSE]();
    expect(sharedManager()).toBe(innerManager);
    signal.emit();
    inner[DISPOSE]();
    expect(sharedManager()).toBe(base);
    signal.emit();
    outerManager.emit(signal);
    expect(seen).toEqual(['inner', 'inner', 'base', 'outer']);
  });

  it('makes sends common again at its end', () => {
    const signal = new Signal({ name: 'signal' });
    signal.connect(() => undefined);
    const stateOf = () => (signal as unknown as Record<symbol, { readonly common?: object } | undefined>)[STATE];
    const before = stateOf();
    isolateSharedManager()[DISPOSE]();
    expect(stateOf()).toBe(before);
    expect(before?.common).toBeDefined();
  });
});
