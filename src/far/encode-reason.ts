import { isNamed } from './error-class-by-name.js';
import { DEEPEST_CAUSE, LATE, MOST_FIELDS, isCode, isFieldName } from './reason-fields.js';
import { plainDataOf } from '../internal/plain-data.js';
import { DOM_EXCEPTION, isError, read, stringOr, tagOf } from '../internal/any-value.js';
import { isCloneable } from '../internal/uncloneable.js';
import { isObject } from '../internal/weak-key-map.js';

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
