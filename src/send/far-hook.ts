import type { PendingSends } from '../dispatch/pending-sends.js';
import { argumentError } from '../internal/check.js';
import { checkManager } from '../signals/check-signal.js';
import { FAR } from '../signals/tokens.js';
import type { CrossingOptions } from './options.js';
import type { SendOptions, SignalToken } from '../contract/options.js';
import type {
  Explanation,
  FarResult,
  Receiver,
  SendContext,
  SendResult,
  SerialOptions,
  SignalManager,
  TraceParent,
} from '../contract/signals.js';

// How a manager and `far/` know each other. Copies of this library share managers, so a manager of one copy may meet the
// `far/` of another. A minor version may add fields. None may be changed or removed before 2.0.

/** Which sends of a signal have receivers: none, only those that name a sender or a key, or all. */
export type Heard = 'nothing' | 'filtered' | 'everything';

/** One send, as it is passed on to other threads or nodes. */
export interface FarSend extends CrossingOptions {
  /** The kwargs that the local receivers get, not yet encoded. */
  readonly kwargs: object;
  /** `emit` has no results; `serial` calls one thread or node after the other, and one receiver after the other. */
  readonly kind: 'send' | 'serial' | 'emit';
  /** The trace that travels with the send. */
  readonly trace?: TraceParent | undefined;
  /** May be called with each result as soon as it has arrived. Results that it is not called with count as soon as `start` has settled. Never throws. */
  readonly onResult?: ((result: FarResult) => void) | undefined;
}

/** The options that the receiving side of a send has. It makes the abort signal itself, and asks the sender for `until`. */
export type DeliveredOptions = Partial<Omit<CrossingOptions, 'abortable' | 'until'>>;

/** One send, passed on. */
export interface FarCall {
  /**
   * Passes the send on. Called once: before the local receivers of a concurrent send, and after them (before them, in a
   * reverse one) of a serial send.
   *
   * @returns Resolves with the results in order, also in that of `reverse`, and never rejects. A thread or node that gave
   * no answer has one rejected result, in a serial send behind those it had. undefined: nothing to wait for, as of an emit.
   */
  start(): Promise<readonly FarResult[]> | undefined;
  /** The send is aborted, before `start` or after: `start`'s promise resolves at once, what is pending rejected with `reason`. */
  abort(reason: unknown): void;
  /**
   * Asks all threads and nodes that have not been asked at once, now or from `start` on. `until` is false from then on.
   * Without it, a serial send goes on as before.
   */
  hurry?(): void;
}

/** The receivers of a signal in other threads, or on other hosts. A transport gives them to `attachFar`. */
export interface FarReceivers {
  /**
   * The names of the threads or nodes that a send may reach now, as far as is known here, in the order of their results.
   *
   * @param filtered - Whether the send names a sender or a key.
   * @param send - Those that it names, if they are known: the local receivers that match may decide where it goes.
   */
  reach(filtered: boolean, send?: Pick<FarSend, 'senders' | 'keys'>): readonly string[];
  /**
   * Prepares a send. Has no visible effect before the send is started, which may never happen.
   *
   * @returns undefined when it reaches no thread and no node.
   * @throws The error of bad kwargs. Then no receiver is called, here or remotely.
   */
  prepare(send: FarSend): FarCall | undefined;
  /** Called synchronously when the local audience changes: `heard`, or whether any receiver, wait or stream is connected. */
  heard(heard: Heard): void;
  /** Whether sends are stored for receivers that take them later, so that `reach` names no thread or node. Default: false. */
  readonly stores?: boolean | undefined;
}

/** A result of a local receiver, or of one in another thread or node. */
export type AnyResult = SendResult | FarResult;

type FarUntil = NonNullable<SerialOptions<unknown>['until']>;

/** Calls the local receivers of a send; `home` counts those that are pending. */
export type CallHere<T> = (home: PendingSends, until?: FarUntil) => T;

/** The rest of what the manager knows of a send that is passed on. */
export interface SendHere {
  /** Counts the pending sends of the manager. */
  readonly home: PendingSends;
  readonly context: Pick<SendContext, 'signal'>;
  readonly limits: { onAbort(callback: (reason: unknown) => void): void } | undefined;
  readonly until: FarUntil | undefined;
  readonly hurrySignal?: AbortSignal | undefined;
  /** Called with each remote result; undefined if nobody watches the send. */
  readonly onResult?: ((result: FarResult) => void) | undefined;
}

/** A send that has local receivers and remote ones, whose calls it puts in order. */
export interface FarPart {
  emit(callHere: CallHere<void>): void;
  send(callHere: CallHere<Promise<AnyResult[]>>): Promise<AnyResult[]>;
  sendSerially(callHere: CallHere<Promise<AnyResult[]>>): Promise<AnyResult[]>;
}

/** The part of an attached transport that a signal keeps. */
export interface FarSide extends Pick<FarReceivers, 'reach' | 'prepare' | 'stores'> {
  /**
   * Prepares a send for all sides of the signal, of which this is the first.
   *
   * @returns undefined when the send reaches local receivers only.
   * @throws The error of bad kwargs. Then no receiver is called.
   */
  begin(sides: readonly FarSide[], send: Omit<FarSend, 'until' | 'onResult'>, here: SendHere): FarPart | undefined;
  explain(filter: Pick<FarSend, 'senders' | 'keys'> | undefined, muted: boolean): Explanation[];
  /** Called when receivers, waits or streams have come or gone, or have been muted. */
  audienceChanged(): void;
}

/** Whether and how a signal is heard in this manager. See `FarAttachment`. */
export interface Audience {
  readonly heard: Heard;
  readonly attended: boolean;
  readonly receiving: boolean;
  readonly followed: boolean;
}

/** A send of another thread or node, as the manager reads it. */
export interface DeliveredSend extends SendOptions {
  readonly kwargs: object;
  /** The verb of the sender. Default: that of the call that delivers it. */
  readonly kind?: FarSend['kind'] | undefined;
  /** The trace that came with it. An invalid one counts as absent. */
  readonly trace?: TraceParent | undefined;
  readonly delivery?: SendContext['delivery'];
}

/** The hook of a manager for transports, at `[FAR]`. */
export interface FarHost {
  readonly closed: boolean;
  /** Throws if the manager is closed. */
  checkOpen(): void;
  /** Calls back when the manager closes. @returns What ends that. */
  onClose(callback: (error: Error) => void): () => void;
  /** @returns A function that detaches the side. @throws For anything that is not one signal, and after `close()`. */
  attach(signal: SignalToken, side: FarSide): () => void;
  audience(signal: SignalToken): Audience;
  /**
   * Calls back synchronously when `isHeard` may have changed, until the returned function is called. The callback must not
   * throw. @throws As `attach` does.
   */
  follow(signal: SignalToken, changed: () => void): () => void;
  /** Whether a send would reach a local receiver, wait or stream, or another thread or node. False while muted or closed. */
  isHeard(signal: SignalToken): boolean;
  /** Must be called when `reach` of a side may return something else. */
  reachChanged(signal: SignalToken): void;
  /** Whether a send with this filter would call local receivers. */
  calls(signal: SignalToken, filter: Pick<FarSend, 'senders' | 'keys'>): boolean;
  /** Sends to the local receivers only. @throws For what cannot be sent. */
  deliver(signal: SignalToken, send: DeliveredSend): Promise<SendResult[]>;
  deliverSerially(
    signal: SignalToken,
    send: DeliveredSend,
    until: ((result: SendResult) => boolean | PromiseLike<boolean>) | undefined,
  ): Promise<SendResult[]>;
  deliverEmit(signal: SignalToken, send: DeliveredSend): void;
  /** Reports a failure of a send, unless its options exclude it. */
  report(
    error: unknown,
    receiver: Receiver,
    context: { readonly signal: SignalToken; readonly sender: unknown },
    options: SendOptions | undefined,
  ): void;
  /** Counts as one pending send of this name until what it returns is called. */
  hold(name: string): () => void;
}

/** Returns what a manager of any copy of this library has for transports. */
export function farHostOf(manager: SignalManager): FarHost {
  checkManager(manager);
  const host = (manager as { readonly [FAR]?: FarHost })[FAR];
  if (host === undefined) throw argumentError('manager', 'a SignalManager', manager);
  return host;
}
