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

  /** Links have been removed from a receiver: reports it when that was all of it, or else the connections that ended. */
  removed(signal: SignalToken, links: readonly Link[]): void {
    const [link] = links;
    if (link === undefined || !this.#wanted(signal)) return;
    const makers = this.#makersOf(links);
    const [maker = new PastConnection(signal)] = makers;
    const rest = link.role?.registration.links().next();
    if (rest === undefined || rest.done === true) this.#send(RECEIVER_DISCONNECTED, maker);
    else for (const each of makers) if (!each.connected) this.#send(RECEIVER_DISCONNECTED, each);
  }

  #makersOf(links: readonly Link[]): Set<Connection> {
    return new Set(links.flatMap((link) => this.#makers.get(link) ?? []));
  }

  #wanted(signal: SignalToken): boolean {
    return this.#signals.knowsMeta && !isMeta(signal);
  }
}
