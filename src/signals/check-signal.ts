import type { SignalToken } from '../contract/options.js';
import type { SignalManager } from '../contract/signals.js';
import { argumentError } from '../internal/check.js';
import { isObject } from '../internal/weak-key-map.js';
import { isIterable } from './filter.js';
import { MANAGER, definitionOf } from './tokens.js';

export function checkSignal(signal: unknown, parameter = 'signal'): asserts signal is SignalToken {
  if (typeof signal === 'symbol' || typeof signal === 'function') return;
  if (Array.isArray(signal)) {
    throw argumentError(
      parameter,
      'one signal',
      signal,
      '; only `connect`, `connectVia`, `wait` and `stream` take several',
    );
  }
  if (typeof signal === 'object' && signal !== null) return;
  const wayOut = '; make one with `new Signal()` or `Symbol()`';
  throw argumentError(parameter, 'a symbol or an object', signal, wayOut);
}

/** Accepts a Signal of any copy of this library, and no other token. */
export function checkTypedSignal(value: unknown, parameter = 'signal'): void {
  if (!isObject(value) || definitionOf(value) === undefined)
    throw argumentError(parameter, 'a Signal', value, '; make one with `new Signal()`');
}

/**
 * Returns the signals that a parameter names: the one given, or those of an array, each once.
 *
 * @throws TypeError for anything else, so that nothing has been done for the members before a wrong one.
 */
export function listedSignalsOf(signal: unknown, parameter = 'signal'): readonly SignalToken[] {
  if (!Array.isArray(signal)) {
    checkSignal(signal, parameter);
    return [signal];
  }
  // Not `forEach`, which skips the holes of an array.
  const signals = Array.from<unknown>(signal);
  if (signals.length === 0) throw argumentError(parameter, 'an array of at least one signal', signal, ' that is empty');
  for (const [index, each] of signals.entries()) checkSignal(each, `${parameter}[${index}]`);
  return Object.freeze([...new Set(signals as SignalToken[])]);
}

/** Accepts a SignalManager of any copy of this library. */
export function checkManager(value: unknown, parameter = 'manager'): void {
  if (!isObject(value) || (value as { readonly [MANAGER]?: unknown })[MANAGER] !== true)
    throw argumentError(parameter, 'a SignalManager', value);
}

/** Returns the checked managers of an option `managers`, each once; undefined if it is not given. */
export function checkedManagers(managers: unknown): readonly SignalManager[] | undefined {
  if (managers === undefined) return undefined;
  if (!isIterable(managers)) throw argumentError('managers', 'an iterable of SignalManagers', managers);
  const all = [...new Set(managers)];
  for (const [index, manager] of all.entries()) checkManager(manager, `managers[${index}]`);
  return all as SignalManager[];
}
