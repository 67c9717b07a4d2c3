import { describe, expect, it } from '@jest/globals';
import { ANY, SignalManager } from '../src/index.js';

const started = Symbol('started');
const stopped = Symbol('stopped');
const receiver = () => undefined;

describe('SignalManager#disconnect', () => {
  it('with one argument disconnects the receiver from every signal', () => {
    const manager = new SignalManager();
    const connections = [started, Symbol('stopped'), {}, ANY].map((signal) =>
      manager.connect(receiver, signal, { key: 'k' }),
    );
    const method = manager.connect(receiver, started, { thisArg: {} });
    expect(manager.disconnect(receiver)).toBe(true);
    expect(connections.map((connection) => connection.connected)).toEqual([false, false, false, false]);
    // With another `this` it is another receiver (R3).
    expect(method.connected).toBe(true);
    expect(manager.disconnect(receiver)).toBe(false);
  });

  it('with a filter disconnects only those senders and keys, and returns whether it removed anything', () => {
    const manager = new SignalManager();
    manager.connect(receiver, started, { keys: ['a', 'b'], sender: 'app' });
    const take = (named: object) => manager.disconnect(receiver, started, named);
    expect(take({ key: 'x' })).toBe(false);
    expect(take({ sender: 'a' })).toBe(false);
    expect(take({ keys: ['x', 'a'] })).toBe(true);
    expect(take({ key: 'a' })).toBe(false);
    expect(manager.hasReceivers(started, { key: 'b' })).toBe(true);
    expect(manager.hasReceivers(started, { sender: 'app' })).toBe(true);
    expect(take({ sender: 'app', key: 'b' })).toBe(true);
    expect(manager.signals()).toEqual([]);
  });

  it('with a filter leaves a connection without one alone', () => {
    const manager = new SignalManager();
    manager.connect(receiver, started);
    manager.connect(receiver, started, { key: 'a' });
    expect(manager.disconnect(receiver, started, { key: 'a' })).toBe(true);
    expect(manager.disconnect(receiver, started, { key: 'a' })).toBe(false);
    expect(manager.receivers(started)).toEqual([receiver]);
  });

  it('with a filter removes a key from all connections of the receiver', () => {
    const manager = new SignalManager();
    const connections = [
      manager.connect(receiver, started, { key: 'a' }),
      manager.connect(receiver, started, { keys: ['a', 'b'] }),
    ];
    expect(manager.disconnect(receiver, started, { key: 'a' })).toBe(true);
    expect(manager.hasReceivers(started, { key: 'a' })).toBe(false);
    expect(connections.map((connection) => connection.connected)).toEqual([false, true]);
  });
});

describe('SignalManager#disconnectAll', () => {
  it('removes all receivers of one signal, and returns their number', () => {
    const manager = new SignalManager();
    const connections = [
      manager.connect(receiver, started),
      manager.connect(() => undefined, started, { key: 'k', priority: 2 }),
      manager.connect(() => undefined, started, { sender: {}, uid: 'stats' }),
    ];
    const stays = manager.connect(receiver, stopped);
    expect(manager.disconnectAll(started)).toBe(3);
    expect(connections.map((connection) => connection.connected)).toEqual([false, false, false]);
    expect(stays.connected).toBe(true);
    expect(manager.disconnectAll(started)).toBe(0);
    expect(manager.signals()).toEqual([stopped]);
  });

  it('counts receivers, not connections', () => {
    const manager = new SignalManager();
    const connections = [{}, {}, { key: 'k' }, { once: true }].map((options) =>
      manager.connect(receiver, started, options),
    );
    expect(manager.disconnectAll(started)).toBe(1);
    expect(connections.filter((connection) => connection.connected)).toEqual([]);
  });

  it('without a signal removes all receivers of all signals, ANY included', () => {
    const manager = new SignalManager();
    for (const signal of [started, stopped, ANY, {}]) manager.connect(() => undefined, signal);
    expect(manager.disconnectAll()).toBe(4);
    expect(manager.signals()).toEqual([]);
    expect(manager.receivers(started)).toEqual([]);
    expect(manager.disconnectAll()).toBe(0);
  });
});
