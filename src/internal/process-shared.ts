/**
 * The property of `globalThis` with the values that all copies of this major version share: ESM, CommonJS and bundled.
 */
const SLOT = Symbol.for('signalbox@1');

/**
 * Returns the value of this name. The first copy that asks makes it.
 *
 * @param make - May give the value to `keep` before it returns, for code that asks for it meanwhile.
 */
export function processShared<T extends object>(name: string, make: (name: string, keep: (made: T) => void) => T): T {
  const holder = globalThis as { [SLOT]?: Map<string, object> };
  const values = holder[SLOT] ?? new Map<string, object>();
  if (holder[SLOT] === undefined) Object.defineProperty(globalThis, SLOT, { value: values });
  // A name has the same type in all copies of a major version.
  const known = values.get(name) as T | undefined;
  if (known !== undefined) return known;
  const keep = (made: T): void => void values.set(name, made);
  const made = make(name, keep);
  keep(made);
  return made;
}
