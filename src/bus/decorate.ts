import { checkFunction } from '../check.js';
import { checkMethod } from '../connect-via.js';
import type { AnyFunction } from './types.js';

type Decorator = (fn: AnyFunction, context?: ClassMethodDecoratorContext) => unknown;

/** Gives a function the name of another one, or of what stands for it. */
export function nameLike<F extends AnyFunction>({ name }: { readonly name: string }, fn: F): F {
  return Object.defineProperty(fn, 'name', { value: name, configurable: true });
}

/** A decorator that puts another function in the place of what it decorates. */
export function replacing(replace: (fn: AnyFunction) => AnyFunction): Decorator {
  return (fn, context) => {
    checkFunction(fn, 'fn');
    if (context !== undefined) checkMethod(context);
    return replace(fn);
  };
}

/** What a wrapper returns for its last arguments: for a function and options the function, for options alone a decorator. */
export function decorated(
  rest: readonly unknown[],
  decoratorOf: (options: object | undefined) => Decorator,
): AnyFunction {
  const [first, options] = rest;
  const alone = rest.length === 0 || (rest.length === 1 && typeof first === 'object' && first !== null);
  const decorator = decoratorOf((alone ? first : options) as object | undefined);
  return alone ? decorator : (decorator(first as AnyFunction) as AnyFunction);
}
