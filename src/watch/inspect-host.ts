import type { SignalToken } from '../contract/options.js';
import type { Connection, ConnectionChange, Receiver } from '../contract/signals.js';

/** One connection, as the reports of connections describe it. */
export type ConnectionFacts = Omit<ConnectionChange, 'manager' | 'connection'>;

/** A receiver of one signal. `filtered`: all its connections there have a sender or a key. */
export interface ConnectedReceiver {
  readonly receiver: Receiver;
  readonly filtered: boolean;
}

/** Told of each connection, like a receiver of the meta signals, but without being connected. Must not throw. */
export interface ConnectionListener {
  connected(facts: ConnectionFacts, connection: Connection): void;
  /** @param usedUp - Whether it was a once connection whose call is next. */
  disconnected(facts: ConnectionFacts, connection: Connection, usedUp?: boolean): void;
}

/**
 * The hook of a manager for inspectors, at `[INSPECTED]`. Copies of this library share managers, so an inspector of one
 * copy may meet a manager of another. A minor version may add fields. None may be changed or removed before 2.0.
 */
export interface InspectHost {
  /** The receivers of the signal itself, without those of ANY, muted or not, in the order of the calls. */
  connected(signal: SignalToken): readonly ConnectedReceiver[];
  /** The connections of the signal itself, in the order of the calls. */
  connections(signal: SignalToken): readonly ConnectionFacts[];
  /** @returns A function that ends the listening. */
  follow(listener: ConnectionListener): () => void;
  isMuted(signal: SignalToken): boolean;
  /** The signals that other threads and nodes hear, with the names of these. */
  peers(): readonly { readonly signal: SignalToken; readonly names: readonly string[] }[];
}
