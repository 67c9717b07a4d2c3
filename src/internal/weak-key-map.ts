/** The largest number of vacant primitive keys. */
const VACANT_LIMIT = 8;

/**
 * A map that holds its object keys weakly and can still be enumerated.
 *
 * A value may refer to its own object key without keeping it alive. Once a key has been collected, its entry is removed
 * and `onLost` is called. Primitive keys are held until they are deleted.
 */
export class WeakKeyMap<V extends object> {
  /**
   * A key with the value undefined is vacant. The keys deleted last stay vacant for a while. Deleting and setting the
   * same key over and over would leave a chain of holes in a Map, and every lookup of the key would walk it.
   */
  readonly #primitives = new Map<unknown, V | undefined>();
  /** The keys that are vacant. */
  readonly #vacant: unknown[] = [];
  #objects: WeakMap<object, V> | undefined;
  /**
   * The object keys, for enumeration and removal. The values are not held here, so they can be collected with their
   * keys.
   */
  #refs: Set<WeakRef<object>> | undefined;
  #refOf: WeakMap<object, WeakRef<object>> | undefined;
  #registry: FinalizationRegistry<WeakRef<object>> | undefined;
  readonly #onLost: (() => void) | undefined;

  constructor(onLost?: () => void) {
    this.#onLost = onLost;
  }

  get size(): number {
    return this.#primitives.size - this.#vacant.length + (this.#refs?.size ?? 0);
  }

  get(key: unknown): V | undefined {
    // Most keys are strings, and testing for a string is cheaper than testing for an object.
    return typeof key !== 'string' && isObject(key) ? this.#objects?.get(key) : this.#primitives.get(key);
  }

  set(key: unknown, value: V): void {
    if (isObject(key)) {
      this.#setObject(key, value);
      return;
    }
    this.#occupy(key);
    this.#primitives.set(key, value);
  }

  delete(key: unknown): void {
    if (isObject(key)) {
      this.#deleteObject(key);
    } else if (this.#primitives.get(key) !== undefined) {
      this.#vacate(key);
    }
  }

  *keys(): Generator<unknown, void> {
    for (const [key, value] of this.#primitives) if (value !== undefined) yield key;
    for (const ref of this.#refs ?? []) {
      const key = ref.deref();
      if (key !== undefined) yield key;
    }
  }

  *values(): Generator<V, void> {
    for (const key of this.keys()) {
      const value = this.get(key);
      if (value !== undefined) yield value;
    }
  }

  #setObject(key: object, value: V): void {
    const objects = (this.#objects ??= new WeakMap());
    const refs = (this.#refs ??= new Set());
    const refOf = (this.#refOf ??= new WeakMap());
    objects.set(key, value);
    if (refOf.has(key)) return;
    const ref = new WeakRef(key);
    refOf.set(key, ref);
    refs.add(ref);
    this.#registry ??= new FinalizationRegistry((lost) => {
      if (this.#drop(lost)) this.#onLost?.();
    });
    this.#registry.register(key, ref, ref);
  }

  #deleteObject(key: object): void {
    const ref = this.#refOf?.get(key);
    if (ref === undefined) return;
    this.#registry?.unregister(ref);
    this.#objects?.delete(key);
    this.#refOf?.delete(key);
    this.#drop(ref);
  }

  #drop(ref: WeakRef<object>): boolean {
    const known = this.#refs?.delete(ref) === true;
    // A registry and a WeakMap never free the memory of their removed keys, so new ones are made for the next key.
    if (this.#refs?.size === 0) this.#refs = this.#refOf = this.#objects = this.#registry = undefined;
    return known;
  }

  #vacate(key: unknown): void {
    const vacant = this.#vacant;
    this.#primitives.set(key, undefined);
    if (vacant.push(key) > VACANT_LIMIT) this.#primitives.delete(vacant.shift());
  }

  #occupy(key: unknown): void {
    const vacant = this.#vacant;
    // Finds NaN, too. Searches from the end, because the latest keys are the most likely to return.
    let at = vacant.length - 1;
    while (at >= 0 && vacant[at] !== key && !(Number.isNaN(key) && Number.isNaN(vacant[at]))) at -= 1;
    if (at < 0) return;
    vacant[at] = vacant.at(-1);
    vacant.pop();
  }
}

/** Whether every engine accepts the value as a WeakMap key. Not symbols, which only newer engines accept. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Runs the clean-up of an object that has been collected. A clean-up must not refer to that object. */
export const onCollected = new FinalizationRegistry<() => void>((cleanUp) => {
  cleanUp();
});
