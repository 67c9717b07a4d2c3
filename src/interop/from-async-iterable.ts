import { unlessAborted } from '../internal/abort.js';
import { argumentError, checkAbortSignal, checkBoolean, checkFunction, checkKnown } from '../internal/check.js';
import type { Signal, SignalToken } from '../index.js';
import { checkTypedSignal } from '../signals/check-signal.js';
import type { FromAsyncIterableOptions } from './types.js';

/**
 * Sends a signal for each item of an async or sync iterable, such as a Node or web stream, and awaits each send before it
 * takes the next item. Failing receivers do not stop it.
 *
 * @param kwargsOf - Returns the kwargs for an item.
 * @param options - `serially`, `abortSignal`.
 * @returns Resolves with the number of items. Rejects with an error of the items, of `kwargsOf` or of the send itself, such
 * as ManagerClosedError, and with the abort reason. Unless the items failed, it calls the iterator's `return`, and waits for
 * that unless it is aborted. Rejects with a TypeError for bad arguments.
 *
 * @example
 * ```ts
 * import { Readable } from 'node:stream';
 * import { SignalManager } from 'signalbox';
 * import { fromAsyncIterable } from 'signalbox/interop';
 *
 * const scraped = new SignalManager().signal<{ title: string }>('scraped');
 * scraped.connect(({ title }) => console.log(title));
 * const items = Readable.from(['Dune', 'Emma']);
 * const count = await fromAsyncIterable(items, scraped, (title: string) => ({ title }));
 * console.log(`${count} items`);
 * ```
 */
export async function fromAsyncIterable<T, S extends object>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: Signal<any, any, S>,
  kwargsOf: (item: T) => S,
  options: FromAsyncIterableOptions = {},
): Promise<number> {
  checkTypedSignal(signal);
  checkFunction(kwargsOf, 'kwargsOf');
  checkKnown(options, ['serially', 'abortSignal'], 'fromAsyncIterable');
  checkBoolean(options.serially, 'serially');
  checkAbortSignal(options.abortSignal);
  const { serially = false, abortSignal } = options;
  const { manager } = signal;
  const limits = abortSignal && { abortSignal };
  const source = new ItemSource(items, abortSignal);
  try {
    for (let count = 0; ; count += 1) {
      const item = await source.next();
      if (item.done === true) return count;
      const sent = [signal, kwargsOf(item.value), limits] as unknown as [SignalToken, object];
      await (serially ? manager.sendSerial(...sent) : manager.send(...sent));
    }
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Takes the items one by one, and closes their iterator, until an abort. */
class ItemSource<T> {
  readonly #iterator: AsyncIterator<T> | Iterator<T>;
  readonly #isSync: boolean;
  readonly #abortSignal: AbortSignal | undefined;
  #failed = false;

  constructor(items: AsyncIterable<T> | Iterable<T>, abortSignal: AbortSignal | undefined) {
    const given = Object(items) as Partial<AsyncIterable<T> & Iterable<T>>;
    const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = given;
    if (typeof async !== 'function' && typeof sync !== 'function')
      throw argumentError('items', 'an async iterable or an iterable', items);
    this.#isSync = typeof async !== 'function';
    this.#iterator = Reflect.apply((this.#isSync ? sync : async) as () => AsyncIterator<T> | Iterator<T>, items, []);
    this.#abortSignal = abortSignal;
  }

  next(): Promise<IteratorResult<T>> {
    const abortSignal = this.#abortSignal;
    if (abortSignal?.aborted === true) return Promise.reject(abortSignal.reason as unknown);
    return unlessAborted(this.#next(), abortSignal) as Promise<IteratorResult<T>>;
  }

  /** Calls the iterator's `return`, unless the items have failed. Waits for it, but not for one that an abort interrupts. */
  async close(): Promise<void> {
    if (this.#failed) return;
    try {
      await unlessAborted(Promise.resolve(this.#iterator.return?.()), this.#abortSignal);
    } catch {
      // The error that ends the loop counts, as in `for await`.
    }
  }

  async #next(): Promise<IteratorResult<T>> {
    try {
      const item = await this.#iterator.next();
      return this.#isSync && item.done !== true ? { done: false, value: await item.value } : item;
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}
