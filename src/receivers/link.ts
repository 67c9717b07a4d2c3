import type { ReceiverIndex } from './receiver-index.js';
import type { Role } from './receiver-entry.js';
import type { Receiver } from '../contract/signals.js';
import { WeakKeyMap, isObject } from '../internal/weak-key-map.js';

/**
 * One way by which sends reach a receiver.
 *
 * Most receivers are a plain function with one link, which then is all there is of them. What needs more (several
 * links, `thisArg`, `uid`, `weak`, `once`, a priority) has a role, which says whom to call.
 */
export interface Link {
  /** Whom to call; undefined once disconnected, or when `role` knows. */
  receiver: Receiver | undefined;
  /** The receiver's place among equal priorities: rising in connection order over all signals of a manager. */
  readonly rank: number;
  /** How many connections asked for this link; 0 once it is disconnected, which a send in flight may still see. */
  count: number;
  role: Role | undefined;
  /** False once disconnected, or once what it holds weakly (the receiver or the sender) has been collected. */
  readonly live: boolean;
}

// Not classes of one base: V8 takes twice as long to make an object of a derived class.

export class UnfilteredLink implements Link {
  receiver: Receiver | undefined;
  readonly rank: number;
  count = 1;
  role: Role | undefined = undefined;

  constructor(receiver: Receiver | undefined, rank: number) {
    this.receiver = receiver;
    this.rank = rank;
  }

  get live(): boolean {
    return callsSomebody(this);
  }
}

/** By one sender or one key. */
export class FilteredLink implements Link {
  receiver: Receiver | undefined;
  readonly rank: number;
  count = 1;
  role: Role | undefined = undefined;
  readonly index: FilterIndex;
  /** Objects are held weakly, so that a filter never keeps its sender alive. */
  readonly #value: unknown;

  constructor(receiver: Receiver | undefined, rank: number, index: FilterIndex, value: unknown) {
    this.receiver = receiver;
    this.rank = rank;
    this.index = index;
    this.#value = isObject(value) ? new WeakRef(value) : value;
  }

  /** The sender or key; undefined once collected. */
  get value(): unknown {
    const value: unknown = this.#value instanceof WeakRef ? this.#value.deref() : this.#value;
    return value;
  }

  get live(): boolean {
    return callsSomebody(this) && this.value !== undefined;
  }
}

function callsSomebody({ count, role }: Link): boolean {
  return count > 0 && (role === undefined || role.registration.target !== undefined);
}

/** How many sends after a change go through the links. */
const SENDS_BEFORE_COLLECTING = 2;

export const NO_LINKS: readonly Link[] = Object.freeze([]);

/**
 * Links in the order of their calls.
 *
 * A send goes through the array as it was when it started: connecting appends, disconnecting leaves a dead link behind,
 * and whatever sweeps or sorts makes a new array. So neither waits for a send in flight, and both cost the same however
 * many links there are.
 */
export class LinkList {
  #items: Link[] = [];
  /** The same array, unless links have to be sorted before the next send. */
  #ready: readonly Link[] | undefined = this.#items;
  /** What the links call; null while not all of them are plain functions, undefined while that is not known. */
  #functions: Receiver[] | null | undefined;
  /** How many sends have asked for the functions since they are not known. */
  #asked = 0;
  #live = 0;

  get live(): number {
    return this.#live;
  }

  /** The plain function that is all there is in the list, if so. */
  get only(): Receiver | undefined {
    return this.#items.length === 1 ? this.#items[0]?.receiver : undefined;
  }

  add(link: Link): void {
    const last = this.#items.at(-1);
    if (last !== undefined && byOrder(last, link) > 0) this.#ready = undefined;
    this.#items.push(link);
    this.#live += 1;
    if (link.receiver === undefined) this.#functions = null;
    else if (this.#ready === undefined) this.stir();
    else this.#functions?.push(link.receiver);
  }

  /** One of the links calls nobody any more, or has a role. */
  stir(): void {
    this.#functions = undefined;
    this.#asked = 0;
  }

  /** To be called once, when the link has died. */
  remove(): void {
    this.#live -= 1;
    this.stir();
    if (this.#live === 0) this.#replace([]);
    else if (this.#items.length > 2 * this.#live + 8) this.#sweep();
  }

  /**
   * Whom all links call, one by one, when each is a plain function: a loop over these is faster. Not at once after a
   * change, since it takes some sends to gain what it costs to collect them.
   */
  functions(): readonly Receiver[] | undefined {
    if (this.#functions === undefined && ++this.#asked > SENDS_BEFORE_COLLECTING) this.#functions = this.#collect();
    return this.#functions ?? undefined;
  }

  /** In the order of the calls; may hold dead links, and must not be changed. */
  inOrder(): readonly Link[] {
    return this.#ready ?? this.#replace(this.#items.filter(isLive).sort(byOrder));
  }

  #collect(): Receiver[] | null {
    if (this.#items.length > this.#live) this.#sweep();
    const functions: Receiver[] = [];
    for (const { receiver } of this.inOrder()) {
      if (receiver === undefined) return null;
      functions.push(receiver);
    }
    return functions;
  }

  #sweep(): void {
    const live = this.#items.filter(isLive);
    if (this.#ready !== undefined) this.#replace(live);
    else this.#items = live;
  }

  #replace(sorted: Link[]): readonly Link[] {
    this.#items = sorted;
    this.#ready = sorted;
    return sorted;
  }
}

/** Those of a list, or those that one send has put together. */
export type Links = LinkList | readonly Link[];

/** In the order of the calls. */
export function inCallOrder(links: Links): readonly Link[] {
  return links instanceof LinkList ? links.inOrder() : links;
}

function isLive(link: Link): boolean {
  return link.count > 0;
}

/** Higher priority first, then connection order. Links of one receiver are equal, so they always stand side by side. */
export function byOrder(a: Link, b: Link): number {
  return priorityOf(b) - priorityOf(a) || a.rank - b.rank;
}

function priorityOf(link: Link): number {
  return link.role === undefined ? 0 : link.role.registration.priority;
}

/**
 * Who listens to which sender, or to which key.
 *
 * A value with one link costs no list. When that is a plain function, it stands here itself: a send that reaches nobody
 * else need not touch the link, which among many is in no cache.
 */
export class FilterIndex {
  readonly #found: WeakKeyMap<Receiver | FilteredLink | LinkList>;
  readonly #known: ReceiverIndex;

  /**
   * @param onLost - Told when senders have been collected.
   * @param known - Where the link of a plain function is found.
   */
  constructor(onLost: () => void, known: ReceiverIndex) {
    this.#found = new WeakKeyMap(onLost);
    this.#known = known;
  }

  /** How many senders or keys there are. */
  get size(): number {
    return this.#found.size;
  }

  /** The plain function that is all that one sender or key reaches, if so. */
  alone(value: unknown): Receiver | undefined {
    const found = this.#found.get(value);
    return typeof found === 'function' ? found : undefined;
  }

  /** Whom one sender or key reaches. */
  reach(value: unknown): Links {
    const found = this.#found.get(value);
    return found instanceof LinkList ? found : this.#listOf(found);
  }

  /** The links of one sender or key, in the order of the calls. */
  linksOf(value: unknown): readonly Link[] {
    return this.#listOf(this.#found.get(value));
  }

  add(link: FilteredLink, value: unknown): void {
    const found = this.#found.get(value);
    if (found === undefined) {
      this.#found.set(value, link.receiver ?? link);
    } else if (found instanceof LinkList) {
      found.add(link);
    } else {
      const list = new LinkList();
      for (const each of [...this.#listOf(found), link]) list.add(each);
      this.#found.set(value, list);
    }
  }

  /** The link is about to have a role: its function can no longer stand for it. */
  unfold(link: FilteredLink): void {
    const { value } = link;
    const found = this.#found.get(value);
    if (typeof found === 'function') this.#found.set(value, link);
    else if (found instanceof LinkList) found.stir();
  }

  /** To be called once, when the link has died, but still has its receiver. */
  remove(link: FilteredLink): void {
    const { value } = link;
    const found = this.#found.get(value);
    if (found instanceof LinkList) found.remove();
    const gone = found instanceof LinkList ? found.live === 0 : found === (link.receiver ?? link);
    if (gone) this.#found.delete(value);
  }

  *all(): Generator<Link, void> {
    for (const found of this.#found.values()) yield* this.#listOf(found);
  }

  #listOf(found: Receiver | FilteredLink | LinkList | undefined): readonly Link[] {
    if (found === undefined) return NO_LINKS;
    if (found instanceof LinkList) return found.inOrder();
    return [typeof found === 'function' ? this.#known.linkOf(found) : found];
  }
}

/** Merges lists that are in order, each link once. */
export function merge(lists: (readonly Link[])[]): readonly Link[] {
  let rest = lists;
  while (rest.length > 1) {
    const merged: (readonly Link[])[] = [];
    for (let i = 0; i < rest.length; i += 2) merged.push(mergeTwo(rest[i] ?? NO_LINKS, rest[i + 1] ?? NO_LINKS));
    rest = merged;
  }
  return rest[0] ?? NO_LINKS;
}

export function mergeTwo(a: readonly Link[], b: readonly Link[]): readonly Link[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: Link[] = [];
  let i = 0;
  let j = 0;
  for (let x = a[0], y = b[0]; x !== undefined || y !== undefined;) {
    const fromA = y === undefined || (x !== undefined && byOrder(x, y) <= 0);
    const next = fromA ? x : y;
    if (next !== undefined && next !== merged.at(-1)) merged.push(next);
    if (fromA) x = a[++i];
    else y = b[++j];
  }
  return merged;
}
