// Never run: what must compile and what must not, checked by `npm run types`.
/* eslint-disable @typescript-eslint/no-unused-vars -- most names are here to have their types looked at */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { from, map, type Observable } from 'rxjs';
import { Signal } from '../../src/index.js';
import {
  type InteropObservable,
  type Observer,
  fromAsyncIterable,
  fromEmitter,
  toEventTarget,
  toObservable,
} from '../../src/interop/index.js';
import { check, type Equal } from './equal.js';

interface Price {
  readonly item: string;
  readonly cents: number;
}
const priced = new Signal<Price, string>({ name: 'priced' });
const withDefaults = new Signal({ name: 'with defaults', defaults: { item: 'tea', cents: 0 } });
declare const emitter: EventEmitter;
declare const socket: Socket;
declare const element: EventTarget;

// Observables carry the kwargs of the receivers, and rxjs sees them.
const prices = toObservable(priced, { key: 'tea' });
check<Equal<typeof prices, InteropObservable<Price>>>();
const rx = from(prices);
check<Equal<typeof rx, Observable<Price>>>();
from(toObservable(withDefaults)).pipe(map(({ cents }) => cents.toFixed(2)));
prices.subscribe(({ cents }) => cents.toFixed(2)).unsubscribe();
prices.subscribe({ next: ({ item }) => item.length, error: undefined, complete: () => undefined });
const observer: Observer<Price> = {};
// @ts-expect-error no such kwarg
prices.subscribe(({ price }) => console.log(price));
// @ts-expect-error a symbol is no Signal
toObservable(Symbol('priced'));
// @ts-expect-error no option of a filter
toObservable(priced, { where: () => true });

// Emitters of both kinds; what the function returns is what the signal is sent with.
fromEmitter(emitter, 'priced', priced, (item: string, cents: number) => ({ item, cents }));
fromEmitter(emitter, Symbol('priced'), priced, (item: string) => ({ item, cents: 1 }), { always: true });
fromEmitter(socket, 'data', withDefaults, (data: Buffer) => ({ item: data.toString() }));
using source = fromEmitter(element, 'price', priced, (event: CustomEvent<Price>) => event.detail);
// @ts-expect-error an EventTarget has no symbols
fromEmitter(element, Symbol('price'), priced, (event: CustomEvent<Price>) => event.detail);
// @ts-expect-error no option of it
fromEmitter(emitter, 'priced', priced, (item: string) => ({ item, cents: 1 }), { once: true });

// Iterables.
const sent: Promise<number> = fromAsyncIterable(['tea'], priced, (item) => ({ item, cents: item.length }));
void fromAsyncIterable(Readable.from(['tea']), withDefaults, (item: string) => ({ item }), { serially: true });
void fromAsyncIterable(priced.stream(), priced, ({ kwargs }) => kwargs, { abortSignal: AbortSignal.timeout(5) });
// @ts-expect-error a number is no iterable
void fromAsyncIterable(5, priced, () => ({ item: '', cents: 1 }));

// EventTargets.
using target: EventTarget = toEventTarget({ priced, 'with-defaults': withDefaults });
// @ts-expect-error a symbol is no Signal
toEventTarget({ priced: Symbol('priced') });
