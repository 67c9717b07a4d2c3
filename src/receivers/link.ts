import type { Connection, Receiver, SendContext } from '../contract/signals.js';
import { type LinkFilter, type Match, held, valueOf } from './held-filter.js';

/** The identity of a receiver: its `uid` alone, or else the function and its `thisArg`. */
export interface Identity {
  readonly receiver: Receiver;
  readonly thisArg: object | undefined;
  readonly uid: string | symbol | undefined;
}

/** A call that is due: the receiver and its `this`. */
export interface DueCall {
  readonly receiver: Receiver;
  readonly self: object | undefined;
}

/**
 * How one receiver is connected: the record of one connection, or of several identical ones.
 *
 * Most receivers are a plain function with one link, which then is all there is of them. A receiver that is more (several
 * links, `thisArg`, `uid`, `weak`, `once`, a priority) has an entry, which says whom to call.
 */
export interface Link {
  /** The function to call. Undefined after a disconnect, and for links with an entry. */
  receiver: Receiver | undefined;
  /** The position of the receiver among equal priorities: rises in connection order over all signals of a manager. */
  readonly rank: number;
  /** The number of connections that share this link; 0 after a disconnect, which a send in flight may still see. */
  count: number;
  entry: Entry | undefined;
  readonly weak: boolean;
  readonly once: boolean;
  /** Its remaining senders and keys, without the collected ones; undefined: unfiltered. */
  readonly filter: LinkFilter | undefined;
  /** False once disconnected, or once all that it waits for, or what it holds weakly, has been collected. */
  readonly live: boolean;
}

/** A receiver that is more than one plain link. All of its links have its rank, so they stand side by side. */
export interface Entry {
  readonly rank: number;
  readonly priority: number;
  readonly uid: string | symbol | undefined;
  /** Undefined once collected or disconnected. */
  readonly receiver: Receiver | undefined;
  readonly thisArg: object | undefined;
  /** `thisArg`, or else the function: what a weak connection holds weakly. */
  readonly target: object | undefined;
  links(): readonly Link[];
  /**
   * Returns the call of the link at `position`, if it is the turn of this receiver. The first of its links stands for all
   * of them, and one of them must still stand. If the send makes the call, the once links of the receiver that it
   * has reached are used up. A link at `end` or behind it was connected after the send had started.
   */
  claim(
    links: readonly Link[],
    position: number,
    end: number,
    context: SendContext,
    isMade: boolean,
  ): DueCall | undefined;
}

/** A connection, for those who have to do with its link. */
export interface LinkHandle {
  /** Its link, while it is connected. */
  readonly link: Link | undefined;
  /** The connection that `connect` returned for it. */
  readonly whole: Connection;
  /** Disconnects all that its `connect` call connected, because a send has matched the link. @returns Their reports. */
  usedUp(): readonly (() => void)[];
}

// Not classes of one base: V8 takes twice as long to make an object of a derived class.

/** A link without a filter, strong, for any number of calls. */
export class UnfilteredLink implements Link {
  receiver: Receiver | undefined;
  readonly rank: number;
  count = 1;
  entry: Entry | undefined = undefined;

  constructor(receiver: Receiver | undefined, rank: number) {
    this.receiver = receiver;
    this.rank = rank;
  }

  get weak(): boolean {
    return false;
  }

  get once(): boolean {
    return false;
  }

  get filter(): undefined {
    return undefined;
  }

  get live(): boolean {
    return callsSomebody(this);
  }
}

/** A link by one sender or one key, strong, for any number of calls. */
export class FilteredLink implements Link {
  receiver: Receiver | undefined;
  readonly rank: number;
  count = 1;
  entry: Entry | undefined = undefined;
  readonly by: Match;
  readonly #value: unknown;

  constructor(receiver: Receiver | undefined, rank: number, by: Match, value: unknown) {
    this.receiver = receiver;
    this.rank = rank;
    this.by = by;
    this.#value = held(value);
  }

  get weak(): boolean {
    return false;
  }

  get once(): boolean {
    return false;
  }

  /** The sender or key; undefined once collected. */
  get value(): unknown {
    return valueOf(this.#value);
  }

  get filter(): LinkFilter {
    const { by, value } = this;
    const values = value === undefined ? [] : [value];
    return by === 'sender' ? { senders: values, keys: [] } : { senders: [], keys: values };
  }

  get live(): boolean {
    return callsSomebody(this) && this.value !== undefined;
  }
}

/** Whether the link has neither been removed, nor lost what its entry holds weakly. */
export function callsSomebody({ count, entry }: Link): boolean {
  return count > 0 && (entry === undefined || entry.target !== undefined);
}

/** Whether the link has not been removed; what it holds weakly may have been collected. */
export function isThere(link: Link): boolean {
  return link.count > 0;
}

/** Returns what is the same for all links of a receiver, and for no other. */
export function ownerOf(link: Link): Entry | Link {
  return link.entry ?? link;
}

/** Returns all links of the receiver of this one. */
export function linksBeside(link: Link): readonly Link[] {
  return link.entry?.links() ?? [link];
}

/** Returns the function that the link calls; undefined once disconnected or collected. */
export function receiverOfLink({ receiver, entry }: Link): Receiver | undefined {
  return entry === undefined ? receiver : entry.receiver;
}

/** Returns what tells the receiver of the link from others; undefined once it is disconnected or collected. */
export function identityOf(link: Link): Identity | undefined {
  const receiver = receiverOfLink(link);
  return receiver && { receiver, thisArg: link.entry?.thisArg, uid: link.entry?.uid };
}

/**
 * Returns the call of the link at `position`, if it is due.
 *
 * @param isMade - False if the call will not be made. Then no once connection is used up.
 */
export function claimAt(
  links: readonly Link[],
  position: number,
  end: number,
  context: SendContext,
  isMade = true,
): DueCall | undefined {
  const link = links[position];
  if (link?.entry !== undefined) return link.entry.claim(links, position, end, context, isMade);
  return link?.receiver && { receiver: link.receiver, self: undefined };
}

/** Calls the function as it is, whatever `call` it has of its own. */
export function performDueCall({ receiver, self }: DueCall, kwargs: object, context: SendContext): unknown {
  return self === undefined ? receiver(kwargs, context) : Reflect.apply(receiver, self, [kwargs, context]);
}

/** Compares by priority, the higher first, then by connection order. */
export function byOrder(a: Link, b: Link): number {
  return priorityOf(b) - priorityOf(a) || a.rank - b.rank;
}

export function priorityOf({ entry }: Link): number {
  return entry === undefined ? 0 : entry.priority;
}
