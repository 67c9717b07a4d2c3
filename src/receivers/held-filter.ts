import { NO_VALUES } from '../signals/filter.js';
import { WeakKeyMap, isObject } from '../internal/weak-key-map.js';

/** Senders and keys. */
export interface LinkFilter {
  readonly senders: readonly unknown[];
  readonly keys: readonly unknown[];
}

/** The kind of value that a filter and a send have in common. */
export type Match = 'sender' | 'key';

/** So many senders or keys are in an array, which takes less memory. More are in a map, which finds each at once. */
const FEW = 8;

/** The senders or the keys of one filter. */
type Values = readonly unknown[] | WeakKeyMap<object>;

const KNOWN = Object.freeze({});

/** The filter of a link that may have several values. Objects are held weakly, so that it never keeps a sender alive. */
export class HeldFilter implements LinkFilter {
  #senders: Values;
  #keys: Values;
  /** Whether it has lost a value that it was made with. */
  narrowed = false;

  constructor({ senders, keys }: LinkFilter) {
    this.#senders = holding(senders);
    this.#keys = holding(keys);
  }

  /** The remaining senders, without the collected ones. */
  get senders(): readonly unknown[] {
    return [...remaining(this.#senders)];
  }

  get keys(): readonly unknown[] {
    return [...remaining(this.#keys)];
  }

  /** Whether a value remains that has not been collected. */
  get live(): boolean {
    return remaining(this.#senders).next().done === false || remaining(this.#keys).next().done === false;
  }

  /** Returns what this filter and a send have in common. */
  matchOf({ senders, keys }: LinkFilter): Match | undefined {
    if (senders.some((sender) => has(this.#senders, sender))) return 'sender';
    return keys.some((key) => has(this.#keys, key)) ? 'key' : undefined;
  }

  /** Whether a value remains beside these. It may have been collected a moment ago. */
  hasMoreThan({ senders, keys }: LinkFilter): boolean {
    return hasMoreThan(this.#senders, senders) || hasMoreThan(this.#keys, keys);
  }

  /** Removes these values. @returns Those that it had. */
  narrow({ senders, keys }: LinkFilter): LinkFilter {
    this.narrowed = true;
    const lost = {
      senders: senders.filter((sender) => has(this.#senders, sender)),
      keys: keys.filter((key) => has(this.#keys, key)),
    };
    this.#senders = without(this.#senders, lost.senders);
    this.#keys = without(this.#keys, lost.keys);
    return lost;
  }
}

/** Returns an object as a WeakRef, a primitive as it is. */
export function held(value: unknown): unknown {
  return isObject(value) ? new WeakRef(value) : value;
}

/** Returns what is held; undefined once collected. */
export function valueOf(value: unknown): unknown {
  return value instanceof WeakRef ? value.deref() : value;
}

function holding(values: readonly unknown[]): Values {
  if (values.length === 0) return NO_VALUES;
  if (values.length <= FEW) return values.map(held);
  const many = new WeakKeyMap<object>();
  for (const value of values) many.set(value, KNOWN);
  return many;
}

function* remaining(values: Values): Generator<unknown, void> {
  if (values instanceof WeakKeyMap) {
    yield* values.keys();
    return;
  }
  for (const each of values) {
    const value = valueOf(each);
    if (value !== undefined) yield value;
  }
}

function has(values: Values, value: unknown): boolean {
  return values instanceof WeakKeyMap ? values.get(value) !== undefined : values.map(valueOf).includes(value);
}

function hasMoreThan(values: Values, named: readonly unknown[]): boolean {
  // By their number: to look for a value would take longer with each that has been removed.
  if (values instanceof WeakKeyMap) return values.size > named.filter((value) => has(values, value)).length;
  return [...remaining(values)].some((value) => !named.includes(value));
}

function without(values: Values, lost: readonly unknown[]): Values {
  if (!(values instanceof WeakKeyMap)) return values.filter((each) => !lost.includes(valueOf(each)));
  for (const value of lost) values.delete(value);
  return values;
}
