import { describe, expect, it, jest } from '@jest/globals';
import { ANY, type ConnectOptions, type Connection, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';

const signal = Symbol('started');

const verbs: [verb: string, send: (manager: SignalManager, options?: object) => unknown][] = [
  ['send', (manager, options) => manager.send(signal, {}, options)],
  ['send with a timeout', (manager, options) => manager.send(signal, {}, { timeoutMs: 1000, ...options })],
  ['sendSerial', (manager, options) => manager.sendSerial(signal, {}, options)],
  ['sendSync', (manager, options) => manager.sendSync(signal, {}, options)],
  ['emit', (manager, options) => manager.emit(signal, {}, options)],
];

describe.each(verbs)('a once receiver and %s (R15)', (_verb, send) => {
  it('is disconnected before its call', async () => {
    const manager = new SignalManager();
    const seen: unknown[] = [];
    const connection: Connection = manager.connect(
      () => void seen.push(connection.connected, manager.receivers(signal), connection.disconnect()),
      signal,
      { once: true },
    );
    await send(manager);
    expect(seen).toEqual([false, [], false]);
    await send(manager);
    expect(seen).toHaveLength(3);
    expect(manager.signals()).toEqual([]);
  });

  it('cannot be called twice by sending from within it', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn(() => {
      manager.emit(signal);
      void manager.send(signal);
    });
    manager.connect(receiver, signal, { once: true });
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('cannot be called twice by a nested send that is faster than the outer one', async () => {
    const manager = new SignalManager();
    const once = jest.fn();
    let depth = 0;
    manager.connect(() => {
      if (depth++ === 0) manager.sendSync(signal);
    }, signal);
    manager.connect(once, signal, { once: true });
    await send(manager);
    expect(depth).toBe(2);
    expect(once).toHaveBeenCalledTimes(1);
  });

  it('is used up only by a send that it matches', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const connection = manager.connect(receiver, signal, { once: true, key: 'k', sender: 'app' });
    await send(manager);
    await send(manager, { key: 'x', sender: 'x' });
    expect(connection.connected).toBe(true);
    expect(receiver).not.toHaveBeenCalled();
    await send(manager, { key: 'k' });
    expect(connection.connected).toBe(false);
    await send(manager, { sender: 'app' });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('is not used up by a muted send', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const connection = manager.connect(receiver, signal, { once: true });
    const muted = manager.mute();
    await send(manager);
    muted[Symbol.dispose]();
    expect(connection.connected).toBe(true);
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('is used up by a call that throws', async () => {
    const manager = new SignalManager({ onError: null });
    const receiver = jest.fn(() => {
      throw new Error('receiver failed');
    });
    manager.connect(receiver, signal, { once: true });
    await send(manager);
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('of several once connections is called once, and they are used up', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const connections = [
      manager.connect(receiver, signal, { once: true }),
      manager.connect(receiver, signal, { once: true }),
      manager.connect(receiver, signal, { once: true, key: 'k' }),
    ];
    await send(manager, { key: 'k' });
    expect(connections.map((connection) => connection.connected)).toEqual([false, false, false]);
    await send(manager, { key: 'k' });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('of several once connections keeps those the send did not match', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const [k, l] = ['k', 'l'].map((key) => manager.connect(receiver, signal, { once: true, key }));
    await send(manager, { key: 'l' });
    expect([k?.connected, l?.connected]).toEqual([true, false]);
    await send(manager, { key: 'l' });
    await send(manager, { key: 'k' });
    expect(receiver).toHaveBeenCalledTimes(2);
    expect(manager.signals()).toEqual([]);
  });

  it('of several connections keeps those that are not once', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const once = manager.connect(receiver, signal, { once: true });
    const stays = manager.connect(receiver, signal);
    await send(manager);
    expect([once.connected, stays.connected]).toEqual([false, true]);
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(2);
    stays.disconnect();
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(2);
  });

  it('of several connections keeps its place', async () => {
    const manager = new SignalManager();
    const calls: string[] = [];
    const a = () => void calls.push('a');
    manager.connect(a, signal, { once: true, priority: 1 });
    manager.connect(() => void calls.push('b'), signal);
    manager.connect(a, signal);
    await send(manager);
    await send(manager);
    expect(calls).toEqual(['a', 'b', 'a', 'b']);
  });

  it.each<[string, ConnectOptions]>([
    ['thisArg', { thisArg: {} }],
    ['a uid', { uid: 'stats' }],
    ['weak', { weak: true }],
    ['an abort signal', { abortSignal: new AbortController().signal }],
    ['a priority', { priority: 5 }],
  ])('with %s is called once as well', async (_what, options) => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const connection = manager.connect(receiver, signal, { ...options, once: true });
    await send(manager);
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(connection.connected).toBe(false);
  });

  it('of ANY and its signal is called once', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, ANY, { once: true });
    manager.connect(receiver, signal, { once: true });
    await send(manager);
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });
});

describe('a once receiver (R15)', () => {
  it('may connect itself again from within its call, for the next send', () => {
    const manager = new SignalManager();
    const receiver = jest.fn(() => void manager.connect(receiver, signal, { once: true }));
    manager.connect(receiver, signal, { once: true });
    manager.sendSync(signal);
    expect(receiver).toHaveBeenCalledTimes(1);
    manager.sendSync(signal);
    expect(receiver).toHaveBeenCalledTimes(2);
  });

  it('is in the results of its send', async () => {
    const manager = new SignalManager({ onError: null });
    const reason = new Error('late');
    const [late, value] = [() => Promise.reject(reason), () => 1];
    manager.connect(late, signal, { once: true });
    manager.connect(value, signal, { once: true });
    expect(await manager.send(signal)).toEqual([rejected(late, reason), fulfilled(value, 1)]);
    expect(await manager.send(signal)).toEqual([]);
  });

  it('late in a serial send may be used up by another send meanwhile, and is called once', async () => {
    const manager = new SignalManager();
    const gate = deferred();
    const slow = () => gate.promise;
    const once = jest.fn();
    manager.connect(slow, signal, { key: 'slow' });
    manager.connect(once, signal, { once: true });
    const sent = manager.sendSerial(signal, {}, { key: 'slow' });
    await flush();
    manager.emit(signal);
    expect(once).toHaveBeenCalledTimes(1);
    gate.resolve();
    expect(await sent).toEqual([fulfilled(slow, undefined)]);
    expect(once).toHaveBeenCalledTimes(1);
  });

  it('is not used up by being listed', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    manager.connect(receiver, signal, { once: true });
    expect(manager.receivers(signal)).toEqual([receiver]);
    expect(manager.hasReceivers(signal)).toBe(true);
    expect(manager.explain(signal)).toHaveLength(1);
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, 1)]);
  });

  it('disconnected by its handle is not called', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    expect(manager.connect(receiver, signal, { once: true }).disconnect()).toBe(true);
    manager.sendSync(signal);
    expect(receiver).not.toHaveBeenCalled();
  });
});
