import { PastConnection } from './connection.js';
import type { Link } from './link.js';
import { RECEIVER_CONNECTED, RECEIVER_DISCONNECTED, isMeta } from './signal.js';
import type { SignalTable } from './signal-table.js';
import type { Connection, SignalToken } from './types.js';

/** Sends RECEIVER_CONNECTED and RECEIVER_DISCONNECTED. Costs nothing while nobody is connected to them. */
export class ConnectionReports {
  readonly #signals: SignalTable;
  readonly #send: (meta: typeof RECEIVER_CONNECTED, connection: Connection) => void;
  /** The connection that made a link, so that its removal is reported with the same object. */
  readonly #makers = new WeakMap<Link, Connection>();

  constructor(signals: SignalTable, send: (meta: typeof RECEIVER_CONNECTED, connection: Connection) => void) {
    this.#signals = signals;
    this.#send = send;
  }

  connected(connection: Connection & { readonly links: readonly Link[] }): void {
    if (!this.#wanted(connection.signal)) return;
    for (const link of connection.links) if (!this.#makers.has(link)) this.#makers.set(link, connection);
    this.#send(RECEIVER_CONNECTED, connection);
  }

  disconnected(connection: Connection): void {
    if (this.#wanted(connection.signal)) this.#send(RECEIVER_DISCONNECTED, connection);
  }

  /** A receiver has been removed with all its links. */
  receiverRemoved(signal: SignalToken, links: readonly Link[]): void {
    if (!this.#wanted(signal)) return;
    const [maker] = this.#makersOf(links);
    this.#send(RECEIVER_DISCONNECTED, maker ?? new PastConnection(signal));
  }

  /** Links have been removed from a receiver that stays: reports the connections that ended with them. */
  linksRemoved(signal: SignalToken, links: readonly Link[]): void {
    if (!this.#wanted(signal)) return;
    for (const maker of this.#makersOf(links)) if (!maker.connected) this.#send(RECEIVER_DISCONNECTED, maker);
  }

  #makersOf(links: readonly Link[]): Set<Connection> {
    return new Set(links.flatMap((link) => this.#makers.get(link) ?? []));
  }

  #wanted(signal: SignalToken): boolean {
    const listening = this.#signals.find(RECEIVER_CONNECTED) ?? this.#signals.find(RECEIVER_DISCONNECTED);
    return listening !== undefined && !isMeta(signal);
  }
}
