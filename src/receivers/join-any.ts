import type { Receiver, SendContext } from '../contract/signals.js';
import type { ConnectionTable } from './connection-table.js';
import {
  type DueCall,
  type Entry,
  type Identity,
  type Link,
  UnfilteredLink,
  byOrder,
  claimAt,
  identityOf,
  ownerOf,
  priorityOf,
} from './link.js';
import { merge } from './link-list.js';

/**
 * Joins the receivers of a signal and those of ANY to the receivers of one send.
 *
 * A receiver connected to both is called once, at the place and priority of the first of the two, if one of them still
 * stands when its turn comes. Only managers that have a receiver of ANY pay for this.
 */
export function joinAny(
  own: readonly Link[],
  ownTable: ConnectionTable | undefined,
  any: readonly Link[],
  anyTable: ConnectionTable,
): readonly Link[] {
  const joined = new Map<unknown, JoinedEntry>();
  const isSingle = (link: Link): boolean => {
    // The list may hold a dead link of a receiver that is still connected by another one.
    const identity = link.live ? identityOf(link) : undefined;
    if (identity === undefined) return true;
    const first = ownTable?.find(identity);
    const other = anyTable.find(identity);
    if (first === undefined || other === undefined) return true;
    const owner = ownerOf(first);
    const entry = joined.get(owner) ?? new JoinedEntry(first.rank < other.rank ? first : other);
    entry.matched.push(link);
    joined.set(owner, entry);
    return false;
  };
  const single = [...own.filter(isSingle), ...any.filter(isSingle)];
  if (joined.size === 0) return merge([own, any]);
  return [...single, ...[...joined.values()].map((entry) => entry.link())].sort(byOrder);
}

/** Returns the links of tables that a link of a send stands for. */
export function linksBehind(link: Link): readonly Link[] {
  return link.entry instanceof JoinedEntry ? link.entry.matched : [link];
}

/** A receiver that is connected to a signal and to ANY, for one send, which reaches it by one of them or by both. */
class JoinedEntry implements Entry {
  readonly matched: Link[] = [];
  readonly priority: number;
  readonly rank: number;
  readonly receiver: Receiver;
  readonly thisArg: object | undefined;
  readonly uid: string | symbol | undefined;

  /** @param first - A link of the receiver in the table that it was connected to first: its place and function hold. */
  constructor(first: Link) {
    const { receiver, thisArg, uid } = identityOf(first) as Identity; // a link that is found lives
    this.priority = priorityOf(first);
    this.rank = first.rank;
    this.receiver = receiver;
    this.thisArg = thisArg;
    this.uid = uid;
  }

  get target(): object {
    return this.thisArg ?? this.receiver;
  }

  link(): Link {
    const link = new UnfilteredLink(undefined, this.rank);
    link.entry = this;
    return link;
  }

  links(): readonly Link[] {
    return this.matched;
  }

  claim(
    _links: readonly Link[],
    _position: number,
    _end: number,
    context: SendContext,
    isMade: boolean,
  ): DueCall | undefined {
    // Both are asked, so that once connections on either side are used up by this one call.
    const calls = this.matched.map((_link, i, { length }) => claimAt(this.matched, i, length, context, isMade));
    return calls.every((call) => call === undefined) ? undefined : { receiver: this.receiver, self: this.thisArg };
  }
}
