import { checkFunction } from '../check.js';
import { checkMethod } from '../connect-via.js';
import type { AnyFunction } from './types.js';

/** Gives a function the name of the one that it wraps. */
export function nameLike<F extends AnyFunction>(fn: AnyFunction, wrapper: F): F {
  return Object.defineProperty(wrapper, 'name', { value: fn.name, configurable: true });
}

/** A decorator that puts another function in the place of what it decorates. */
export function replacing<F>(replace: (fn: AnyFunction) => F): (fn: AnyFunction, context?: unknown) => F {
  return (fn, context) => {
    checkFunction(fn, 'fn');
    if (context !== undefined) checkMethod(context);
    return replace(fn);
  };
}
