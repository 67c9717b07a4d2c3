import type { Receiver } from '../../index.js';
import { nameOfReceiver } from '../../internal/printing.js';
import type { ConnectionFacts } from '../../watch/inspect-host.js';
import { isQueue } from '../../watch/queues.js';
import type { PastExplanation, ReceiverRow } from '../types.js';
import type { Identities } from './identities.js';

/** How a connection ended. */
export type Ending = Extract<PastExplanation['because'], 'disconnected' | 'once, used up' | 'collected'>;

/** Why a receiver is called. */
export type MatchedBy = 'unfiltered' | 'sender' | 'key';

/** One connection, from one moment to another. */
export interface Span {
  readonly senders: ReadonlySet<unknown>;
  readonly keys: ReadonlySet<unknown>;
  readonly once: boolean;
  readonly from: number;
  to: number;
  ending: Ending | undefined;
}

/** The senders and keys of a send, and its moment. */
export interface Aim {
  readonly moment: number;
  readonly senders: readonly unknown[];
  readonly keys: readonly unknown[];
}

/** In UTF-16 code units: what is longer is cut off. */
export const LONGEST_NAME = 200;
/** How many of a receiver's past connections are remembered. */
const MOST_PAST = 100;

/** A receiver of a signal, or of ANY, as long as an inspector remembers it. Holds nothing of the app alive. */
export class KnownReceiver {
  readonly name: string;
  readonly kind: ReceiverRow['kind'];
  readonly uid: unknown;
  readonly #receiver: WeakRef<Receiver>;
  readonly #thisArg: unknown;
  /** The connections that have not ended. */
  readonly #open = new Set<Span>();
  readonly #past: Span[] = [];
  /** Where its first connection was made. */
  site: string | null = null;

  constructor({ receiver, thisArg, uid }: ConnectionFacts, identities: Identities) {
    this.name = nameOfReceiver(receiver).slice(0, LONGEST_NAME);
    this.kind = isQueue(receiver) ? 'subscriber' : 'receiver';
    this.#receiver = new WeakRef(receiver);
    this.#thisArg = identities.of(thisArg);
    this.uid = identities.of(uid);
  }

  get live(): boolean {
    return this.#open.size > 0;
  }

  /** Its function, unless that has been collected. */
  get function(): Receiver | undefined {
    return this.#receiver.deref();
  }

  /** The part of its identity that the receivers of one function do not share. */
  get key(): unknown {
    return this.uid ?? this.#thisArg;
  }

  /** A connection begins. */
  begin({ senders, keys, once }: ConnectionFacts, from: number, identities: Identities): Span {
    const span: Span = {
      senders: new Set(identities.all(senders)),
      keys: new Set(identities.all(keys)),
      once,
      from,
      to: Infinity,
      ending: undefined,
    };
    this.#open.add(span);
    return span;
  }

  /** Finds a connection that was made before it could be noted. Its filter may have lost members since. */
  find({ senders, keys, once }: ConnectionFacts, identities: Identities): Span | undefined {
    const [ownSenders, ownKeys] = [identities.all(senders), identities.all(keys)];
    const fits = (span: Span): boolean =>
      span.once === once &&
      ownSenders.every((sender) => span.senders.has(sender)) &&
      ownKeys.every((key) => span.keys.has(key)) &&
      (span.senders.size + span.keys.size === 0) === (ownSenders.length + ownKeys.length === 0);
    return [...this.#open].find(fits);
  }

  end(span: Span, to: number, ending: Ending): void {
    if (!this.#open.delete(span)) return;
    span.to = to;
    span.ending = ending;
    this.#past.push(span);
    if (this.#past.length > MOST_PAST) this.#past.shift();
  }

  /** All connections end, without a report. */
  endAll(to: number, ending: Ending): void {
    for (const span of [...this.#open]) this.end(span, to, ending);
  }

  /** Whether a send still calls it: by a connection of its moment that stands, or that this call has used up. */
  isDue(aim: Aim): boolean {
    return this.#spans().some((span) => {
      const stands = span.to === Infinity || span.ending === 'once, used up';
      return stands && standsAt(span, aim.moment) && matchOf(span, aim) !== undefined;
    });
  }

  /** Whether it is the same receiver, of another signal. */
  isTwinOf(other: KnownReceiver): boolean {
    if (this.uid !== other.uid) return false;
    const receiver = this.#receiver.deref();
    return this.uid !== undefined || (receiver === other.#receiver.deref() && this.#thisArg === other.#thisArg);
  }

  wasConnected(moment: number): boolean {
    return this.#spans().some((span) => standsAt(span, moment));
  }

  /** Why a send calls it, by the connections of that moment; undefined if none of them matches. */
  matches(aim: Aim): MatchedBy | undefined {
    const reasons = this.#spans().flatMap((span) => (standsAt(span, aim.moment) ? (matchOf(span, aim) ?? []) : []));
    return (['unfiltered', 'sender', 'key'] as const).find((reason) => reasons.includes(reason));
  }

  /**
   * Returns how the connections by which a send calls it ended before the moment `until`; undefined unless all of them
   * have. A collection is noticed late.
   */
  endingFor(aim: Aim, until: number): Ending | undefined {
    const matching = this.#spans().filter((span) => standsAt(span, aim.moment) && matchOf(span, aim) !== undefined);
    const ended = matching.every(({ to, ending }) => ending === 'collected' || to < until);
    return ended ? matching.at(-1)?.ending : undefined;
  }

  /** How its last connection before that moment ended. */
  lastEnding(moment: number): Ending | undefined {
    return this.#past.filter(({ to }) => to < moment).at(-1)?.ending;
  }

  #spans(): Span[] {
    return [...this.#past, ...this.#open];
  }
}

function standsAt({ from, to }: Span, moment: number): boolean {
  return from < moment && moment < to;
}

function matchOf({ senders, keys }: Span, aim: Aim): MatchedBy | undefined {
  if (senders.size + keys.size === 0) return 'unfiltered';
  if (aim.senders.some((sender) => senders.has(sender))) return 'sender';
  return aim.keys.some((key) => keys.has(key)) ? 'key' : undefined;
}
