import { PastConnection } from './connection.js';
import type { Asked } from '../receivers/connection-table.js';
import { receiverHeldBy, receiverOf } from '../receivers/held-receiver.js';
import type { Link } from '../receivers/link.js';
import { ReadonlySetView } from '../internal/readonly-set-view.js';
import type { SignalConnection, SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import type { Connection, ConnectionChange, Signal } from '../contract/signals.js';

/** A report without whose connection it is. It is made while its links live, and sent when the change is in force. */
type Facts = Omit<ConnectionChange, 'manager' | 'connection'>;

const nothing = (): void => undefined;

/** The signals that report connections. */
export interface MetaSignals {
  readonly connected: Signal<ConnectionChange>;
  readonly disconnected: Signal<ConnectionChange>;
}

type SendReport = (signal: Signal<ConnectionChange>, change: Omit<ConnectionChange, 'manager'>) => void;

/** Sends RECEIVER_CONNECTED and RECEIVER_DISCONNECTED. Costs nothing while nobody is connected to them. */
export class ConnectionReports {
  readonly #signals: SignalTable;
  readonly #meta: MetaSignals;
  readonly #send: SendReport;
  /** The connections that have asked for the same, so that their end is reported with the same objects. */
  #askers: WeakMap<object, Map<SignalConnection, Connection>> | undefined;

  constructor(signals: SignalTable, meta: MetaSignals, send: SendReport) {
    this.#signals = signals;
    this.#meta = meta;
    this.#send = send;
  }

  connected(state: SignalState, connection: SignalConnection): void {
    if (!this.#wants(state)) return;
    const { asked, whole } = connection;
    const askers = (this.#askers ??= new WeakMap());
    askers.set(asked, (askers.get(asked) ?? new Map<SignalConnection, Connection>()).set(connection, whole));
    this.#send(this.#meta.connected, { ...factsOf(state, connection.links), connection: whole });
  }

  /** To be called before a connection ends by its own `disconnect`. @returns What reports it afterwards. */
  ending(state: SignalState, connection: SignalConnection): () => void {
    this.#askers?.get(connection.asked)?.delete(connection);
    if (!this.#wants(state)) return nothing;
    const facts = factsOf(state, connection.links);
    return () => {
      this.#send(this.#meta.disconnected, { ...facts, connection: connection.whole });
    };
  }

  /** To be called before links are removed, whoever asked for them. @returns What reports the connections that ended. */
  removing(state: SignalState, links: readonly Link[]): () => void {
    if (!this.#wants(state)) return nothing;
    const reports = state.table.endings(links).flatMap((ending) => {
      const facts = factsOf(state, ending.links);
      return this.#connectionsOf(state, ending.asked, ending.count, ending.links).map((connection) => {
        return { ...facts, connection };
      });
    });
    return () => {
      for (const report of reports) this.#send(this.#meta.disconnected, report);
    };
  }

  /** As many as have asked for it; those that nobody was told of are gone, and others say the same for them. */
  #connectionsOf({ token }: SignalState, asked: Asked, count: number, [link]: readonly Link[]): Connection[] {
    const known = [...(this.#askers?.get(asked)?.values() ?? [])];
    const older = Array.from({ length: count - known.length }, () => {
      return new PastConnection([token], link && receiverHeldBy(link));
    });
    return [...older, ...known];
  }

  #wants({ token }: SignalState): boolean {
    return this.#signals.knowsMeta && !this.#signals.isMeta(token);
  }
}

function factsOf({ token, table }: SignalState, links: readonly Link[]): Facts {
  const [link] = links;
  const { registration, weak = false, once = false } = link?.role ?? {};
  const { bound = false, target, uid, priority = 0 } = registration ?? {};
  const { senders, keys } = table.valuesOf(links);
  return {
    signal: token,
    receiver: (link && receiverOf(receiverHeldBy(link))) as ConnectionChange['receiver'], // a link that lives has one
    thisArg: bound ? target : undefined,
    uid,
    senders: new ReadonlySetView(senders),
    keys: new ReadonlySetView(keys),
    weak,
    once,
    priority,
  };
}
