import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BusShutdownError, type BusErrorReport, InjectionError, SignalBus } from '../../src/bus/index.js';
import { DISPOSE } from '../../src/internal/dispose.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('SignalBus#inject', () => {
  it('fills the first argument, from sync and async factories, at each call (B8)', async () => {
    const bus = new SignalBus();
    let made = 0;
    const factories = { name: async () => 'Frank', count: () => (made += 1) };
    const greet = bus.inject(factories, ({ name, count }, greeting: string) => `${greeting} ${name} ${count}`);
    await bus.run(async () => {
      expect([await greet('hello'), await greet('bye')]).toEqual(['hello Frank 1', 'bye Frank 2']);
    });
  });

  it('takes injected functions as factories (B8)', async () => {
    const bus = new SignalBus();
    const pool = bus.inject({ url: () => 'db://' }, ({ url }) => ({ url }));
    const query = bus.inject({ pool }, async ({ pool: { url } }, text: string) => `${url} ${text}`);
    expect(await bus.run(() => query('select'))).toBe('db:// select');
  });

  it('calls no factory for what `with` gave: undefined, null, 0, an empty string and false included (B8)', async () => {
    const bus = new SignalBus();
    const factory = jest.fn(() => 'made');
    const show = bus.inject({ value: (): unknown => factory() }, ({ value }) => value);
    for (const value of [undefined, null, 0, '', false, 'given']) {
      expect(await show.with({ value })()).toBe(value);
    }
    expect(factory).not.toHaveBeenCalled();
  });

  it('makes only what is missing (B8)', async () => {
    const bus = new SignalBus();
    const factories = { a: jest.fn(() => 'made a'), b: jest.fn(() => 'made b') };
    const both = bus.inject(factories, ({ a, b }) => [a, b]);
    expect(await bus.run(() => both.with({ a: 'given' })())).toEqual(['given', 'made b']);
    expect(factories.a).not.toHaveBeenCalled();
  });

  it('rejects outside a running bus with an error that names what is missing (B8)', async () => {
    const bus = new SignalBus();
    const show = bus.inject({ a: () => 1, b: () => 2, c: () => 3 }, function show({ a }) {
      return a;
    });
    const error = await rejectionOf(show.with({ b: 2 })());
    expect(error).toBeInstanceOf(InjectionError);
    expect(error).toMatchObject({ code: 'ERR_INJECTION', missing: ['a', 'c'] });
    expect((error as Error).message).toBe('No value for `a`, `c` of show: start its bus, or give values by `with`');
  });

  it('works until the last subscriber is done (B5, B8)', async () => {
    const bus = new SignalBus();
    const seen: string[] = [];
    const hand = deferred();
    bus.subscriber('a', () => hand.promise.then(() => bus.publish('b', 'late')));
    bus.subscriber(
      'b',
      bus.inject({ name: () => 'Frank' }, ({ name }, payload: string) => seen.push(`${payload} ${name}`)),
    );
    await bus.start();
    await bus.publish('a', 1);
    const stopped = bus.stop();
    hand.resolve();
    await stopped;
    expect(seen).toEqual(['late Frank']);
  });

  it('rejects with what a factory fails with', async () => {
    const bus = new SignalBus();
    const show = bus.inject({ value: () => Promise.reject('expected') }, ({ value }) => value);
    expect(await bus.run(() => rejectionOf(show()))).toBe('expected');
  });

  describe('with scope "bus" (B8)', () => {
    const log: string[] = [];
    const value = (name: string, key: typeof Symbol.asyncDispose | typeof Symbol.dispose = Symbol.asyncDispose) => ({
      name,
      [key]: () => {
        log.push(`${name} disposed`);
        return Promise.resolve();
      },
    });

    beforeEach(() => {
      log.length = 0;
    });

    it('makes a value once per start and factory, also for calls at once', async () => {
      const bus = new SignalBus();
      const factory = jest.fn(async () => value('pool'));
      const one = bus.inject({ pool: factory }, ({ pool }) => pool, { scope: 'bus' });
      const other = bus.inject({ connections: factory }, ({ connections }) => connections, { scope: 'bus' });
      const made = await bus.run(() => Promise.all([one(), one(), other()]));
      expect(new Set(made).size).toBe(1);
      const later = await bus.run(() => one());
      expect(made).not.toContain(later);
      expect(factory).toHaveBeenCalledTimes(2);
    });

    it('disposes values after the drain, last made first', async () => {
      const bus = new SignalBus();
      const url = () => value('url', DISPOSE);
      const pool = bus.inject({ url }, async () => value('pool'), { scope: 'bus' });
      const store = bus.inject(
        { pool },
        async ({ pool: { name } }, row: string) => void log.push(`${row} to ${name}`),
        {
          scope: 'bus',
        },
      );
      bus.subscriber('rows', store);
      await bus.run(() => bus.publish('rows', 'row'));
      expect(log).toEqual(['row to pool', 'pool disposed', 'url disposed']);
    });

    it('tries a factory again that failed', async () => {
      const bus = new SignalBus();
      let calls = 0;
      const factory = (): string => {
        calls += 1;
        if (calls === 1) throw 'expected';
        return 'made';
      };
      const show = bus.inject({ value: factory }, (injected) => injected.value, { scope: 'bus' });
      await bus.run(async () => {
        expect(await rejectionOf(show())).toBe('expected');
        expect(await show()).toBe('made');
      });
    });

    it('reports a disposal that fails, and disposes the others', async () => {
      const reports: unknown[] = [];
      const bus = new SignalBus({ onError: (error, report) => reports.push([error, report]) });
      const failing = () => ({
        [Symbol.dispose]: () => {
          throw 'expected';
        },
      });
      const good = () => value('good');
      const use = bus.inject({ good, failing, plain: () => 5, nothing: () => null }, () => undefined, { scope: 'bus' });
      await bus.run(() => use());
      const report: BusErrorReport = { topic: undefined, source: 'disposal', name: 'failing' };
      expect({ reports, log }).toEqual({ reports: [['expected', report]], log: ['good disposed'] });
    });

    it('disposes a value that was still being made', async () => {
      const bus = new SignalBus();
      const hand = deferred<ReturnType<typeof value>>();
      const use = bus.inject({ pool: () => hand.promise }, () => undefined, { scope: 'bus' });
      await bus.start();
      const used = use();
      const stopped = bus.stop();
      await flush();
      hand.resolve(value('pool'));
      await Promise.all([used, stopped]);
      expect(log).toEqual(['pool disposed']);
    });

    it('does not wait longer than the stop for a disposal, and keeps what is published meanwhile (B3, B5)', async () => {
      const bus = new SignalBus();
      const received: unknown[] = [];
      bus.subscriber('rows', (row: string) => received.push(row));
      const pool = () => ({ [Symbol.asyncDispose]: () => new Promise<void>(() => undefined) });
      const use = bus.inject({ pool }, () => undefined, { scope: 'bus' });
      await bus.start();
      await use();
      const outcome = rejectionOf(bus.stop({ timeoutMs: 10 }));
      await bus.publish('rows', 'kept');
      await jest.advanceTimersByTimeAsync(10);
      const error = await outcome;
      expect(error).toBeInstanceOf(BusShutdownError);
      expect(error).toMatchObject({ undelivered: [], running: [{ topic: undefined, name: 'pool' }] });
      expect([bus.running, received]).toEqual([false, []]);
      await bus.run(() => undefined);
      expect(received).toEqual(['kept']);
    });

    it('disposes values also when the stop gave up, apart from those of the next start', async () => {
      const bus = new SignalBus();
      const hand = deferred();
      const use = bus.inject({ pool: () => value('pool') }, () => hand.promise, { scope: 'bus' });
      bus.subscriber('a', use);
      await bus.start();
      await bus.publish('a', 1);
      await flush();
      const outcome = rejectionOf(bus.stop({ timeoutMs: 10 }));
      const started = bus.start();
      await jest.advanceTimersByTimeAsync(10);
      await Promise.all([outcome, started]);
      void use();
      await flush();
      expect(log).toEqual(['pool disposed']);
      hand.resolve();
      await bus.stop();
      expect(log).toEqual(['pool disposed', 'pool disposed']);
    });
  });

  it('leaves values of scope "call" to the caller (B8)', async () => {
    const bus = new SignalBus();
    const dispose = jest.fn();
    await bus.run(bus.inject({ value: () => ({ [Symbol.dispose]: dispose }) }, () => undefined));
    expect(dispose).not.toHaveBeenCalled();
  });
});
