import { ConnectionToSeveral } from './connection.js';
import { receiverHeldBy } from '../receivers/held-receiver.js';
import { type Link, type LinkHandle, priorityOf, receiverOfLink } from '../receivers/link.js';
import { ReadonlySetView } from '../internal/readonly-set-view.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import type { SignalToken } from '../contract/options.js';
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
  /** The connections that share a link and have been reported, so that their end is reported with the same objects. */
  #reported: WeakMap<Link, Map<LinkHandle, Connection>> | undefined;

  constructor(signals: SignalTable, meta: MetaSignals, send: SendReport) {
    this.#signals = signals;
    this.#meta = meta;
    this.#send = send;
  }

  connected({ token }: SignalState, handle: LinkHandle): void {
    const { link, whole } = handle;
    if (link === undefined || !this.#wants(token)) return;
    const reported = (this.#reported ??= new WeakMap());
    reported.set(link, (reported.get(link) ?? new Map<LinkHandle, Connection>()).set(handle, whole));
    this.#send(this.#meta.connected, { ...factsOf(token, link), connection: whole });
  }

  /** To be called before a connection ends by its own `disconnect`. @returns What reports it afterwards. */
  ending({ token }: SignalState, handle: LinkHandle): () => void {
    const { link } = handle;
    if (link === undefined) return nothing;
    this.#reported?.get(link)?.delete(handle);
    if (!this.#wants(token)) return nothing;
    const facts = factsOf(token, link);
    return () => {
      this.#send(this.#meta.disconnected, { ...facts, connection: handle.whole });
    };
  }

  /** To be called before links are removed. @returns What reports the connections that shared them. */
  removing({ token }: SignalState, links: readonly Link[]): () => void {
    if (!this.#wants(token)) return nothing;
    const living = links.filter((link) => link.live);
    const changes = living.flatMap((link) => {
      const facts = factsOf(token, link);
      return this.#connectionsOf(token, link).map((connection) => ({ ...facts, connection }));
    });
    return () => {
      for (const change of changes) this.#send(this.#meta.disconnected, change);
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

  #wants(token: SignalToken): boolean {
    return this.#signals.knowsMeta && !this.#signals.isMeta(token);
  }
}

function factsOf(token: SignalToken, link: Link): Facts {
  const { entry, weak, once, filter } = link;
  return {
    signal: token,
    receiver: receiverOfLink(link) as ConnectionChange['receiver'], // a link that lives has one
    thisArg: entry?.thisArg,
    uid: entry?.uid,
    senders: new ReadonlySetView(filter?.senders ?? []),
    keys: new ReadonlySetView(filter?.keys ?? []),
    weak,
    once,
    priority: priorityOf(link),
  };
}
