import { isNamed } from './error-class-by-name.js';
import { ReceiverTimeoutError } from '../signals/errors.js';
import { isPlainObject, plainDataOf } from '../internal/plain-data.js';
import { nameOfReceiver } from '../signals/tokens.js';
import { isCloneable, withPath } from '../internal/uncloneable.js';
import type { FarResult, SendResult } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';

// How outcomes, senders and keys cross to other threads and hosts: as data that structured clone takes. What comes in was
// written elsewhere, by another version or with ill intent perhaps: decoding takes anything, and never throws; no more does encoding.

/** An error, or anything else that was thrown. */
export type EncodedReason = { readonly error: EncodedError } | { readonly value: unknown };

interface EncodedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | number | undefined;
  /** Of a receiver that was too slow. */
  readonly timeoutMs?: number;
  readonly cause: EncodedReason | undefined;
  /** The `errors` of an AggregateError. */
  readonly errors?: readonly EncodedReason[];
  /** Its class, if that is not an Error of the language. */
  readonly type?: typeof DOM_EXCEPTION;
  /** Its own enumerable properties that are plain data: `status`, `issues`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** One receiver's outcome, under its name. */
export type EncodedResult =
  | { readonly receiverName: string; readonly status: 'fulfilled'; readonly value: unknown }
  | { readonly receiverName: string; readonly status: 'rejected'; readonly reason: EncodedReason };

const LATE: ReceiverTimeoutError['code'] = 'ERR_RECEIVER_TIMEOUT';

const DOM_EXCEPTION = 'DOMException';

/** The causes of causes, and errors in errors, that cross: a chain of them may be endless. */
const DEEPEST_CAUSE = 8;

/** The fields of one error that cross: many errors of a message may share one object of many fields. */
const MOST_FIELDS = 100;

/** What has been encoded so far, by what it was and its depth: errors that share their causes take no more than once each. */
export type EncodedReasons = Map<object, (EncodedReason | undefined)[]>;

export const noneEncoded = (): EncodedReasons => new Map();

/**
 * Structured clone drops most of an error, and its name unless it is one of JavaScript's own: errors cross in parts.
 *
 * @param canCross - Whether what is no error, a cause perhaps, can cross as it is. Else it is described.
 * @param known - To be shared by the reasons of one message.
 */
export function encodeReason(reason: unknown, canCross = isCloneable, known = noneEncoded(), depth = 0): EncodedReason {
  if (!isObject(reason)) return { value: canCross(reason) ? reason : describeReason(reason) };
  const levels = known.get(reason) ?? [];
  known.set(reason, levels);
  return (levels[depth] ??= isError(reason)
    ? { error: encodeErrorParts(reason, depth, (inner) => encodeReason(inner, canCross, known, depth + 1)) }
    : { value: canCross(reason) ? reason : describeReason(reason) });
}

function encodeErrorParts(error: object, depth: number, encodeInner: (reason: unknown) => EncodedReason): EncodedError {
  const deepest = depth === DEEPEST_CAUSE;
  const cause = read(error, 'cause');
  const code = read(error, 'code');
  const timeoutMs = code === LATE ? read(error, 'timeoutMs') : undefined;
  const isLate = typeof timeoutMs === 'number';
  const errors = errorsOf(error);
  const elsewhere = [...(isLate ? ['timeoutMs'] : []), ...(errors === undefined ? [] : ['errors'])];
  const fields = ownFieldsOf(error, elsewhere);
  return {
    name: stringOr('Error', read(error, 'name')),
    message: stringOr('', read(error, 'message')),
    stack: stringOr(undefined, read(error, 'stack')),
    code: isCode(code) ? code : undefined,
    ...(isLate ? { timeoutMs } : {}),
    cause: cause === undefined || deepest ? undefined : encodeInner(cause),
    ...(errors === undefined ? {} : { errors: deepest ? [] : errors.map(encodeInner) }),
    ...(tagOf(error) === DOM_EXCEPTION ? { type: DOM_EXCEPTION } : {}),
    ...(fields === undefined ? {} : { fields }),
  };
}

/** The same without what an error may have besides: for where there is no room for it. */
export function withoutDetails(reason: EncodedReason): EncodedReason {
  if (!('error' in reason)) return reason;
  const { errors, fields: _left, ...error } = reason.error;
  return { error: { ...error, cause: undefined, ...(errors === undefined ? {} : { errors: [] }) } };
}

/** The `errors` of an AggregateError, of any realm. */
function errorsOf(error: object): readonly unknown[] | undefined {
  const errors = read(error, 'errors');
  try {
    return Array.isArray(errors) && isNamed('AggregateError', error) ? Array.from(errors as unknown[]) : undefined;
  } catch {
    return undefined; // a proxy
  }
}

function ownFieldsOf(error: object, elsewhere: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  const fields: Record<string, unknown> = {};
  let count = 0;
  for (const name of fieldNamesOf(error)) {
    if (!isFieldName(name) || elsewhere.includes(name)) continue;
    try {
      fields[name] = plainDataOf(Reflect.get(error, name));
    } catch {
      continue; // no data, or its getter has thrown: it is left out
    }
    if ((count += 1) === MOST_FIELDS) break;
  }
  return count === 0 ? undefined : fields;
}

function fieldNamesOf(object: object): readonly string[] {
  try {
    return Object.keys(object);
  } catch {
    return [];
  }
}

/** Whether errors have no such property by themselves: not `message`, and neither `constructor` nor `__proto__`. */
function isFieldName(name: string): boolean {
  return !(name in Error.prototype) && name !== 'stack' && name !== 'code' && name !== 'cause';
}

const OWN_ERRORS: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

type ErrorFields = readonly (readonly [name: string, value: unknown])[];

/** What has been decoded so far: parts that a message has once, however often it refers to them, take no more than once. */
export interface DecodedReasons {
  readonly errors: Map<object, Error>;
  readonly lists: Map<object, readonly unknown[]>;
  readonly fields: Map<object, ErrorFields>;
}

export function noneDecoded(): DecodedReasons {
  return { errors: new Map(), lists: new Map(), fields: new Map() };
}

/**
 * The error again: of the class it had when it was one of JavaScript's own, a DOMException or a {@link ReceiverTimeoutError},
 * which is the same wherever the time has run out; or else an Error with its name.
 *
 * @param known - To be shared by the reasons of one message.
 */
export function decodeReason(encoded: unknown, known = noneDecoded(), depth = 0): unknown {
  const error = read(encoded, 'error');
  if (!isObject(error)) return read(encoded, 'value');
  return known.errors.get(error) ?? decodeError(error, known, depth);
}

function decodeError(error: object, known: DecodedReasons, depth: number): Error {
  const name = stringOr('Error', read(error, 'name'));
  const message = stringOr('', read(error, 'message'));
  const code = read(error, 'code');
  const decoded = withoutStack(() => errorOf(error, name, message, code));
  known.errors.set(error, decoded);
  const cause = read(error, 'cause');
  const errors = read(error, 'errors');
  const deepest = depth === DEEPEST_CAUSE;
  if (decoded.name !== name) hide(decoded, 'name', name);
  hide(decoded, 'stack', stringOr(`${name}: ${message}`, read(error, 'stack')));
  if (cause !== undefined && !deepest) hide(decoded, 'cause', decodeReason(cause, known, depth + 1));
  if (Array.isArray(errors)) hide(decoded, 'errors', deepest ? [] : decodeErrors(errors, known, depth + 1));
  if (isCode(code) && read(decoded, 'code') !== code) show(decoded, 'code', code);
  for (const [field, value] of decodeFields(read(error, 'fields'), known)) {
    if (!Object.hasOwn(decoded, field)) show(decoded, field, value);
  }
  return decoded;
}

function decodeErrors(errors: readonly unknown[], known: DecodedReasons, depth: number): readonly unknown[] {
  const decoded = known.lists.get(errors);
  if (decoded !== undefined) return decoded;
  const list: unknown[] = [];
  known.lists.set(errors, list);
  // The values alone: it may be one of few elements that says it is long.
  for (const each of Object.values(errors)) list.push(decodeReason(each, known, depth));
  return list;
}

function decodeFields(encoded: unknown, known: DecodedReasons): ErrorFields {
  if (!isPlainObject(encoded)) return [];
  const decoded = known.fields.get(encoded);
  if (decoded !== undefined) return decoded;
  const fields = Object.entries(encoded)
    .filter(([name]) => isFieldName(name))
    .slice(0, MOST_FIELDS);
  known.fields.set(encoded, fields);
  return fields;
}

function errorOf(error: object, name: string, message: string, code: unknown): Error {
  const timeoutMs = code === LATE ? read(error, 'timeoutMs') : undefined;
  if (typeof timeoutMs === 'number') {
    const late = new ReceiverTimeoutError('', '', timeoutMs);
    hide(late, 'message', message);
    return late;
  }
  if (read(error, 'type') === DOM_EXCEPTION) return domExceptionOf(message, name);
  if (Array.isArray(read(error, 'errors'))) return new AggregateError([], message);
  const ErrorClass = (Object.hasOwn(OWN_ERRORS, name) ? OWN_ERRORS[name] : undefined) ?? Error;
  return new ErrorClass(message);
}

function domExceptionOf(message: string, name: string): Error {
  if (DOMException.prototype instanceof Error) return new DOMException(message, name);
  // In a vm context, as test runners make them, it is the class of the main context, whose instances are no errors here.
  const { constructor } = DOMException.prototype;
  const likeIt: unknown = Object.create(Error.prototype, {
    constructor: { value: constructor },
    [Symbol.toStringTag]: { value: DOM_EXCEPTION },
  });
  return Object.setPrototypeOf(new Error(message), likeIt as Error) as Error;
}

/** Makes an error whose stack is another one's: to capture one costs more than all the rest, and a message may have many. */
function withoutStack(make: () => Error): Error {
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  if (typeof limit !== 'number') return make(); // an engine that has no such limit
  // Without effect, and no failure, where errors are frozen.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
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
    const reason = encodeReason(withPath(error, result.value, 'result'));
    return { receiverName: result.receiverName, status: 'rejected', reason };
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
export function encodeValues(places: readonly unknown[]): readonly unknown[] {
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
export function decodeValues(encoded: unknown, symbolFor = Symbol.for): readonly unknown[] {
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
    return value instanceof Error || ['Error', DOM_EXCEPTION].includes(tagOf(value));
  } catch {
    return false; // a revoked proxy, for one
  }
}

/** The type of an object as the language has it, in every realm. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function describeReason(value: unknown): string {
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

/** Defined, never assigned: no setter that it inherits is called. */
function show(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: true });
}
