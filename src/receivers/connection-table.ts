import { type Identity, type Known, ReceiverIndex, linksOf } from './receiver-index.js';
import {
  FilterIndex,
  FilteredLink,
  type Link,
  LinkList,
  type Links,
  NO_LINKS,
  UnfilteredLink,
  byOrder,
  merge,
  mergeTwo,
} from './link.js';
import { Ask, ReceiverEntry, type EntryOwner, type Role } from './receiver-entry.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { Receiver, SendContext } from '../contract/signals.js';

/** One `connect` call, checked. */
export interface ConnectRequest extends Identity {
  readonly routing: ParsedFilter | undefined;
  readonly weak: boolean;
  readonly once: boolean;
  readonly priority: number;
  /** True when the connection ends with an abort signal, which has to be let go with its last link. */
  readonly tied: boolean;
}

/** What a table tells the signal that it belongs to. */
export interface TableOwner {
  /** Somebody has been connected. */
  receiversChanged(): void;
  /** Somebody has left: the table may have become empty. */
  mayBeVacant(): void;
  /** A receiver is leaving, or is no longer a plain function alone: a send under way has to look at it. */
  receiversMoved(): void;
  /** Links are about to be removed, whoever asked for them. @returns To be called when they are. */
  removing(links: readonly Link[]): () => void;
  admits(registration: ReceiverEntry, context: SendContext): boolean;
}

/** What one connection has asked for. */
export type Asked = Link | Ask;

/** Connections that end when links are removed. */
export interface Ending {
  readonly asked: Asked;
  /** How many have asked for it. */
  readonly count: number;
  /** The last that is left of it. */
  readonly links: readonly Link[];
}

/**
 * The receivers of one signal: who they are, in which order they are called, and which of them a send reaches.
 *
 * What a send needs is decided when receivers connect: those without a filter stand in one list, those with a filter
 * under each of their senders and keys. So a send costs what it reaches, not what is connected.
 */
export class ConnectionTable implements EntryOwner {
  readonly #owner: TableOwner;
  readonly #registersAll: boolean;
  /** Those without a filter, whom every send reaches. */
  readonly unfiltered = new LinkList();
  #bySender: FilterIndex | undefined;
  #byKey: FilterIndex | undefined;
  readonly #receivers = new ReceiverIndex();
  /** The links that stand; those whose senders have been collected are found out by the next sweep. */
  #living = 0;

  /** @param registersAll - True where the owner is asked before each call (`admits`), which a plain link does not do. */
  constructor(owner: TableOwner, registersAll: boolean) {
    this.#owner = owner;
    this.#registersAll = registersAll;
  }

  get empty(): boolean {
    return this.unfiltered.live === 0 && this.#bySender === undefined && this.#byKey === undefined;
  }

  /** The plain function that is all that a send with this sender or this key reaches, if so; undefined: it names none. */
  alone(sender: unknown, key: unknown): Receiver | undefined {
    if (this.unfiltered.live > 0) return sender === undefined && key === undefined ? this.unfiltered.only : undefined;
    if (key === undefined) return this.#bySender?.alone(sender);
    return sender === undefined ? this.#byKey?.alone(key) : undefined;
  }

  /** Whom a send with this routing reaches, as `choose` does, or as a list. */
  reach(routing: ParsedFilter): Links {
    if (this.unfiltered.live > 0 || !routing.single) return this.choose(routing);
    const { sender, key } = routing;
    const found = key === undefined ? this.#bySender?.reach(sender) : this.#byKey?.reach(key);
    return found ?? NO_LINKS;
  }

  /** The links that a send with this routing reaches, in the order of the calls. Must not be changed. */
  choose(routing: ParsedFilter | undefined): readonly Link[] {
    let links = this.unfiltered.inOrder();
    if (routing === undefined) return links;
    const { sender, key, moreSenders, moreKeys } = routing;
    if (key !== undefined && this.#byKey !== undefined) links = mergeTwo(links, this.#byKey.linksOf(key));
    if (sender !== undefined && this.#bySender !== undefined) links = mergeTwo(links, this.#bySender.linksOf(sender));
    if (moreKeys.length > 0) links = this.#withMore(links, this.#byKey, moreKeys);
    if (moreSenders.length > 0) links = this.#withMore(links, this.#bySender, moreSenders);
    return links;
  }

  /** Every live link, in the order of the calls. */
  all(): Link[] {
    return this.#links()
      .filter((link) => link.live)
      .sort(byOrder);
  }

  find(identity: Identity): Known | undefined {
    const known = this.#receivers.get(identity);
    return known?.live === true ? known : undefined;
  }

  /**
   * @param rank - The receiver's place, if it is new.
   * @returns What this connection asks for: what there was already counts it in.
   */
  connect(request: ConnectRequest, rank: number): Asked {
    const known = this.#receivers.get(request);
    const found = known?.live === true ? known : undefined;
    // A link that was taken out: something else will stand there.
    if (!(known instanceof ReceiverEntry) && known?.count === 0) this.#receivers.dead -= 1;
    const { routing } = request;
    if (isSimple(request) && !this.#registersAll) {
      if (found === undefined) {
        const link = this.#connectPlain(request, rank);
        this.#owner.receiversChanged();
        return link;
      }
      const { index, value } = this.#onlyTarget(routing);
      if (!(found instanceof ReceiverEntry) && isLinkTo(found, index, value)) {
        found.count += 1;
        return found;
      }
    }
    const registration = found instanceof ReceiverEntry ? found : this.#register(request, rank, found);
    const links = this.#connectRole(registration, request);
    registration.tidy();
    // A uid may still have stood for a weak receiver that has been collected.
    if (known instanceof ReceiverEntry && known !== registration) this.drop(known);
    this.#owner.receiversChanged();
    const [link] = links;
    return links.length === 1 && link !== undefined ? link : registration.ask(links);
  }

  /** Takes one connection's share out of what it has asked for. */
  release(asked: Asked): void {
    if (!(asked instanceof Ask)) {
      this.#release(asked);
      return;
    }
    asked.links[0]?.role?.registration.takeBack(asked);
    for (const link of asked.links) this.#release(link);
  }

  /** The connections that end when all of these links are removed, each with the last that is left of it. */
  endings(links: readonly Link[]): Ending[] {
    const living = new Set(links.filter((link) => link.live));
    const asks = new Set<Ask>();
    const endings: Ending[] = [];
    for (const link of living) {
      let { count } = link;
      for (const ask of link.role?.registration.asksFor(link) ?? []) {
        count -= ask.count;
        asks.add(ask);
      }
      if (count > 0) endings.push({ asked: link, count, links: [link] });
    }
    for (const ask of asks) {
      const rest = ask.links.filter((link) => link.live);
      if (rest.every((link) => living.has(link))) endings.push({ asked: ask, count: ask.count, links: rest });
    }
    return endings;
  }

  /** The senders and keys that links stand for. */
  valuesOf(links: readonly Link[]): { readonly senders: readonly unknown[]; readonly keys: readonly unknown[] } {
    const filtered = links.filter((link) => link instanceof FilteredLink);
    const [senders, keys] = [this.#bySender, this.#byKey].map((index) => {
      return filtered.filter((link) => link.index === index).map(({ value }) => value);
    });
    return { senders: senders ?? [], keys: keys ?? [] };
  }

  #release(link: Link): void {
    if (link.count > 1) link.count -= 1;
    else if (link.count === 1) this.remove(link);
  }

  /** Takes a link out, whatever connections asked for it. @returns Whether it was still there. */
  remove(link: Link): boolean {
    const { role } = link;
    if (link.count === 0) return false;
    link.count = 0;
    this.#owner.receiversMoved();
    this.#living -= 1;
    if (link instanceof FilteredLink) link.index.remove(link);
    else this.unfiltered.remove();
    link.receiver = undefined;
    if (role !== undefined) {
      role.remove(link);
      role.registration.untie(link);
      role.registration.tidy();
    } else {
      this.#receivers.dead += 1;
      this.#sweep();
    }
    this.#shrink();
    return true;
  }

  /** Takes a receiver out, or only what it is connected to by these senders and keys. @returns The links removed. */
  disconnect(found: Known, routing: ParsedFilter | undefined): Link[] {
    const links = routing === undefined ? linksOf(found) : this.#linksBy(found, routing);
    return this.#removeAll(links);
  }

  forget(registration: ReceiverEntry): void {
    this.#receivers.delete(registration);
    this.#shrink();
  }

  drop(registration: ReceiverEntry): void {
    for (const link of [...registration.links()]) this.remove(link);
  }

  useUp(links: readonly Link[]): void {
    const ties = links.flatMap((link) => link.role?.registration.tiesOf(link) ?? []);
    // What is undone here includes these links, as far as the connections to several signals asked for them.
    const reports = ties.flatMap((tie) => tie.usedUp());
    const rest = links.filter((link) => link.count > 0);
    this.#removeAll([...new Set(rest.flatMap(withBundle))]);
    for (const report of reports) report();
  }

  admits(registration: ReceiverEntry, context: SendContext): boolean {
    return !this.#registersAll || this.#owner.admits(registration, context);
  }

  /** By what a send with this routing reaches the link; undefined when it does not. */
  reasonFor(link: Link, routing: ParsedFilter | undefined): 'unfiltered' | 'sender' | 'key' | undefined {
    if (!(link instanceof FilteredLink)) return 'unfiltered';
    const reason = link.index === this.#bySender ? 'sender' : 'key';
    const named = reason === 'sender' ? routing?.senders : routing?.keys;
    return named?.includes(link.value) === true ? reason : undefined;
  }

  #withMore(links: readonly Link[], index: FilterIndex | undefined, values: readonly unknown[]): readonly Link[] {
    return index === undefined ? links : merge([links, ...values.map((value) => index.linksOf(value))]);
  }

  #connectPlain({ receiver, routing }: ConnectRequest, rank: number): Link {
    const link = this.#enlist(receiver, rank, this.#onlyTarget(routing), undefined);
    this.#receivers.setLink(receiver, link);
    return link;
  }

  /** Keeps the dead links from outnumbering the living. */
  #sweep(): void {
    if (this.#receivers.dead <= 2 * this.#living + 8) return;
    const living = this.#links().filter((link) => link.live);
    this.#receivers.keepOnly(living);
    this.#living = living.length;
  }

  /** Every link, in no order, dead ones perhaps among them. */
  #links(): Link[] {
    return [...this.unfiltered.inOrder(), ...(this.#bySender?.all() ?? []), ...(this.#byKey?.all() ?? [])];
  }

  #connectRole(registration: ReceiverEntry, { routing, weak, once }: ConnectRequest): readonly Link[] {
    const targets = this.#targets(routing);
    const role = once && targets.length > 1 ? bundleFor(registration, weak, targets) : registration.role(weak, once);
    return targets.map((target) => {
      const known = role.get(target.index, target.value);
      if (known === undefined) return this.#enlist(undefined, registration.rank, target, role);
      known.count += 1;
      return known;
    });
  }

  /** Makes a registration for a new receiver, or for one that had a single link until now. */
  #register(request: ConnectRequest, rank: number, only: Link | undefined): ReceiverEntry {
    const { receiver, thisArg, uid, priority } = request;
    const place = only === undefined ? { rank, priority } : { rank: only.rank, priority: 0 };
    const registration = new ReceiverEntry(this, place.rank, place.priority, receiver, thisArg, uid);
    if (only !== undefined) {
      if (only instanceof FilteredLink) only.index.unfold(only);
      else this.unfiltered.stir();
      this.#owner.receiversMoved();
      registration.role(false, false).add(only);
    }
    this.#receivers.set(request, registration);
    return registration;
  }

  /** Makes a link and puts it where sends find it. */
  #enlist(receiver: Receiver | undefined, rank: number, { index, value }: Target, role: Role | undefined): Link {
    this.#living += 1;
    if (index === undefined) {
      const link = new UnfilteredLink(receiver, rank);
      role?.add(link);
      this.unfiltered.add(link);
      return link;
    }
    const link = new FilteredLink(receiver, rank, index, value);
    role?.add(link);
    index.add(link, value);
    return link;
  }

  /** What a routing names that names a single sender or key, or nothing. */
  #onlyTarget(routing: ParsedFilter | undefined): Target {
    if (routing === undefined) return UNFILTERED;
    if (routing.key !== undefined) return { index: this.#keyIndex(), value: routing.key };
    if (routing.sender !== undefined) return { index: this.#senderIndex(), value: routing.sender };
    return this.#targets(routing)[0] ?? UNFILTERED;
  }

  #targets(routing: ParsedFilter | undefined): Target[] {
    if (routing === undefined) return [UNFILTERED];
    const targets: Target[] = [];
    for (const value of new Set(routing.senders)) targets.push({ index: this.#senderIndex(), value });
    for (const value of new Set(routing.keys)) targets.push({ index: this.#keyIndex(), value });
    return targets;
  }

  #senderIndex(): FilterIndex {
    return (this.#bySender ??= new FilterIndex(this.#shrink, this.#receivers));
  }

  #keyIndex(): FilterIndex {
    return (this.#byKey ??= new FilterIndex(this.#shrink, this.#receivers));
  }

  #linksBy(found: Known, routing: ParsedFilter): Link[] {
    return this.#targets(routing).flatMap(({ index, value }) => {
      if (found instanceof ReceiverEntry) return index === undefined ? [] : found.linksOf(index, value);
      return isLinkTo(found, index, value) ? [found] : [];
    });
  }

  #removeAll(links: readonly Link[]): Link[] {
    const report = this.#owner.removing(links);
    const removed = links.filter((link) => this.remove(link));
    report();
    return removed;
  }

  readonly #shrink = (): void => {
    if (this.#bySender?.size === 0) this.#bySender = undefined;
    if (this.#byKey?.size === 0) this.#byKey = undefined;
    this.#owner.mayBeVacant();
  };
}

/** One sender or key of a filter; no index: unfiltered. */
interface Target {
  readonly index: FilterIndex | undefined;
  readonly value: unknown;
}
const UNFILTERED: Target = { index: undefined, value: undefined };

/** A plain function with at most one sender or key: one link says it all. */
function isSimple({ thisArg, uid, weak, once, priority, tied, routing }: ConnectRequest): boolean {
  if (thisArg !== undefined || uid !== undefined || weak || once || priority !== 0 || tied) return false;
  return routing === undefined || routing.size === 1;
}

function isLinkTo(link: Link, index: FilterIndex | undefined, value: unknown): boolean {
  if (!(link instanceof FilteredLink)) return index === undefined;
  return link.index === index && [link.value].includes(value); // SameValueZero, as in the index
}

/** What is used up with a once link. */
function withBundle(link: Link): readonly Link[] {
  return link.role?.bundle === true ? [...link.role.links()] : [link];
}

/** The bundle that an identical `connect` made, or a new one. */
function bundleFor(registration: ReceiverEntry, weak: boolean, targets: readonly Target[]): Role {
  const known = registration.bundles().find((role) => {
    return (
      role.weak === weak &&
      role.size === targets.length &&
      targets.every(({ index, value }) => role.get(index, value) !== undefined)
    );
  });
  return known ?? registration.bundle(weak);
}
