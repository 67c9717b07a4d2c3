import type { Connection } from '../../index.js';
import type { ConnectionFacts } from '../../watch/inspect-host.js';
import type { Identities } from './identities.js';
import type { Ending, KnownReceiver, Span } from './known-receiver.js';
import type { ReceiversOf } from './receivers-of.js';

/** How many receivers are remembered after they have lost their last connection. */
const MOST_LOST = 1_000;

/** A receiver that is connected now. */
export interface Connected {
  readonly known: KnownReceiver;
  /** Whether all its connections have a sender or a key. */
  readonly filtered: boolean;
}

/** Notes which receivers were connected when, and how that ended. */
export class ConnectionLog {
  readonly #identities: Identities;
  /** Gives growing numbers, by which all that happens has an order. */
  readonly #nextMoment: () => number;
  /** By connection, of which there is one for several signals. */
  readonly #spans = new WeakMap<Connection, Map<ReceiversOf, Span>>();
  /** In the order in which they were lost. */
  readonly #lost = new Map<KnownReceiver, ReceiversOf>();

  constructor(identities: Identities, nextMoment: () => number) {
    this.#identities = identities;
    this.#nextMoment = nextMoment;
  }

  /** @param connection - undefined if it was made before anybody listened. */
  begin(receivers: ReceiversOf, facts: ConnectionFacts, connection?: Connection): KnownReceiver {
    const known = receivers.ensure(facts, this.#identities);
    this.#lost.delete(known);
    const span = known.begin(facts, this.#nextMoment(), this.#identities);
    if (connection !== undefined) {
      this.#spans.set(connection, (this.#spans.get(connection) ?? new Map<ReceiversOf, Span>()).set(receivers, span));
    }
    return known;
  }

  end(receivers: ReceiversOf, facts: ConnectionFacts, connection: Connection, ending: Ending): void {
    const known = receivers.find(facts, this.#identities);
    const span = this.#spans.get(connection)?.get(receivers) ?? known?.find(facts, this.#identities);
    if (known === undefined || span === undefined) return;
    known.end(span, this.#nextMoment(), ending);
    if (!known.live) this.#lose(known, receivers);
  }

  /**
   * Compares what is noted with the connections that there are: those of collected receivers and senders end without a
   * report.
   *
   * @returns The connected receivers, in the order of the calls.
   */
  compare(receivers: ReceiversOf, connections: readonly ConnectionFacts[]): Connected[] {
    const filtered = new Map<KnownReceiver, boolean>();
    for (const facts of connections) {
      const found = receivers.find(facts, this.#identities);
      const known = found?.live === true ? found : this.begin(receivers, facts);
      filtered.set(known, (filtered.get(known) ?? true) && facts.senders.size + facts.keys.size > 0);
    }
    for (const known of receivers.all) {
      if (!known.live || filtered.has(known)) continue;
      known.endAll(this.#nextMoment(), 'collected');
      this.#lose(known, receivers);
    }
    return Array.from(filtered, ([known, isFiltered]) => ({ known, filtered: isFiltered }));
  }

  #lose(known: KnownReceiver, receivers: ReceiversOf): void {
    this.#lost.set(known, receivers);
    const [oldest] = this.#lost;
    if (this.#lost.size <= MOST_LOST || oldest === undefined) return;
    const [forgotten, its] = oldest;
    this.#lost.delete(forgotten);
    its.forget(forgotten);
  }
}
