import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { concatMap, from, lastValueFrom, map, take, toArray } from 'rxjs';
import { Signal, SignalManager } from '../../src/index.js';
import { type Observer, toObservable } from '../../src/interop/index.js';
import { deferred, errorOf, flush, rejectionOf } from '../helpers/promises.js';

interface Price {
  readonly cents: number;
}

let manager: SignalManager;
let reports: unknown[][];
let priced: Signal<Price>;

beforeEach(() => {
  reports = [];
  manager = new SignalManager({
    name: 'shop',
    onError: (error, { receiver, signal }) => reports.push([error, receiver.name, signal]),
  });
  priced = new Signal({ name: 'priced', manager });
});

const silent = (): undefined => undefined;

describe('toObservable (X1)', () => {
  it('calls next with the kwargs object during the send', () => {
    const seen: unknown[] = [];
    toObservable(priced).subscribe((kwargs) => seen.push(kwargs));
    const kwargs = { cents: 5 };
    priced.emit(kwargs);
    expect(seen).toEqual([kwargs]);
    expect(seen[0]).toBe(kwargs);
  });

  it('connects one receiver per subscription, with the result undefined', async () => {
    const observable = toObservable(priced);
    const next = jest.fn(() => 'ignored');
    observable.subscribe({ next });
    observable.subscribe({ next });
    const results = await priced.send({ cents: 5 });
    expect(results.map((result) => (result.status === 'fulfilled' ? [result.value] : result))).toEqual([
      [undefined],
      [undefined],
    ]);
    expect(next).toHaveBeenCalledTimes(2);
    expect(new Set(priced.receivers()).size).toBe(2);
  });

  it('keeps the this of an observer', () => {
    class Sum {
      cents = 0;
      next({ cents }: Price): void {
        this.cents += cents;
      }
    }
    const sum = new Sum();
    toObservable(priced).subscribe(sum);
    priced.emit({ cents: 5 });
    priced.emit({ cents: 2 });
    expect(sum.cents).toBe(7);
  });

  it('makes an error of next the failure of its receiver', async () => {
    const failure = new Error('no');
    toObservable(priced).subscribe({
      next: () => {
        throw failure;
      },
    });
    expect(await priced.send({ cents: 1 })).toMatchObject([{ status: 'rejected', reason: failure }]);
    expect(reports).toEqual([[failure, 'next', priced]]);
  });

  it('makes a rejection of an async next the failure of its receiver', async () => {
    const failure = new Error('no');
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- an async \`next\` is under test
    toObservable(priced).subscribe(async () => {
      await Promise.resolve();
      throw failure;
    });
    priced.emit({ cents: 1 });
    await flush();
    expect(reports).toEqual([[failure, 'next', priced]]);
  });

  it('takes the filter of connect, and reads its iterables once', () => {
    const keys = [1, 2].values();
    const observable = toObservable(priced, { keys, sender: 'a' });
    const seen: Price[] = [];
    for (let count = 0; count < 2; count += 1) observable.subscribe((kwargs) => seen.push(kwargs));
    priced.emit({ cents: 0 });
    priced.emit({ cents: 1 }, { key: 2 });
    priced.emit({ cents: 2 }, { sender: 'a' });
    expect(seen.map(({ cents }) => cents)).toEqual([1, 1, 2, 2]);
  });

  it('delivers the kept send of a sticky signal at once', () => {
    const sticky = new Signal<Price>({ name: 'sticky', manager, sticky: true });
    sticky.emit({ cents: 3 });
    const next = jest.fn();
    toObservable(sticky).subscribe(next);
    expect(next.mock.calls).toEqual([[{ cents: 3 }]]);
  });

  it('accepts an observer without any method', async () => {
    toObservable(priced).subscribe({});
    expect(await priced.send({ cents: 1 })).toMatchObject([{ status: 'fulfilled', value: undefined }]);
  });
});

describe('the end of a subscription (X2)', () => {
  it('comes with unsubscribe, immediately and without complete', async () => {
    const [next, complete] = [jest.fn(), jest.fn()];
    const subscription = toObservable(priced).subscribe({ next, complete });
    subscription.unsubscribe();
    subscription.unsubscribe();
    priced.emit({ cents: 1 });
    expect(manager.signals()).toEqual([]);
    await manager.close();
    expect(next).not.toHaveBeenCalled();
    expect(complete).not.toHaveBeenCalled();
  });

  it('comes with the close of the manager, which calls complete once', async () => {
    const complete = jest.fn();
    const subscription = toObservable(priced).subscribe({ complete });
    const closed = manager.close();
    expect(complete).toHaveBeenCalledTimes(1);
    await closed;
    await manager.close();
    subscription.unsubscribe();
    expect(complete).toHaveBeenCalledTimes(1);
  });

  it('comes after the pending sends, before close resolves', async () => {
    const order: string[] = [];
    const slow = deferred();
    priced.connect(() => slow.promise);
    toObservable(priced).subscribe({ next: () => order.push('next'), complete: () => order.push('complete') });
    const sent = priced.sendSerial({ cents: 1 });
    const closed = manager.close().then(() => order.push('closed'));
    await flush();
    expect(order).toEqual([]);
    slow.resolve();
    await Promise.all([sent, closed]);
    expect(order).toEqual(['next', 'complete', 'closed']);
  });

  it('does not come with a close that times out, because the receivers stay', async () => {
    jest.useFakeTimers();
    try {
      const order: string[] = [];
      const slow = deferred();
      toObservable(priced).subscribe({
        next: ({ cents }) => order.push(`next ${cents}`),
        complete: () => order.push('complete'),
      });
      const connection = priced.connect(() => slow.promise);
      priced.emit({ cents: 1 });
      connection.disconnect();
      const closed = rejectionOf(manager.close({ timeoutMs: 50 }));
      jest.advanceTimersByTime(50);
      expect(await closed).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT' });
      slow.resolve();
      await flush();
      priced.emit({ cents: 2 });
      expect(order).toEqual(['next 1', 'next 2']);
      await manager.close();
      expect(order).toEqual(['next 1', 'next 2', 'complete']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('reports an error that complete throws, and lets close resolve', async () => {
    const failure = new Error('no');
    toObservable(priced).subscribe({
      complete: () => {
        throw failure;
      },
    });
    await manager.close();
    expect(reports).toEqual([[failure, 'next', priced]]);
  });

  it('reports the rejections of an async complete and an async error (R14)', async () => {
    const failures = [new Error('complete'), new Error('error')];
    const observer = {
      complete: () => Promise.reject(failures[0]),
      error: () => Promise.reject(failures[1]),
    } as unknown as Observer<Price>;
    const observable = toObservable(priced);
    observable.subscribe(observer);
    await manager.close();
    observable.subscribe(observer);
    await flush();
    expect(reports).toEqual([
      [failures[0], 'next', priced],
      [failures[1], 'next', priced],
    ]);
  });

  it('is followed by ManagerClosedError for a later subscribe', async () => {
    const observable = toObservable(priced);
    await manager.close();
    const observer = { next: jest.fn(), error: jest.fn(), complete: jest.fn() };
    observable.subscribe(observer).unsubscribe();
    expect(observer.error.mock.calls).toEqual([[expect.objectContaining({ code: 'ERR_MANAGER_CLOSED' })]]);
    expect(observer.complete).not.toHaveBeenCalled();
    expect(errorOf(() => observable.subscribe({}))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });
});

describe('rxjs (X3)', () => {
  it('takes the observable, and leaves nothing connected after unsubscribe', () => {
    const seen: number[] = [];
    const subscription = from(toObservable(priced))
      .pipe(map(({ cents }) => cents / 100))
      .subscribe((price) => seen.push(price));
    priced.emit({ cents: 350 });
    subscription.unsubscribe();
    priced.emit({ cents: 1 });
    expect(seen).toEqual([3.5]);
    expect(manager.signals()).toEqual([]);
  });

  it('disconnects after a take, also in the kept send of a sticky signal', () => {
    const sticky = new Signal<Price>({ name: 'sticky', manager, sticky: true });
    sticky.emit({ cents: 3 });
    const seen: number[] = [];
    from(toObservable(sticky))
      .pipe(take(1))
      .subscribe(({ cents }) => seen.push(cents));
    from(toObservable(priced))
      .pipe(take(1))
      .subscribe(({ cents }) => seen.push(cents));
    priced.emit({ cents: 4 });
    expect(seen).toEqual([3, 4]);
    expect(manager.signals()).toEqual([]);
  });

  it('completes with the manager, and fails after it', async () => {
    const all = lastValueFrom(from(toObservable(priced)).pipe(toArray()));
    for (const cents of [1, 2]) priced.emit({ cents });
    await manager.close();
    expect(await all).toEqual([{ cents: 1 }, { cents: 2 }]);
    expect(await rejectionOf(lastValueFrom(from(toObservable(priced))))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });

  it('takes it inside an operator', async () => {
    const all = lastValueFrom(
      from([1, 2]).pipe(
        concatMap(() => toObservable(priced)),
        take(1),
        toArray(),
      ),
    );
    priced.emit({ cents: 9 });
    expect(await all).toEqual([{ cents: 9 }]);
    expect(manager.signals()).toEqual([]);
  });
});

describe('the symbol of an observable (X3)', () => {
  const polyfilled = Symbol('observable');

  it("is '@@observable', and Symbol.observable where a polyfill has made it", () => {
    const plain = toObservable(priced);
    expect(plain['@@observable']()).toBe(plain);
    expect(Reflect.ownKeys(plain)).toEqual(['subscribe', '@@observable']);
    Object.defineProperty(Symbol, 'observable', { value: polyfilled, configurable: true });
    try {
      const observable = toObservable(priced);
      expect(observable[Symbol.observable]()).toBe(observable);
      expect(Reflect.get(observable, polyfilled)).toBeInstanceOf(Function);
    } finally {
      Reflect.deleteProperty(Symbol, 'observable');
    }
  });
});

describe('a bad argument of toObservable', () => {
  const call = toObservable as (...args: unknown[]) => unknown;

  it.each([
    ['a symbol', () => call(Symbol('s')), 'Expected `signal` to be a Signal, got Symbol(s)'],
    ['a manager', () => call(manager), 'Expected `signal` to be a Signal, got object SignalManager'],
    ['an array', () => call([priced]), 'Expected `signal` to be a Signal, got array'],
    ['an unknown option', () => call(priced, { where: silent }), 'Unknown option `where` of toObservable'],
    ['null as filter', () => call(priced, null), 'Expected `filter` to be an object, got null'],
    ['an empty filter', () => call(priced, { keys: [] }), 'Expected `keys` to be an iterable of at least one value'],
    ['a string as keys', () => call(priced, { keys: 'ab' }), 'Expected `keys` to be an iterable that is not a string'],
    [
      'an observer that is no object',
      () => toObservable(priced).subscribe('x' as never),
      'Expected `observer` to be an object, got string "x"',
    ],
    [
      'a next that is no function',
      () => toObservable(priced).subscribe({ next: 1 as never }),
      'Expected `observer.next` to be a function, got number 1',
    ],
  ])('%s is a TypeError that names it', (_what, wrong, message) => {
    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(message);
    expect(manager.signals()).toEqual([]);
  });
});
