import type { FarSend } from '../far/index.js';
import { decodeValues, encodeValues } from '../far/encoding.js';
import type { SendExtras } from './messages.js';

/** Returns the parts of a send besides kwargs and limits; undefined for a common send, which costs the least. */
export function encodeExtras({ senders, keys, reverse, expected }: FarSend): SendExtras | undefined {
  // Each field of the literal below: one that is left out here is lost when it is given alone.
  if (senders.length + keys.length + expected.length === 0 && !reverse) return undefined;
  return { senders: encodeValues(senders), keys: encodeValues(keys), reverse, expected };
}

export function decodeExtras(rest: SendExtras | undefined): SendExtras | undefined {
  if (rest === undefined) return undefined;
  return { ...rest, senders: decodeValues(rest.senders), keys: decodeValues(rest.keys) };
}
