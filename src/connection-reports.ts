import { type ConnectionHandle, PastConnection } from './connection.js';
import type { Link } from './link.js';
import { RECEIVER_CONNECTED, RECEIVER_DISCONNECTED, isMeta } from './signal.js';
import type { SignalTable } from './signal-table.js';
import type { Connection, SignalToken } from './types.js';

/** Sends RECEIVER_CONNECTED and RECEIVER_DISCONNECTED. Costs nothing while nobody is connected to them. */
export class ConnectionReports {
  readonly #signals: SignalTable;
  readonly #send: (meta: typeof RECEIVER_CONNECTED, connection: Connection) => void;
  /** The connections that have asked for a link, so that its removal is reported with the same objects. */
  #askers: WeakMap<Link, Map<ConnectionHandle, Connection>> | undefined;

  constructor(signals: SignalTable, send: (meta: typeof RECEIVER_CONNECTED, connection: Connection) => void) {
    this.#signals = signals;
    this.#send = send;
  }

  connected(connection: ConnectionHandle): void {
    if (!this.#wanted(connection.signal)) return;
    const askers = (this.#askers ??= new WeakMap());
    for (const link of connection.links)
      askers.set(link, (askers.get(link) ?? new Map<ConnectionHandle, Connection>()).set(connection, connection.whole));
    this.#send(RECEIVER_CONNECTED, connection.whole);
  }

  disconnected(connection: ConnectionHandle): void {
    if (this.#askers !== undefined) {
      // Others may have asked for the same links: what becomes of those is reported with them.
      for (const link of connection.links) this.#askers.get(link)?.delete(connection);
    }
    if (this.#wanted(connection.signal)) this.#send(RECEIVER_DISCONNECTED, connection.whole);
  }

  /** Links have been removed from a receiver: reports it when that was all of it, or else the connections that ended. */
  removed(signal: SignalToken, links: readonly Link[]): void {
    const [link] = links;
    if (link === undefined || !this.#wanted(signal)) return;
    const askers = new Map(links.flatMap((each) => [...(this.#askers?.get(each) ?? [])]));
    const [asker = new PastConnection([signal])] = askers.values();
    const rest = link.role?.registration.links().next();
    if (rest === undefined || rest.done === true) this.#send(RECEIVER_DISCONNECTED, asker);
    else for (const [each, whole] of askers) if (!each.connected) this.#send(RECEIVER_DISCONNECTED, whole);
  }

  #wanted(signal: SignalToken): boolean {
    return this.#signals.knowsMeta && !isMeta(signal);
  }
}
