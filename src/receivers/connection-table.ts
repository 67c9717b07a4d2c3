import type { Receiver, SendContext } from '../contract/signals.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { ConnectRequest } from './connect-request.js';
import { FilterIndex } from './filter-index.js';
import type { LinkFilter } from './held-filter.js';
import { type Entry, FilteredLink, type Identity, type Link, byOrder, isThere, linksBeside, ownerOf } from './link.js';
import { isFor, isPlain, linkFor, plainLink, shared } from './link-for.js';
import { LinkList, type Links, NO_LINKS } from './link-list.js';
import { ReceiverEntry, type EntryOwner } from './receiver-entry.js';
import { ReceiverIndex } from './receiver-index.js';
import { SpecialLink, reasonFor } from './special-link.js';
import { WatchedTargets } from './watched-targets.js';

/** The callbacks of the signal that a table belongs to. */
export interface TableOwner {
  /** Somebody has been connected. */
  receiversChanged(): void;
  /** Somebody has left: the table may have become empty. */
  mayBeVacant(): void;
  /** A receiver is leaving, or is no longer a plain function alone: a send under way has to look at it. */
  receiversMoved(): void;
  /** Links are about to be removed, with all connections that share them. @returns To be called when they are. */
  removing(links: readonly Link[], usedUp: boolean): () => void;
  admits(entry: Entry, context: SendContext): boolean;
}

/**
 * The receivers of one signal: who they are, in which order they are called, and which of them a send reaches.
 *
 * The work is done when receivers connect: those without a filter stand in one list, those with a filter under each of
 * their senders and keys. So a send costs what it reaches, not what is connected.
 */
export class ConnectionTable implements EntryOwner {
  readonly #owner: TableOwner;
  readonly #entersAll: boolean;
  /** Those without a filter, whom every send reaches. */
  readonly unfiltered = new LinkList();
  #filtered: FilterIndex | undefined;
  readonly #receivers = new ReceiverIndex();
  #targets: WatchedTargets | undefined;
  /** The links that stand; plain ones whose senders have been collected are found out by the next sweep. */
  #living = 0;

  /** @param entersAll - True where the owner is asked before each call (`admits`), which needs an entry. */
  constructor(owner: TableOwner, entersAll: boolean) {
    this.#owner = owner;
    this.#entersAll = entersAll;
  }

  get empty(): boolean {
    return this.unfiltered.live === 0 && this.#filtered === undefined;
  }

  /** The plain function that is all that a send with this sender or this key reaches, if so; undefined: it names none. */
  alone(sender: unknown, key: unknown): Receiver | undefined {
    if (this.unfiltered.live > 0) return sender === undefined && key === undefined ? this.unfiltered.only : undefined;
    return this.#filtered?.alone(sender, key);
  }

  /** Returns the links that a send with this routing reaches, as `choose` does, or as a list. */
  reach(routing: ParsedFilter | undefined): Links {
    if (routing === undefined) return this.unfiltered;
    if (this.unfiltered.live > 0 || !routing.single) return this.choose(routing);
    return this.#filtered?.reach(routing) ?? NO_LINKS;
  }

  /** The links that a send with this routing reaches, in the order of the calls. Must not be changed. */
  choose(routing: ParsedFilter | undefined): readonly Link[] {
    const links = this.unfiltered.inOrder();
    return routing === undefined ? links : (this.#filtered?.mergeInto(links, routing) ?? links);
  }

  /** Every live link, in the order of the calls. */
  all(): Link[] {
    return this.#liveLinks().sort(byOrder);
  }

  /** Returns a link of the receiver, if it is connected. */
  find(identity: Identity): Link | undefined {
    const known = this.#receivers.get(identity);
    if (known?.live !== true) return undefined;
    return known instanceof ReceiverEntry ? known.any : known;
  }

  /**
   * Connects a receiver. An identical connection shares its link, which counts it.
   *
   * @param rank - The receiver's place, if it is new.
   */
  connect(request: ConnectRequest, rank: number): Link {
    const plain = isPlain(request) ? this.connectPlain(request.receiver, request.routing, rank) : undefined;
    return plain ?? this.#connectFurther(request, rank);
  }

  /** Connects a function that needs one plain link only. @returns Undefined, with nothing done, if it needs more. */
  connectPlain(receiver: Receiver, routing: ParsedFilter | undefined, rank: number): Link | undefined {
    const known = this.#receivers.ofFunction(receiver);
    if (this.#entersAll || known?.live === true || routing?.single === false) return undefined;
    this.#receivers.replaced(known);
    const link = plainLink(receiver, rank, routing);
    this.#list(link, routing);
    this.#receivers.setLink(receiver, link);
    this.#owner.receiversChanged();
    return link;
  }

  /** Connects all others: receivers that are connected already, or need an entry. */
  #connectFurther(request: ConnectRequest, rank: number): Link {
    const known = this.#receivers.get(request);
    const found = known?.live === true ? known : undefined;
    if (found !== undefined && !(found instanceof ReceiverEntry) && isFor(found, request)) return shared(found);
    this.#receivers.replaced(known);
    const entry = found instanceof ReceiverEntry ? found : this.#enter(request, rank, found);
    const identical = this.#identical(entry, request);
    const link = identical === undefined ? linkFor(request, entry) : shared(identical);
    if (identical === undefined) {
      entry.add(link);
      this.#list(link, request.routing);
    }
    // A uid may still have stood for a weak receiver that has been collected.
    if (known instanceof ReceiverEntry && known !== entry) known.collected();
    this.#owner.receiversChanged();
    return link;
  }

  /** Takes one connection's share out of its link. */
  release(link: Link): void {
    if (link.count > 1) link.count -= 1;
    else this.remove(link);
  }

  /** Takes a link out, with all connections that share it. Does nothing if it has been removed before. */
  remove(link: Link): void {
    if (link.count === 0) return;
    link.count = 0;
    this.#owner.receiversMoved();
    this.#living -= 1;
    if (link instanceof FilteredLink) this.#filtered?.remove(link, link.by, link.value);
    else if (link.filter === undefined) this.unfiltered.remove(link);
    else this.#unlist(link, link.filter);
    if (link.receiver !== undefined) link.receiver = undefined;
    if (link.entry instanceof ReceiverEntry) {
      link.entry.remove(link);
    } else {
      this.#sweep(this.#receivers.removed());
    }
    this.#shrink();
  }

  /**
   * Takes out the receiver of a link, or only what it is connected to by these senders and keys.
   *
   * @returns Whether anything was removed.
   */
  disconnect(found: Link, routing: ParsedFilter | undefined): boolean {
    if (routing === undefined) return this.#removeAll(linksBeside(found));
    const losing = this.#linksBy(found, routing);
    const ending: Link[] = [];
    for (const link of losing) {
      const filter = link instanceof SpecialLink ? link.filter : undefined;
      if (filter?.hasMoreThan(routing) === true) {
        this.#unlist(link, filter.narrow(routing));
        if (link.entry instanceof ReceiverEntry) link.entry.lost(); // the rest may have been collected
      } else {
        ending.push(link);
      }
    }
    return this.#removeAll(ending) || losing.length > 0;
  }

  forget(entry: ReceiverEntry): void {
    this.#receivers.delete(entry);
    this.#shrink();
  }

  watch(entry: ReceiverEntry, target: object): void {
    this.#targets ??= new WatchedTargets(() => this.#weakEntries());
    this.#targets.watch(entry, target);
  }

  unwatch(entry: ReceiverEntry): void {
    this.#targets?.unwatch(entry);
  }

  useUp(links: readonly Link[]): void {
    // A handle undoes its connections to other signals, too, and its own link of these.
    const reports = links.flatMap((link) => (link instanceof SpecialLink ? (link.tie?.handle.usedUp() ?? []) : []));
    this.#removeAll([...new Set(links)], true); // a send by several values may meet a link twice
    for (const report of reports) report();
  }

  admits(entry: Entry, context: SendContext): boolean {
    return !this.#entersAll || this.#owner.admits(entry, context);
  }

  /** Makes an entry for a new receiver, or for one that had a single plain link until now. */
  #enter(request: ConnectRequest, rank: number, only: Link | undefined): ReceiverEntry {
    const priority = only === undefined ? request.priority : 0;
    const entry = new ReceiverEntry(this, only?.rank ?? rank, priority, request);
    if (only !== undefined) {
      if (only instanceof FilteredLink) this.#filtered?.unfold(only);
      else this.unfiltered.stir();
      this.#owner.receiversMoved();
      only.receiver = undefined;
      entry.add(only);
    }
    this.#receivers.set(request, entry);
    return entry;
  }

  /** The link of an identical connection, in the shortest of the lists that would have it. */
  #identical(entry: ReceiverEntry, request: ConnectRequest): Link | undefined {
    if (request.tied) return undefined; // as `isFor` would, for each of them
    let shortest = entry.unordered;
    for (const links of this.#listsOf(request.routing)) if (links.length < shortest.length) shortest = links;
    return shortest.find((link) => link.entry === entry && isFor(link, request));
  }

  /** The links of a receiver that have one of these senders or keys. */
  #linksBy(found: Link, routing: ParsedFilter): readonly Link[] {
    const beside = found.entry instanceof ReceiverEntry ? found.entry.unordered : [found];
    const lists = this.#listsOf(routing);
    const listed = lists.reduce((sum, { length }) => sum + length, 0);
    const links = listed < beside.length ? new Set(lists.flat()) : beside;
    return [...links].filter((link) => {
      const reason = ownerOf(link) === ownerOf(found) && isThere(link) ? reasonFor(link, routing) : undefined;
      return reason === 'sender' || reason === 'key';
    });
  }

  /** The lists that a connection with this filter stands in, in any order; may hold links that are to be swept. */
  #listsOf(routing: ParsedFilter | undefined): (readonly Link[])[] {
    if (routing === undefined) return [this.unfiltered.unordered];
    return this.#filtered?.unordered(routing) ?? [NO_LINKS];
  }

  /** Puts a new link where sends find it. */
  #list(link: Link, routing: ParsedFilter | undefined): void {
    this.#living += 1;
    if (routing === undefined) this.unfiltered.add(link);
    else (this.#filtered ??= new FilterIndex(this.#shrink, this.#receivers)).add(link, routing);
  }

  #unlist(link: Link, { senders, keys }: LinkFilter): void {
    for (const sender of senders) this.#filtered?.remove(link, 'sender', sender);
    for (const key of keys) this.#filtered?.remove(link, 'key', key);
    this.#shrink();
  }

  /** @returns Whether any of them was there. */
  #removeAll(links: readonly Link[], usedUp = false): boolean {
    const report = this.#owner.removing(links, usedUp);
    const any = links.some(isThere);
    for (const link of links) this.remove(link);
    report();
    return any;
  }

  /** Keeps the dead links from outnumbering the living. */
  #sweep(dead: number): void {
    if (dead <= 2 * this.#living + 8) return;
    const living = this.#liveLinks();
    this.#receivers.keepOnly(living);
    this.#living = living.length;
  }

  /** Every live link, in no order. */
  #liveLinks(): Link[] {
    const filtered = new Set(this.#filtered?.all());
    return [...this.unfiltered.inOrder(), ...filtered].filter((link) => link.live);
  }

  #weakEntries(): Set<ReceiverEntry> {
    const weak = this.#liveLinks().flatMap(({ entry }) => {
      return entry instanceof ReceiverEntry && entry.holdsWeakly ? [entry] : [];
    });
    return new Set(weak);
  }

  readonly #shrink = (): void => {
    if (this.#filtered?.shrink() === true) this.#filtered = undefined;
    this.#owner.mayBeVacant();
  };
}
