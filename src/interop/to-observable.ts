import { checkFunction, checkKnown, checkObject } from '../internal/check.js';
import { promiseFrom } from '../internal/thenable.js';
import { farHostOf } from '../send/far-hook.js';
import type { Connection, Filter, Receiver, Signal } from '../index.js';
import { checkTypedSignal } from '../signals/check-signal.js';
import { namedFilterOf, readFilterOf } from '../signals/filter.js';
import type { InteropObservable, Observer } from './types.js';
import { whenClosed } from './when-closed.js';

/**
 * Returns an observable of the kwargs of each matching send. `next` is called during the send; nothing is buffered.
 *
 * Each subscription is a receiver of its own, whose result is undefined. An error that `next` throws is a failure of this
 * receiver. When the manager closes, `complete` is called once, after the pending sends. A later `subscribe` calls `error`
 * with ManagerClosedError. Errors of `complete`, and rejections of async methods, go to the manager's `onError`.
 *
 * rxjs's `from` accepts it. The native `Observable.from` does not look for `Symbol.observable`; give it
 * `signal.stream()`.
 *
 * @param filter - As in `connect`.
 * @throws TypeError for anything that is not a Signal or a filter.
 *
 * @example
 * ```ts
 * import { from, map } from 'rxjs';
 * import { SignalManager } from 'signalbox';
 * import { toObservable } from 'signalbox/interop';
 *
 * const priced = new SignalManager().signal<{ item: string; cents: number }>('priced');
 * const subscription = from(toObservable(priced, { key: 'tea' }))
 *   .pipe(map(({ cents }) => cents / 100))
 *   .subscribe((price) => console.log(price));
 * priced.emit({ item: 'green tea', cents: 350 }, { key: 'tea' }); // prints 3.5
 * subscription.unsubscribe();
 * ```
 */
export function toObservable<K extends object>(signal: Signal<K, any, any>, filter: Filter = {}): InteropObservable<K> {
  checkTypedSignal(signal);
  checkObject(filter, 'filter');
  checkKnown(filter, ['sender', 'senders', 'key', 'keys'], 'toObservable');
  const routing = namedFilterOf(filter);
  const named = routing && readFilterOf(routing);
  const self = (): InteropObservable<K> => observable;
  const observable = {
    subscribe: (observer) => subscribe(signal, named, observerOf(observer)),
    '@@observable': self,
  } as InteropObservable<K>;
  const { observable: symbol } = Symbol as { readonly observable?: symbol };
  if (symbol !== undefined) Object.defineProperty(observable, symbol, { value: self });
  return observable;
}

/** The methods of an {@link Observer} may return promises all the same. */
interface AsyncObserver<T> {
  readonly next?: ((value: T) => unknown) | undefined;
  readonly error?: ((error: unknown) => unknown) | undefined;
  readonly complete?: (() => unknown) | undefined;
}

/** A function of its own, so that no closure of the subscription refers to `filter` and keeps its senders alive. */
function subscribe<K extends object>(
  signal: Signal<K, any, any>,
  filter: Filter | undefined,
  observer: AsyncObserver<K>,
): { unsubscribe(): void } {
  const { manager } = signal;
  const next = ((kwargs) => {
    // An async `next` is an async receiver, so that its rejection is seen.
    return promiseFrom(observer.next?.(kwargs))?.then(() => undefined);
  }) satisfies Receiver<K, undefined>;
  const report = (error: unknown): void => {
    farHostOf(manager).report(error, next, { signal, sender: undefined }, undefined);
  };
  let connection: Connection | undefined;
  const stop = whenClosed(manager, () => {
    connection?.disconnect();
    try {
      promiseFrom(observer.complete?.())?.then(undefined, report);
    } catch (error) {
      report(error);
    }
  });
  try {
    connection = manager.connect(next, signal, filter);
  } catch (error) {
    stop();
    if (!farHostOf(manager).closed || observer.error === undefined) throw error;
    promiseFrom(observer.error(error))?.then(undefined, report);
  }
  return {
    unsubscribe: () => {
      stop();
      connection?.disconnect();
    },
  };
}

function observerOf<T>(observer: Observer<T> | ((value: T) => void)): AsyncObserver<T> {
  if (typeof observer === 'function') return { next: observer };
  checkObject(observer, 'observer');
  for (const name of ['next', 'error', 'complete'] as const) {
    if (observer[name] !== undefined) checkFunction(observer[name], `observer.${name}`);
  }
  return observer;
}
