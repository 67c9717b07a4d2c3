import { checkName, argumentError } from '../internal/check.js';
import type { Signal, SignalManager } from '../index.js';
import { definitionOf } from '../signals/tokens.js';
import { isObject } from '../internal/weak-key-map.js';
import type { Topic } from './types.js';

/** A topic whose payloads have a type. It is known by its name: any other of that name, and the name itself, are one. */
export interface TopicToken<P> {
  readonly name: string;
  /** There for the compiler alone: never set. */
  readonly __payload?: P;
}

/**
 * A topic by name, with the type of its payloads.
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

/** A topic as buses handle it: its name, or a signal that is a topic by identity. */
export type TopicKey = string | Signal<{ payload: unknown }>;

/** Checked. */
export function topicKeyOf(topic: Topic): TopicKey {
  if (isObject(topic) && definitionOf(topic) !== undefined) return topic as Signal<{ payload: unknown }>;
  const name: unknown = typeof topic === 'object' ? (topic as TopicToken<unknown> | null)?.name : topic;
  if (typeof name === 'string' && name !== '') return name;
  throw argumentError('topic', 'a non-empty string, what `topic` returns, or a Signal', topic);
}

/** What a topic is to a manager. */
export function signalOf(manager: SignalManager, key: TopicKey): Signal<{ payload: unknown }> {
  return typeof key === 'string' ? manager.signal(key) : key;
}

/** How messages and reports name a topic. */
export function nameOf(key: TopicKey): string {
  return typeof key === 'string' ? key : (key.name ?? '(unnamed)');
}
