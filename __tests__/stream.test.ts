import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Delivery, Signal, SignalManager, type StreamOptions, type StreamOverflowError } from '../src/index.js';
import { flush, rejectionOf } from './helpers/promises.js';
import { fulfilled } from './helpers/results.js';

const signal = Symbol('item scraped');
const abortListeners = (abortSignal: AbortSignal) => getEventListeners(abortSignal, 'abort').length;
const done = { done: true, value: undefined };

interface Item {
  readonly n: number;
}

let manager: SignalManager;

beforeEach(() => {
  manager = new SignalManager();
});

afterEach(async () => {
  await flush();
});

function emitMany(...numbers: number[]): void {
  for (const n of numbers) manager.emit(signal, { n });
}

/** What the stream gives until it is done. */
async function rest(stream: AsyncIterable<Delivery<Item>>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { kwargs } of stream) numbers.push(kwargs.n);
  return numbers;
}

const nextNumber = async (stream: AsyncIterator<Delivery<Item>>): Promise<unknown> => {
  const next = await stream.next();
  return next.done === true ? 'done' : next.value.kwargs.n;
};

describe('SignalManager#stream (R22)', () => {
  it('collects from the call on, not from the first next()', async () => {
    emitMany(0);
    const stream = manager.stream(signal);
    emitMany(1, 2);
    expect([await nextNumber(stream), await nextNumber(stream)]).toEqual([1, 2]);
    const third = nextNumber(stream);
    await flush();
    emitMany(3);
    expect(await third).toBe(3);
    await stream.return?.();
  });

  it('gives kwargs and context', async () => {
    const stream = manager.stream(signal);
    const kwargs = { n: 1 };
    await manager.send(signal, kwargs, { sender: 'app', key: 'k' });
    const { value } = (await stream.next()) as { value: Delivery };
    expect(value.kwargs).toBe(kwargs);
    const { context } = value;
    expect([context.signal, context.manager, context.sender]).toEqual([signal, manager, 'app']);
    expect([...context.keys]).toEqual(['k']);
    await stream.return?.();
  });

  it('takes the sends of every verb', async () => {
    const stream = manager.stream(signal);
    await manager.send(signal, { n: 1 });
    await manager.sendSerial(signal, { n: 2 });
    manager.sendSync(signal, { n: 3 });
    manager.emit(signal, { n: 4 });
    await manager.send(signal, { n: 5 }, { timeoutMs: 1000 });
    const numbers = [];
    for (let i = 0; i < 5; i++) numbers.push(await nextNumber(stream));
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
    await stream.return?.();
  });

  it('answers several next() at once in their order', async () => {
    const stream = manager.stream(signal);
    const numbers = [nextNumber(stream), nextNumber(stream), nextNumber(stream)];
    emitMany(1, 2, 3, 4);
    expect(await Promise.all(numbers)).toEqual([1, 2, 3]);
    expect(await nextNumber(stream)).toBe(4);
    await stream.return?.();
  });

  it('takes what matches its filter and where', async () => {
    const where = jest.fn(({ n }: Item) => n % 2 === 0);
    const stream = manager.stream(signal, { keys: ['k', 'l'], sender: 'app', where });
    for (const [n, filter] of [{ key: 'x' }, { key: 'k' }, { sender: 'app' }, { key: 'l' }, {}].entries()) {
      manager.emit(signal, { n }, filter);
    }
    expect(await nextNumber(stream)).toBe(2);
    expect(where.mock.calls.map(([kwargs]) => kwargs.n)).toEqual([1, 2, 3]);
    await stream.return?.();
  });

  it('that throws in where harms neither sender nor receivers: next() rejects once, then it is done', async () => {
    const receiver = () => 1;
    manager.connect(receiver, signal);
    const failed = new Error('where failed');
    const stream = manager.stream(signal, {
      where: () => {
        throw failed;
      },
    });
    const settled = Promise.allSettled([stream.next(), stream.next()]);
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, 1)]);
    expect(await manager.send(signal)).toEqual([fulfilled(receiver, 1)]);
    manager.emit(signal);
    expect(await settled).toEqual([
      { status: 'rejected', reason: failed },
      { status: 'fulfilled', value: done },
    ]);
  });

  it('collects nothing more once its where has ended it, not even the error that where then throws', async () => {
    for (const then of [
      () => true,
      () => {
        throw new Error('where failed');
      },
    ]) {
      const stream: AsyncIterator<Delivery> = manager.stream(signal, {
        where: () => {
          void stream.return?.();
          return then();
        },
      });
      emitMany(1);
      expect(await stream.next()).toEqual(done);
    }
  });

  it('is an async iterable of itself', async () => {
    const stream = manager.stream(signal);
    expect(stream[Symbol.asyncIterator]()).toBe(stream);
    await stream.return?.();
  });

  it('is independent of other streams of the signal', async () => {
    const [a, b] = [manager.stream(signal), manager.stream(signal)];
    emitMany(1, 2);
    expect(await nextNumber(a)).toBe(1);
    await a.return?.();
    expect([await nextNumber(b), await nextNumber(b)]).toEqual([1, 2]);
    await b.return?.();
  });

  it('is no receiver: not in results, lists, or what disconnectAll takes', async () => {
    const stream = manager.stream(signal);
    expect(manager.receivers(signal)).toEqual([]);
    expect(manager.hasReceivers(signal)).toBe(false);
    expect(manager.signals()).toEqual([]);
    expect(manager.explain(signal)).toEqual([]);
    expect(manager.disconnectAll(signal)).toBe(0);
    expect(manager.disconnectAll()).toBe(0);
    expect(manager.sendSync(signal, { n: 1 })).toEqual([]);
    expect(await nextNumber(stream)).toBe(1);
    await stream.return?.();
  });
});

describe('how a stream ends (R22)', () => {
  /** The stream asks `where` about every send: when it is disconnected it is asked no more. */
  function makeAsked(options: StreamOptions<Item> = {}) {
    const where = jest.fn((_kwargs: Item) => true);
    return { where, stream: manager.stream(signal, { ...options, where }) };
  }

  const endings: [
    how: string,
    end: (stream: ReturnType<typeof makeAsked>['stream'], controller: AbortController) => unknown,
  ][] = [
    ['return()', (stream) => stream.return?.()],
    ['dispose', (stream) => stream[Symbol.asyncDispose]()],
    ['abort', (_stream, controller) => controller.abort()],
    ['close of the manager (R23)', () => manager.close()],
  ];

  it.each(endings)('%s disconnects it, and answers who waits for the next', async (how, end) => {
    const controller = new AbortController();
    const { where, stream } = makeAsked({ abortSignal: controller.signal });
    expect(abortListeners(controller.signal)).toBe(1);
    const waiting = [stream.next(), stream.next()];
    await end(stream, controller);
    expect(await Promise.all(waiting)).toEqual([done, done]);
    if (!how.startsWith('close')) emitMany(1);
    expect(where).not.toHaveBeenCalled();
    expect(await stream.next()).toEqual(done);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('break disconnects it', async () => {
    const controller = new AbortController();
    const { where, stream } = makeAsked({ abortSignal: controller.signal });
    emitMany(1, 2, 3);
    const seen: number[] = [];
    for await (const { kwargs } of stream) {
      seen.push((kwargs as Item).n);
      if (seen.length === 2) break;
    }
    emitMany(4);
    expect(seen).toEqual([1, 2]);
    expect(where).toHaveBeenCalledTimes(3);
    expect(await stream.next()).toEqual(done);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('a throw out of the loop disconnects it', async () => {
    const { where, stream } = makeAsked();
    emitMany(1);
    const broken = new Error('loop failed');
    const loop = (async () => {
      for await (const delivery of stream) throw Object.assign(broken, { delivery });
    })();
    expect(await rejectionOf(loop)).toBe(broken);
    emitMany(2);
    expect(where).toHaveBeenCalledTimes(1);
  });

  it('the end of its block disconnects it', async () => {
    const where = jest.fn(() => true);
    {
      await using stream = manager.stream(signal, { where });
      emitMany(1);
      expect(await nextNumber(stream)).toBe(1);
    }
    emitMany(2);
    expect(where).toHaveBeenCalledTimes(1);
  });

  it('return() gives what it was given, and may be called twice', async () => {
    const stream = manager.stream(signal);
    emitMany(1);
    expect(await stream.return?.()).toEqual(done);
    expect(await stream.return?.('again')).toEqual({ done: true, value: 'again' });
    expect(await stream.next()).toEqual(done);
  });

  it('return(value) gives the value back, awaited, as generators do (R22)', async () => {
    const stream = manager.stream(signal);
    emitMany(1);
    expect(await stream.return?.(Promise.resolve('given'))).toEqual({ done: true, value: 'given' });
    expect(await stream.next()).toEqual(done);
    const broken = new Error('return failed');
    expect(await rejectionOf(manager.stream(signal).return?.(Promise.reject(broken)) ?? Promise.resolve())).toBe(
      broken,
    );
  });

  it('return() drops the failure, too', async () => {
    const stream = manager.stream(signal, { limit: 1 });
    emitMany(1, 2);
    await stream.return?.();
    expect(await stream.next()).toEqual(done);
  });

  it('throw() disconnects it, and rejects with what it was given', async () => {
    const { where, stream } = makeAsked();
    const broken = new Error('reader failed');
    expect(await rejectionOf(stream.throw?.(broken) ?? Promise.resolve())).toBe(broken);
    emitMany(1);
    expect(where).not.toHaveBeenCalled();
    expect(await stream.next()).toEqual(done);
  });

  it('cannot begin once the manager is closed (R23)', async () => {
    await manager.close();
    expect(() => manager.stream(signal)).toThrow(expect.objectContaining({ code: 'ERR_MANAGER_CLOSED' }));
  });

  it('after an abort what was collected is still delivered, then it is done', async () => {
    const controller = new AbortController();
    const stream = manager.stream(signal, { abortSignal: controller.signal });
    emitMany(1, 2);
    controller.abort(new Error('stop'));
    emitMany(3);
    expect(await rest(stream)).toEqual([1, 2]);
    expect(await stream.next()).toEqual(done);
  });

  it('aborted before it collects nothing', async () => {
    const abortSignal = AbortSignal.abort();
    const { where, stream } = makeAsked({ abortSignal });
    emitMany(1);
    expect(await stream.next()).toEqual(done);
    expect(where).not.toHaveBeenCalled();
    expect(abortListeners(abortSignal)).toBe(0);
  });
});

describe('the buffer of a stream is bounded (R22)', () => {
  /** Reads until the stream fails or is done. */
  async function readToEnd(stream: AsyncIterator<Delivery<Item>>): Promise<{ numbers: number[]; error: unknown }> {
    const numbers: number[] = [];
    try {
      for (let next = await stream.next(); next.done !== true; next = await stream.next()) {
        numbers.push(next.value.kwargs.n);
      }
    } catch (error) {
      return { numbers, error };
    }
    return { numbers, error: undefined };
  }

  it.each<[string, StreamOptions<Item>]>([
    ['by default', { limit: 2 }],
    ["with overflow: 'throw'", { limit: 2, overflow: 'throw' }],
  ])('past the limit it fails with StreamOverflowError: %s', async (_how, options) => {
    const receiver = () => 1;
    manager.connect(receiver, signal);
    const stream = manager.stream(signal, options);
    emitMany(1, 2);
    // The sender is not the one who fails.
    expect(manager.sendSync(signal, { n: 3 })).toEqual([fulfilled(receiver, 1)]);
    const { error } = await readToEnd(stream);
    const overflow = error as StreamOverflowError;
    expect([overflow.name, overflow.code, overflow.limit]).toEqual(['StreamOverflowError', 'ERR_STREAM_OVERFLOW', 2]);
    expect(await stream.next()).toEqual(done);
  });

  it('that overflowed is disconnected', async () => {
    const controller = new AbortController();
    const where = jest.fn(() => true);
    const stream = manager.stream(signal, { limit: 1, where, abortSignal: controller.signal });
    emitMany(1, 2, 3, 4);
    expect(where).toHaveBeenCalledTimes(2);
    expect(abortListeners(controller.signal)).toBe(0);
    await readToEnd(stream);
  });

  it('at the limit it does not fail', async () => {
    const stream = manager.stream(signal, { limit: 2 });
    emitMany(1, 2);
    expect(await nextNumber(stream)).toBe(1);
    emitMany(3);
    expect([await nextNumber(stream), await nextNumber(stream)]).toEqual([2, 3]);
    await stream.return?.();
  });

  it('counts what is undelivered: who waits already gets it past the buffer', async () => {
    const stream = manager.stream(signal, { limit: 1 });
    const waiting = [nextNumber(stream), nextNumber(stream)];
    emitMany(1, 2, 3);
    expect(await Promise.all(waiting)).toEqual([1, 2]);
    expect(await nextNumber(stream)).toBe(3);
    await stream.return?.();
  });

  it.each([
    [1000, undefined],
    [1001, 1000],
  ])('the default limit is 1000: %p sends fail with a limit of %p', async (count, limit) => {
    const controller = new AbortController();
    const stream = manager.stream(signal, { abortSignal: controller.signal });
    for (let n = 0; n < count; n++) emitMany(n);
    controller.abort();
    const { error } = await readToEnd(stream);
    expect((error as StreamOverflowError | undefined)?.limit).toBe(limit);
  });

  it.each<[StreamOptions<Item>['overflow'], number[]]>([
    ['drop-oldest', [4, 5]],
    ['drop-newest', [1, 2]],
  ])('%s loses them', async (overflow, kept) => {
    const controller = new AbortController();
    const stream = manager.stream(signal, { limit: 2, overflow: overflow ?? 'throw', abortSignal: controller.signal });
    emitMany(1, 2, 3, 4, 5);
    controller.abort();
    expect(await rest(stream)).toEqual(kept);
  });

  it.each(['drop-oldest', 'drop-newest'] as const)('%s goes on afterwards', async (overflow) => {
    const stream = manager.stream(signal, { limit: 1, overflow });
    emitMany(1, 2);
    expect(await nextNumber(stream)).toBe(overflow === 'drop-oldest' ? 2 : 1);
    emitMany(3);
    expect(await nextNumber(stream)).toBe(3);
    await stream.return?.();
  });
});

describe('a stream of sticky signals (R17)', () => {
  function kept(...numbers: number[]) {
    return numbers.map((n) => {
      const sticky = new Signal<{ n: number }>({ name: `sticky ${n}`, manager, sticky: true });
      sticky.emit({ n }, { key: n });
      return sticky;
    });
  }

  it('begins with the kept sends that match its filter and where', async () => {
    const where = jest.fn(({ n }: Item) => n !== 2);
    const stream = manager.stream(kept(1, 2, 3), { keys: [2, 3], where });
    expect(await nextNumber(stream)).toBe(3);
    expect(where.mock.calls.map(([{ n }]) => n)).toEqual([2, 3]);
    await stream.return?.();
  });

  it('asks about no kept send after its where has failed', async () => {
    const where = jest.fn((): boolean => {
      throw new Error('where failed');
    });
    const stream = manager.stream(kept(1, 2), { where });
    expect(await rejectionOf(stream.next())).toEqual(new Error('where failed'));
    expect(where).toHaveBeenCalledTimes(1);
  });
});
