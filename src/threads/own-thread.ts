import type { SignalManager } from '../index.js';
import type { ThreadRequests } from './calls.js';
import type { Emit } from './emit-outbox.js';
import type { RoutedMessage } from './messages.js';
import type { Roster } from './roster.js';
import type { Shares } from './shares.js';

/** Sends messages to other threads: through the hub, or, in the hub, on a line to each thread. */
export interface Routes {
  post(message: RoutedMessage): void;
  emit(emit: Emit): void;
  /** Reads the news of all workers that the hub has admitted so far. */
  catchUp(): void;
  /** Called when `kept` changes, with its new value. Lines that are made later read `kept`. */
  keep(kept: boolean): void;
}

/** This thread, for the sends and connections that it exchanges with other threads. */
export interface OwnThread {
  readonly manager: SignalManager;
  readonly timeoutMs: number;
  readonly roster: Roster;
  readonly shares: Shares;
  readonly calls: ThreadRequests;
  readonly id: number;
  readonly name: string;
  readonly closed: boolean;
  /** How many sends this thread has made to other threads, and received from them. */
  sends: number;
  post(message: RoutedMessage): void;
}
