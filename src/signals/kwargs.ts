import { argumentError } from '../internal/check.js';
import { definitionOf, nameOfSignal } from './tokens.js';
import type { SignalToken } from '../contract/options.js';

/** The kwargs of a send without kwargs. */
export const NO_KWARGS: object = Object.freeze({});

export function isKwargs(kwargs: unknown): kwargs is object {
  return typeof kwargs === 'object' && kwargs !== null;
}

/**
 * Returns the kwargs for the receivers: the sender's own object, or, if the signal declares defaults, a new object with
 * the defaults and over them the sent values.
 */
export function kwargsFor(signal: SignalToken, kwargs: unknown): object {
  if (kwargs !== undefined && !isKwargs(kwargs)) {
    throw argumentError('kwargs', 'an object', kwargs);
  }
  const defaults = definitionOf(signal)?.defaults;
  return defaults === undefined ? (kwargs ?? NO_KWARGS) : kwargsWithDefaults(signal, defaults, kwargs);
}

function kwargsWithDefaults(
  signal: SignalToken,
  defaults: Readonly<Record<PropertyKey, unknown>>,
  kwargs: object = NO_KWARGS,
): object {
  const given: Record<PropertyKey, unknown> = { ...defaults };
  for (const name of Reflect.ownKeys(kwargs)) {
    if (!Object.hasOwn(defaults, name)) {
      const known = Reflect.ownKeys(defaults).map(String).join(', ') || 'none';
      throw new TypeError(
        `Unexpected kwarg \`${String(name)}\` for signal ${nameOfSignal(signal)}, which declares ${known}`,
      );
    }
    const value: unknown = Reflect.get(kwargs, name);
    if (value !== undefined) given[name] = value;
  }
  return given;
}
