import { nameOfReceiver, nameOrElse } from '../internal/printing.js';
import type { SignalToken } from '../contract/options.js';

// Its type is part of the contract.
export { ANY } from '../contract/options.js';

/** The declaration of a Signal. Managers of all copies can read it, because checks use this brand, not `instanceof`. */
export interface SignalDefinition {
  readonly name: string | undefined;
  readonly sticky: boolean;
  readonly defaults: Readonly<Record<PropertyKey, unknown>> | undefined;
}
/** The property of a Signal that caches the state of its own manager, so that a send needs no lookup. */
export const STATE: unique symbol = Symbol('signalbox state');

export const DEFINITION: unique symbol = Symbol.for('signalbox@1/definition');
/** The property of a SignalManager of any copy with what transports use. */
export const FAR: unique symbol = Symbol.for('signalbox@1/far');
/** The property of a SignalManager of any copy with what buses, tools and `onManager` use. */
export const WATCHED: unique symbol = Symbol.for('signalbox@1/watched');
/** The property of a SignalManager of any copy with what inspectors use. */
export const INSPECTED: unique symbol = Symbol.for('signalbox@1/inspected');
/** The property of a SendContext of any copy with the trace that travels with its send. */
export const TRACE: unique symbol = Symbol.for('signalbox@1/trace');
/** The brand of a SignalManager of any copy. */
export const MANAGER: unique symbol = Symbol.for('signalbox@1/manager');

/** Returns the definition of a Signal; undefined for any other token. */
export function definitionOf(token: SignalToken): SignalDefinition | undefined {
  return (token as { readonly [DEFINITION]?: SignalDefinition })[DEFINITION];
}

/** Returns the name of a signal for messages. */
export function nameOfSignal(token: SignalToken): string {
  if (typeof token === 'symbol') return String(token);
  const name = definitionOf(token)?.name ?? (typeof token === 'function' ? nameOfReceiver(token) : '(unnamed)');
  return `"${name}"`;
}

/** Returns the name of a Signal or function, the description of a symbol, or '(unnamed)'. */
export function plainNameOf(token: SignalToken): string {
  if (typeof token === 'symbol') return token.description || '(unnamed)';
  return definitionOf(token)?.name || nameOrElse('(unnamed)', typeof token === 'function' ? token : undefined);
}

/** Returns the names of several signals for messages. */
export function namesOf(signals: readonly SignalToken[]): string {
  return signals.map(nameOfSignal).join(', ');
}
