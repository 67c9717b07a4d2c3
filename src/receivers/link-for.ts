import type { Receiver } from '../contract/signals.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { ConnectRequest } from './connect-request.js';
import type { LinkFilter } from './held-filter.js';
import { type Entry, FilteredLink, type Link, UnfilteredLink, isThere } from './link.js';
import { SpecialLink } from './special-link.js';

/** Whether one plain link says all: a function with at most one sender or key. */
export function isPlain(request: ConnectRequest): boolean {
  const { thisArg, uid, priority } = request;
  return thisArg === undefined && uid === undefined && priority === 0 && !isSpecial(request);
}

function isSpecial({ weak, once, tied, routing }: ConnectRequest): boolean {
  return weak || once || tied || routing?.single === false;
}

/** Makes the link of a connection whose receiver has an entry. */
export function linkFor(request: ConnectRequest, entry: Entry): Link {
  const { routing, weak, once } = request;
  if (isSpecial(request)) return new SpecialLink(entry, weak, once, routing);
  return plainLink(undefined, entry.rank, routing);
}

/** Makes a link that is strong, for any number of calls and by at most one value. */
export function plainLink(receiver: Receiver | undefined, rank: number, routing: ParsedFilter | undefined): Link {
  if (routing === undefined) return new UnfilteredLink(receiver, rank);
  const { sender, key } = routing;
  return key === undefined
    ? new FilteredLink(receiver, rank, 'sender', sender)
    : new FilteredLink(receiver, rank, 'key', key);
}

/** Counts one more connection that shares the link. */
export function shared(link: Link): Link {
  link.count += 1;
  return link;
}

/** Whether an identical `connect` of the same receiver has made this link. */
export function isFor(link: Link, { weak, once, tied, routing }: ConnectRequest): boolean {
  if (tied || !isThere(link) || link.weak !== weak || link.once !== once) return false;
  return !(link instanceof SpecialLink && !link.shareable) && isSameFilter(link.filter, routing);
}

function isSameFilter(a: LinkFilter | undefined, b: LinkFilter | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return areSame(a.senders, b.senders) && areSame(a.keys, b.keys);
}

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  if (some.length !== others.length) return false;
  const values = new Set(some);
  return others.every((value) => values.has(value));
}
