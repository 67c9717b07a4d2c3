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
  readonly #emptied: unknown[] = [];
  #vacant = 0;
  #objects: WeakMap<object, Entry<V>> | undefined;
  #refs: Set<WeakRef<Entry<V>>> | undefined;
  #registry: FinalizationRegistry<WeakRef<Entry<V>>> | undefined;
  readonly #onLost: (() => void) | undefined;

  constructor(onLost?: () => void) {
    this.#onLost = onLost;
  }

  get size(): number {
    return this.#primitives.size - this.#vacant + (this.#refs?.size ?? 0);
  }

  get(key: unknown): V | undefined {
    return isObject(key) ? this.#objects?.get(key)?.value : this.#primitives.get(key);
  }

  set(key: unknown, value: V): void {
    if (isObject(key)) {
      this.#setObject(key, value);
      return;
    }
    const refilled = this.#vacant > 0 && this.#primitives.has(key) && this.#primitives.get(key) === undefined;
    if (refilled) this.#vacant -= 1;
    this.#primitives.set(key, value);
  }

  delete(key: unknown): void {
    if (isObject(key)) {
      const entry = this.#objects?.get(key);
      if (entry !== undefined) this.#forget(key, entry);
    } else if (this.#primitives.get(key) !== undefined) {
      this.#primitives.set(key, undefined);
      this.#vacant += 1;
      this.#keepVacant(key);
    }
  }

  *values(): Generator<V, void> {
    for (const value of this.#primitives.values()) if (value !== undefined) yield value;
    for (const ref of this.#refs ?? []) {
      const entry = ref.deref();
      if (entry !== undefined) yield entry.value;
    }
  }

  #setObject(key: object, value: V): void {
    const objects = (this.#objects ??= new WeakMap());
    const refs = (this.#refs ??= new Set());
    const known = objects.get(key);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    const entry = new Entry(value);
    objects.set(key, entry);
    refs.add(entry.ref);
    this.#registry ??= new FinalizationRegistry((ref) => {
      if (this.#drop(ref)) this.#onLost?.();
    });
    this.#registry.register(key, entry.ref, entry);
  }

  #forget(key: object, entry: Entry<V>): void {
    this.#registry?.unregister(entry);
    this.#objects?.delete(key);
    this.#drop(entry.ref);
  }

  #drop(ref: WeakRef<Entry<V>>): boolean {
    const known = this.#refs?.delete(ref) === true;
    // Neither a registry nor a weak map gives back the room that its keys took: the next one starts small.
    if (this.#refs?.size === 0) this.#refs = this.#objects = this.#registry = undefined;
    return known;
  }

  #keepVacant(key: unknown): void {
    const emptied = this.#emptied;
    if (emptied.includes(key)) return;
    if (emptied.push(key) <= VACANT_LIMIT) return;
    const oldest = emptied.shift();
    if (this.#primitives.get(oldest) !== undefined) return;
    this.#primitives.delete(oldest);
    this.#vacant -= 1;
  }
}

class Entry<V extends object> {
  value: V;
  /** What the enumeration holds: weak, so that a value that refers to its own key can be collected with it. */
  readonly ref: WeakRef<Entry<V>>;
  constructor(value: V) {
    this.value = value;
    this.ref = new WeakRef(this);
  }
}

/** What a WeakMap takes as key in every engine (symbols are too young for that). */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
