import type { SendContext } from '../contract/signals.js';
import { HeldFilter, type LinkFilter, type Match } from './held-filter.js';
import { type Entry, FilteredLink, type Link, type LinkHandle, callsSomebody } from './link.js';

/** The one connection that a link is for. */
export interface Tie {
  readonly handle: LinkHandle;
  /** Removes the abort listener of the connection. */
  readonly unlisten: (() => void) | undefined;
}

const WEAK = 1;
const ONCE = 2;

/** A link that is weak, for one call, by several values, or for one connection only. It stands under each of its values. */
export class SpecialLink implements Link {
  count = 1;
  entry: Entry;
  /** WEAK and ONCE: one number takes less memory than two fields. */
  readonly #modes: number;
  readonly filter: HeldFilter | undefined;
  /** Set if no other connection may share the link. */
  tie: Tie | undefined = undefined;

  constructor(entry: Entry, weak: boolean, once: boolean, filter: LinkFilter | undefined) {
    this.entry = entry;
    this.#modes = (weak ? WEAK : 0) | (once ? ONCE : 0);
    this.filter = filter && new HeldFilter(filter);
  }

  get receiver(): undefined {
    return undefined;
  }

  get rank(): number {
    return this.entry.rank;
  }

  get weak(): boolean {
    return (this.#modes & WEAK) !== 0;
  }

  get once(): boolean {
    return (this.#modes & ONCE) !== 0;
  }

  get live(): boolean {
    return callsSomebody(this) && this.filter?.live !== false;
  }

  /** Whether an identical connection may share it: after losing a value it is no longer what `connect` asked for. */
  get shareable(): boolean {
    return this.tie === undefined && this.filter?.narrowed !== true;
  }
}

/** Whether a send that has reached the link may still call its receiver. */
export function stillStands(link: Link, { senders, keys }: SendContext): boolean {
  if (link.count === 0) return false;
  if (!(link instanceof SpecialLink) || link.filter?.narrowed !== true) return true;
  return link.filter.matchOf({ senders: [...senders], keys: [...keys] }) !== undefined;
}

export const NAMES_NOTHING: LinkFilter = { senders: [], keys: [] };

/** Returns by what a send with this filter reaches the link; undefined if it does not. */
export function reasonFor(link: Link, sent: LinkFilter = NAMES_NOTHING): Match | 'unfiltered' | undefined {
  if (link instanceof SpecialLink) return link.filter === undefined ? 'unfiltered' : link.filter.matchOf(sent);
  if (!(link instanceof FilteredLink)) return 'unfiltered';
  const named = link.by === 'sender' ? sent.senders : sent.keys;
  return named.includes(link.value) ? link.by : undefined;
}
