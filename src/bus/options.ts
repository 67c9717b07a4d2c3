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
import type { SubscriptionRequest } from './subscription.js';
import { keyOf } from './topic.js';
import type { BatchOptions, Factories, InjectOptions, PeriodicOptions, Topic } from './types.js';

const SUBSCRIBER_OPTIONS = ['concurrency', 'limit', 'overflow', 'abortSignal'];
const BATCH_OPTIONS = [...SUBSCRIBER_OPTIONS, 'maxItems', 'maxWaitMs'];

function checkOneOf(value: unknown, parameter: string, choices: readonly string[]): void {
  if (!choices.includes(value as string)) throw expected(parameter, `one of ${choices.join(', ')}`, value);
}

export function subscriptionRequest(topic: Topic, options: BatchOptions = {}, batches: boolean): SubscriptionRequest {
  const key = keyOf(topic);
  if (batches) checkKnown(options, BATCH_OPTIONS, 'batchSubscriber');
  else checkKnown(options, SUBSCRIBER_OPTIONS, 'subscriber');
  const { concurrency = Infinity, limit = Infinity, overflow = 'wait', abortSignal } = options;
  const { maxItems = 10, maxWaitMs = 10_000 } = options;
  checkLimit(concurrency, 'concurrency');
  checkLimit(limit, 'limit');
  checkLimit(maxItems, 'maxItems');
  checkMilliseconds(maxWaitMs, 'maxWaitMs');
  checkOneOf(overflow, 'overflow', ['wait', 'drop-oldest', 'drop-newest', 'throw']);
  checkAbortSignal(abortSignal);
  return { key, batches, concurrency, limit, overflow, abortSignal, maxItems, maxWaitMs };
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
