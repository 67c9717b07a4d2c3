/** How many emptied primitive keys stand vacant at most. */
const VACANT_LIMIT = 8;

/**
 * A map whose object keys are held weakly and which can be enumerated all the same.
 *
 * A value may refer to its own object key without keeping it alive. Once a key has been collected, its entry is gone
 * and `onLost` is told. Primitive keys are held until they are deleted.
 */
export class WeakKeyMap<V extends object> {
  /**
   * A value of undefined: the key is vacant. The latest emptied keys stand for a while, because taking the same key out
   * and putting it in again, over and over, leaves a chain of holes in a Map which every look-up of it has to walk.
   */
  readonly #primitives = new Map<unknown, V | undefined>();
  /** The keys that are vacant. */
  readonly #vacant: unknown[] = [];
  #objects: WeakMap<object, V> | undefined;
  /** The object keys, for enumeration and removal: the values are not held, so they can be collected with their keys. */
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
    return isObject(key) ? this.#objects?.get(key) : this.#primitives.get(key);
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

  *values(): Generator<V, void> {
    for (const value of this.#primitives.values()) if (value !== undefined) yield value;
    for (const ref of this.#refs ?? []) {
      const key = ref.deref();
      const value = key && this.#objects?.get(key);
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
    // Neither a registry nor a weak map gives back the room that its keys took: the next one starts small.
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
    // Finds NaN, too. The latest come first, for they are the likeliest to return.
    let at = vacant.length - 1;
    while (at >= 0 && vacant[at] !== key && !(Number.isNaN(key) && Number.isNaN(vacant[at]))) at -= 1;
    if (at < 0) return;
    vacant[at] = vacant.at(-1);
    vacant.pop();
  }
}

/** What a WeakMap takes as key in every engine (symbols are too young for that). */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
