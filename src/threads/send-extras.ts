import type { FarSend } from '../far/index.js';
import { decodeValues, encodeValues } from '../far/encoding.js';
import { isText } from '../internal/plain-data.js';

export type SendLimits = Pick<FarSend, 'timeoutMs' | 'abortable'>;
type Extra = Exclude<keyof FarSend, 'kwargs' | 'kind' | 'until' | 'trace' | 'onResult' | keyof SendLimits>;
/** The fields of a send besides kwargs and limits. A common send has none of them. */
export type SendExtras = Pick<FarSend, Extra>;
/** The extras of a common send. */
type NoExtras = { readonly [Name in Extra]: SendExtras[Name] extends readonly unknown[] ? readonly [] : false };

/** Whether an extra of a message has its type. */
export const EXTRA_CHECKS = {
  senders: Array.isArray,
  keys: Array.isArray,
  reverse: (value) => typeof value === 'boolean',
  expected: (value) => Array.isArray(value) && value.every(isText),
} satisfies Record<Extra, (value: unknown) => boolean>;

/** Returns the parts of a send besides kwargs and limits; undefined for a common send, which costs the least. */
export function encodeExtras({ senders, keys, reverse, expected }: FarSend): SendExtras | undefined {
  if (isEmpty(senders) && isEmpty(keys) && isEmpty(expected) && !reverse)
    return omitted({ senders, keys, reverse, expected });
  return { senders: encodeValues(senders), keys: encodeValues(keys), reverse, expected };
}

export function decodeExtras(rest: SendExtras | undefined): SendExtras | undefined {
  if (rest === undefined) return undefined;
  return { ...rest, senders: decodeValues(rest.senders), keys: decodeValues(rest.keys) };
}

function isEmpty(list: readonly unknown[]): list is readonly [] {
  return list.length === 0;
}

/** Takes only extras that are known to be those of a common send: one that has not been tested does not compile. */
function omitted(_extras: NoExtras): SendExtras | undefined {
  return undefined;
}
