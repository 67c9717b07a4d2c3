import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Readable } from 'node:stream';
import { Signal, SignalManager } from '../../src/index.js';
import { type FromAsyncIterableOptions, fromAsyncIterable } from '../../src/interop/index.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

let manager: SignalManager;
let scraped: Signal<{ n: number }>;
let seen: number[];
let reports: unknown[];

beforeEach(() => {
  reports = [];
  manager = new SignalManager({ name: 'crawl', onError: (error) => reports.push(error) });
  scraped = new Signal({ name: 'scraped', manager });
  seen = [];
  scraped.connect(({ n }) => void seen.push(n));
});

const kwargsOf = (n: number): { n: number } => ({ n });

/** Items, and what became of their iterator. */
class Items implements AsyncIterable<number> {
  readonly calls: string[] = [];
  readonly #values: number[];
  readonly #end: (() => Promise<IteratorResult<number>>) | undefined;

  constructor(values: readonly number[], end?: () => Promise<IteratorResult<number>>) {
    this.#values = [...values];
    this.#end = end;
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return {
      next: () => {
        this.calls.push('next');
        const value = this.#values.shift();
        if (value !== undefined) return Promise.resolve({ done: false, value });
        return this.#end?.() ?? Promise.resolve({ done: true, value: undefined });
      },
      return: () => {
        this.calls.push('return');
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

describe('fromAsyncIterable (X7)', () => {
  it('sends the signal for each item in turn, and resolves with their number', async () => {
    const items = new Items([1, 2, 3]);
    expect(await fromAsyncIterable(items, scraped, kwargsOf)).toBe(3);
    expect(seen).toEqual([1, 2, 3]);
    expect(items.calls).toEqual(['next', 'next', 'next', 'next']);
  });

  it.each<[string, AsyncIterable<number> | Iterable<number>]>([
    ['an array', [1, 2]],
    ['a generator', [1, 2].values()],
    ['a Node stream', Readable.from([1, 2])],
    ['a web stream', new ReadableStream<number>({ start: fill })],
    [
      'an async generator',
      (async function* () {
        yield* [1, 2];
      })(),
    ],
  ])('accepts %s', async (_what, items) => {
    expect(await fromAsyncIterable(items, scraped, kwargsOf)).toBe(2);
    expect(seen).toEqual([1, 2]);
  });

  function fill(controller: ReadableStreamDefaultController<number>): void {
    for (const n of [1, 2]) controller.enqueue(n);
    controller.close();
  }

  it('awaits the promises of a sync iterable, as `for await` does', async () => {
    const items = [Promise.resolve(1), 2] as number[];
    expect(await fromAsyncIterable(items, scraped, kwargsOf)).toBe(2);
    expect(seen).toEqual([1, 2]);
  });

  it('resolves with 0 without items', async () => {
    expect(await fromAsyncIterable([], scraped, kwargsOf)).toBe(0);
  });

  it('awaits each send before it takes the next item', async () => {
    const slow = deferred();
    scraped.connect(() => slow.promise);
    const items = new Items([1, 2]);
    const done = fromAsyncIterable(items, scraped, kwargsOf);
    await flush();
    expect([seen, items.calls]).toEqual([[1], ['next']]);
    slow.resolve();
    expect(await done).toBe(2);
  });

  it('calls the receivers concurrently, or one after the other with serially', async () => {
    for (const serially of [false, true]) {
      const order: string[] = [];
      const slow = deferred();
      const first = scraped.connect(() => slow.promise, { priority: 1 });
      const second = scraped.connect(() => void order.push('second'), { priority: 1 });
      const done = fromAsyncIterable([1], scraped, kwargsOf, { serially });
      await flush();
      expect(order).toEqual(serially ? [] : ['second']);
      slow.resolve();
      await done;
      for (const connection of [first, second]) connection.disconnect();
    }
  });

  it('is not stopped by failing receivers', async () => {
    const failure = new Error('no');
    scraped.connect(() => {
      throw failure;
    });
    expect(await fromAsyncIterable([1, 2], scraped, kwargsOf)).toBe(2);
    expect([seen, reports]).toEqual([
      [1, 2],
      [failure, failure],
    ]);
  });
});

describe('fromAsyncIterable rejects (X7)', () => {
  const failure = new Error('no');

  it('with an error of the items, and does not call return then', async () => {
    const items = new Items([1], () => Promise.reject(failure));
    expect(await rejectionOf(fromAsyncIterable(items, scraped, kwargsOf))).toBe(failure);
    expect([seen, items.calls]).toEqual([[1], ['next', 'next']]);
  });

  it('with an error of kwargsOf, after return', async () => {
    const items = new Items([1, 2]);
    const done = fromAsyncIterable(items, scraped, () => {
      throw failure;
    });
    expect(await rejectionOf(done)).toBe(failure);
    expect(items.calls).toEqual(['next', 'return']);
  });

  it('with an error of the send itself, after return', async () => {
    const items = new Items([1, 2]);
    expect(await rejectionOf(fromAsyncIterable(items, scraped, () => 5 as never))).toBeInstanceOf(TypeError);
    expect(items.calls).toEqual(['next', 'return']);
    const more = new Items([1, 2]);
    await manager.close();
    expect(await rejectionOf(fromAsyncIterable(more, scraped, kwargsOf))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    expect(more.calls).toEqual(['next', 'return']);
  });

  it('with the first error if return fails, too', async () => {
    async function* items(): AsyncGenerator<number> {
      try {
        yield 1;
      } finally {
        await Promise.reject(new Error('of the clean-up'));
      }
    }
    const done = fromAsyncIterable(items(), scraped, () => {
      throw failure;
    });
    expect(await rejectionOf(done)).toBe(failure);
  });

  it('after the clean-up of a generator', async () => {
    const order: string[] = [];
    async function* items(): AsyncGenerator<number> {
      try {
        yield 1;
      } finally {
        await flush();
        order.push('cleaned up');
      }
    }
    const done = fromAsyncIterable(items(), scraped, () => {
      throw failure;
    });
    await rejectionOf(done).then(() => order.push('rejected'));
    expect(order).toEqual(['cleaned up', 'rejected']);
  });
});

describe('an abort of fromAsyncIterable (X7)', () => {
  const reason = new Error('enough');

  it('rejects while an item is awaited, and calls return', async () => {
    const controller = new AbortController();
    const items = new Items([1], () => new Promise(() => undefined));
    const done = fromAsyncIterable(items, scraped, kwargsOf, { abortSignal: controller.signal });
    await flush();
    controller.abort(reason);
    expect(await rejectionOf(done)).toBe(reason);
    expect([seen, items.calls]).toEqual([[1], ['next', 'next', 'return']]);
  });

  it('does not wait for a generator that hangs', async () => {
    const controller = new AbortController();
    async function* items(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => undefined);
    }
    const done = fromAsyncIterable(items(), scraped, kwargsOf, { abortSignal: controller.signal });
    await flush();
    controller.abort(reason);
    expect(await rejectionOf(done)).toBe(reason);
  });

  it.each([false, true])('ends the pending send, which tells its receivers (serially: %p)', async (serially) => {
    const controller = new AbortController();
    const told: unknown[] = [];
    scraped.connect((_kwargs, { abortSignal }) => {
      abortSignal?.addEventListener('abort', () => told.push(abortSignal.reason));
      return new Promise(() => undefined);
    });
    const items = new Items([1, 2]);
    const done = fromAsyncIterable(items, scraped, kwargsOf, { serially, abortSignal: controller.signal });
    await flush();
    controller.abort(reason);
    expect(await rejectionOf(done)).toBe(reason);
    expect([told, reports, items.calls]).toEqual([[reason], [reason], ['next', 'return']]);
  });

  it('that came before takes no item, and calls return', async () => {
    const items = new Items([1]);
    const abortSignal = AbortSignal.abort(reason);
    expect(await rejectionOf(fromAsyncIterable(items, scraped, kwargsOf, { abortSignal }))).toBe(reason);
    expect([seen, items.calls]).toEqual([[], ['return']]);
  });

  it.each<[string, (abort: () => void) => typeof kwargsOf]>([
    ['kwargsOf', (abort) => (n) => (abort(), { n })],
    [
      'a receiver',
      (abort) => {
        scraped.connect(abort);
        return kwargsOf;
      },
    ],
  ])('that comes from %s leaves no unhandled rejection (X7)', async (_who, make) => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const controller = new AbortController();
    const { signal: abortSignal } = controller;
    const made = make(() => controller.abort(reason));
    expect(await rejectionOf(fromAsyncIterable(new Items([1]), scraped, made, { abortSignal }))).toBe(reason);
    await new Promise(setImmediate);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('leaves no listener, and neither does an end without abort', async () => {
    const { signal: abortSignal } = new AbortController();
    const [add, remove] = [jest.spyOn(abortSignal, 'addEventListener'), jest.spyOn(abortSignal, 'removeEventListener')];
    await fromAsyncIterable([1, 2], scraped, kwargsOf, { abortSignal });
    expect(add).toHaveBeenCalled();
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });
});

describe('a bad argument of fromAsyncIterable', () => {
  const call = fromAsyncIterable as (...args: unknown[]) => Promise<number>;
  const options = (given: unknown) => given as FromAsyncIterableOptions;

  it.each([
    [
      'no items',
      () => call(undefined, scraped, kwargsOf),
      'Expected `items` to be an async iterable or an iterable, got undefined',
    ],
    ['an object', () => call({}, scraped, kwargsOf), 'Expected `items` to be an async iterable or an iterable, got'],
    ['a token', () => call([1], Symbol('s'), kwargsOf), 'Expected `signal` to be a Signal, got Symbol(s)'],
    ['no kwargsOf', () => call([1], scraped), 'Expected `kwargsOf` to be a function, got undefined'],
    [
      'an unknown option',
      () => fromAsyncIterable([1], scraped, kwargsOf, options({ timeoutMs: 1 })),
      'Unknown option `timeoutMs` of fromAsyncIterable',
    ],
    [
      'a bad serially',
      () => fromAsyncIterable([1], scraped, kwargsOf, options({ serially: 'yes' })),
      'Expected `serially` to be a boolean, got string "yes"',
    ],
    [
      'a bad abortSignal',
      () => fromAsyncIterable([1], scraped, kwargsOf, options({ abortSignal: 1 })),
      'Expected `abortSignal` to be an AbortSignal, got number 1',
    ],
  ])('%s is a TypeError that names it', async (_what, wrong, message) => {
    const error = await rejectionOf(wrong());
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(message);
    expect(seen).toEqual([]);
  });
});
