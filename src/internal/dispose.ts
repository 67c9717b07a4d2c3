// Browsers without `using` lack these symbols, and a method must not be named "undefined" there.
const symbols: { readonly dispose?: symbol; readonly asyncDispose?: symbol } = Symbol;

export const DISPOSE: typeof Symbol.dispose = (symbols.dispose ??
  Symbol.for('Symbol.dispose')) as typeof Symbol.dispose;
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose = (symbols.asyncDispose ??
  Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose;
