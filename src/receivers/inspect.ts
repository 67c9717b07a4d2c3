import type { ConnectionTable } from './connection-table.js';
import { joinAny, linksBehind } from './join-any.js';
import { type Link, ownerOf, priorityOf, receiverOfLink } from './link.js';
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
  const links = own?.all() ?? [];
  const ofSignal = new Set(links);
  const all = any === undefined ? links : joinAny(links, own, any.all(), any);
  return groupByReceiver(all).flatMap((group) => {
    const [first] = group;
    const receiver = first && receiverOfLink(first);
    if (receiver === undefined) return [];
    const behind = group.flatMap(linksBehind);
    const ofAny = behind.filter((link) => !ofSignal.has(link));
    const reason = isMuted.own
      ? 'muted'
      : reasonIn(
          behind.filter((link) => ofSignal.has(link)),
          routing,
        );
    // ANY matters only where the signal does not reach the receiver.
    const because = reason === NO_MATCH ? reasonOfAny(ofAny, routing, isMuted.any) : reason;
    const matches = because !== NO_MATCH && because !== 'muted';
    return [{ receiver, name: nameOfReceiver(receiver), matches, because }];
  });
}

function reasonOfAny(
  links: readonly Link[],
  routing: ParsedFilter | undefined,
  isMuted: boolean,
): Explanation['because'] {
  if (isMuted && links.length > 0) return 'muted';
  return reasonIn(links, routing) === NO_MATCH ? NO_MATCH : 'any signal';
}

function reasonIn(links: readonly Link[], routing: ParsedFilter | undefined): Explanation['because'] {
  const reasons = links.map((link) => reasonFor(link, routing));
  return (['unfiltered', 'sender', 'key'] as const).find((reason) => reasons.includes(reason)) ?? NO_MATCH;
}
