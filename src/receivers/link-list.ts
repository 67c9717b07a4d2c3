import type { Receiver } from '../contract/signals.js';
import { type Link, byOrder } from './link.js';

/** The number of sends after a change that go through the links. */
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
  /** The functions that the links call; null while some are no plain functions, undefined while that is not known. */
  #functions: Receiver[] | null | undefined;
  /** How many sends have asked for the functions since they are not known. */
  #asked = 0;
  #live = 0;
  /** Links that are to be swept though they live: they have lost the value that the list is for. */
  #left: Set<Link> | undefined;

  get live(): number {
    return this.#live;
  }

  /** The plain function that is all there is in the list, if so. */
  get only(): Receiver | undefined {
    return this.#items.length === 1 ? this.#items[0]?.receiver : undefined;
  }

  /** In any order; may hold links that are to be swept. */
  get unordered(): readonly Link[] {
    return this.#items;
  }

  add(link: Link): void {
    const last = this.#items[this.#items.length - 1]; // `at` takes longer
    if (last !== undefined && byOrder(last, link) > 0) this.#ready = undefined;
    this.#items.push(link);
    this.#live += 1;
    if (link.receiver === undefined) this.#functions = null;
    else if (this.#ready === undefined) this.stir();
    else this.#functions?.push(link.receiver);
  }

  /** One of the links calls nobody any more, or has an entry. */
  stir(): void {
    this.#functions = undefined;
    this.#asked = 0;
  }

  /** To be called once, when the link has died, or has lost the value that the list is for. */
  remove(link: Link): void {
    this.#live -= 1;
    if (link.count > 0) {
      (this.#left ??= new Set()).add(link);
      this.#ready = undefined; // its next send sweeps
    }
    this.stir();
    if (this.#live === 0) this.#replace([]);
    else if (this.#items.length > 2 * this.#live + 8) this.#sweep();
  }

  /**
   * Returns the functions of all links, if each is a plain function: a loop over these is faster. Not at once after a
   * change, since it takes some sends to gain what it costs to collect them.
   */
  functions(): readonly Receiver[] | undefined {
    if (this.#functions === undefined && ++this.#asked > SENDS_BEFORE_COLLECTING) this.#functions = this.#collect();
    return this.#functions ?? undefined;
  }

  /** In the order of the calls; may hold dead links, and must not be changed. */
  inOrder(): readonly Link[] {
    return this.#ready ?? this.#replace(this.#standing().sort(byOrder));
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
    const standing = this.#standing();
    if (this.#ready !== undefined) this.#replace(standing);
    else this.#items = standing;
    this.#left = undefined;
  }

  #standing(): Link[] {
    return this.#items.filter((link) => link.count > 0 && this.#left?.has(link) !== true);
  }

  #replace(sorted: Link[]): readonly Link[] {
    this.#items = sorted;
    this.#ready = sorted;
    this.#left = undefined;
    return sorted;
  }
}

/** Those of a list, or those that one send has put together. */
export type Links = LinkList | readonly Link[];

/** In the order of the calls. */
export function inCallOrder(links: Links): readonly Link[] {
  return links instanceof LinkList ? links.inOrder() : links;
}

/**
 * Merges lists that are in order. A link of several lists may stand there twice, beside the other links of its receiver,
 * which is called once for all of them.
 */
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
  let last: Link | undefined; // `at` takes longer
  let i = 0;
  let j = 0;
  for (let x = a[0], y = b[0]; x !== undefined || y !== undefined;) {
    const fromA = y === undefined || (x !== undefined && byOrder(x, y) <= 0);
    const next = fromA ? x : y;
    if (next !== undefined && next !== last) merged.push((last = next));
    if (fromA) x = a[++i];
    else y = b[++j];
  }
  return merged;
}
