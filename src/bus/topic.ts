import { checkName, argumentError } from '../internal/check.js';
import type { Signal, SignalManager } from '../index.js';
import { definitionOf } from '../signals/tokens.js';
import { isObject } from '../internal/weak-key-map.js';
import type { Topic, TopicToken } from './types.js';

/**
 * Returns a topic of this name, with the type of its payloads.
 *
 * @param name - Not empty.
 *
 * @example
 * ```ts
 * import { SignalBus, topic } from 'signalbox/bus';
 *
 * const greeting = topic<string>('greeting');
 * const bus = new SignalBus();
 * bus.subscriber(greeting, (text) => console.log(text.toUpperCase())); //=> 'HELLO'
 * await bus.run(() => bus.publish(greeting, 'hello'));
 * ```
 */
export function topic<P>(name: string): TopicToken<P> {
  checkName(name);
  return Object.freeze({ name });
}

/** The key of a topic inside a bus: its name, or a Signal, which is a topic by identity. */
export type TopicKey = string | Signal<{ payload: unknown }>;

/** Checks a topic and returns its key. */
export function topicKeyOf(topic: Topic): TopicKey {
  if (isObject(topic) && definitionOf(topic) !== undefined) return topic as Signal<{ payload: unknown }>;
  const name: unknown = typeof topic === 'object' ? (topic as TopicToken<unknown> | null)?.name : topic;
  if (typeof name === 'string' && name !== '') return name;
  throw argumentError('topic', 'a non-empty string, what `topic` returns, or a Signal', topic);
}

/** Returns the signal of a topic on this manager. */
export function signalOf(manager: SignalManager, key: TopicKey): Signal<{ payload: unknown }> {
  return typeof key === 'string' ? manager.signal(key) : key;
}

/** Returns the name of a topic for messages and reports. */
export function nameOf(key: TopicKey): string {
  return typeof key === 'string' ? key : (key.name ?? '(unnamed)');
}
