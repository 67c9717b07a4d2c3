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
  /** By function and `thisArg`: many instances of a class share a function. */
  #methods: WeakMap<Receiver, WeakMap<object, ReceiverEntry>> | undefined;
  /** Weak: what a sender alone keeps alive must not be kept by its uid. */
  #uids: Map<string | symbol, WeakRef<ReceiverEntry>> | undefined;

  /** How many dead links stand here. `removed` and `replaced` keep this count. */
  get dead(): number {
    return this.#dead;
  }

  /** Returns the link or the entry of a receiver, even a dead one. */
  get({ receiver, thisArg, uid }: Identity): Known | undefined {
    if (uid !== undefined) return this.#uids?.get(uid)?.deref();
    if (thisArg !== undefined) return this.#methods?.get(receiver)?.get(thisArg);
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
      const methods = (this.#methods ??= new WeakMap<Receiver, WeakMap<object, ReceiverEntry>>());
      methods.set(receiver, (methods.get(receiver) ?? new WeakMap<object, ReceiverEntry>()).set(thisArg, entry));
    } else {
      this.#functions.set(receiver, entry);
    }
  }

  /** A plain link that stands here has died. */
  removed(): void {
    this.#dead += 1;
  }

  /** Something else takes the slot of this dead link, if it is one. */
  replaced(known: Known | undefined): void {
    if (known !== undefined && !(known instanceof ReceiverEntry) && known.count === 0) this.#dead -= 1;
  }

  /** Does nothing if another entry has taken its slot. */
  delete(entry: ReceiverEntry): void {
    const { receiver, thisArg, target, uid } = entry;
    if (uid !== undefined) {
      if (this.#uids?.get(uid)?.deref() === entry) this.#uids.delete(uid);
    } else if (receiver !== undefined && target !== undefined) {
      const known = thisArg === undefined ? this.#functions : this.#methods?.get(receiver);
      if (known?.get(target) === entry) known.delete(target);
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

  /** Returns the only link of a plain function. */
  linkOf(receiver: Receiver): Link | undefined {
    const known = this.#functions.get(receiver);
    return known instanceof ReceiverEntry ? undefined : known;
  }
}
