import type { Receiver } from '../contract/signals.js';
import { WeakKeyMap } from '../internal/weak-key-map.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { LinkFilter, Match } from './held-filter.js';
import type { FilteredLink, Link } from './link.js';
import { LinkList, type Links, NO_LINKS, merge, mergeTwo } from './link-list.js';
import type { ReceiverIndex } from './receiver-index.js';

type Found = Receiver | Link | LinkList;

/**
 * The links with a filter, under each of their senders and keys. A send reaches those of any value that it names.
 *
 * A value with one link costs no list. When that is a plain function, it stands here itself: a send that reaches nobody
 * else need not touch the link, which among many is in no cache.
 */
export class FilterIndex {
  #bySender: WeakKeyMap<Found> | undefined;
  #byKey: WeakKeyMap<Found> | undefined;
  readonly #onLost: () => void;
  readonly #known: ReceiverIndex;

  /**
   * @param onLost - Told when senders have been collected.
   * @param known - Where the link of a plain function is found.
   */
  constructor(onLost: () => void, known: ReceiverIndex) {
    this.#onLost = onLost;
    this.#known = known;
  }

  /** The plain function that is all that this sender or this key reaches, if so. Undefined: not named. */
  alone(sender: unknown, key: unknown): Receiver | undefined {
    if (sender !== undefined && key !== undefined) return undefined;
    const found = sender === undefined ? this.#byKey?.get(key) : this.#bySender?.get(sender);
    return typeof found === 'function' ? found : undefined;
  }

  /** Returns the links that the only sender or key of a send reaches. */
  reach({ sender, key }: ParsedFilter): Links {
    const found = sender === undefined ? this.#byKey?.get(key) : this.#bySender?.get(sender);
    return found instanceof LinkList ? found : this.#inOrder(found);
  }

  /** Returns these links and those that a send reaches, in the order of the calls. */
  mergeInto(links: readonly Link[], routing: ParsedFilter): readonly Link[] {
    const { sender, key } = routing;
    let merged = links;
    if (key !== undefined) merged = mergeTwo(merged, this.#inOrder(this.#byKey?.get(key)));
    if (sender !== undefined) merged = mergeTwo(merged, this.#inOrder(this.#bySender?.get(sender)));
    if (!routing.manifold) return merged;
    const { moreSenders, moreKeys } = routing;
    const keyed = moreKeys.map((each) => this.#inOrder(this.#byKey?.get(each)));
    return merge([merged, ...keyed, ...moreSenders.map((each) => this.#inOrder(this.#bySender?.get(each)))]);
  }

  /** The list of each of these senders and keys, in any order; may hold links that are to be swept. */
  unordered({ senders, keys }: LinkFilter): (readonly Link[])[] {
    const found = [...senders.map((each) => this.#bySender?.get(each)), ...keys.map((each) => this.#byKey?.get(each))];
    return found.map((each) => (each instanceof LinkList ? each.unordered : this.#inOrder(each)));
  }

  add(link: Link, routing: ParsedFilter): void {
    const { sender, key } = routing;
    if (sender !== undefined) this.#add(link, 'sender', sender);
    if (key !== undefined) this.#add(link, 'key', key);
    if (!routing.manifold) return; // because loops over nothing take time, too
    for (const each of routing.moreSenders) this.#add(link, 'sender', each);
    for (const each of routing.moreKeys) this.#add(link, 'key', each);
  }

  /** The link is about to have an entry: its function can no longer stand for it. */
  unfold(link: FilteredLink): void {
    const values = this.#valuesOf(link.by);
    const found = values.get(link.value);
    if (typeof found === 'function') values.set(link.value, link);
    else if (found instanceof LinkList) found.stir();
  }

  /** To be called once, when the link has lost this value, or has died but still has its receiver. */
  remove(link: Link, by: Match, value: unknown): void {
    const values = this.#valuesOf(by);
    const found = values.get(value);
    if (found instanceof LinkList) found.remove(link);
    const stays = found instanceof LinkList ? found.live > 0 : found !== (link.receiver ?? link);
    if (!stays) values.delete(value);
  }

  /** Drops what has become empty. @returns Whether nothing is left. */
  shrink(): boolean {
    if (this.#bySender?.size === 0) this.#bySender = undefined;
    if (this.#byKey?.size === 0) this.#byKey = undefined;
    return (this.#bySender ?? this.#byKey) === undefined;
  }

  /** Every link, once for each of its values. */
  all(): Link[] {
    const found = [...(this.#bySender?.values() ?? []), ...(this.#byKey?.values() ?? [])];
    return found.flatMap((each) => this.#inOrder(each));
  }

  #add(link: Link, by: Match, value: unknown): void {
    const values = this.#valuesOf(by);
    const found = values.get(value);
    if (found instanceof LinkList) {
      found.add(link);
    } else if (found === undefined) {
      values.set(value, link.receiver ?? link);
    } else {
      const list = new LinkList();
      for (const each of [...this.#inOrder(found), link]) list.add(each);
      values.set(value, list);
    }
  }

  #valuesOf(by: Match): WeakKeyMap<Found> {
    if (by === 'sender') return (this.#bySender ??= new WeakKeyMap(this.#onLost));
    return (this.#byKey ??= new WeakKeyMap(this.#onLost));
  }

  #inOrder(found: Found | undefined): readonly Link[] {
    if (found === undefined) return NO_LINKS;
    if (found instanceof LinkList) return found.inOrder();
    const link = typeof found === 'function' ? this.#known.linkOf(found) : found;
    return link === undefined ? NO_LINKS : [link];
  }
}
