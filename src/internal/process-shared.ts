/** Where all copies of this major version, ESM, CommonJS or bundled, find what they share. */
const SLOT = Symbol.for('signalbox@1');

/** The value of this name, made by the copy that asks first. */
export function processShared<T extends object>(name: string, make: (name: string) => T): T {
  const place = globalThis as { [SLOT]?: Map<string, object> };
  const values = place[SLOT] ?? new Map<string, object>();
  if (place[SLOT] === undefined) Object.defineProperty(globalThis, SLOT, { value: values });
  // Every name stands for one type, in every copy of a major version.
  const known = values.get(name) as T | undefined;
  if (known !== undefined) return known;
  const made = make(name);
  values.set(name, made);
  return made;
}
