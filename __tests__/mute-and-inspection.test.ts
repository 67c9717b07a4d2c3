import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, type Filter, Signal, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';
import { callList, fulfilled } from './helpers/results.js';

const started = Symbol('started');
const stopped = Symbol('stopped');

afterEach(async () => {
  jest.useRealTimers();
  await flush();
});

describe('SignalManager#mute (R24)', () => {
  it.each<[verb: string, send: (manager: SignalManager) => unknown, results: unknown]>([
    ['send', (manager) => manager.send(started), []],
    ['send with a timeout', (manager) => manager.send(started, {}, { timeoutMs: 10 }), []],
    ['sendSerial', (manager) => manager.sendSerial(started), []],
    ['sendSync', (manager) => manager.sendSync(started), []],
    ['emit', (manager) => manager.emit(started), undefined],
    [
      'emitAfter',
      (manager) => {
        manager.emitAfter(5, started);
        return jest.advanceTimersByTimeAsync(5);
      },
      undefined,
    ],
  ])('while muted nobody is called, and there are no results: %s', async (_verb, send, results) => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const receivers = [jest.fn(), jest.fn()];
    manager.connect(() => receivers[0]?.(), started);
    manager.connect(() => receivers[1]?.(), ANY);
    for (const mute of [() => manager.mute(started), () => manager.mute()]) {
      const muted = mute();
      expect(await send(manager)).toEqual(results);
      expect(manager.receivers(started)).toEqual([]);
      expect(manager.hasReceivers(started)).toBe(false);
      for (const receiver of receivers) expect(receiver).not.toHaveBeenCalled();
      muted[Symbol.dispose]();
    }
    await send(manager);
    for (const receiver of receivers) expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('of one signal leaves the others', () => {
    const manager = new SignalManager();
    const receiver = jest.fn(() => 1);
    manager.connect(receiver, started);
    manager.connect(receiver, stopped);
    using _muted = manager.mute(started);
    expect(manager.sendSync(started)).toEqual([]);
    expect(manager.sendSync(stopped)).toEqual([fulfilled(receiver, 1)]);
  });

  it('without a signal takes them all, those connected later, too, but no other manager', () => {
    const [manager, other] = [new SignalManager(), new SignalManager()];
    const receiver = jest.fn(() => 1);
    const muted = manager.mute();
    for (const each of [manager, other]) each.connect(receiver, started);
    expect(manager.sendSync(started)).toEqual([]);
    expect(other.sendSync(started)).toEqual([fulfilled(receiver, 1)]);
    muted[Symbol.dispose]();
    expect(manager.sendSync(started)).toEqual([fulfilled(receiver, 1)]);
  });

  it.each<[string, (manager: SignalManager) => Disposable]>([
    ['one signal', (manager) => manager.mute(started)],
    ['all', (manager) => manager.mute()],
  ])('nests: %s', (_what, mute) => {
    const manager = new SignalManager();
    const receiver = jest.fn(() => 1);
    manager.connect(receiver, started);
    const [outer, inner] = [mute(manager), mute(manager)];
    outer[Symbol.dispose]();
    // A second dispose of the same one does not count.
    outer[Symbol.dispose]();
    expect(manager.sendSync(started)).toEqual([]);
    inner[Symbol.dispose]();
    expect(manager.sendSync(started)).toEqual([fulfilled(receiver, 1)]);
    inner[Symbol.dispose]();
    using _again = mute(manager);
    expect(manager.sendSync(started)).toEqual([]);
  });

  it('of all and of one signal are independent', () => {
    const manager = new SignalManager();
    manager.connect(() => 1, started);
    const [all, one] = [manager.mute(), manager.mute(started)];
    all[Symbol.dispose]();
    expect(manager.hasReceivers(started)).toBe(false);
    one[Symbol.dispose]();
    expect(manager.hasReceivers(started)).toBe(true);
  });

  it('changes nothing else: connections stay, and connect and disconnect work', () => {
    const manager = new SignalManager();
    const [before, during] = [() => 1, () => 2];
    const connection = manager.connect(before, started, { once: true });
    const muted = manager.mute(started);
    manager.connect(during, started);
    manager.sendSync(started);
    expect(connection.connected).toBe(true);
    muted[Symbol.dispose]();
    expect(manager.receivers(started)).toEqual([before, during]);
  });

  it('of one signal outlives the last of its connections, until it is disposed', () => {
    const manager = new SignalManager();
    const muted = manager.mute(started);
    manager.connect(() => 0, started).disconnect();
    const receiver = () => 1;
    manager.connect(receiver, started);
    expect(manager.sendSync(started)).toEqual([]);
    muted[Symbol.dispose]();
    expect(manager.sendSync(started)).toEqual([fulfilled(receiver, 1)]);
  });

  it('does not stop what is already running', async () => {
    const manager = new SignalManager();
    const gate = deferred<number>();
    const receiver = () => gate.promise;
    manager.connect(receiver, started);
    const sent = manager.send(started);
    using _muted = manager.mute();
    gate.resolve(1);
    expect(await sent).toEqual([fulfilled(receiver, 1)]);
  });
});

describe('SignalManager#receivers', () => {
  it('lists the receivers that a send with this filter would call, in that order', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    manager.connect(receiver('plain'), started);
    manager.connect(receiver('keyed'), started, { key: 'k', priority: 1 });
    manager.connect(receiver('any'), ANY);
    manager.connect(receiver('by sender'), started, { sender: 'app' });
    manager.connect(receiver('other'), stopped);
    for (const filter of [{}, { key: 'k' }, { sender: 'app' }, { key: 'k', sender: 'app' }, { key: 'x' }]) {
      const listed = manager.receivers(started, filter).map((each) => each({}, {} as never));
      calls.length = 0;
      manager.emit(started, {}, filter);
      expect(calls).toEqual(listed);
    }
    expect(manager.receivers(Symbol('unknown'), { key: 'k' })).toHaveLength(1);
  });

  it('returns a new list at each call', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    manager.connect(receiver, started);
    manager.receivers(started).length = 0;
    manager.receivers(started).push(() => 2);
    expect(manager.receivers(started)).toEqual([receiver]);
    expect(manager.sendSync(started)).toEqual([fulfilled(receiver, 1)]);
  });
});

describe('SignalManager#hasReceivers (R24)', () => {
  it.each<[string, Filter, Filter, boolean]>([
    ['a plain receiver, no filter', {}, {}, true],
    ['a plain receiver, a filter', {}, { key: 'k' }, true],
    ['a filtered receiver, no filter', { key: 'k' }, {}, false],
    ['a filtered receiver, its key', { key: 'k' }, { key: 'k' }, true],
    ['a filtered receiver, a foreign key', { key: 'k' }, { key: 'x' }, false],
    ['a filtered receiver, its sender', { sender: 'app' }, { sender: 'app' }, true],
    ['a filtered receiver, its sender as key', { sender: 'app' }, { key: 'app' }, false],
  ])('says whether such a send would call anybody: %s', (_what, connected, asked, has) => {
    for (const on of [started, ANY]) {
      const manager = new SignalManager();
      expect(manager.hasReceivers(started, asked)).toBe(false);
      const connection = manager.connect(() => undefined, on, connected);
      expect(manager.hasReceivers(started, asked)).toBe(has);
      connection.disconnect();
      expect(manager.hasReceivers(started, asked)).toBe(false);
    }
  });
});

describe('SignalManager#signals', () => {
  it('lists every signal with a live receiver, once', () => {
    const manager = new SignalManager();
    const [object, named] = [{}, manager.signal('named')];
    const receiver = () => undefined;
    const connections = [
      manager.connect(receiver, started),
      manager.connect(receiver, started, { key: 'k' }),
      manager.connect(() => undefined, started),
      manager.connect(receiver, object, { sender: 'app' }),
      named.connect(receiver),
    ];
    new Signal({ manager });
    manager.emit(stopped);
    expect(manager.signals()).toHaveLength(3);
    expect(new Set(manager.signals())).toEqual(new Set([started, object, named]));
    connections.forEach((connection) => connection.disconnect());
    expect(manager.signals()).toEqual([]);
  });
});

describe('SignalManager#pending', () => {
  it('is the number of sends that have not settled, of whatever verb', async () => {
    const manager = new SignalManager();
    const gate = deferred();
    manager.connect(() => gate.promise, started);
    manager.connect(() => gate.promise, started, { uid: 'second' });
    expect(manager.pending).toBe(0);
    const sends = [manager.send(started), manager.sendSerial(started)];
    manager.emit(started);
    expect(manager.pending).toBe(3);
    gate.resolve();
    await Promise.all(sends);
    await flush();
    expect(manager.pending).toBe(0);
  });

  it('counts a send once, while it calls its receivers as well as afterwards', async () => {
    const manager = new SignalManager();
    const gate = deferred();
    const seen: number[] = [];
    manager.connect(() => gate.promise, started);
    manager.connect(() => void seen.push(manager.pending), started);
    const sends = [manager.send(started), manager.sendSerial(started), manager.send(started, {}, { timeoutMs: 1000 })];
    manager.emit(started);
    expect(seen).toEqual([1, 3, 4]);
    expect(manager.pending).toBe(4);
    gate.resolve();
    await Promise.all(sends);
    await flush();
    expect(manager.pending).toBe(0);
  });
});

describe('SignalManager#name', () => {
  it('is what it was given', () => {
    expect(new SignalManager({ name: 'app' }).name).toBe('app');
    expect(new SignalManager().name).toBeUndefined();
    expect(new SignalManager({}).name).toBeUndefined();
  });
});
