import type { ConnectionTable } from './connection-table.js';
import type { Identity, Known } from './receiver-index.js';
import { type Link, UnfilteredLink, byOrder, merge } from './link.js';
import { type DueCall, ReceiverEntry, Role } from './receiver-entry.js';
import type { Receiver, SendContext } from '../contract/signals.js';

/**
 * Joins the receivers of a signal and those of ANY to the receivers of one send.
 *
 * A receiver connected to both is called once, at the place and priority of the first of the two, for as long as one of
 * them still stands when its turn comes. Only managers that have a receiver of ANY pay for this.
 */
export function joinAny(
  own: readonly Link[],
  ownTable: ConnectionTable | undefined,
  any: readonly Link[],
  anyTable: ConnectionTable,
): readonly Link[] {
  const twins = new Map<Known, Twin>();
  const single = [
    ...own.filter((link) => !pairUp(link, twins, ownTable, anyTable)),
    ...any.filter((link) => !pairUp(link, twins, ownTable, anyTable)),
  ];
  if (twins.size === 0) return merge([own, any]);
  for (const twin of twins.values()) single.push(twin.link());
  return single.sort(byOrder);
}

/** @returns Whether the link belongs to a receiver that both tables know; it then stands in `twins`. */
function pairUp(
  link: Link,
  twins: Map<Known, Twin>,
  ownTable: ConnectionTable | undefined,
  anyTable: ConnectionTable,
): boolean {
  // Of a receiver that is still there, but not by this link, the list may hold a dead link.
  const identity = link.live ? identityOfLink(link) : undefined;
  if (identity === undefined) return false;
  const own = ownTable?.find(identity);
  const other = anyTable.find(identity);
  if (own === undefined || !(other instanceof ReceiverEntry)) return false;
  const twin = twins.get(own) ?? new Twin(own, other, identity);
  twin.matched.push(link);
  twins.set(own, twin);
  return true;
}

/** What tells a receiver from others; undefined once it is gone. */
export function identityOfLink(owner: Known): Identity | undefined {
  const registration = owner instanceof ReceiverEntry ? owner : owner.role?.registration;
  if (registration !== undefined) {
    const { receiver, target, bound, uid } = registration;
    return receiver && { receiver, thisArg: bound ? target : undefined, uid };
  }
  const { receiver } = owner as Link;
  return receiver && { receiver, thisArg: undefined, uid: undefined };
}

/** What ANY knows of a receiver of a signal. */
export function twinOf(registration: ReceiverEntry, anyTable: ConnectionTable | undefined): Known | undefined {
  const identity = identityOfLink(registration);
  return identity && anyTable?.find(identity);
}

/** The links of tables that a link of a send stands for. */
export function linksBehind(link: Link): readonly Link[] {
  const registration = link.role?.registration;
  return registration instanceof Twin ? registration.matched : [link];
}

/** Of a signal and of ANY, the one that a receiver was connected to first: its place, priority and function hold. */
function firstOf(own: Known, any: ReceiverEntry): Known {
  return own.rank < any.rank ? own : any;
}

/** A receiver that a send reaches through its signal, through ANY, or through both. */
class Twin extends ReceiverEntry {
  readonly matched: Link[] = [];

  constructor(own: Known, any: ReceiverEntry, reached: Identity) {
    const first = firstOf(own, any);
    const { receiver, thisArg, uid } = identityOfLink(first) ?? reached;
    super(any.owner, first.rank, first instanceof ReceiverEntry ? first.priority : 0, receiver, thisArg, uid);
  }

  link(): Link {
    const link = new UnfilteredLink(undefined, this.rank);
    link.role = new Role(this, false, false, false);
    return link;
  }

  override reached(): Receiver | undefined {
    return this.matched.some((link) => link.count > 0) ? this.receiver : undefined;
  }

  override claim(_links: readonly Link[], _position: number, _end: number, context: SendContext): DueCall | undefined {
    // Both are asked, so that once connections on either side are used up by this one call.
    const calls = this.matched.map((link, position, links) => dueCallOf(link, links, position, context));
    const { receiver } = this;
    if (receiver === undefined || calls.every((call) => call === undefined)) return undefined;
    return { receiver, self: this.bound ? this.target : undefined };
  }
}

function dueCallOf(link: Link, links: readonly Link[], position: number, context: SendContext): DueCall | undefined {
  if (link.role !== undefined) return link.role.registration.claim(links, position, links.length, context);
  const receiver: Receiver | undefined = link.receiver;
  return receiver && { receiver, self: undefined };
}
