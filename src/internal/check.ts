import { type CallWithOptions, OPTION_NAMES } from './option-names.js';
import { nameOfReceiver, textOf } from './printing.js';
import { isObject } from './weak-key-map.js';

/** Returns a TypeError that names the parameter, the expectation and the actual value. */
export function argumentError(parameter: string, expectation: string, came: unknown, wayOut = ''): TypeError {
  return new TypeError(message(parameter, expectation, came) + wayOut);
}

function message(parameter: string, expectation: string, came: unknown): string {
  return `Expected \`${parameter}\` to be ${expectation}, got ${describe(came)}`;
}

function describe(value: unknown): string {
  if (typeof value === 'function') return `function ${nameOfReceiver(value)}`;
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) {
    const tag = textOf(value, Symbol.toStringTag);
    return tag === undefined ? 'object' : `object ${tag}`;
  }
  if (typeof value === 'string') {
    return `string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  }
  // These name their type themselves.
  if (value === null || value === undefined || typeof value === 'symbol') return String(value);
  return `${typeof value} ${value as number | bigint | boolean}`;
}

export function checkFunction(value: unknown, parameter: string): void {
  if (typeof value !== 'function') throw argumentError(parameter, 'a function', value);
}

/** Checks an `onError`: a function, null for silence, or undefined for the console. */
export function checkOnError(value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== 'function') {
    throw argumentError('onError', 'a function or null', value);
  }
}

/** Accepts undefined, or an object that has only options of this call. */
export function checkOptions(options: object | undefined, call: CallWithOptions, parameter = 'options'): void {
  if (options !== undefined) checkKnown(options, OPTION_NAMES[call], call, 'option', [], parameter);
}

export function checkObject(value: unknown, parameter: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw argumentError(parameter, 'an object', value);
}

/**
 * Rejects unknown names, in options or in other objects with a fixed set of names.
 *
 * @param others - Names that may be given too, but only as undefined.
 */
export function checkKnown(
  given: object,
  known: readonly string[],
  of: string,
  kind = 'option',
  others: readonly string[] = [],
  parameter = `${kind}s`,
): void {
  checkObject(given, parameter);
  // A Signal or a Map in the place of options has no properties, and would be taken for none. A module has some.
  if (kind === 'option' && Symbol.toStringTag in given && given[Symbol.toStringTag] !== 'Module')
    throw argumentError(parameter, 'a plain object', given);
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const isLeftOut = others.includes(name) && Reflect.get(given, name) === undefined;
    if (!isLeftOut) {
      throw new TypeError(`Unknown ${kind} \`${name}\` of ${of}; expected one of ${known.join(', ') || 'none'}`);
    }
  }
}

export function checkOneOf(value: unknown, parameter: string, choices: readonly string[]): void {
  if (!choices.includes(value as string)) throw argumentError(parameter, `one of ${choices.join(', ')}`, value);
}

export function checkBoolean(value: unknown, parameter: string): void {
  if (value !== undefined && typeof value !== 'boolean') throw argumentError(parameter, 'a boolean', value);
}

export function checkName(value: unknown, parameter = 'name'): void {
  if (typeof value !== 'string' || value === '') throw argumentError(parameter, 'a non-empty string', value);
}

/** @param type - The expectation for a value that is no number; `expectation` is for a number that does not fit. */
function checkNumber(
  value: unknown,
  parameter: string,
  fits: (number: number) => boolean,
  expectation: string,
  type = expectation,
): void {
  if (typeof value !== 'number') throw argumentError(parameter, type, value);
  if (!fits(value)) throw new RangeError(message(parameter, expectation, value));
}

/** Accepts a number of milliseconds, 0 or more. `Infinity` is accepted only if it means "no limit". */
export function checkMilliseconds(value: unknown, parameter: string, infinite = true): void {
  if (value !== undefined) checkDuration(value, parameter, infinite);
}

/** Accepts a finite number of milliseconds, 0 or more. It must be given. */
export function checkDelay(value: unknown, parameter = 'delayMs'): void {
  checkDuration(value, parameter, false);
}

function checkDuration(value: unknown, parameter: string, infinite: boolean): void {
  const expectation = `${infinite ? '' : 'finite '}milliseconds, 0 or more`;
  const fits = (number: number): boolean => number >= 0 && (infinite || number < Infinity);
  checkNumber(value, parameter, fits, expectation, `a number of ${expectation}`);
}

/** Accepts a whole number, 1 or more, or `Infinity`. */
export function checkLimit(value: unknown, parameter: string): void {
  if (value === undefined) return;
  const fits = (number: number): boolean => number === Infinity || (Number.isInteger(number) && number >= 1);
  checkNumber(value, parameter, fits, 'a whole number, 1 or more, or Infinity');
}

/** Accepts a whole number in this range. */
export function checkWholeNumber(value: unknown, parameter: string, least: number, most = Infinity): void {
  const range = most === Infinity ? `, ${least} or more` : ` from ${least} to ${most}`;
  const fits = (number: number): boolean => Number.isInteger(number) && number >= least && number <= most;
  checkNumber(value, parameter, fits, `a whole number${range}`);
}

export function checkPriority(value: unknown): void {
  if (value === undefined) return;
  checkNumber(value, 'priority', (number) => !Number.isNaN(number), 'a number other than NaN', 'a number');
}

/** Accepts any object with the needed members, so that AbortSignals of other realms and polyfills work. */
export function checkAbortSignal(value: unknown, parameter = 'abortSignal'): void {
  if (value === undefined) return;
  const { aborted, addEventListener, removeEventListener } = Object(value) as Record<keyof AbortSignal, unknown>;
  const isListenable = typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (typeof aborted !== 'boolean' || !isListenable) throw argumentError(parameter, 'an AbortSignal', value);
}

export function checkExpected(value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw argumentError('expected', 'an array of error classes', value);
  for (const item of value) {
    // A class has a prototype. An arrow function, easily given by mistake as a predicate, has none.
    const isClass = typeof item === 'function' && isObject((item as { readonly prototype?: unknown }).prototype);
    if (!isClass) throw argumentError('expected', 'an array of error classes', item);
  }
}
