// Browsers without `using` lack these symbols, and a method must not be named "undefined" there.
const symbols: { readonly dispose?: symbol; readonly asyncDispose?: symbol } = Symbol;

export const DISPOSE: typeof Symbol.dispose = (symbols.dispose ??
  Symbol.for('Symbol.dispose')) as typeof Symbol.dispose;
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose = (symbols.asyncDispose ??
  Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose;

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
