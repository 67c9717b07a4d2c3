import type { Receiver, SendContext } from '../contract/signals.js';
import { isObject, onCollected } from '../internal/weak-key-map.js';
import { type DueCall, type Entry, type Identity, type Link, isThere } from './link.js';
import { SpecialLink, stillStands } from './special-link.js';

/** The table of an entry. */
export interface EntryOwner {
  /** The entry has no links any more. */
  forget(entry: ReceiverEntry): void;
  /** What the link stands for has been collected. */
  remove(link: Link): void;
  /** A send has reached these once links, and makes its call next. */
  useUp(links: readonly Link[]): void;
  /** Asked right before a call, where all receivers have entries: whether the call may be made. */
  admits(entry: Entry, context: SendContext): boolean;
}

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
  /** The removed ones among them are swept from time to time. */
  #links: Link[] = [];
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
    return this.#links.filter(isThere);
  }

  /** The same in any order, with removed ones among them: costs nothing. */
  get unordered(): readonly Link[] {
    return this.#links;
  }

  /** One of them. The removed ones before it are swept: their order does not matter. */
  get any(): Link | undefined {
    const links = this.#links;
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
    if (this.#links.length === 0)
      this.#links = [link]; // has room for one, an array that grows has it for 17
    else this.#links.push(link);
    const { senders, keys } = link.filter ?? { senders: [], keys: [] };
    for (const value of [...senders, ...keys]) {
      if (isObject(value)) onCollected.register(value, calling(new WeakRef(this), 'lost'), link);
    }
    this.#hold();
  }

  /** To be called once, when a link has died. */
  remove(link: Link): void {
    this.#there -= 1;
    if (!link.weak) this.#strong -= 1;
    onCollected.unregister(link);
    if (link instanceof SpecialLink) {
      link.unlisten?.();
      link.handle = link.unlisten = undefined;
    }
    if (this.#links.length > 2 * this.#there + 8) this.#links = this.#links.filter(isThere);
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

  /** Senders have been collected. Many at a time are dealt with once. */
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

  /** Holds the target as strongly as the links ask for. */
  #hold(): void {
    const { target } = this;
    this.#held = this.#strong > 0 ? target : undefined;
    if (this.#strong > 0 || this.#ref !== undefined || target === undefined) return;
    this.#ref = new WeakRef(target);
    onCollected.register(target, calling(new WeakRef(this), 'collected'), this);
  }

  #leave(): void {
    this.#owner.forget(this);
    onCollected.unregister(this);
    // A dead link may stay in a list for a while: it must not keep anything alive.
    this.#method = this.#held = this.#ref = undefined;
  }
}

/** A clean-up must not hold the entry, which may hold what it waits for. */
function calling(ref: WeakRef<ReceiverEntry>, what: 'lost' | 'collected'): () => void {
  return () => ref.deref()?.[what]();
}
