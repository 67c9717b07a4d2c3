import type { ConnectionTable } from './connection-table.js';
import { type Link, byOrder, identityOf, ownerOf, priorityOf, receiverOfLink } from './link.js';
import { reasonFor } from './special-link.js';
import { NO_MATCH, type ParsedFilter } from '../signals/filter.js';
import type { SignalToken } from '../contract/options.js';
import type { Explanation, Receiver } from '../contract/signals.js';
import { nameOfReceiver } from '../internal/printing.js';
import { ReadonlySetView } from '../internal/readonly-set-view.js';
import type { ConnectedReceiver, ConnectionFacts } from '../watch/inspect-host.js';

/** The receivers that links lead to, in order, each once. */
export function receiversOf(links: readonly Link[]): Receiver[] {
  return groupByReceiver(links).flatMap(([link]) => (link && receiverOfLink(link)) ?? []);
}

/** The receivers of a table, each once, in the order of the calls. */
export function connectedReceivers(table: ConnectionTable): ConnectedReceiver[] {
  return groupByReceiver(table.all()).flatMap((links) => {
    const receiver = links[0] && receiverOfLink(links[0]);
    return receiver === undefined ? [] : [{ receiver, filtered: reasonIn(links, undefined) === NO_MATCH }];
  });
}

/** Describes the connection of a link, which must be live. */
export function factsOf(signal: SignalToken, link: Link): ConnectionFacts {
  const { entry, weak, once, filter } = link;
  return {
    signal,
    receiver: receiverOfLink(link) as Receiver, // a link that lives has one
    thisArg: entry?.thisArg,
    uid: entry?.uid,
    senders: new ReadonlySetView(filter?.senders ?? []),
    keys: new ReadonlySetView(filter?.keys ?? []),
    weak,
    once,
    priority: priorityOf(link),
  };
}

/** The live links of each receiver, which stand side by side. */
export function groupByReceiver(links: readonly Link[]): Link[][] {
  const groups: Link[][] = [];
  let last: unknown;
  for (const link of links) {
    if (!link.live) continue;
    const owner = ownerOf(link);
    if (owner === last) groups.at(-1)?.push(link);
    else groups.push([link]);
    last = owner;
  }
  return groups;
}

/** For every receiver of a signal, and of ANY: whether a send with this routing calls it, and why. */
export function explain(
  own: ConnectionTable | undefined,
  any: ConnectionTable | undefined,
  routing: ParsedFilter | undefined,
  isMuted: { readonly own: boolean; readonly any: boolean },
): Explanation[] {
  const groups = new Map<unknown, { readonly links: Link[]; readonly why: Explanation['because'] }>();
  for (const links of groupByReceiver(own?.all() ?? [])) {
    const why = isMuted.own ? 'muted' : reasonIn(links, routing);
    groups.set(links[0] && ownerOf(links[0]), { links, why });
  }
  for (const links of groupByReceiver(any?.all() ?? [])) {
    const identity = links[0] && identityOf(links[0]);
    const found = identity && own?.find(identity);
    const twin = found && ownerOf(found);
    const known = groups.get(twin);
    const reason = reasonIn(links, routing);
    const why = isMuted.any ? 'muted' : reason === NO_MATCH ? reason : 'any signal';
    if (known === undefined) {
      groups.set(links, { links, why });
    } else {
      // A receiver connected to the signal and to ANY is one, and ANY matters only where its signal does not reach it.
      const first = (known.links[0]?.rank ?? 0) < (links[0]?.rank ?? 0) ? known.links : links;
      groups.set(twin, { links: first, why: known.why === NO_MATCH ? why : known.why });
    }
  }
  const ordered = [...groups.values()].sort((a, b) => orderOf(a.links, b.links));
  return ordered.flatMap(({ links, why }) => explanationOf(links[0], why));
}

function reasonIn(links: readonly Link[], routing: ParsedFilter | undefined): Explanation['because'] {
  const reasons = links.map((link) => reasonFor(link, routing));
  return (['unfiltered', 'sender', 'key'] as const).find((reason) => reasons.includes(reason)) ?? NO_MATCH;
}

function orderOf([a]: readonly Link[], [b]: readonly Link[]): number {
  return a === undefined || b === undefined ? 0 : byOrder(a, b);
}

function explanationOf(link: Link | undefined, because: Explanation['because']): Explanation[] {
  const receiver = link && receiverOfLink(link);
  if (receiver === undefined) return [];
  const matches = because !== NO_MATCH && because !== 'muted';
  return [{ receiver, name: nameOfReceiver(receiver), matches, because }];
}
