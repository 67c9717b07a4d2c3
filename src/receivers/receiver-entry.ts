import { NO_LINKS } from './link-list.js';
import type { Receiver, SendContext } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';
import { type DueCall, type Entry, type Identity, type Link, isThere } from './link.js';
import { SpecialLink, stillStands } from './special-link.js';

/** The table of an entry. */
export interface EntryOwner {
  /** The entry has no links any more. */
  forget(entry: ReceiverEntry): void;
  /** Called when the receiver of the link has been collected. */
  remove(link: Link): void;
  /** A send has reached these once links, and makes its call next. */
  useUp(links: readonly Link[]): void;
  /** Asked right before a call, where all receivers have entries: whether the call may be made. */
  admits(entry: Entry, context: SendContext): boolean;
}

// These must not hold the entry, which may hold what they wait for.
const targetLost = new FinalizationRegistry<WeakRef<ReceiverEntry>>((ref) => ref.deref()?.collected());
const senderLost = new FinalizationRegistry<WeakRef<ReceiverEntry>>((ref) => ref.deref()?.lost());

/** A receiver of one signal that is more than one plain link: its identity, priority and links. */
export class ReceiverEntry implements Entry {
  readonly rank: number;
  readonly priority: number;
  readonly uid: string | symbol | undefined;
  readonly #owner: EntryOwner;
  /** The function when it is called on `thisArg`; then `thisArg` is the target, otherwise the function itself. */
  #method: Receiver | undefined;
  /** Holds the target strongly while a link that is not weak remains. */
  #held: object | undefined;
  #ref: WeakRef<object> | undefined;
  /** Most entries have one link, which needs no array. The removed ones among several are swept from time to time. */
  #links: Link | Link[] | undefined;
  #there = 0;
  #strong = 0;
  #losing = false;

  constructor(owner: EntryOwner, rank: number, priority: number, { receiver, thisArg, uid }: Identity) {
    this.#owner = owner;
    this.rank = rank;
    this.priority = priority;
    this.uid = uid;
    this.#method = thisArg === undefined ? undefined : receiver;
    this.#held = thisArg ?? receiver;
  }

  get target(): object | undefined {
    return this.#held ?? this.#ref?.deref();
  }

  get thisArg(): object | undefined {
    return this.#method === undefined ? undefined : this.target;
  }

  get receiver(): Receiver | undefined {
    const { target } = this;
    return this.#method === undefined ? (target as Receiver | undefined) : target && this.#method;
  }

  get live(): boolean {
    return this.target !== undefined;
  }

  links(): readonly Link[] {
    return this.unordered.filter(isThere);
  }

  /** The same in any order, perhaps with removed ones among them. */
  get unordered(): readonly Link[] {
    const links = this.#links;
    if (links === undefined) return NO_LINKS;
    return Array.isArray(links) ? links : [links];
  }

  /** One of them. The removed ones before it are swept: their order does not matter. */
  get any(): Link | undefined {
    const links = this.#links;
    if (!Array.isArray(links)) return links;
    while (links[0]?.count === 0) {
      const last = links.pop();
      if (last !== undefined && links.length > 0) links[0] = last;
    }
    return links[0];
  }

  add(link: Link): void {
    link.entry = this;
    this.#there += 1;
    if (!link.weak) this.#strong += 1;
    if (this.#links === undefined) this.#links = link;
    else if (Array.isArray(this.#links)) this.#links.push(link);
    else this.#links = [this.#links, link];
    for (const sender of link.filter?.senders ?? []) this.#watch(sender, link);
    for (const key of link.filter?.keys ?? []) this.#watch(key, link);
    this.#hold();
  }

  /** To be called once, when a link has died. */
  remove(link: Link): void {
    this.#there -= 1;
    if (!link.weak) this.#strong -= 1;
    senderLost.unregister(link);
    if (link instanceof SpecialLink) {
      link.tie?.unlisten?.();
      link.tie = undefined;
    }
    if (Array.isArray(this.#links) && this.#links.length > 2 * this.#there + 8)
      this.#links = this.#links.filter(isThere);
    if (this.#there === 0) this.#leave();
    else this.#hold();
  }

  claim(links: readonly Link[], position: number, end: number, context: SendContext): DueCall | undefined {
    const standing = this.#standing(links, position, end, context);
    const { receiver } = this;
    if (standing.length === 0 || receiver === undefined || !this.#owner.admits(this, context)) return undefined;
    const call: DueCall = { receiver, self: this.thisArg };
    const used = standing.filter(({ once }) => once);
    if (used.length > 0) this.#owner.useUp(used);
    return call;
  }

  reached(links: readonly Link[], position: number, end: number, context: SendContext): Receiver | undefined {
    return this.#standing(links, position, end, context).length > 0 ? this.receiver : undefined;
  }

  /** Removes the links without values, soon: many senders may be collected at a time. */
  lost(): void {
    if (this.#losing) return;
    this.#losing = true;
    queueMicrotask(() => {
      this.#losing = false;
      for (const link of this.links()) if (!link.live) this.#owner.remove(link);
    });
  }

  /** Its target has been collected. */
  collected(): void {
    for (const link of this.links()) this.#owner.remove(link);
  }

  /** Returns the links by which the send still reaches it; none when an earlier one has stood for all. */
  #standing(links: readonly Link[], position: number, end: number, context: SendContext): readonly Link[] {
    const standing: Link[] = [];
    if (links[position - 1]?.entry === this) return standing;
    for (let i = position; i < end; i++) {
      const link = links[i];
      if (link?.entry !== this) break;
      if (stillStands(link, context)) standing.push(link);
    }
    return standing;
  }

  /** Has the link removed once its last value has been collected. */
  #watch(value: unknown, link: Link): void {
    if (isObject(value)) senderLost.register(value, new WeakRef(this), link);
  }

  /** Holds the target as strongly as the links ask for. */
  #hold(): void {
    const { target } = this;
    this.#held = this.#strong > 0 ? target : undefined;
    if (this.#strong > 0 || this.#ref !== undefined || target === undefined) return;
    this.#ref = new WeakRef(target);
    targetLost.register(target, new WeakRef(this), this);
  }

  #leave(): void {
    this.#owner.forget(this);
    targetLost.unregister(this);
    // A dead link may stay in a list for a while: it must not keep anything alive.
    this.#method = this.#held = this.#ref = undefined;
  }
}
