/** Where all copies of this major version, ESM, CommonJS or bundled, find what they share. */
const PLACE = Symbol.for('signalbox@1');

/** The value of this name, made by the copy that asks first. */
export function shared<T extends object>(name: string, make: (name: string) => T): T {
  const place = globalThis as { [PLACE]?: Map<string, object> };
  const values = place[PLACE] ?? new Map<string, object>();
  if (place[PLACE] === undefined) Object.defineProperty(globalThis, PLACE, { value: values });
  // Every name stands for one type, in every copy of a major version.
  const known = values.get(name) as T | undefined;
  if (known !== undefined) return known;
  const made = make(name);
  values.set(name, made);
  return made;
}
