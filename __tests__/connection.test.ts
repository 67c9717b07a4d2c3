import { describe, expect, it } from '@jest/globals';
import { type Connection, SignalManager } from '../src/index.js';
import { fulfilled } from './helpers/results.js';

const signal = Symbol('started');

/** Which of the keys reach the receiver. */
function reachedBy(manager: SignalManager, receiver: () => unknown, keys: readonly unknown[]): unknown[] {
  return keys.filter((key) => manager.receivers(signal, { key }).includes(receiver));
}

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
