import { processShared } from '../internal/process-shared.js';
import { WATCHED } from '../signals/tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { BusWork, Receiver, SendContext, SignalManager } from '../contract/signals.js';

/** One way to ask the parts of an app, and through them other threads and nodes, whether they are done. */
export interface Round {
  /**
   * How far to ask. With 2, peers are asked, and each asks its own peers before it answers; with 0 nobody is asked.
   *
   * Messages of one peer arrive in order. So a peer that has heard from its own peers knows that they have got all that it
   * had sent to them.
   */
  readonly hops: 0 | 1 | 2;
  /** Aborted when nobody waits for the outcome any more. */
  readonly abortSignal: AbortSignal;
}

/**
 * A part of an app, besides the manager itself, that `settled` of `signalbox/testing` waits for: a running bus, or the
 * threads or nodes that share signals.
 */
export interface Settling {
  /** Returns the names of what it has not done here. */
  undone(): readonly string[];
  /** Returns the names of the peers that have not answered, or do not give the same answer twice. */
  awaited?(): readonly string[];
  /**
   * Resolves when everything that it had to do is done, or the round is aborted. Never rejects.
   *
   * @returns A number that changes whenever it, or a peer that it asks, has made or received a send; 0 for a bus.
   */
  settle(round: Round): Promise<number>;
}

/**
 * The hook of a manager for watched work, at `[WATCHED]`. Copies of this library share managers, so a bus or a tool of
 * one copy may meet a manager of another. A minor version may add fields. None may be changed or removed before 2.0.
 */
export interface WatchHost {
  /** Reports an error of a watcher's method to `onError`. */
  report(error: unknown, method: Receiver, context: Pick<SendContext, 'signal' | 'sender'>): void;
  /** Whether any watcher has `onWork`. */
  readonly watchesWork: boolean;
  /** Shows bus work to the watchers. @returns What it is done within; undefined if all of them ignore it. */
  askWork(work: BusWork): WatchedWork | undefined;
  readonly settling: Set<Settling>;
  /** How many nested sends are calling receivers now. Missing in 1.0. */
  readonly calling?: number;
  /** The receivers that pending sends wait for. */
  running(): readonly { readonly name: unknown }[];
  /** Mutes all signals, later ones included, except for those of a set. Disposing unmutes them. */
  muteExcept(except: ReadonlySet<SignalToken>): Disposable;
  /**
   * Sets whether another manager stands in for this one as the shared manager. Must be called while this one is the shared
   * manager. The Signals then look up their manager at each send.
   */
  setReplaced(replaced: boolean): void;
}

/** The watch of one piece of bus work. */
export interface WatchedWork {
  run<T>(work: () => T): T;
  end(...failure: [failure?: { readonly error: unknown }]): void;
}

/** Returns what a manager of any copy of this library has for buses and tools. */
export function watchHostOf(manager: SignalManager): WatchHost | undefined {
  return (manager as { readonly [WATCHED]?: WatchHost })[WATCHED];
}

/**
 * The managers that stand in for the shared one, for all copies of this major version: the last one is in force. Changed by
 * `isolateSharedManager` of `signalbox/testing`.
 */
export const isolations = processShared<SignalManager[]>('isolations', () => []);
