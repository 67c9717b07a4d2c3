import { isObject } from './weak-key-map.js';

/** Reads a property of any value; undefined if a getter or a proxy throws. */
export function read(value: unknown, name: PropertyKey): unknown {
  if (!isObject(value)) return undefined;
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}
