import { checkDecorated } from '../manager/decorator.js';
import type { AnyFunction } from './types.js';

type Decorator = (fn: AnyFunction, context?: ClassMethodDecoratorContext) => unknown;

/** Gives a function the name of another function, or of the callee of one. */
export function nameLike<F extends AnyFunction>({ name }: { readonly name: string }, fn: F): F {
  return Object.defineProperty(fn, 'name', { value: name, configurable: true });
}

/** Returns a decorator that replaces the function it decorates. */
export function replacing(replace: (fn: AnyFunction) => AnyFunction): Decorator {
  return (fn, context) => {
    checkDecorated(fn, context, 'fn');
    return replace(fn);
  };
}

/** Applies the decorator to the function in `rest`. Without one, returns the decorator. */
export function appliedTo(rest: readonly unknown[], decorator: Decorator): AnyFunction {
  return rest.length === 0 ? decorator : (decorator(rest[0] as AnyFunction) as AnyFunction);
}

/** Does the same for verbs whose options may follow the function or come alone. */
export function decorated(
  rest: readonly unknown[],
  decoratorOf: (options: object | undefined) => Decorator,
): AnyFunction {
  const [first, options] = rest;
  const alone = rest.length === 0 || (rest.length === 1 && typeof first === 'object' && first !== null);
  return appliedTo(alone ? [] : rest, decoratorOf((alone ? first : options) as object | undefined));
}
