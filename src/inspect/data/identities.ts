import { isObject } from '../../internal/weak-key-map.js';

/** Gives values that stand for senders, keys and tokens, equal for equal ones, and keep none of them alive. */
export class Identities {
  readonly #known = new WeakMap<object, object>();

  of(value: unknown): unknown {
    if (!isCollectable(value)) return value;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const made = {};
    this.#known.set(value, made);
    return made;
  }

  all(values: Iterable<unknown>): readonly unknown[] {
    return Array.from(values, (value) => this.of(value));
  }
}

/** Whether a value can be the key of a WeakMap. Node takes symbols, too, unless they are registered. */
export function isCollectable(value: unknown): value is object {
  return isObject(value) || (typeof value === 'symbol' && Symbol.keyFor(value) === undefined);
}
