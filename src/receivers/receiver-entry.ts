import type { Receiver, SendContext } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';
import { type DueCall, type Entry, type Identity, type Link, isThere } from './link.js';
import { LinkBundle } from './link-bundle.js';
import { NO_LINKS } from './link-list.js';
import { NAMES_NOTHING, SpecialLink, stillStands } from './special-link.js';

/** The table of an entry. */
export interface EntryOwner {
  /** The entry has no links any more. */
  forget(entry: ReceiverEntry): void;
  /** Called when the receiver of the link has been collected. */
  remove(link: Link): void;
  /** The entry now holds its target weakly, and its `collected` has to be called once the target is collected. */
  watch(entry: ReceiverEntry, target: object): void;
  /** The entry no longer holds a target weakly. */
  unwatch(entry: ReceiverEntry): void;
  /** A send has reached these once links, and makes its call next. */
  useUp(links: readonly Link[]): void;
  /** Asked right before a call, where all receivers have entries: whether the call may be made. */
  admits(entry: Entry, context: SendContext): boolean;
}

/** A class of its own, because a `thisArg` may be any other WeakRef. */
class TargetRef extends WeakRef<object> {}

/** The traits that few receivers have. */
interface Traits {
  readonly priority: number;
  readonly uid: string | symbol | undefined;
  /** The function when it is called on `thisArg`; then `thisArg` is the target, otherwise the function itself. */
  method: Receiver | undefined;
}

// Must not hold the entry, which may hold what it waits for.
const senderLost = new FinalizationRegistry<WeakRef<ReceiverEntry>>((ref) => ref.deref()?.lost());
/** The entries that remove their links without values soon. */
const losing = new Set<ReceiverEntry>();

/** A receiver of one signal that is more than one plain link: its identity, priority and links. */
export class ReceiverEntry implements Entry {
  readonly rank: number;
  readonly #owner: EntryOwner;
  readonly #traits: Traits | undefined;
  /** Held strongly while a link that is not weak remains. Undefined once the entry has left. */
  #target: object | undefined;
  /** Most entries have one link, which needs no bundle. */
  #links: Link | LinkBundle | undefined;

  constructor(owner: EntryOwner, rank: number, priority: number, { receiver, thisArg, uid }: Identity) {
    this.#owner = owner;
    this.rank = rank;
    const method = thisArg === undefined ? undefined : receiver;
    const isBare = priority === 0 && uid === undefined && method === undefined;
    this.#traits = isBare ? undefined : { priority, uid, method };
    this.#target = thisArg ?? receiver;
  }

  get priority(): number {
    return this.#traits?.priority ?? 0;
  }

  get uid(): string | symbol | undefined {
    return this.#traits?.uid;
  }

  get target(): object | undefined {
    const target = this.#target;
    return target instanceof TargetRef ? target.deref() : target;
  }

  get thisArg(): object | undefined {
    return this.#traits?.method === undefined ? undefined : this.target;
  }

  get receiver(): Receiver | undefined {
    const { target } = this;
    return target && (this.#traits?.method ?? (target as Receiver));
  }

  get live(): boolean {
    return this.target !== undefined;
  }

  get holdsWeakly(): boolean {
    return this.#target instanceof TargetRef;
  }

  links(): readonly Link[] {
    return this.unordered.filter(isThere);
  }

  /** The same in any order, perhaps with removed ones among them. */
  get unordered(): readonly Link[] {
    const links = this.#links;
    if (links === undefined) return NO_LINKS;
    return links instanceof LinkBundle ? links.unordered : [links];
  }

  /** One of them. */
  get any(): Link | undefined {
    return this.#links instanceof LinkBundle ? this.#links.any : this.#links;
  }

  add(link: Link): void {
    link.entry = this;
    if (this.#links === undefined) this.#links = link;
    else if (this.#links instanceof LinkBundle) this.#links.add(link);
    else this.#links = new LinkBundle(this.#links, link);
    watchSenders(this, link);
    this.hold();
  }

  /** To be called once, when a link has died. */
  remove(link: Link): void {
    senderLost.unregister(link);
    if (link instanceof SpecialLink) {
      link.tie?.unlisten?.();
      link.tie = undefined;
    }
    if (this.#links instanceof LinkBundle && this.#links.removed(link) > 0) {
      this.hold();
      return;
    }
    this.#owner.forget(this);
    if (this.holdsWeakly) this.#owner.unwatch(this);
    // A dead link may stay in a list for a while: it must not keep anything alive.
    this.#target = this.#links = undefined;
    if (this.#traits !== undefined) this.#traits.method = undefined;
  }

  claim(
    links: readonly Link[],
    position: number,
    end: number,
    context: SendContext,
    isMade: boolean,
  ): DueCall | undefined {
    const { target } = this;
    if (target === undefined || links[position - 1]?.entry === this) return undefined;
    let stands = false;
    const used: Link[] = [];
    for (let i = position; i < end; i++) {
      const link = links[i];
      if (link?.entry !== this) break;
      if (!stillStands(link, context)) continue;
      stands = true;
      if (link.once) used.push(link);
    }
    if (!stands || (isMade && !this.#owner.admits(this, context))) return undefined;
    const method = this.#traits?.method;
    if (isMade && used.length > 0) this.#owner.useUp(used);
    // Not read from the entry any more, which may have left.
    if (method === undefined) return { receiver: target as Receiver, self: undefined };
    return { receiver: method, self: target };
  }

  /** Removes the links without values, soon: many senders may be collected at a time. */
  lost(): void {
    if (losing.has(this)) return;
    losing.add(this);
    queueMicrotask(() => {
      losing.delete(this);
      for (const link of this.links()) if (!link.live) this.#owner.remove(link);
    });
  }

  /** Its target has been collected. */
  collected(): void {
    for (const link of this.links()) this.#owner.remove(link);
  }

  /**
   * Holds the target as strongly as the links ask for.
   *
   * Not a `#` method: those cost each instance of their class one more field.
   */
  private hold(): void {
    const { target } = this;
    const links = this.#links;
    const isStrong = links instanceof LinkBundle ? links.isStrong : links?.weak === false;
    if (target === undefined || isStrong !== this.holdsWeakly) return;
    if (isStrong) this.#owner.unwatch(this);
    else this.#owner.watch(this, target);
    this.#target = isStrong ? target : new TargetRef(target);
  }
}

/** Has the link removed once its last value has been collected. */
function watchSenders(entry: ReceiverEntry, link: Link): void {
  const { senders, keys } = link.filter ?? NAMES_NOTHING;
  const objects = [...senders, ...keys].filter(isObject);
  if (objects.length === 0) return;
  const ref = new WeakRef(entry);
  for (const value of objects) senderLost.register(value, ref, link);
}
