import { DEEPEST_CAUSE, LATE, MOST_FIELDS, isCode, isFieldName } from './reason-fields.js';
import { ReceiverTimeoutError } from '../signals/errors.js';
import { isPlainObject } from '../internal/plain-data.js';
import { DOM_EXCEPTION, read, stringOr } from '../internal/any-value.js';
import { isObject } from '../internal/weak-key-map.js';

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

/** Defines a property that is not enumerable, like the built-in ones of errors. */
function hide(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true });
}

/** Defines an enumerable property, without calling an inherited setter. */
function expose(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: true });
}
