import { decodeReason } from './decode-reason.js';
import { type EncodedReason, encodeReason } from './encode-reason.js';
import { read, stringOr } from '../internal/any-value.js';
import { withPath } from '../internal/uncloneable.js';
import type { FarResult, SendResult } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';
import { nameOfReceiver } from '../internal/printing.js';

// Encodes results, senders and keys for other threads and nodes, as data that structured clone accepts. Incoming data
// may be of another version or malicious, so decoding accepts any value and never throws. Encoding never throws either.

/** The result of one receiver, with its name. */
export type EncodedResult =
  | { readonly receiverName: string; readonly status: 'fulfilled'; readonly value: unknown }
  | { readonly receiverName: string; readonly status: 'rejected'; readonly reason: EncodedReason };
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
