import { withPath } from '../internal/uncloneable.js';
import { isObject } from '../internal/weak-key-map.js';

/**
 * The kwargs as they are now and as another thread will get them: what comes later changes nothing of it, and it can
 * surely be posted.
 *
 * @throws DataCloneError for what can't be cloned, and what a getter throws.
 */
export function snapshotOf(kwargs: object): object {
  return flatCopyOf(kwargs) ?? cloneOf(kwargs);
}

function cloneOf(kwargs: object): object {
  try {
    return structuredClone(kwargs);
  } catch (error) {
    throw withPath(error, kwargs, 'kwargs');
  }
}

/** Most kwargs are a plain object of primitives, for which a shallow copy does what a clone would, in a fraction of its time. */
function flatCopyOf(kwargs: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(kwargs);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const copy: Record<string, unknown> = { ...kwargs };
  for (const name in copy) {
    const value = copy[name];
    if (isObject(value) || typeof value === 'symbol') return undefined;
  }
  return copy;
}
