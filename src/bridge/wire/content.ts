import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type EncodedReason, withoutDetails } from '../../far/encode-reason.js';
import { type EncodedResult, decodeValues, encodeValues } from '../../far/encoding.js';
import { decodeReason } from '../../far/decode-reason.js';
import { isPlainObject } from '../../internal/plain-data.js';
import { promiseFrom } from '../../internal/thenable.js';
import type { SendResult } from '../../contract/signals.js';
import { isObject } from '../../internal/weak-key-map.js';
import { PayloadError } from '../errors.js';
import { LONGEST_WORD, encoder } from './subjects.js';
import { decodeValue, encodeErrorValue, encodeValue } from './structured.js';
import { nameOfReceiver } from '../../internal/printing.js';

// Encodes and decodes the payloads of messages: kwargs with senders and keys, results, refusals.

export interface CallContent {
  readonly kwargs: object;
  readonly senders: readonly unknown[];
  readonly keys: readonly unknown[];
}

const KWARGS_PATH = { from: '[0]', as: 'kwargs' };
const RESULT_PATH = { from: '.value', as: 'result' };

/** @throws {@link PayloadError} */
export function encodeContent({ kwargs, senders, keys }: CallContent, signal: string): string {
  const what = `The kwargs of signal "${signal}"`;
  if (!isPlainObject(kwargs)) {
    const came = Array.isArray(kwargs) ? 'an array' : 'not a plain object';
    throw new PayloadError(`${what} can't cross to another node: they are ${came}`, [
      { message: came, path: 'kwargs' },
    ]);
  }
  return encodeValue([kwargs, encodeValues(senders), encodeValues(keys)], what, KWARGS_PATH);
}

/**
 * Throws if the payload is not the content of a call; a {@link PayloadError} if it has symbols that are not accepted.
 */
export function decodeContent(payload: string): CallContent {
  const content = decodeValue(payload);
  if (!Array.isArray(content)) throw new TypeError('Not the content of a call');
  const [kwargs, senders, keys] = content as unknown[];
  if (!isPlainObject(kwargs)) throw new TypeError('Kwargs must be a plain object');
  return { kwargs, senders: filterValuesOf(senders), keys: filterValuesOf(keys) };
}

function filterValuesOf(encoded: unknown): readonly unknown[] {
  const values = decodeValues(encoded, symbolNamed);
  // Values that cannot be decoded are left out, so the call would reach the wrong receivers.
  if (!Array.isArray(encoded) || values.length < encoded.length)
    throw new TypeError('Senders or keys that cannot be decoded');
  return values;
}

/** Registered symbols are never collected, so only this many are accepted from other nodes. */
const MOST_SYMBOLS = 10_000;
const symbolNames = new Set<string>();

function symbolNamed(name: string): symbol {
  if (!symbolNames.has(name)) {
    if (name.length > LONGEST_WORD) throw new PayloadError(`The name of a symbol is longer than ${LONGEST_WORD}`);
    if (symbolNames.size >= MOST_SYMBOLS)
      throw new PayloadError(`More than ${MOST_SYMBOLS} different symbols have come from other nodes`);
    symbolNames.add(name);
  }
  return Symbol.for(name);
}

/**
 * Checks kwargs by a schema.
 *
 * @returns The schema's output; a promise only if the schema returns one.
 * @throws {@link PayloadError} with the schema's issues (or rejects with it).
 */
export function checkedBy(
  schema: StandardSchemaV1 | undefined,
  kwargs: object,
  signal: string,
): object | Promise<object> {
  if (schema === undefined) return kwargs;
  const result = schema['~standard'].validate(kwargs);
  const promise = promiseFrom(result) as Promise<StandardSchemaV1.Result<unknown>> | undefined;
  return promise === undefined
    ? outputOf(result as StandardSchemaV1.Result<unknown>, signal)
    : promise.then((settled) => outputOf(settled, signal));
}

function outputOf(result: StandardSchemaV1.Result<unknown>, signal: string): object {
  if (result.issues !== undefined) {
    const issues = result.issues.map(({ message, path }) => ({
      message: String(message as unknown),
      path: path?.map(symbolKeyOf) ?? [],
    }));
    const messages = issues.map(({ message }) => message).join('; ');
    throw new PayloadError(`The schema of signal "${signal}" rejects the kwargs: ${messages}`, issues);
  }
  if (!isObject(result.value)) throw new PayloadError(`The schema of signal "${signal}" must return an object`);
  return result.value;
}

/** Returns a segment of an issue's path. Only strings and numbers can cross to another node. */
function symbolKeyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === 'object' ? segment.key : segment;
  return typeof key === 'symbol' ? String(key) : key;
}

type OnFailure = (error: unknown, receiverName: string) => void;

/**
 * Encodes results, one per line. A result that cannot be encoded, or is too large, becomes a rejected result and is
 * reported to `onFailure`.
 */
export function encodeResults(results: readonly SendResult[], maxBytes: number, onFailure: OnFailure): string {
  const encoded = results.map((result) => encodeResultLine(result, onFailure));
  const lines = encoded.map(({ line }) => line).join('\n');
  return fits(lines, maxBytes) ? lines : linesWithin(maxBytes, encoded, onFailure).join('\n');
}

interface ResultLine {
  readonly receiverName: string;
  readonly line: string;
  /** Whether `onFailure` has been called for it. */
  readonly told: boolean;
  /** The reason, if the receiver failed. */
  readonly reason?: EncodedReason;
}

function encodeResultLine(result: SendResult, onFailure: OnFailure): ResultLine {
  const receiverName = nameOfReceiver(result.receiver);
  try {
    const encoded = encodedOf(result, receiverName);
    const line = encodeValue(encoded, `The result of receiver ${receiverName}`, RESULT_PATH);
    return encoded.status === 'rejected'
      ? { receiverName, line, told: false, reason: encoded.reason }
      : { receiverName, line, told: false };
  } catch (error) {
    onFailure(error, receiverName);
    return { receiverName, line: encodeFailure(error, receiverName), told: true };
  }
}

function linesWithin(maxBytes: number, results: readonly ResultLine[], onFailure: OnFailure): string[] {
  let left = maxBytes;
  return results.map(({ receiverName, line, told, reason }) => {
    // The details of an error may be omitted.
    if (reason !== undefined && bytesOf(line) > left) line = encodeRejection(withoutDetails(reason), receiverName);
    if (bytesOf(line) > left) {
      const what = `The result of receiver ${receiverName}`;
      const error = new PayloadError(`${what} is too large for a message: \`maxBytes\` leaves it ${left} bytes`);
      if (!told) onFailure(error, receiverName);
      line = encodeFailure(error, receiverName);
    }
    left -= bytesOf(line) + 1;
    return line;
  });
}

function encodeFailure(error: unknown, receiverName: string): string {
  return encodeRejection(encodeErrorValue(error), receiverName);
}

function encodeRejection(reason: EncodedReason, receiverName: string): string {
  const failure: EncodedResult = { receiverName, status: 'rejected', reason };
  return encodeValue(failure, `The failure of receiver ${receiverName}`);
}

function encodedOf(result: SendResult, receiverName: string): EncodedResult {
  return result.status === 'fulfilled'
    ? { receiverName, status: 'fulfilled', value: result.value }
    : { receiverName, status: 'rejected', reason: encodeErrorValue(result.reason) };
}

export function bytesOf(text: string): number {
  return encoder.encode(text).byteLength;
}

/** Whether a text takes at most `maxBytes`. The bytes are counted only if the length alone does not decide it. */
export function fits(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes || bytesOf(text) <= maxBytes;
}

/** The space reserved for the first lines of a message. */
const HEADER_BYTES = 4_096;

/** Returns the space for the payload of a message. */
export function mostBytesOf(maxBytes: number): number {
  return Math.max(maxBytes - HEADER_BYTES, 0);
}

/** The largest length of the error message in a refusal that is too large or cannot be encoded otherwise. */
const SHORT_MESSAGE = 500;

/**
 * Encodes the reason of a refusal. Omits the stack, the cause and the issues if they do not fit or cannot be encoded.
 */
export function encodeRefusal(error: unknown, maxBytes: number): string {
  const reason = encodeErrorValue(error);
  const issues = error instanceof PayloadError ? error.issues : undefined;
  try {
    const whole = encodeValue({ reason, issues }, 'A refusal');
    if (fits(whole, maxBytes)) return whole;
  } catch {
    // The issues come from a user's schema, and cannot be encoded.
  }
  const { name, message } = 'error' in reason ? reason.error : new PayloadError('The kwargs are refused');
  const short = { name: shortened(name), message: shortened(message) };
  return encodeValue({ reason: { error: short }, issues: issues && [] }, 'A refusal');
}

function shortened(text: string): string {
  return text.length <= SHORT_MESSAGE ? text : `${text.slice(0, SHORT_MESSAGE)}…`;
}

/** Throws if the payload is not a refusal. */
export function decodeRefusal(payload: string): unknown {
  const { reason, issues } = decodeValue(payload) as { readonly reason?: unknown; readonly issues?: unknown };
  const error = decodeReason(reason);
  if (!Array.isArray(issues) || !(error instanceof Error)) return error;
  return Object.assign(new PayloadError(error.message, issues, { cause: error.cause }), { stack: error.stack });
}
