import type { Receiver } from '../contract/signals.js';
import { onCollected } from '../internal/weak-key-map.js';
import type { Identity, Link } from './link.js';
import { ReceiverEntry } from './receiver-entry.js';

/** A plain function with one link is known by that link, any other receiver by its entry. */
export type Known = Link | ReceiverEntry;

/** Finds the receivers of one signal by what tells one from another. */
export class ReceiverIndex {
  /**
   * How many of the links that stand for plain functions are dead: taking one out, and putting it in again when its
   * function is back, costs more.
   */
  #dead = 0;
  #functions = new WeakMap<object, Known>();
  /** By `thisArg`, which seldom has more than one function. */
  #methods: WeakMap<object, ReceiverEntry | Map<Receiver, ReceiverEntry>> | undefined;
  /** Weak: what a sender alone keeps alive must not be kept by its uid. */
  #uids: Map<string | symbol, WeakRef<ReceiverEntry>> | undefined;

  /** Returns the link or the entry of a receiver, even a dead one. */
  get({ receiver, thisArg, uid }: Identity): Known | undefined {
    if (uid !== undefined) return this.#uids?.get(uid)?.deref();
    return thisArg === undefined ? this.ofFunction(receiver) : this.#method(thisArg, receiver);
  }

  /** The same for a function without a `thisArg` or a `uid`. */
  ofFunction(receiver: Receiver): Known | undefined {
    return this.#functions.get(receiver);
  }

  setLink(receiver: Receiver, link: Link): void {
    this.#functions.set(receiver, link);
  }

  set({ receiver, thisArg, uid }: Identity, entry: ReceiverEntry): void {
    if (uid !== undefined) {
      const uids = (this.#uids ??= new Map<string | symbol, WeakRef<ReceiverEntry>>());
      const ref = new WeakRef(entry);
      uids.set(uid, ref);
      onCollected.register(entry, () => {
        if (uids.get(uid) === ref) uids.delete(uid);
      });
    } else if (thisArg !== undefined) {
      this.#setMethod(thisArg, receiver, entry);
    } else {
      this.#functions.set(receiver, entry);
    }
  }

  /** A plain link that stands here has died. @returns How many dead ones do. */
  removed(): number {
    return (this.#dead += 1);
  }

  /** Something else takes the slot of this dead link, if it is one. */
  replaced(known: Known | undefined): void {
    // `in` is faster than `instanceof`; an entry has no count.
    if (known !== undefined && 'count' in known && known.count === 0) this.#dead -= 1;
  }

  /** Does nothing if another entry has taken its slot. */
  delete(entry: ReceiverEntry): void {
    const { receiver, thisArg, target, uid } = entry;
    if (uid !== undefined) {
      if (this.#uids?.get(uid)?.deref() === entry) this.#uids.delete(uid);
    } else if (receiver !== undefined && target !== undefined) {
      if (thisArg !== undefined) this.#deleteMethod(thisArg, receiver, entry);
      else if (this.#functions.get(target) === entry) this.#functions.delete(target);
    }
  }

  /** Drops the dead. @param living - Every link that lives. */
  keepOnly(living: Iterable<Link>): void {
    const functions = new WeakMap<object, Known>();
    for (const { receiver, entry } of living) {
      const target = receiver ?? entry?.target;
      const known = target && this.#functions.get(target);
      if (target !== undefined && known?.live === true) functions.set(target, known);
    }
    this.#functions = functions;
    this.#dead = 0;
  }

  #method(thisArg: object, receiver: Receiver): ReceiverEntry | undefined {
    const found = this.#methods?.get(thisArg);
    if (found instanceof Map) return found.get(receiver);
    return found?.receiver === receiver ? found : undefined;
  }

  #setMethod(thisArg: object, receiver: Receiver, entry: ReceiverEntry): void {
    const methods = (this.#methods ??= new WeakMap<object, ReceiverEntry | Map<Receiver, ReceiverEntry>>());
    const found = methods.get(thisArg);
    if (found instanceof Map) found.set(receiver, entry);
    else if (found?.receiver === undefined) methods.set(thisArg, entry);
    else
      methods.set(
        thisArg,
        new Map([
          [found.receiver, found],
          [receiver, entry],
        ]),
      );
  }

  #deleteMethod(thisArg: object, receiver: Receiver, entry: ReceiverEntry): void {
    const found = this.#methods?.get(thisArg);
    if (found instanceof Map) found.delete(receiver);
    else if (found === entry) this.#methods?.delete(thisArg);
  }

  /** Returns the only link of a plain function. */
  linkOf(receiver: Receiver): Link | undefined {
    const known = this.ofFunction(receiver);
    return known instanceof ReceiverEntry ? undefined : known;
  }
}
