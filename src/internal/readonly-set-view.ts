/** A set that cannot be changed: it has no such methods, and those of `Set.prototype` throw for it. */
export class ReadonlySetView<T> implements ReadonlySet<T> {
  readonly #set: Set<T>;

  constructor(values: Iterable<T>) {
    this.#set = new Set(values);
    Object.freeze(this);
  }

  get size(): number {
    return this.#set.size;
  }

  has(value: T): boolean {
    return this.#set.has(value);
  }

  forEach(visit: (value: T, key: T, set: ReadonlySet<T>) => void, thisArg?: unknown): void {
    for (const value of this.#set) visit.call(thisArg, value, value, this);
  }

  keys(): SetIterator<T> {
    return this.#set.keys();
  }

  values(): SetIterator<T> {
    return this.#set.values();
  }

  entries(): SetIterator<[T, T]> {
    return this.#set.entries();
  }

  [Symbol.iterator](): SetIterator<T> {
    return this.#set.values();
  }

  /** Makes Node's `console.log` print it as a Set. The symbol is registered, so nothing is imported. */
  [Symbol.for('nodejs.util.inspect.custom')](): Set<T> {
    return new Set(this.#set);
  }
}

// Newer engines have set algebra, which returns new sets. There, a view has these methods, too.
for (const name of [
  'union',
  'intersection',
  'difference',
  'symmetricDifference',
  'isSubsetOf',
  'isSupersetOf',
  'isDisjointFrom',
]) {
  const method: unknown = Reflect.get(Set.prototype, name);
  if (typeof method !== 'function') continue;
  Reflect.defineProperty(ReadonlySetView.prototype, name, {
    value(this: ReadonlySetView<unknown>, other: unknown): unknown {
      return Reflect.apply(method, new Set(this), [other]);
    },
  });
}
Object.freeze(ReadonlySetView.prototype);
