import type { Link } from '../receivers/link.js';
import type { Receiver } from '../contract/signals.js';

/** The function of a weak receiver. Held so that it keeps alive neither itself nor the object that it is called on. */
class WeakReceiver {
  readonly #target: WeakRef<object>;
  readonly #functions: WeakMap<object, Receiver>;

  constructor(receiver: Receiver, target: object) {
    this.#target = new WeakRef(target);
    this.#functions = new WeakMap([[target, receiver]]);
  }

  deref(): Receiver | undefined {
    const target = this.#target.deref();
    return target && this.#functions.get(target);
  }
}

/** The hold of a connection on its receiver: a weak connection does not keep its receiver alive. */
export type HeldReceiver = Receiver | WeakReceiver | undefined;

export function holdReceiver(receiver: Receiver, target: object, weak: boolean): HeldReceiver {
  return weak ? new WeakReceiver(receiver, target) : receiver;
}

/** Returns the hold on the receiver of a live link. */
export function receiverHeldBy(link: Link): HeldReceiver {
  const { entry, receiver } = link;
  return entry?.receiver ? holdReceiver(entry.receiver, entry.target ?? entry.receiver, link.weak) : receiver;
}

export function receiverOf(held: HeldReceiver): Receiver | undefined {
  return held instanceof WeakReceiver ? held.deref() : held;
}
