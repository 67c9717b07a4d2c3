import { isPlainObject } from './plain-data.js';
import { isObject } from './weak-key-map.js';

/**
 * Returns the error of a failed clone, with the path of the value that could not be cloned, such as `kwargs.user.save`.
 * The path is searched only after a failure, so that successful clones do not pay for it.
 */
export function withPath(error: unknown, value: unknown, name: string): unknown {
  if (!(error instanceof DOMException) || error.name !== 'DataCloneError') return error;
  const path = pathOrUndefined(value, name);
  if (path === undefined || path === name) return error;
  const named = new DOMException(`${error.message} (\`${path}\`)`, error.name);
  return Object.defineProperty(named, 'cause', { value: error, configurable: true, writable: true });
}

function pathOrUndefined(value: unknown, name: string): string | undefined {
  try {
    return pathIn(value, name);
  } catch {
    return undefined; // a getter threw, or the stack overflowed
  }
}

function pathIn(value: unknown, path: string, known = new Set<object>()): string | undefined {
  if (!isObject(value)) return typeof value === 'symbol' ? path : undefined;
  if (known.has(value)) return undefined;
  known.add(value);
  if (!Array.isArray(value) && !isPlainObject(value)) return isCloneable(value) ? undefined : path;
  for (const name of Object.keys(value)) {
    const found = pathIn(Reflect.get(value, name), path + segmentOf(name), known);
    if (found !== undefined) return found;
  }
  return undefined;
}

function segmentOf(name: string): string {
  if (/^\d+$/.test(name)) return `[${name}]`;
  return /^[\w$]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
