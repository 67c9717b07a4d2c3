import { linksBehind } from '../receivers/join-any.js';
import type { Entry, Link, LinkHandle } from '../receivers/link.js';
import { stillStands } from '../receivers/special-link.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { Context } from '../signals/context.js';
import type { ReportOptions } from '../signals/failure-log.js';
import type { SendContext } from '../contract/signals.js';

/** A connection that gets the kept send when its signal is no longer muted. */
export interface LateConnection {
  readonly handle: LinkHandle;
  readonly rank: number;
}

/** How many late connections are kept in any case. */
const FEW_LATE = 8;

/** The last send of a sticky signal, the receivers that it has called, and those that it is still to call. */
export class LastSend {
  readonly kwargs: object;
  readonly context: Context;
  readonly routing: ParsedFilter | undefined;
  readonly reports: ReportOptions | undefined;
  readonly #addressed: WeakSet<Link>;
  readonly #uids = new Set<string | symbol>();
  /** By target (`thisArg` or the function) and function. Neither is kept alive. */
  readonly #receivers = new WeakMap<object, WeakSet<object>>();
  /** The connections made while the signal is muted. No send replaces this one meanwhile. */
  #late: LateConnection[] = [];
  /** How many late connections there may be before the ended are dropped. */
  #mostLate = FEW_LATE;

  constructor(
    kwargs: object,
    context: Context,
    routing: ParsedFilter | undefined,
    reports: ReportOptions | undefined,
    links: readonly Link[],
  ) {
    this.kwargs = kwargs;
    this.context = context;
    this.routing = routing;
    this.reports = reports;
    this.#addressed = new WeakSet(links.flatMap(linksBehind));
  }

  /** Whether a wait with this filter would have seen the send. */
  matches(filter: ParsedFilter | undefined): boolean {
    if (filter === undefined) return true;
    const { senders, keys } = this.context;
    return filter.senders.some((sender) => senders.has(sender)) || filter.keys.some((key) => keys.has(key));
  }

  /** Notes that a receiver is called. Ignored unless this send calls it. */
  noteCall({ uid, target, receiver }: Entry, context: SendContext): void {
    if (context !== this.context) return;
    if (uid !== undefined) {
      this.#uids.add(uid);
    } else if (target !== undefined && receiver !== undefined) {
      this.#receivers.set(target, (this.#receivers.get(target) ?? new WeakSet()).add(receiver));
    }
  }

  /**
   * Whether the kept send has called this receiver already, or still has it among its receivers.
   *
   * @param links - The links of the receiver, and those by which it is connected to ANY.
   */
  concerns(entry: Entry, links: readonly Link[]): boolean {
    return this.#hasCalled(entry) || links.some((link) => this.#addressed.has(link) && stillStands(link, this.context));
  }

  addLate(late: LateConnection): void {
    this.#late.push(late);
    if (this.#late.length < this.#mostLate) return;
    this.#late = this.#late.filter(({ handle }) => handle.link !== undefined);
    this.#mostLate = 2 * this.#late.length + FEW_LATE;
  }

  /** Returns and clears the connections made during a mute. */
  takeLate(): readonly LateConnection[] {
    const late = this.#late;
    this.#late = [];
    this.#mostLate = FEW_LATE;
    return late;
  }

  #hasCalled({ uid, target, receiver }: Entry): boolean {
    if (uid !== undefined) return this.#uids.has(uid);
    return target !== undefined && receiver !== undefined && this.#receivers.get(target)?.has(receiver) === true;
  }
}
