import { isObject } from '../internal/weak-key-map.js';

/** Stands for the error class of this name: what a sender elsewhere expects has a class of its own there. */
export function classNamed(name: string): abstract new () => unknown {
  const stand = Object.defineProperty(function () {}, Symbol.hasInstance, {
    value: (error: unknown) => isNamed(name, error),
  });
  return stand as unknown as abstract new () => unknown;
}

/** Whether an object is of a class of this name, or of one that is derived from it. */
export function isNamed(name: string, error: unknown): boolean {
  for (let proto = error; isObject(proto); proto = Object.getPrototypeOf(proto)) {
    const made = Object.getOwnPropertyDescriptor(proto, 'constructor')?.value as
      { readonly name?: unknown } | undefined;
    if (made?.name === name) return true;
  }
  return false;
}
