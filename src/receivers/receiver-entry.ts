import type { Link } from './link.js';
import { FilteredLink, type FilterIndex } from './link.js';
import type { Receiver, SendContext } from '../contract/signals.js';
import { WeakKeyMap, onCollected } from '../internal/weak-key-map.js';

/** Links of one receiver that are alike in being weak or not, once or not. */
export class Role {
  readonly registration: ReceiverEntry;
  readonly weak: boolean;
  readonly once: boolean;
  /** True for a once filter of several values: the first value that matches uses all of its links up. */
  readonly bundle: boolean;
  #unfiltered: Link | undefined;
  readonly #filtered = new Map<FilterIndex, WeakKeyMap<Link>>();

  constructor(registration: ReceiverEntry, weak: boolean, once: boolean, bundle: boolean) {
    this.registration = registration;
    this.weak = weak;
    this.once = once;
    this.bundle = bundle;
  }

  get size(): number {
    let size = this.#unfiltered === undefined ? 0 : 1;
    for (const links of this.#filtered.values()) size += links.size;
    return size;
  }

  get(index: FilterIndex | undefined, value: unknown): Link | undefined {
    return index === undefined ? this.#unfiltered : this.#filtered.get(index)?.get(value);
  }

  add(link: Link): void {
    link.role = this;
    link.receiver = undefined;
    if (!(link instanceof FilteredLink)) {
      this.#unfiltered = link;
      return;
    }
    const { index } = link;
    let links = this.#filtered.get(index);
    if (links === undefined) {
      links = new WeakKeyMap(() => {
        this.#forgetIfEmpty(index);
        this.registration.lost();
      });
      this.#filtered.set(index, links);
    }
    links.set(link.value, link);
  }

  remove(link: Link): void {
    if (link instanceof FilteredLink) {
      this.#filtered.get(link.index)?.delete(link.value);
      this.#forgetIfEmpty(link.index);
    } else {
      this.#unfiltered = undefined;
    }
  }

  /** A table makes a new index after the old one was empty: the old one must not stay here. */
  #forgetIfEmpty(index: FilterIndex): void {
    if (this.#filtered.get(index)?.size === 0) this.#filtered.delete(index);
  }

  *links(): Generator<Link, void> {
    if (this.#unfiltered !== undefined) yield this.#unfiltered;
    for (const links of this.#filtered.values()) yield* links.values();
  }
}

/** A call that is due: the receiver and its `this`. */
export interface DueCall {
  readonly receiver: Receiver;
  readonly self: object | undefined;
}

/** Calls the function as it is, whatever `call` it has of its own. */
export function performDueCall({ receiver, self }: DueCall, kwargs: object, context: SendContext): unknown {
  return self === undefined ? receiver(kwargs, context) : Reflect.apply(receiver, self, [kwargs, context]);
}

/** What one `connect` call with several senders or keys asked for, or several calls that asked for the same. */
export class Ask {
  readonly links: readonly Link[];
  /** How many have asked for it and have not taken that back. */
  count = 1;

  constructor(links: readonly Link[]) {
    this.links = links;
  }

  isFor(links: ReadonlySet<Link>): boolean {
    return this.links.length === links.size && this.links.every((link) => links.has(link));
  }
}

/** Something to let go of when a connection has ended, however it did. */
export interface Tie {
  readonly connected: boolean;
  release(): void;
  /** A send has matched a once link that it asked for. Undoes the rest of it. @returns What reports that. */
  usedUp(): readonly (() => void)[];
}

/** What a registration tells the table that it stands in. */
export interface EntryOwner {
  /** The registration has no links any more. */
  forget(registration: ReceiverEntry): void;
  /** What it held weakly has been collected. */
  drop(registration: ReceiverEntry): void;
  /** Once links have been matched by a send, whose call comes next. */
  useUp(links: readonly Link[]): void;
  /** Asked right before a call, where the table registers all receivers: whether the call may be made. */
  admits(registration: ReceiverEntry, context: SendContext): boolean;
}

/** A receiver of one signal that is more than a plain function with one link: its identity, place and links. */
export class ReceiverEntry {
  readonly owner: EntryOwner;
  readonly rank: number;
  readonly priority: number;
  readonly uid: string | symbol | undefined;
  readonly bound: boolean;
  /** The function when it is called on `thisArg`; then `thisArg` is the target, otherwise the function itself. */
  #method: Receiver | undefined;
  /** The strong hold on the target, while a link that is not weak asks for one. */
  #held: object | undefined;
  #ref: WeakRef<object> | undefined;
  #roles: Role[] = [];
  #ties: Map<Link, Set<Tie>> | undefined;
  /** By each of their links that has not been removed. */
  #asks: Map<Link, Set<Ask>> | undefined;
  #losing = false;

  constructor(
    owner: EntryOwner,
    rank: number,
    priority: number,
    receiver: Receiver,
    thisArg: object | undefined,
    uid: string | symbol | undefined,
  ) {
    this.owner = owner;
    this.rank = rank;
    this.priority = priority;
    this.uid = uid;
    this.bound = thisArg !== undefined;
    this.#method = this.bound ? receiver : undefined;
    this.#held = thisArg ?? receiver;
  }

  /** What is held weakly where weak is asked for: `thisArg`, or the function. Undefined once collected or gone. */
  get target(): object | undefined {
    return this.#held ?? this.#ref?.deref();
  }

  get live(): boolean {
    return this.target !== undefined;
  }

  /** The function that was connected; undefined once collected or gone. */
  get receiver(): Receiver | undefined {
    const { target } = this;
    return this.bound ? target && this.#method : (target as Receiver | undefined);
  }

  /** The one role of links that are not bundled, made when asked for. */
  role(weak: boolean, once: boolean): Role {
    const found = this.#roles.find((role) => role.weak === weak && role.once === once && !role.bundle);
    return found ?? this.#addRole(new Role(this, weak, once, false));
  }

  bundle(weak: boolean): Role {
    return this.#addRole(new Role(this, weak, true, true));
  }

  /** Roles that hold a link for every value, and for no other: what an identical `connect` finds. */
  bundles(): Role[] {
    return this.#roles.filter((role) => role.bundle);
  }

  *links(): Generator<Link, void> {
    for (const role of this.#roles) yield* role.links();
  }

  linksOf(index: FilterIndex, value: unknown): Link[] {
    return this.#roles.flatMap((role) => role.get(index, value) ?? []);
  }

  /** What stands for a `connect` call that asked for these links, each of which counts it in already. */
  ask(links: readonly Link[]): Ask {
    const asks = (this.#asks ??= new Map<Link, Set<Ask>>());
    const wanted = new Set(links);
    const ofEach = links.map((link) => asks.get(link) ?? new Set<Ask>());
    const fewest = ofEach.reduce((a, b) => (a.size <= b.size ? a : b));
    const known = [...fewest].find((ask) => ask.isFor(wanted));
    if (known !== undefined) {
      known.count += 1;
      return known;
    }
    const ask = new Ask(links);
    links.forEach((link, i) => asks.set(link, ofEach[i]?.add(ask) ?? new Set([ask])));
    return ask;
  }

  asksFor(link: Link): readonly Ask[] {
    return [...(this.#asks?.get(link) ?? [])];
  }

  /** One that asked has taken that back. */
  takeBack(ask: Ask): void {
    ask.count -= 1;
    if (ask.count > 0) return;
    for (const link of ask.links) {
      const asks = this.#asks?.get(link);
      asks?.delete(ask);
      if (asks?.size === 0) this.#asks?.delete(link);
    }
  }

  /** Has `tie` released once the connection has ended that asked for this link. */
  tie(link: Link, tie: Tie): void {
    const ties = (this.#ties ??= new Map<Link, Set<Tie>>());
    ties.set(link, (ties.get(link) ?? new Set<Tie>()).add(tie));
  }

  tiesOf(link: Link): readonly Tie[] {
    return [...(this.#ties?.get(link) ?? [])];
  }

  /** A connection has ended by itself; its links may stay, for others. */
  loosen(link: Link, tie: Tie): void {
    const ties = this.#ties?.get(link);
    ties?.delete(tie);
    if (ties?.size === 0) this.#ties?.delete(link);
  }

  /** Senders have been collected, and the links that stood for them. Many at a time are dealt with once. */
  lost(): void {
    if (this.#losing) return;
    this.#losing = true;
    queueMicrotask(() => {
      this.#losing = false;
      for (const link of [...(this.#ties?.keys() ?? [])]) if (!link.live) this.untie(link);
      for (const link of [...(this.#asks?.keys() ?? [])]) if (!link.live) this.#asks?.delete(link);
      this.tidy();
    });
  }

  /** A link has died. */
  untie(link: Link): void {
    this.#asks?.delete(link);
    const ties = this.#ties?.get(link);
    if (ties === undefined) return;
    this.#ties?.delete(link);
    for (const tie of ties) if (!tie.connected) tie.release();
  }

  /** Drops empty roles, holds the target as strongly as the rest asks for, and leaves the table with the last link. */
  tidy(): void {
    this.#roles = this.#roles.filter((role) => role.size > 0);
    if (this.#roles.length === 0) {
      this.#leave();
    } else if (this.#roles.every((role) => role.weak)) {
      this.#holdWeakly();
    } else {
      this.#held = this.target;
    }
  }

  /**
   * Whom to call for the link at `position`, or undefined when it is gone, or has had its call through another link:
   * the links of one receiver stand side by side. Uses up every once link that the send has matched (before `end`:
   * what stands behind was connected after the send had started).
   */
  claim(links: readonly Link[], position: number, end: number, context: SendContext): DueCall | undefined {
    const receiver = this.reached(links, position, end);
    if (receiver === undefined || !this.owner.admits(this, context)) return undefined;
    const call: DueCall = { receiver, self: this.bound ? this.target : undefined };
    const used = this.#matched(links, position, end).filter((link) => link.role?.once === true);
    if (used.length > 0) this.owner.useUp(used);
    return call;
  }

  /** The receiver when it is this link's turn to stand for it: the first of its links, one of which still lives. */
  reached(links: readonly Link[], position: number, end: number): Receiver | undefined {
    if (links[position - 1]?.role?.registration === this) return undefined;
    return this.#matched(links, position, end).length > 0 ? this.receiver : undefined;
  }

  #matched(links: readonly Link[], position: number, end: number): Link[] {
    const matched: Link[] = [];
    for (let i = position; i < end; i++) {
      const link = links[i];
      if (link?.role?.registration !== this) break;
      if (link.count > 0) matched.push(link);
    }
    return matched;
  }

  #addRole(role: Role): Role {
    this.#roles.push(role);
    return role;
  }

  #holdWeakly(): void {
    const { target } = this;
    this.#held = undefined;
    if (this.#ref !== undefined || target === undefined) return;
    this.#ref = new WeakRef(target);
    onCollected.register(target, collectionOf(new WeakRef(this)), this);
  }

  #leave(): void {
    this.owner.forget(this);
    onCollected.unregister(this);
    // A dead link may stay in a list for a while: it must not keep anything alive.
    this.#method = this.#held = this.#ref = undefined;
  }
}

function collectionOf(ref: WeakRef<ReceiverEntry>): () => void {
  return () => {
    const registration = ref.deref();
    registration?.owner.drop(registration);
  };
}
