import { ReceiverTimeoutError } from './errors.js';
import { nameOfReceiver } from './tokens.js';
import type { FarResult, SendResult } from './types.js';
import { isObject } from './weak-key-map.js';

// How outcomes, senders and keys cross to other threads and hosts: as data that structured clone takes. What comes in was
// written elsewhere, by another version or with ill intent perhaps: decoding takes anything, and never throws; no more does encoding.

/** An error, or anything else that was thrown. */
export type EncodedReason =
  | {
      readonly error: {
        readonly name: string;
        readonly message: string;
        readonly stack: string | undefined;
        readonly code: string | number | undefined;
        /** Of a receiver that was too slow. */
        readonly timeoutMs?: number;
        readonly cause: EncodedReason | undefined;
      };
    }
  | { readonly value: unknown };

/** One receiver's outcome, under its name. */
export type EncodedResult =
  | { readonly receiverName: string; readonly status: 'fulfilled'; readonly value: unknown }
  | { readonly receiverName: string; readonly status: 'rejected'; readonly reason: EncodedReason };

const LATE: ReceiverTimeoutError['code'] = 'ERR_RECEIVER_TIMEOUT';

/** How many causes of causes cross: a chain of them may be endless. */
const DEEPEST_CAUSE = 8;

/**
 * Structured clone drops an error's `code`, and its name unless it is one of JavaScript's own: errors cross in parts.
 *
 * @param canCross - Whether what is no error, a cause perhaps, can cross as it is. Else it is described.
 */
export function encodeReason(reason: unknown, canCross = isCloneable, depth = 0): EncodedReason {
  if (!isError(reason)) return { value: canCross(reason) ? reason : describe(reason) };
  const cause = read(reason, 'cause');
  const code = read(reason, 'code');
  const timeoutMs = code === LATE ? read(reason, 'timeoutMs') : undefined;
  return {
    error: {
      name: stringOr('Error', read(reason, 'name')),
      message: stringOr('', read(reason, 'message')),
      stack: stringOr(undefined, read(reason, 'stack')),
      code: isCode(code) ? code : undefined,
      ...(typeof timeoutMs === 'number' ? { timeoutMs } : {}),
      cause: cause === undefined || depth === DEEPEST_CAUSE ? undefined : encodeReason(cause, canCross, depth + 1),
    },
  };
}

const OWN_ERRORS: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/**
 * The error again: of the class it had when it was one of JavaScript's own or a {@link ReceiverTimeoutError}, which is the
 * same wherever the time has run out; or else an Error with its name.
 */
export function decodeReason(encoded: unknown, depth = 0): unknown {
  const error = read(encoded, 'error');
  if (!isObject(error)) return read(encoded, 'value');
  const name = stringOr('Error', read(error, 'name'));
  const message = stringOr('', read(error, 'message'));
  const cause = read(error, 'cause');
  const options = cause === undefined || depth === DEEPEST_CAUSE ? {} : { cause: decodeReason(cause, depth + 1) };
  const code = read(error, 'code');
  const decoded = errorOf(name, message, options, code === LATE ? read(error, 'timeoutMs') : undefined);
  if (decoded.name !== name) hide(decoded, 'name', name);
  hide(decoded, 'stack', stringOr(`${name}: ${message}`, read(error, 'stack')));
  if (isCode(code)) Object.assign(decoded, { code });
  return decoded;
}

function errorOf(name: string, message: string, options: ErrorOptions, timeoutMs: unknown): Error {
  if (typeof timeoutMs === 'number') {
    const error = new ReceiverTimeoutError('', '', timeoutMs);
    hide(error, 'message', message);
    if ('cause' in options) hide(error, 'cause', options.cause);
    return error;
  }
  const ErrorClass = (Object.hasOwn(OWN_ERRORS, name) ? OWN_ERRORS[name] : undefined) ?? Error;
  return new ErrorClass(message, options);
}

export function encodeResult(result: SendResult): EncodedResult {
  const receiverName = nameOfReceiver(result.receiver);
  return result.status === 'fulfilled'
    ? { receiverName, status: 'fulfilled', value: result.value }
    : { receiverName, status: 'rejected', reason: encodeReason(result.reason) };
}

/** A result that can't be cloned is its receiver's rejection: to be asked for when the results as they are can't leave. */
export function cloneableResult(result: EncodedResult): EncodedResult {
  if (result.status === 'rejected') return result;
  try {
    structuredClone(result.value);
    return result;
  } catch (error) {
    return { receiverName: result.receiverName, status: 'rejected', reason: encodeReason(error) };
  }
}

/** @param place - Where it comes from: `{ thread }` or `{ node }`. */
export function decodeResult(
  encoded: unknown,
  place: { readonly thread: string } | { readonly node: string },
): FarResult {
  const receiverName = stringOr('(anonymous)', read(encoded, 'receiverName'));
  return read(encoded, 'status') === 'fulfilled'
    ? { status: 'fulfilled', value: read(encoded, 'value'), receiverName, ...place }
    : { status: 'rejected', reason: decodeReason(read(encoded, 'reason')), receiverName, ...place };
}

/** Senders or keys that mean the same elsewhere: primitives, registered symbols in their place. Others are left out. */
export function encodePlaces(places: readonly unknown[]): readonly unknown[] {
  if (places.length === 0) return places;
  return places.flatMap((place) => {
    if (typeof place === 'symbol') {
      const symbol = Symbol.keyFor(place);
      return symbol === undefined ? [] : [{ symbol }];
    }
    return isObject(place) ? [] : [place];
  });
}

/** @param symbolFor - May throw for a name that it refuses. */
export function decodePlaces(encoded: unknown, symbolFor = Symbol.for): readonly unknown[] {
  if (!Array.isArray(encoded)) return [];
  return encoded.flatMap((place: unknown) => {
    if (place === undefined) return [];
    if (!isObject(place)) return [place];
    const symbol = read(place, 'symbol');
    return typeof symbol === 'string' ? [symbolFor(symbol)] : [];
  });
}

/** Errors of other realms are none by `instanceof`. */
export function isError(value: unknown): value is object {
  try {
    if (!isObject(value)) return false;
    return value instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(value));
  } catch {
    return false; // a revoked proxy, for one
  }
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function describe(value: unknown): string {
  for (const words of [String, (hostile: unknown) => Object.prototype.toString.call(hostile)]) {
    try {
      return words(value);
    } catch {
      // the next one may do
    }
  }
  return typeof value;
}

/** A property of anything; getters and proxies may throw. */
function read(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

const isCode = (code: unknown): code is string | number => typeof code === 'string' || typeof code === 'number';

function stringOr<T>(otherwise: T, value: unknown): string | T {
  return typeof value === 'string' ? value : otherwise;
}

/** As the properties of an error are: there, but not listed. */
function hide(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true });
}
