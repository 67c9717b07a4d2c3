import type { SignalToken } from '../contract/signals.js';

/**
 * As signal: any signal of the manager. As `sender`: any sender, the same as not given.
 *
 * One value for all copies of this major version, so that an ESM and a CommonJS copy understand each other.
 *
 * @example
 * ```ts
 * import { ANY, SignalManager } from 'signalbox';
 *
 * const signals = new SignalManager();
 * signals.connect((kwargs, { signal }) => console.log(signal, kwargs), ANY);
 * ```
 */
export const ANY: unique symbol = Symbol.for('signalbox@1/ANY');

/** What a Signal declares about itself, readable by the manager of any copy (checks use this brand, not instanceof). */
export interface SignalDefinition {
  readonly name: string | undefined;
  readonly sticky: boolean;
  readonly defaults: Readonly<Record<PropertyKey, unknown>> | undefined;
}
/** Where a Signal keeps what its own manager knows of it, so that a send does not look it up. */
export const STATE: unique symbol = Symbol('signalbox state');

export const DEFINITION: unique symbol = Symbol.for('signalbox@1/definition');
/** Brand of a SignalManager of any copy. */
export const MANAGER: unique symbol = Symbol.for('signalbox@1/manager');

/** The definition of a Signal; undefined for any other token. */
export function definitionOf(token: SignalToken): SignalDefinition | undefined {
  return (token as { readonly [DEFINITION]?: SignalDefinition })[DEFINITION];
}

/** How messages name a signal. */
export function nameOfSignal(token: SignalToken): string {
  if (typeof token === 'symbol') return String(token);
  const name = definitionOf(token)?.name ?? (typeof token === 'function' ? nameOfReceiver(token) : '(unnamed)');
  return `"${name}"`;
}

/** How messages name several signals. */
export function namesOf(signals: readonly SignalToken[]): string {
  return signals.map(nameOfSignal).join(', ');
}

/** How messages name a receiver, whose name may be anything, a getter that throws included. */
export function nameOfReceiver(receiver: { readonly name: unknown }): string {
  try {
    const { name } = receiver;
    return typeof name === 'string' && name !== '' ? name : '(anonymous)';
  } catch {
    return '(anonymous)';
  }
}
