/**
 * The table "coming from aioevt", row by row: what is called how here, and what is better. Its documentation's examples
 * are in aioevt.test.ts.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { SignalManager, WaitTimeoutError } from '../../src/index.js';
import { callList } from '../helpers/results.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('Manager(); register(name, func, loop, recurring) → manager.signal(name), connect(…, { once: !recurring })', () => {
  it('knows a signal by its name, on this manager', () => {
    const [manager, other] = [new SignalManager(), new SignalManager()];
    manager.signal('MyEvent').connect(() => undefined);

    expect(manager.signal('MyEvent')).toBe(manager.signal('MyEvent'));
    expect(manager.signal('MyEvent').hasReceivers()).toBe(true);
    expect(other.signal('MyEvent').hasReceivers()).toBe(false);
  });

  it('calls a recurring receiver every time, and one that does not recur once (R15)', () => {
    const manager = new SignalManager();
    const myEvent = manager.signal('MyEvent');
    const { calls, receiver } = callList();
    manager.connect(receiver('recurring'), myEvent, { once: false });
    manager.connect(receiver('once'), myEvent, { once: true });

    manager.emit(myEvent);
    manager.emit(myEvent);

    expect(calls).toEqual(['recurring', 'once', 'recurring']);
  });
});

describe('@mgr.on(name) → @manager.connectVia(signal)', () => {
  it('connects a static method as a decorator', () => {
    const manager = new SignalManager();
    const add = manager.signal<{ first: number; second: number }>('Add');
    const sums: number[] = [];
    // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a static method is what is under test
    class Calculator {
      static readonly sums = sums;

      @manager.connectVia(add)
      static add({ first, second }: { first: number; second: number }): void {
        this.sums.push(first + second);
      }
    }

    manager.emit(add, { first: 1, second: 2 });

    expect(Calculator.sums).toEqual([3]);
  });
});

describe('emit(name, args, kwargs) → emit(signal, kwargs)', () => {
  it('gives errors of sync and async receivers to onError (R14)', async () => {
    const errors: unknown[] = [];
    const manager = new SignalManager({ onError: (error) => errors.push(error) });
    const myEvent = manager.signal('MyEvent');
    const [now, later] = [new Error('now'), new Error('later')];
    myEvent.connect(() => {
      throw now;
    });
    myEvent.connect(async () => {
      throw later;
    });

    myEvent.emit();
    await manager.drain();

    expect(errors).toEqual([now, later]);
  });
});

describe('emit_after(delay, …) → emitAfter(delayMs, …)', () => {
  it('emits after the delay', () => {
    const manager = new SignalManager();
    const myEvent = manager.signal<{ number: number }>('MyEvent');
    const receiver = jest.fn();
    myEvent.connect(receiver);

    const timed = myEvent.emitAfter(100, { number: 5 });
    jest.advanceTimersByTime(99);
    expect([receiver.mock.calls.length, timed.pending]).toEqual([0, true]);
    jest.advanceTimersByTime(1);

    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ number: 5 }]);
    expect(timed.pending).toBe(false);
  });

  it('can be cancelled', () => {
    const manager = new SignalManager();
    const myEvent = manager.signal('MyEvent');
    const receiver = jest.fn();
    myEvent.connect(receiver);

    const timed = myEvent.emitAfter(100);
    expect([timed.cancel(), timed.cancel()]).toEqual([true, false]);
    jest.advanceTimersByTime(100);

    expect(receiver).not.toHaveBeenCalled();
  });
});

describe('await wait(name, timeout) → args, kwargs → await wait(signal, { timeoutMs, where }) → kwargs, context', () => {
  it('resolves with the next send that is asked for, and leaves nothing behind (R21)', async () => {
    const manager = new SignalManager();
    const calculated = manager.signal<{ total: number }>('Calculated');

    const waiting = calculated.wait({ timeoutMs: 1_000, where: ({ total }) => total > 9 });
    calculated.emit({ total: 3 });
    calculated.emit({ total: 10 }, { sender: 'calculator' });
    const { kwargs, context } = await waiting;

    expect(kwargs).toEqual({ total: 10 });
    expect([context.signal, context.sender]).toEqual([calculated, 'calculator']);
    expect(jest.getTimerCount()).toBe(0);
    expect(manager.signals()).toEqual([]);
  });

  it('rejects when the time is over, and leaves nothing behind (R21)', async () => {
    const manager = new SignalManager();
    const waiting = expect(manager.signal('Calculated').wait({ timeoutMs: 1_000 })).rejects.toThrow(WaitTimeoutError);

    await jest.advanceTimersByTimeAsync(1_000);

    await waiting;
    expect(manager.signals()).toEqual([]);
  });
});

describe('unregister(name= / func=) → disconnectAll(signal) / disconnect(receiver)', () => {
  it('disconnects by signal or by receiver', () => {
    const manager = new SignalManager();
    const [first, second] = [manager.signal('First'), manager.signal('Second')];
    const { receiver } = callList();
    const [leaving, staying] = [receiver('leaving'), receiver('staying')];
    first.connect(leaving);
    first.connect(staying);
    second.connect(leaving);

    expect(manager.disconnect(leaving)).toBe(true);
    expect([first.receivers(), second.receivers()]).toEqual([[staying], []]);

    expect(manager.disconnectAll(first)).toBe(1);
    expect(manager.signals()).toEqual([]);
  });
});
