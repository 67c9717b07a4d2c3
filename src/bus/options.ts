import {
  checkAbortSignal,
  checkDelay,
  checkFunction,
  checkKnown,
  checkLimit,
  checkMilliseconds,
  checkObject,
  expected,
} from '../check.js';
import { BatchQueue, PayloadQueue } from './queues.js';
import type { SubscriptionRequest } from './subscription.js';
import { keyOf } from './topic.js';
import type { BatchOptions, Factories, InjectOptions, PeriodicOptions, SubscriberOptions, Topic } from './types.js';

const SUBSCRIBER_OPTIONS = ['concurrency', 'limit', 'overflow', 'abortSignal'];
const OVERFLOWS = ['wait', 'drop-oldest', 'drop-newest', 'throw'];

function checkOneOf(value: unknown, parameter: string, choices: readonly string[]): void {
  if (!choices.includes(value as string)) throw expected(parameter, `one of ${choices.join(', ')}`, value);
}

export function subscriberRequest(topic: Topic, options: SubscriberOptions = {}): SubscriptionRequest {
  const key = keyOf(topic);
  checkKnown(options, SUBSCRIBER_OPTIONS, 'subscriber');
  return { key, ...limitsOf(options), makeQueue: () => new PayloadQueue() };
}

export function batchRequest(topic: Topic, options: BatchOptions = {}): SubscriptionRequest {
  const key = keyOf(topic);
  checkKnown(options, [...SUBSCRIBER_OPTIONS, 'maxItems', 'maxWaitMs'], 'batchSubscriber');
  const { maxItems = 10, maxWaitMs = 10_000 } = options;
  checkLimit(maxItems, 'maxItems');
  checkMilliseconds(maxWaitMs, 'maxWaitMs');
  const limits = limitsOf(options);
  return { key, ...limits, makeQueue: () => new BatchQueue(maxItems, maxWaitMs, limits.limit) };
}

function limitsOf(options: SubscriberOptions): Omit<SubscriptionRequest, 'key' | 'makeQueue'> {
  const { concurrency = Infinity, limit = Infinity, overflow = 'wait', abortSignal } = options;
  checkLimit(concurrency, 'concurrency');
  checkLimit(limit, 'limit');
  checkOneOf(overflow, 'overflow', OVERFLOWS);
  checkAbortSignal(abortSignal);
  return { concurrency, limit, overflow, abortSignal };
}

export function periodicRequest(options: PeriodicOptions): PeriodicOptions {
  checkKnown(options, ['periodMs', 'abortSignal'], 'periodicTask');
  checkDelay(options.periodMs, 'periodMs');
  checkAbortSignal(options.abortSignal);
  return { ...options };
}

/** The factories as they are now. */
export function factoriesOf(factories: Factories): Factories {
  checkObject(factories, 'factories');
  for (const [name, factory] of Object.entries(factories)) checkFunction(factory, `factories.${name}`);
  return { ...factories };
}

export function scopeOf(options: InjectOptions = {}): InjectOptions['scope'] {
  checkKnown(options, ['scope'], 'inject');
  const { scope = 'call' } = options;
  checkOneOf(scope, 'scope', ['call', 'bus']);
  return scope;
}
