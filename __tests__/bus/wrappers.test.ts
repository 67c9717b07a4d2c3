import { describe, expect, it } from '@jest/globals';
import { SignalBus, topic } from '../../src/bus/index.js';
import { SignalManager } from '../../src/index.js';
import { flush, rejectionOf } from '../helpers/promises.js';

describe('what the wrappers return (B11)', () => {
  const bus = new SignalBus();

  it('is the function itself for subscribers and tasks', () => {
    const fn = (): string => 'returned';
    expect(bus.subscriber('a', fn)).toBe(fn);
    expect(bus.batchSubscriber('a', fn)).toBe(fn);
    expect(bus.periodicTask({ periodMs: 10 }, fn)).toBe(fn);
    expect(bus.periodicTask(fn, { periodMs: 10 })).toBe(fn);
    expect(bus.subscriber('a')(fn)).toBe(fn);
    expect(bus.batchSubscriber('a', { maxItems: 5 })(fn)).toBe(fn);
    expect(bus.periodicTask({ periodMs: 10 })(fn)).toBe(fn);
  });

  it('has the name of the function, and passes on `this` and arguments', async () => {
    const object = {
      factor: 3,
      multiply: bus.publisher('a', function multiply(this: { factor: number }, by: number) {
        return this.factor * by;
      } as (by: number) => number),
      add: bus.inject({ one: () => 1 }, function add(this: { factor: number }, { one }, more: number) {
        return this.factor + one + more;
      } as (injected: { one: number }, more: number) => number),
    };
    expect([object.multiply.name, object.add.name]).toEqual(['multiply', 'add']);
    expect(await object.multiply(5)).toBe(15);
    const add = object.add.with({ one: 1 });
    expect(add.name).toBe('add');
    expect(await add.call(object, 2)).toBe(6);
    expect(await new SignalBus().inject({}, () => 'nothing to inject')()).toBe('nothing to inject');
  });

  it('calls the function with the payload alone, and without `this`', async () => {
    const calls: unknown[] = [];
    const other = new SignalBus();
    other.subscriber('a', function (this: unknown, ...args: unknown[]) {
      calls.push([this, args]);
    });
    await other.run(() => other.publish('a', 1));
    expect(calls).toEqual([[undefined, [1]]]);
  });

  it('is subscribed once per call of the wrapper', async () => {
    const other = new SignalBus();
    let calls = 0;
    const fn = (): number => (calls += 1);
    other.subscriber('a', fn);
    other.subscriber('a', fn);
    other.subscriber('b', fn);
    await other.run(async () => {
      await other.publish('a', 1);
      await other.publish('b', 1);
    });
    expect(calls).toBe(3);
  });
});

describe('as decorators on class methods (B11)', () => {
  it('they register every instance, with itself as `this`', async () => {
    const bus = new SignalBus();
    const calls: unknown[] = [];
    class Store {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      @bus.subscriber('rows')
      add(row: number): void {
        calls.push([this.name, row]);
      }
      @bus.batchSubscriber('rows', { maxItems: 2 })
      addMany(rows: number[]): void {
        calls.push([this.name, rows]);
      }
      @bus.subscriber('rows')
      static count(row: number): void {
        calls.push(['static', row]);
      }
      @bus.subscriber('rows')
      #add(row: number): void {
        this.add(row * 10);
      }
      /** Only the bus calls it. */
      get hasPrivate(): boolean {
        return typeof this.#add === 'function';
      }
    }
    expect([new Store('one'), new Store('two')].map(({ hasPrivate }) => hasPrivate)).toEqual([true, true]);
    await bus.run(() => bus.publish('rows', 1));
    expect(calls).toHaveLength(7);
    expect(calls).toEqual(
      expect.arrayContaining([
        ['static', 1],
        ['one', 1],
        ['one', [1]],
        ['one', 10],
        ['two', 1],
        ['two', [1]],
        ['two', 10],
      ]),
    );
  });

  it('the topmost sees what the lower ones made: a periodic publisher with injected values', async () => {
    const bus = new SignalBus();
    const received: unknown[] = [];
    class Feed {
      readonly path = '/rows';
      @bus.periodicTask({ periodMs: 1_000 })
      @bus.publisher('rows')
      @bus.inject({ url: () => 'http://localhost', secret: async () => 'secret' })
      async fetchRows(injected?: { url: string; secret: string }): Promise<string> {
        return `${injected?.url}${this.path}?${injected?.secret}`;
      }
    }
    bus.subscriber('rows', (rows: string) => received.push(rows));
    await bus.start();
    const feed = new Feed();
    await flush();
    expect(received).toEqual(['http://localhost/rows?secret']);
    expect(await feed.fetchRows()).toBe('http://localhost/rows?secret');
    await bus.stop();
    expect(received).toHaveLength(2);
  });

  it('inject into methods that take more, one value after the other', async () => {
    const bus = new SignalBus();
    const received: unknown[] = [];
    class Greeter {
      readonly end = '!';
      @bus.subscriber('greetings')
      @bus.inject({ name: async () => 'Frank' })
      @bus.inject({ times: () => 2 })
      async print({ times }: { times: number }, { name }: { name: string }, greeting: string): Promise<void> {
        received.push([times, `${greeting} ${name}${this.end}`]);
      }
    }
    new Greeter();
    await bus.run(() => bus.publish('greetings', 'hello'));
    expect(received).toEqual([[2, 'hello Frank!']]);
  });

  it('start no task before the instance is there', async () => {
    const bus = new SignalBus();
    const seen: unknown[] = [];
    await bus.start();
    class Poller {
      readonly field = 'initialised';
      @bus.periodicTask({ periodMs: 1_000 })
      poll(): void {
        seen.push(this.field);
      }
    }
    new Poller();
    await flush();
    expect(seen).toEqual(['initialised']);
    await bus.stop();
  });

  it('refuse what is no method', () => {
    const bus = new SignalBus();
    const decorators = [bus.publisher('a'), bus.subscriber('a'), bus.periodicTask({ periodMs: 1 }), bus.inject({})];
    for (const decorator of decorators) {
      const decorate = decorator as (fn: unknown, context?: unknown) => unknown;
      expect(() => decorate(() => undefined, 'legacy name')).toThrow(
        /^Expected `context` to be that of a standard decorator on a method, got string "legacy name"; legacy decorators/,
      );
      expect(() => decorate(undefined)).toThrow(new TypeError('Expected `fn` to be a function, got undefined'));
    }
  });
});

describe('bad input', () => {
  const bus = new SignalBus();
  const fn = (): undefined => undefined;
  const loosely = bus as unknown as Record<string, (...args: unknown[]) => unknown>;
  const construct = (options: unknown) => new SignalBus(options as object);

  it.each<[string, () => unknown, ErrorConstructor | TypeErrorConstructor, RegExp]>([
    [
      'a topic',
      () => loosely['publisher']?.(5, fn),
      TypeError,
      /`topic` to be a non-empty string, what `topic` returns, or a Signal, got number 5$/,
    ],
    ['a token of a topic', () => loosely['publisher']?.({ name: 5 }, fn), TypeError, /`topic` .* got object$/],
    ['a token without a name', () => loosely['subscriber']?.({ name: '' }, fn), TypeError, /`topic` .* got object$/],
    ['a list of topics', () => loosely['subscriber']?.(['a'], fn), TypeError, /`topic` .* got array$/],
    ['an empty topic', () => loosely['subscriber']?.('', fn), TypeError, /`topic` .* got string ""/],
    ['a missing topic', () => loosely['subscriber']?.(null, fn), TypeError, /`topic` .* got null/],
    ['a function', () => loosely['publisher']?.('a', undefined), TypeError, /`fn` .* got undefined/],
    ['a subscriber', () => loosely['subscriber']?.('a', undefined), TypeError, /`fn` .* got undefined/],
    ['a subscriber with options', () => loosely['subscriber']?.('a', 'fn', {}), TypeError, /`fn` .* got string "fn"/],
    ['options', () => loosely['subscriber']?.('a', fn, 5), TypeError, /`options` .* got number 5/],
    ['an option', () => loosely['subscriber']?.('a', fn, { concurency: 1 }), TypeError, /Unknown option `concurency`/],
    ['concurrency', () => bus.subscriber('a', fn, { concurrency: 0 }), RangeError, /`concurrency` .* got number 0/],
    ['limit', () => bus.subscriber('a', fn, { limit: 1.5 }), RangeError, /`limit` .* got number 1.5/],
    [
      'overflow',
      () => loosely['subscriber']?.('a', { overflow: 'drop' }),
      TypeError,
      /`overflow` .* got string "drop"/,
    ],
    ['abortSignal', () => loosely['subscriber']?.('a', fn, { abortSignal: {} }), TypeError, /`abortSignal`/],
    ['maxItems', () => bus.batchSubscriber('a', fn, { maxItems: 0 }), RangeError, /`maxItems` .* got number 0/],
    ['maxWaitMs', () => bus.batchSubscriber('a', fn, { maxWaitMs: -1 }), RangeError, /`maxWaitMs` .* got number -1/],
    ['a period', () => loosely['periodicTask']?.({}, fn), TypeError, /`periodMs` .* got undefined/],
    ['an endless period', () => bus.periodicTask({ periodMs: Infinity }, fn), RangeError, /`periodMs`/],
    ['a missing period', () => loosely['periodicTask']?.(undefined, fn), TypeError, /`options` .* got undefined/],
    ['a task', () => loosely['periodicTask']?.({ periodMs: 1 }, 'fn'), TypeError, /`fn` .* got string "fn"/],
    [
      'a task and no options',
      () => loosely['periodicTask']?.(fn),
      TypeError,
      /`options` .* got undefined; call .*periodMs/,
    ],
    [
      'a task twice',
      () => loosely['periodicTask']?.(fn, fn),
      TypeError,
      /`options` .* got function .*; call .*periodMs/,
    ],
    ['options twice', () => loosely['periodicTask']?.({}, {}), TypeError, /`fn` .* got object; call .*periodMs/],
    [
      'a period alone',
      () => loosely['periodicTask']?.(fn, 10),
      TypeError,
      /`options` .* got number 10; call .*periodMs/,
    ],
    ['factories', () => loosely['inject']?.(undefined, fn), TypeError, /`factories` .* got undefined/],
    ['a list of factories', () => loosely['inject']?.([], fn), TypeError, /`factories` to be an object, got array/],
    ['a factory', () => loosely['inject']?.({ url: 'x' }, fn), TypeError, /`factories.url` .* got string "x"/],
    ['a scope', () => loosely['inject']?.({}, fn, { scope: 'app' }), TypeError, /`scope` .* got string "app"/],
    [
      'a given value',
      () => bus.inject({ url: fn, path: fn }, fn).with({ ulr: 1 } as object),
      TypeError,
      /^Unknown value `ulr` of fn; expected one of url, path$/,
    ],
    [
      'a given value where there is none',
      () => bus.inject({}, fn).with({ ulr: 1 }),
      TypeError,
      /^Unknown value `ulr` of fn; expected one of none$/,
    ],
    ['given values', () => bus.inject({}, fn).with(undefined as never), TypeError, /`values` .* got undefined/],
    [
      'an abortSignal of a task',
      () => loosely['periodicTask']?.({ periodMs: 1, abortSignal: 5 }, fn),
      TypeError,
      /`abortSignal`/,
    ],
    ['an option of a task', () => loosely['periodicTask']?.({ periodMs: 1, period: 1 }, fn), TypeError, /`period`/],
    ['a publisher', () => loosely['publisher']?.('a', {}), TypeError, /`fn` .* got object/],
    ['an injected function', () => loosely['inject']?.({}, 5), TypeError, /`fn` .* got number 5/],
    ['a function in the place of a topic', () => loosely['subscriber']?.(fn), TypeError, /`topic` .* got function fn/],
    ['an object in the place of a topic', () => loosely['subscriber']?.({}, fn), TypeError, /`topic` .* got object/],
    ['an option for batches alone', () => loosely['subscriber']?.('a', fn, { maxItems: 1 }), TypeError, /`maxItems`/],
    ['the name of a topic', () => topic(''), TypeError, /`name` .* got string ""/],
    ['a bus', () => loosely['connect']?.(bus, {}), TypeError, /`buses` .* got object/],
    ['the name', () => construct({ name: '' }), TypeError, /`name`/],
    ['the manager', () => construct({ manager: {} }), TypeError, /`manager` .* got object/],
    ['the timeout', () => construct({ shutdownTimeoutMs: NaN }), RangeError, /`shutdownTimeoutMs` .* got number NaN/],
    ['onError', () => construct({ onError: 'print' }), TypeError, /`onError` .* got string "print"/],
    ['the options', () => construct({ onerror: null }), TypeError, /Unknown option `onerror`/],
    ['no options', () => construct(null), TypeError, /`options` .* got null/],
  ])('%s is refused with an error that names it', (_what, call, errorClass, message) => {
    expect(call).toThrow(errorClass);
    expect(call).toThrow(message);
  });

  it.each([
    ['publish', () => loosely['publish']?.(5, 1), /`topic` .* got number 5/],
    ['publish to a topic without a name', () => loosely['publish']?.('', 1), /`topic` .* got string ""/],
    ['stop with an option that it does not have', () => loosely['stop']?.({ timeout: 1 }), /Unknown option `timeout`/],
    ['stop', () => bus.stop({ timeoutMs: -1 }), /`timeoutMs` .* got number -1/],
    ['run', () => loosely['run']?.('body'), /`body` .* got string "body"/],
  ])('makes the promise of %s reject', async (_verb, call, message) => {
    expect(await rejectionOf(call() as Promise<unknown>)).toMatchObject({ message: expect.stringMatching(message) });
  });

  it('is refused before anything is subscribed', () => {
    const manager = new SignalManager();
    const other = new SignalBus({ manager });
    expect(() => other.subscriber('a', fn, { limit: 0 })).toThrow(RangeError);
    expect(manager.signals()).toEqual([]);
  });
});
