import { isObject } from './weak-key-map.js';

/** The built-in type of a DOMException, which is an error. */
export const DOM_EXCEPTION = 'DOMException';

/** Whether a value is an error, of any realm. `instanceof` fails for other realms. */
export function isError(value: unknown): value is object {
  try {
    if (!isObject(value)) return false;
    return value instanceof Error || ['Error', DOM_EXCEPTION].includes(tagOf(value));
  } catch {
    return false; // such as a revoked proxy
  }
}

/** Returns the built-in type of an object of any realm. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Reads a property of any value; undefined if a getter or a proxy throws. */
export function read(value: unknown, name: PropertyKey): unknown {
  if (!isObject(value)) return undefined;
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

export function stringOr<T>(otherwise: T, value: unknown): string | T {
  return typeof value === 'string' ? value : otherwise;
}
