import { checkSignal, argumentError } from '../internal/check.js';
import type { SignalToken } from '../contract/options.js';

/**
 * Returns the signals that a parameter names: the one given, or those of an array, each once.
 *
 * @throws TypeError for anything else, so that nothing has been done for the members before a wrong one.
 */
export function listedSignalsOf(signal: unknown): readonly SignalToken[] {
  if (!Array.isArray(signal)) {
    checkSignal(signal);
    return [signal];
  }
  // Not `forEach`, which skips the holes of an array.
  const signals = Array.from<unknown>(signal);
  if (signals.length === 0) throw argumentError('signal', 'an array of at least one signal', signal, ' that is empty');
  for (const [index, each] of signals.entries()) checkSignal(each, `signal[${index}]`);
  return Object.freeze([...new Set(signals as SignalToken[])]);
}
