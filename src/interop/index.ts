/**
 * Signals from and to other kinds of events.
 *
 * @module signalbox/interop
 */
export { fromAsyncIterable } from './from-async-iterable.js';
export { fromEmitter } from './from-emitter.js';
export { toEventTarget } from './to-event-target.js';
export { toObservable } from './to-observable.js';
export type {
  EmitterLike,
  FromAsyncIterableOptions,
  FromEmitterOptions,
  InteropObservable,
  Observer,
} from './types.js';
