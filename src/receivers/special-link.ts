import type { SendContext } from '../contract/signals.js';
import { isObject } from '../internal/weak-key-map.js';
import {
  type Entry,
  FilteredLink,
  type Link,
  type LinkFilter,
  type LinkHandle,
  NONE,
  callsSomebody,
  held,
  valueOf,
  valuesOf,
} from './link.js';

/** A link that is weak, for one call, by several values, or not to be shared. It stands under each of its values. */
export class SpecialLink implements Link {
  readonly receiver: undefined;
  readonly rank: number;
  count = 1;
  entry: Entry | undefined = undefined;
  readonly weak: boolean;
  readonly once: boolean;
  /** Set if the link is not shared. */
  handle: LinkHandle | undefined = undefined;
  /** Removes the abort listener of the connection. */
  unlisten: (() => void) | undefined = undefined;
  #senders: readonly unknown[];
  #keys: readonly unknown[];
  #narrowed = false;
  /** Whether an identical connection may share this link. */
  readonly #shared: boolean;

  constructor(rank: number, weak: boolean, once: boolean, filter: LinkFilter | undefined, shared: boolean) {
    this.receiver = undefined;
    this.rank = rank;
    this.weak = weak;
    this.once = once;
    this.#senders = allHeld(filter?.senders);
    this.#keys = allHeld(filter?.keys);
    this.#shared = shared;
  }

  get filter(): LinkFilter | undefined {
    if (!this.#filtered) return undefined;
    return { senders: valuesOf(this.#senders), keys: valuesOf(this.#keys) };
  }

  get live(): boolean {
    if (!callsSomebody(this)) return false;
    return !this.#filtered || this.#senders.some(isLeft) || this.#keys.some(isLeft);
  }

  get #filtered(): boolean {
    return this.#senders.length + this.#keys.length > 0;
  }

  /** Whether an identical connection may share it: after losing a value it is no longer what `connect` asked for. */
  get shareable(): boolean {
    return this.#shared && !this.#narrowed;
  }

  /**
   * Removes some of its values, but not the last one. A send in flight may have reached it by one of them.
   *
   * @returns Those that it had.
   */
  narrow({ senders, keys }: LinkFilter): LinkFilter {
    this.#narrowed = true;
    const lost = {
      senders: senders.filter((sender) => isHeld(this.#senders, sender)),
      keys: keys.filter((key) => isHeld(this.#keys, key)),
    };
    for (const sender of lost.senders) this.#senders = without(this.#senders, sender);
    for (const key of lost.keys) this.#keys = without(this.#keys, key);
    return lost;
  }

  /** Whether it has values that these are not. */
  hasMoreThan({ senders, keys }: LinkFilter): boolean {
    const isMore = (named: readonly unknown[]) => (value: unknown) => isLeft(value) && !named.includes(valueOf(value));
    return this.#senders.some(isMore(senders)) || this.#keys.some(isMore(keys));
  }

  /** Whether a send that has reached it names none of the values that it still has. */
  hasLost({ senders, keys }: SendContext): boolean {
    return this.#narrowed && this.reasonFor({ senders: [...senders], keys: [...keys] }) === undefined;
  }

  reasonFor({ senders, keys }: LinkFilter): Reason | undefined {
    if (!this.#filtered) return 'unfiltered';
    if (senders.some((sender) => isHeld(this.#senders, sender))) return 'sender';
    return keys.some((key) => isHeld(this.#keys, key)) ? 'key' : undefined;
  }
}

/** By what a send reaches a link. */
export type Reason = 'unfiltered' | 'sender' | 'key';

const NOTHING: LinkFilter = { senders: NONE, keys: NONE };

/** Whether a send that has reached the link may still call its receiver. */
export function stillStands(link: Link, context: SendContext): boolean {
  return link.count > 0 && !(link instanceof SpecialLink && link.hasLost(context));
}

/** Returns by what a send with this filter reaches the link; undefined when it does not. */
export function reasonFor(link: Link, sent: LinkFilter = NOTHING): Reason | undefined {
  if (link instanceof SpecialLink) return link.reasonFor(sent);
  if (!(link instanceof FilteredLink)) return 'unfiltered';
  const named = link.by === 'sender' ? sent.senders : sent.keys;
  return named.includes(link.value) ? link.by : undefined;
}

function allHeld(values: readonly unknown[] = NONE): readonly unknown[] {
  return values.length === 0 ? NONE : values.map(held);
}

/** Returns the index of a value among those that are held. Fast for primitives, because a link may have many keys. */
function indexIn(values: readonly unknown[], value: unknown): number {
  if (!isObject(value) && !Number.isNaN(value)) return values.indexOf(value);
  return values.findIndex((each) => Object.is(valueOf(each), value));
}

function isHeld(values: readonly unknown[], value: unknown): boolean {
  return indexIn(values, value) >= 0;
}

function without(values: readonly unknown[], value: unknown): readonly unknown[] {
  const rest = values.slice();
  rest.splice(indexIn(values, value), 1);
  return rest;
}

function isLeft(value: unknown): boolean {
  return valueOf(value) !== undefined;
}
