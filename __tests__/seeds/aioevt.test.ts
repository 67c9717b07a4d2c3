/**
 * The examples of aioevt's project description (seed document 003). Events are signals of a manager here, and positional
 * arguments are kwargs; a loop is not named, as a receiver runs in the thread that connected it.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { SignalManager, WaitTimeoutError } from '../../src/index.js';
import { createPrinter, reprDict } from './python.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

interface Numbers {
  num1: number;
  num2: number;
  num3: number;
  num4: number;
}

describe('aioevt: register an event', () => {
  it('calls a recurring receiver at every emit, and all receivers with the same kwargs (`recurring=True`)', () => {
    const mgr = new SignalManager();
    const myEvent = mgr.signal<Numbers>('MyEvent');
    const myFunc = jest.fn();
    const myOtherFunc = jest.fn();
    const numbers = { num1: 1, num2: 2, num3: 3, num4: 4 };

    myEvent.connect(myFunc);
    myEvent.connect(myOtherFunc);
    myEvent.emit(numbers);
    myEvent.emit(numbers);

    expect(myFunc.mock.calls.map(([kwargs]) => kwargs)).toEqual([numbers, numbers]);
    expect(myOtherFunc.mock.calls.map(([kwargs]) => kwargs)).toEqual([numbers, numbers]);
  });

  it('calls one that does not recur at the first emit only (`recurring=False`)', () => {
    const mgr = new SignalManager();
    const myEvent = mgr.signal<{ number: number }>('MyEvent');
    const myFunc = jest.fn();

    myEvent.connect(myFunc, { once: true });
    myEvent.emit({ number: 1 });
    myEvent.emit({ number: 2 });

    expect(myFunc.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ number: 1 }]);
  });

  it('adds four numbers after a tenth of a second, and the sum is waited for', async () => {
    const mgr = new SignalManager();
    const add = mgr.signal<Numbers>('Add');
    const calculated = mgr.signal<{ total: number }>('Calculated');

    mgr.connectVia(add)(function myReceiver({ num1, num2, num3, num4 }: Numbers): void {
      mgr.emit(calculated, { total: num1 + num2 + num3 + num4 });
    });

    mgr.emitAfter(100, add, { num1: 1, num2: 2, num3: 3, num4: 4 });
    const waiting = mgr.wait(calculated);
    await jest.advanceTimersByTimeAsync(100);
    const data = await waiting;

    expect(data.kwargs).toEqual({ total: 10 });
  });
});

describe('aioevt: emitting an event', () => {
  it('gives the receiver what was emitted', () => {
    const mgr = new SignalManager();
    const myEvent = mgr.signal<Numbers>('MyEvent');
    const { print, lines } = createPrinter();
    myEvent.connect(({ num1, num2, num3, num4 }) => print(num1, num2, num3, num4));

    myEvent.emit({ num1: 1, num2: 2, num3: 3, num4: 4 });

    expect(lines).toEqual(['1 2 3 4']);
  });
});

describe('aioevt: waiting for an event', () => {
  it('returns what was emitted', async () => {
    const mgr = new SignalManager();
    const myEvent = mgr.signal<Numbers>('MyEvent');
    const { print, lines } = createPrinter();

    const waiting = mgr.wait(myEvent);
    myEvent.emit({ num1: 1, num2: 2, num3: 3, num4: 4 });
    const data = await waiting;
    print(reprDict(data.kwargs));

    expect(lines).toEqual(["{'num1': 1, 'num2': 2, 'num3': 3, 'num4': 4}"]);
  });

  it('gives up after the timeout', async () => {
    const mgr = new SignalManager();
    const waiting = expect(mgr.wait(mgr.signal('MyEvent'), { timeoutMs: 1_000 })).rejects.toThrow(WaitTimeoutError);

    await jest.advanceTimersByTimeAsync(1_000);

    await waiting;
  });
});

describe('aioevt: unregistering an event', () => {
  it('unregisters by the name of the event', () => {
    const mgr = new SignalManager();
    const myEvent = mgr.signal('MyEventName');
    myEvent.connect(() => undefined);
    myEvent.connect(() => undefined);

    expect(mgr.disconnectAll(mgr.signal('MyEventName'))).toBe(2);

    expect(mgr.signals()).toEqual([]);
  });

  it('unregisters by the function, from every event', () => {
    const mgr = new SignalManager();
    const myReceiver = (): void => undefined;
    mgr.signal('MyEvent').connect(myReceiver);
    mgr.signal('MyOtherEvent').connect(myReceiver);

    expect(mgr.disconnect(myReceiver)).toBe(true);

    expect(mgr.signals()).toEqual([]);
  });
});
