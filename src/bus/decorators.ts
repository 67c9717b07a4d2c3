import { checkDecorated } from '../manager/decorator.js';
import type { AnyFunction } from './types.js';

type Decorator = (fn: AnyFunction, context?: ClassMethodDecoratorContext) => unknown;

/** Gives a function the name of another one, or of what stands for it. */
export function nameLike<F extends AnyFunction>({ name }: { readonly name: string }, fn: F): F {
  return Object.defineProperty(fn, 'name', { value: name, configurable: true });
}

/** A decorator that puts another function in the place of what it decorates. */
export function replacing(replace: (fn: AnyFunction) => AnyFunction): Decorator {
  return (fn, context) => {
    checkDecorated(fn, context, 'fn');
    return replace(fn);
  };
}

/** What a wrapper returns for its last argument: for a function what the decorator makes of it, for none the decorator. */
export function appliedTo(rest: readonly unknown[], decorator: Decorator): AnyFunction {
  return rest.length === 0 ? decorator : (decorator(rest[0] as AnyFunction) as AnyFunction);
}

/** The same, where options may follow the function, or come without one. */
export function decorated(
  rest: readonly unknown[],
  decoratorOf: (options: object | undefined) => Decorator,
): AnyFunction {
  const [first, options] = rest;
  const alone = rest.length === 0 || (rest.length === 1 && typeof first === 'object' && first !== null);
  return appliedTo(alone ? [] : rest, decoratorOf((alone ? first : options) as object | undefined));
}
