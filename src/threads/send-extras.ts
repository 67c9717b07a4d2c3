import type { FarDelivery, FarSend } from '../far/index.js';
import { decodePlaces, encodePlaces } from '../far/encoding.js';
import type { Rest } from './messages.js';

/** What of a send crosses besides kwargs and limits; undefined for the common one, which costs the least. */
export function encodeRest({ senders, keys, reverse, expected }: FarSend): Rest | undefined {
  if (senders.length + keys.length + expected.length === 0 && !reverse) return undefined;
  return { senders: encodePlaces(senders), keys: encodePlaces(keys), reverse, expected };
}

export function decodeRest(rest: Rest | undefined): Omit<FarDelivery, 'kwargs'> | undefined {
  if (rest === undefined) return undefined;
  return { ...rest, senders: decodePlaces(rest.senders), keys: decodePlaces(rest.keys) };
}
