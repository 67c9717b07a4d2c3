import type { Receiver } from '../contract/signals.js';
import { WeakKeyMap } from '../internal/weak-key-map.js';
import type { Link } from './link.js';
import { LinkList, type Links, NO_LINKS, merge } from './link-list.js';
import type { ReceiverIndex } from './receiver-index.js';

/**
 * The links of each sender, or of each key.
 *
 * A value with one link costs no list. When that is a plain function, it stands here itself: a send that reaches nobody
 * else need not touch the link, which among many is in no cache.
 */
export class FilterIndex {
  readonly #found: WeakKeyMap<Receiver | Link | LinkList>;
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

  /** The links of one sender or key, in any order; may hold links that are to be swept. */
  unordered(value: unknown): readonly Link[] {
    const found = this.#found.get(value);
    return found instanceof LinkList ? found.unordered : this.#listOf(found);
  }

  /** Returns the links that one sender or key reaches. */
  reach(value: unknown): Links {
    const found = this.#found.get(value);
    return found instanceof LinkList ? found : this.#listOf(found);
  }

  /** The links of one sender or key, in the order of the calls. */
  linksOf(value: unknown): readonly Link[] {
    return this.#listOf(this.#found.get(value));
  }

  /** Returns these links and those of several senders or keys, in the order of the calls. */
  mergeInto(links: readonly Link[], values: readonly unknown[]): readonly Link[] {
    return merge([links, ...values.map((value) => this.linksOf(value))]);
  }

  add(link: Link, value: unknown): void {
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

  /** The link is about to have an entry: its function can no longer stand for it. */
  unfold(link: Link, value: unknown): void {
    const found = this.#found.get(value);
    if (typeof found === 'function') this.#found.set(value, link);
    else if (found instanceof LinkList) found.stir();
  }

  /** To be called once, when the link has lost this value, or has died but still has its receiver. */
  remove(link: Link, value: unknown): void {
    const found = this.#found.get(value);
    if (found instanceof LinkList) found.remove(link);
    const gone = found instanceof LinkList ? found.live === 0 : found === (link.receiver ?? link);
    if (gone) this.#found.delete(value);
  }

  *all(): Generator<Link, void> {
    for (const found of this.#found.values()) yield* this.#listOf(found);
  }

  #listOf(found: Receiver | Link | LinkList | undefined): readonly Link[] {
    if (found === undefined) return NO_LINKS;
    if (found instanceof LinkList) return found.inOrder();
    const link = typeof found === 'function' ? this.#known.linkOf(found) : found;
    return link === undefined ? NO_LINKS : [link];
  }
}
