import { describe, expect, it } from '@jest/globals';
import { type Connection, SignalManager } from '../src/index.js';
import { collectGarbage } from './helpers/gc.js';

const signal = Symbol('moved');

/** A manager and what its receivers failed with. */
function watched(): { manager: SignalManager; failures: unknown[] } {
  const failures: unknown[] = [];
  return { manager: new SignalManager({ onError: (error) => failures.push(error) }), failures };
}

describe('a manager under load', () => {
  it('sends five hundred sends deep, depth first (R15, R25)', async () => {
    const { manager, failures } = watched();
    const order: number[] = [];
    manager.connect(({ depth }: { depth: number }) => {
      if (depth < 500) manager.emit(signal, { depth: depth + 1 });
      order.push(depth);
    }, signal);
    await manager.send(signal, { depth: 1 });
    expect(order).toEqual(Array.from({ length: 500 }, (_, i) => 500 - i));
    expect([failures, manager.pending]).toEqual([[], 0]);
  });

  it('stands thousands of connects and disconnects inside one send (R15)', async () => {
    const { manager, failures } = watched();
    const called: string[] = [];
    const doomed: Connection[] = [];
    const joined: Connection[] = [];
    manager.connect(() => {
      called.push('first');
      for (const connection of doomed.splice(0)) connection.disconnect();
      for (let i = 0; i < 5000; i++) joined.push(manager.connect(() => called.push('joined'), signal));
    }, signal);
    for (let i = 0; i < 5000; i++) doomed.push(manager.connect(() => called.push('doomed'), signal));
    manager.connect(() => called.push('last'), signal);
    expect(await manager.send(signal, {})).toHaveLength(2);
    expect(called).toEqual(['first', 'last']);
    for (const connection of joined) connection.disconnect();
    called.length = 0;
    joined.length = 0;
    await manager.send(signal, {});
    expect(called).toEqual(['first', 'last']);
    expect([failures, joined.length]).toEqual([[], 5000]);
  });

  it('calls all others when some throw in the middle of a long send (R13)', async () => {
    const { manager, failures } = watched();
    const error = new Error('in the middle');
    for (let i = 0; i < 10_000; i++) {
      manager.connect(() => {
        if (i % 2500 === 1) throw error;
        return i;
      }, signal);
    }
    const results = await manager.send(signal, {});
    const expected = Array.from({ length: 10_000 }, (_, i) => (i % 2500 === 1 ? error : i));
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason))).toEqual(expected);
    expect(failures).toEqual([error, error, error, error]);
  });

  it('passes by receivers that are collected between the calls of a send (R12)', async () => {
    const { manager, failures } = watched();
    const called: number[] = [];
    const kept: object[] = [];
    manager.connect(async () => {
      called.push(-1);
      await collectGarbage();
    }, signal);
    connectWeakly(manager, called, kept);
    const results = await manager.sendSerial(signal, {});
    expect(results).toHaveLength(51);
    expect(called).toEqual([-1, ...Array.from({ length: 50 }, (_, i) => 2 * i)]);
    expect([failures, kept.length]).toEqual([[], 50]);
  });

  it('reaches each of 1,000,000 receivers once, and lets go of all of them', () => {
    const { manager, failures } = watched();
    const count = 1_000_000;
    const calls = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      manager.connect(() => {
        calls[i] = (calls[i] ?? 0) + 1;
      }, signal);
    }
    manager.emit(signal, {});
    expect(calls.every((n) => n === 1)).toBe(true);
    expect(manager.disconnectAll(signal)).toBe(count);
    manager.emit(signal, {});
    expect(calls.every((n) => n === 1)).toBe(true);
    expect([failures, manager.signals()]).toEqual([[], []]);
  });
});

/** A hundred weak receivers, every other of which somebody keeps. */
function connectWeakly(manager: SignalManager, called: number[], kept: object[]): void {
  for (let i = 0; i < 100; i++) {
    const receiver = (): void => void called.push(i);
    manager.connect(receiver, signal, { weak: true });
    if (i % 2 === 0) kept.push(receiver);
  }
}
