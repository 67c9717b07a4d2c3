import type { Link } from './link.js';
import { ReceiverEntry } from './receiver-entry.js';
import type { Receiver } from '../contract/signals.js';
import { onCollected } from '../internal/weak-key-map.js';

/** What tells one receiver from another: its `uid` alone, or else the function and its `thisArg`. */
export interface Identity {
  readonly receiver: Receiver;
  readonly thisArg: object | undefined;
  readonly uid: string | symbol | undefined;
}

/** What stands for a receiver: a plain function with one link is known by that link, any other by its registration. */
export type Known = Link | ReceiverEntry;

/** What stands for the receivers of one signal, found by what tells one from another. */
export class ReceiverIndex {
  /**
   * How many of the links that stand for plain functions are dead: taking one out, and putting it in again when its
   * function is back, costs more. Whoever kills a link counts it, and whoever puts something in its place.
   */
  dead = 0;
  #functions = new WeakMap<object, Known>();
  #methods: WeakMap<object, Map<Receiver, ReceiverEntry>> | undefined;
  /** Weak: what a sender alone keeps alive must not be kept by its uid. */
  #uids: Map<string | symbol, WeakRef<ReceiverEntry>> | undefined;

  /** What stands for a receiver, though it may be gone. */
  get({ receiver, thisArg, uid }: Identity): Known | undefined {
    if (uid !== undefined) return this.#uids?.get(uid)?.deref();
    if (thisArg !== undefined) return this.#methods?.get(thisArg)?.get(receiver);
    return this.#functions.get(receiver);
  }

  setLink(receiver: Receiver, link: Link): void {
    this.#functions.set(receiver, link);
  }

  set({ receiver, thisArg, uid }: Identity, registration: ReceiverEntry): void {
    if (uid !== undefined) {
      const uids = (this.#uids ??= new Map<string | symbol, WeakRef<ReceiverEntry>>());
      const ref = new WeakRef(registration);
      uids.set(uid, ref);
      onCollected.register(registration, () => {
        if (uids.get(uid) === ref) uids.delete(uid);
      });
    } else if (thisArg !== undefined) {
      const methods = (this.#methods ??= new WeakMap<object, Map<Receiver, ReceiverEntry>>());
      methods.set(thisArg, (methods.get(thisArg) ?? new Map<Receiver, ReceiverEntry>()).set(receiver, registration));
    } else {
      this.#functions.set(receiver, registration);
    }
  }

  /** Leaves another function's or uid's registration, if one stands there by now. */
  delete(registration: ReceiverEntry): void {
    const { receiver, target, uid, bound } = registration;
    if (uid !== undefined) {
      if (this.#uids?.get(uid)?.deref() === registration) this.#uids.delete(uid);
    } else if (receiver !== undefined && target !== undefined) {
      if (bound) this.#methods?.get(target)?.delete(receiver);
      else if (this.#functions.get(target) === registration) this.#functions.delete(target);
    }
  }

  /** Lets go of the dead. @param living - Every link that lives. */
  keepOnly(living: readonly Link[]): void {
    const functions = new WeakMap<object, Known>();
    for (const { receiver, role } of living) {
      const target = receiver ?? role?.registration.target;
      const known = target && this.#functions.get(target);
      if (target !== undefined && known?.live === true) functions.set(target, known);
    }
    this.#functions = functions;
    this.dead = 0;
  }

  /** The only link of a plain function that has no more. */
  linkOf(receiver: Receiver): Link {
    return this.#functions.get(receiver) as Link;
  }
}

export function linksOf(found: Known): Link[] {
  return found instanceof ReceiverEntry ? [...found.links()] : [found];
}
