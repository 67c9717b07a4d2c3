import { isObject } from '../internal/weak-key-map.js';

/**
 * Returns a stand-in for the error class of this name. A remote sender expects its own class, which this thread or node
 * may not have.
 */
export function classNamed(name: string): abstract new () => unknown {
  const stand = Object.defineProperty(function () {}, Symbol.hasInstance, {
    value: (error: unknown) => isNamed(name, error),
  });
  return stand as unknown as abstract new () => unknown;
}

/** Whether an object is an instance of a class of this name, or of a derived class. */
export function isNamed(name: string, error: unknown): boolean {
  for (let proto = error; isObject(proto); proto = Object.getPrototypeOf(proto)) {
    const made = Object.getOwnPropertyDescriptor(proto, 'constructor')?.value as
      { readonly name?: unknown } | undefined;
    if (made?.name === name) return true;
  }
  return false;
}
