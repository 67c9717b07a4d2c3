import { isNamed } from './error-class-by-name.js';
import { ReceiverTimeoutError } from '../signals/errors.js';
import { isPlainObject, plainDataOf } from '../internal/plain-data.js';
import { DOM_EXCEPTION, isError, tagOf } from '../internal/is-error.js';
import { isCloneable, withPath } from '../internal/uncloneable.js';
import type { FarResult, SendResult } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';
import { nameOfReceiver } from '../internal/printing.js';

// Encodes results, senders and keys for other threads and nodes, as data that structured clone accepts. Incoming data
// may be of another version or malicious, so decoding accepts any value and never throws. Encoding never throws either.

/** An error, or anything else that was thrown. */
export type EncodedReason = { readonly error: EncodedError } | { readonly value: unknown };

interface EncodedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | number | undefined;
  /** The time limit, if the receiver timed out. */
  readonly timeoutMs?: number;
  readonly cause: EncodedReason | undefined;
  /** The `errors` of an AggregateError. */
  readonly errors?: readonly EncodedReason[];
  /** The class, if it is not an Error of the language. */
  readonly type?: typeof DOM_EXCEPTION;
  /** The own enumerable properties that are plain data, such as `status` or `issues`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** The result of one receiver, with its name. */
export type EncodedResult =
  | { readonly receiverName: string; readonly status: 'fulfilled'; readonly value: unknown }
  | { readonly receiverName: string; readonly status: 'rejected'; readonly reason: EncodedReason };

const LATE: ReceiverTimeoutError['code'] = 'ERR_RECEIVER_TIMEOUT';

/** How deep nested causes and errors are encoded, because a chain of them may be endless. */
const DEEPEST_CAUSE = 8;

/** How many fields of one error are encoded, because many errors in a message may share one object with many fields. */
const MOST_FIELDS = 100;

/**
 * The reasons encoded so far, by value and depth, so that a cause shared by several errors is encoded once per depth.
 */
export type EncodedReasons = Map<object, (EncodedReason | undefined)[]>;

export const noneEncoded = (): EncodedReasons => new Map();

/**
 * Encodes an error as its parts, because structured clone drops most of an error, including an unknown name.
 *
 * @param canCross - Returns whether a value other than an error, such as a cause, can cross. If not, it is replaced by
 * a text.
 * @param known - Shared by the reasons of one message.
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

/** Returns the reason without the cause, the fields and the nested errors, if there is no room for them. */
export function withoutDetails(reason: EncodedReason): EncodedReason {
  if (!('error' in reason)) return reason;
  const { errors, fields: _left, ...error } = reason.error;
  return { error: { ...error, cause: undefined, ...(errors === undefined ? {} : { errors: [] }) } };
}

/** Returns the `errors` of an AggregateError of any realm. */
function errorsOf(error: object): readonly unknown[] | undefined {
  const errors = read(error, 'errors');
  try {
    return Array.isArray(errors) && isNamed('AggregateError', error) ? Array.from(errors as unknown[]) : undefined;
  } catch {
    return undefined; // a proxy threw
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
      continue; // left out: not plain data, or a getter threw
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

/** Whether a property is not one of every error, such as `message`, `constructor` or `__proto__`. */
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

/** The parts decoded so far. A part that a message has once and refers to several times is decoded once. */
export interface DecodedReasons {
  readonly errors: Map<object, Error>;
  readonly lists: Map<object, readonly unknown[]>;
  readonly fields: Map<object, ErrorFields>;
}

export function noneDecoded(): DecodedReasons {
  return { errors: new Map(), lists: new Map(), fields: new Map() };
}

/**
 * Decodes a reason. An error of the language, a DOMException or a {@link ReceiverTimeoutError} gets its class; any
 * other is an Error with its name.
 *
 * @param known - Shared by the reasons of one message.
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
  if (isCode(code) && read(decoded, 'code') !== code) expose(decoded, 'code', code);
  for (const [field, value] of decodeFields(read(error, 'fields'), known)) {
    if (!Object.hasOwn(decoded, field)) expose(decoded, field, value);
  }
  return decoded;
}

function decodeErrors(errors: readonly unknown[], known: DecodedReasons, depth: number): readonly unknown[] {
  const decoded = known.lists.get(errors);
  if (decoded !== undefined) return decoded;
  const list: unknown[] = [];
  known.lists.set(errors, list);
  // Only the existing elements, because a sparse array may claim a large length.
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
  // In a vm context, as in test runners, DOMException is the class of the main context, whose instances are not errors
  // here.
  const { constructor } = DOMException.prototype;
  const likeIt: unknown = Object.create(Error.prototype, {
    constructor: { value: constructor },
    [Symbol.toStringTag]: { value: DOM_EXCEPTION },
  });
  return Object.setPrototypeOf(new Error(message), likeIt as Error) as Error;
}

/** Creates an error without capturing a stack, which costs more than all the rest. A message may have many errors. */
function withoutStack(make: () => Error): Error {
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  if (typeof limit !== 'number') return make(); // an engine without this limit
  // `Reflect.set` does not throw if Error is frozen.
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

/**
 * Replaces a result that cannot be cloned by a rejection of its receiver. Call it only after posting the results has
 * failed.
 */
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

/** @param origin - The thread or node of the result: `{ thread }` or `{ node }`. */
export function decodeResult(
  encoded: unknown,
  origin: { readonly thread: string } | { readonly node: string },
): FarResult {
  const receiverName = stringOr('(anonymous)', read(encoded, 'receiverName'));
  return read(encoded, 'status') === 'fulfilled'
    ? { status: 'fulfilled', value: read(encoded, 'value'), receiverName, ...origin }
    : { status: 'rejected', reason: decodeReason(read(encoded, 'reason')), receiverName, ...origin };
}

/**
 * Encodes senders or keys that are the same in other threads and nodes: primitives and registered symbols. Others are
 * left out.
 */
export function encodeValues(values: readonly unknown[]): readonly unknown[] {
  if (values.length === 0) return values;
  return values.flatMap((value) => {
    if (typeof value === 'symbol') {
      const symbol = Symbol.keyFor(value);
      return symbol === undefined ? [] : [{ symbol }];
    }
    return isObject(value) ? [] : [value];
  });
}

/** @param symbolFor - May throw to reject a name. */
export function decodeValues(encoded: unknown, symbolFor = Symbol.for): readonly unknown[] {
  if (!Array.isArray(encoded)) return [];
  return encoded.flatMap((value: unknown) => {
    if (value === undefined) return [];
    if (!isObject(value)) return [value];
    const symbol = read(value, 'symbol');
    return typeof symbol === 'string' ? [symbolFor(symbol)] : [];
  });
}

function describeReason(value: unknown): string {
  for (const words of [String, (hostile: unknown) => Object.prototype.toString.call(hostile)]) {
    try {
      return words(value);
    } catch {
      // the next one may work
    }
  }
  return typeof value;
}

/** Reads a property of any value; undefined if a getter or a proxy throws. */
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

/** Defines a property that is not enumerable, like the built-in ones of errors. */
function hide(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true });
}

/** Defines an enumerable property, without calling an inherited setter. */
function expose(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: true });
}
