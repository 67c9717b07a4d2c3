import { ASYNC_DISPOSE } from './dispose.js';

/**
 * Gives a class its `[Symbol.asyncDispose]`, by the name that the symbol has where `using` is unknown. A method of that
 * name in the class would name the symbol from here in its public declarations.
 */
export function asyncDisposeBy<T extends object>(prototype: T, dispose: (self: T) => Promise<void>): void {
  Object.defineProperty(prototype, ASYNC_DISPOSE, {
    value(this: T): Promise<void> {
      return dispose(this);
    },
  });
}
