import { ConnectionToSeveral } from './connection.js';
import { receiverHeldBy } from './connection-receiver.js';
import { factsOf } from '../receivers/inspect.js';
import type { Link, LinkHandle } from '../receivers/link.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import type { SignalToken } from '../contract/options.js';
import type { Connection, ConnectionChange, Signal } from '../contract/signals.js';
import type { ConnectionFacts, ConnectionListener } from '../watch/inspect-host.js';

const nothing = (): void => undefined;

type SendReport = (signal: Signal<ConnectionChange>, change: Omit<ConnectionChange, 'manager'>) => void;

/**
 * Sends RECEIVER_CONNECTED and RECEIVER_DISCONNECTED, and tells listeners. Costs nothing while nobody hears of it. A
 * report is made while its links live, and sent when the change is in force.
 */
export class ConnectionReports {
  readonly #signals: SignalTable;
  readonly #send: SendReport;
  /** The connections that share a link and have been reported, so that their end is reported with the same objects. */
  #reported: WeakMap<Link, Map<LinkHandle, Connection>> | undefined;
  readonly #listeners = new Set<ConnectionListener>();

  constructor(signals: SignalTable, send: SendReport) {
    this.#signals = signals;
    this.#send = send;
  }

  /** @returns A function that ends the listening. */
  follow(listener: ConnectionListener): () => void {
    const each = { ...listener }; // of its own, because the same listener may follow twice
    this.#listeners.add(each);
    this.#signals.hearers += 1;
    return () => {
      if (this.#listeners.delete(each)) this.#signals.hearers -= 1;
    };
  }

  connected({ token }: SignalState, handle: LinkHandle): void {
    // As `#wants` does, which V8 does not inline here.
    if (this.#signals.hearers > 0 && !this.#signals.isMeta(token)) this.#reportConnected(token, handle);
  }

  /** To be called before a connection ends by its own `disconnect`. @returns What reports it afterwards. */
  ending({ token }: SignalState, handle: LinkHandle, usedUp: boolean): () => void {
    const isSilent = this.#signals.hearers === 0 && this.#reported === undefined;
    return isSilent ? nothing : this.#reportOfEnd(token, handle, usedUp);
  }

  /** To be called before links are removed. @returns What reports the connections that shared them. */
  removing({ token }: SignalState, links: readonly Link[], usedUp: boolean): () => void {
    if (!this.#wants(token)) return nothing;
    const living = links.filter((link) => link.live);
    const changes = living.flatMap((link) => {
      const facts = factsOf(token, link);
      return this.#connectionsOf(token, link).map((connection) => ({ facts, connection }));
    });
    return () => {
      for (const { facts, connection } of changes) this.#tell('disconnected', facts, connection, usedUp);
    };
  }

  #reportConnected(token: SignalToken, handle: LinkHandle): void {
    const { link, whole } = handle;
    if (link === undefined) return;
    const reported = (this.#reported ??= new WeakMap());
    reported.set(link, (reported.get(link) ?? new Map<LinkHandle, Connection>()).set(handle, whole));
    this.#tell('connected', factsOf(token, link), whole);
  }

  #reportOfEnd(token: SignalToken, handle: LinkHandle, usedUp: boolean): () => void {
    const { link } = handle;
    if (link === undefined) return nothing;
    this.#reported?.get(link)?.delete(handle);
    if (!this.#wants(token)) return nothing;
    const facts = factsOf(token, link);
    return () => {
      this.#tell('disconnected', facts, handle.whole, usedUp);
    };
  }

  /** As many as share the link; those that nobody was told of are not known, and others say the same for them. */
  #connectionsOf(token: SignalToken, link: Link): Connection[] {
    const known = [...(this.#reported?.get(link)?.values() ?? [])];
    const older = Array.from({ length: link.count - known.length }, () => {
      return new ConnectionToSeveral([token], receiverHeldBy(link));
    });
    return [...older, ...known];
  }

  #tell(change: keyof ConnectionListener, facts: ConnectionFacts, connection: Connection, usedUp?: boolean): void {
    for (const listener of [...this.#listeners]) listener[change](facts, connection, usedUp);
    const signal = this.#signals.meta[change];
    if (this.#signals.find(signal) !== undefined) this.#send(signal, { ...facts, connection });
  }

  #wants(token: SignalToken): boolean {
    return this.#signals.hearers > 0 && !this.#signals.isMeta(token);
  }
}
