import { ASYNC_DISPOSE } from './dispose.js';

/**
 * Adds `[Symbol.asyncDispose]` to a class, also on hosts without `using`, which lack the symbol. A method in the class
 * itself would make the public declarations refer to ASYNC_DISPOSE.
 */
export function asyncDisposeBy<T extends object>(prototype: T, dispose: (self: T) => Promise<void>): void {
  Object.defineProperty(prototype, ASYNC_DISPOSE, {
    value(this: T): Promise<void> {
      return dispose(this);
    },
  });
}
