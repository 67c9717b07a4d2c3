import { isObject } from './weak-key-map.js';

/** How deep data may be nested. Deeper data might overflow the stack of its readers. */
const DEEPEST = 100;

export const isText = (value: unknown): value is string => typeof value === 'string';

/** Whether a value is an object without a class, of any realm. */
export function isPlainObject(value: unknown): value is object {
  try {
    if (!isObject(value) || Object.prototype.toString.call(value) !== '[object Object]') return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
  } catch {
    return false; // a revoked proxy
  }
}

/**
 * Returns a copy of plain data: primitives, dates, arrays and objects without a class. The copy can be posted and
 * serialized.
 *
 * @throws TypeError for anything else, and any error of a getter.
 */
export function plainDataOf(value: unknown, known = new Map<object, unknown>(), depth = 0): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError('Not plain data');
  if (!isObject(value)) return value;
  if (known.has(value)) return known.get(value);
  if (depth === DEEPEST) throw new TypeError('Nested too deep');
  const copyOf = (inner: unknown): unknown => plainDataOf(inner, known, depth + 1);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    known.set(value, list);
    value.forEach((item, index) => (list[index] = copyOf(item)));
    list.length = value.length;
    return list;
  }
  if (value instanceof Date) return new Date(value.getTime());
  if (!isPlainObject(value)) throw new TypeError('Not plain data');
  const copy: Record<string, unknown> = {};
  known.set(value, copy);
  // A property named `__proto__` is never copied.
  for (const name of Object.keys(value)) if (name !== '__proto__') copy[name] = copyOf(Reflect.get(value, name));
  return copy;
}
