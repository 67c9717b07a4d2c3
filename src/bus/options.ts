import {
  argumentError,
  checkAbortSignal,
  checkDelay,
  checkFunction,
  checkKnown,
  checkLimit,
  checkMilliseconds,
  checkObject,
  checkOneOf,
} from '../internal/check.js';
import { type TopicKey, topicKeyOf } from './topic.js';
import type { BatchOptions, Factories, PeriodicOptions, Topic } from './types.js';

/** The checked arguments of one subscription. */
export interface SubscriptionRequest extends Filled<BatchOptions, typeof SUBSCRIBER> {
  readonly key: TopicKey;
  /** If given, payloads are delivered in arrays. */
  readonly maxItems?: number;
  readonly maxWaitMs?: number;
}

const SUBSCRIBER = {
  concurrency: Infinity,
  limit: Infinity,
  overflow: 'wait',
  timeoutMs: Infinity,
  abortSignal: undefined,
};
const BATCH_SUBSCRIBER = { ...SUBSCRIBER, maxItems: 10, maxWaitMs: 10_000 };

/** Options with the defaults filled in. */
type Filled<O, D> = { [N in keyof D]: D[N] | (N extends keyof O ? Exclude<O[N], undefined> : never) };

/** @param defaults - Has a property for every known option. */
export function optionsWithDefaults<O extends object, D extends object>(
  options: O | undefined,
  defaults: D,
  verb: string,
): Filled<O, D> {
  if (options === undefined) return defaults;
  checkKnown(options, Object.keys(defaults), verb);
  // By name, because options may be inherited.
  const given = Object.keys(defaults).map((name) => [name, Reflect.get(options, name)] as const);
  return { ...defaults, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

export function subscriptionRequest(
  topic: Topic,
  options: BatchOptions | undefined,
  verb: string,
): SubscriptionRequest {
  const key = topicKeyOf(topic);
  const defaults = verb === 'subscriber' ? SUBSCRIBER : BATCH_SUBSCRIBER;
  const request: SubscriptionRequest = { key, ...optionsWithDefaults(options, defaults, verb) };
  checkLimit(request.concurrency, 'concurrency');
  checkLimit(request.limit, 'limit');
  checkLimit(request.maxItems, 'maxItems');
  checkMilliseconds(request.timeoutMs, 'timeoutMs');
  checkMilliseconds(request.maxWaitMs, 'maxWaitMs');
  checkOneOf(request.overflow, 'overflow', ['wait', 'drop-oldest', 'drop-newest', 'throw']);
  checkAbortSignal(request.abortSignal);
  return request;
}

/**
 * Checks the arguments of `periodicTask`, which may come in either order.
 *
 * @returns `rest` is empty if there is only one argument: a decorator is asked for.
 */
export function periodicRequest(args: readonly unknown[]): { options: PeriodicOptions; rest: readonly unknown[] } {
  const [given, ...rest] = typeof args[0] === 'function' ? [args[1], args[0], ...args.slice(2)] : args;
  const wayOut = '; call `periodicTask({ periodMs }, fn)` or `periodicTask(fn, { periodMs })`';
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw argumentError('options', 'an object with `periodMs`', given, wayOut);
  if (rest.length > 0 && typeof rest[0] !== 'function') throw argumentError('fn', 'a function', rest[0], wayOut);
  checkKnown(given, ['periodMs', 'abortSignal'], 'periodicTask');
  const { periodMs, abortSignal } = given as PeriodicOptions;
  const options = { periodMs, abortSignal };
  checkDelay(options.periodMs, 'periodMs');
  checkAbortSignal(options.abortSignal);
  return { options, rest };
}

/** Checks the factories and returns a copy, so that later changes have no effect. */
export function factoriesOf(factories: Factories): Factories {
  checkObject(factories, 'factories');
  for (const [name, factory] of Object.entries(factories)) checkFunction(factory, `factories.${name}`);
  return { ...factories };
}
