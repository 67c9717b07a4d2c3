import type { FarResult, SendContext, SendResult } from '../contract/signals.js';

/** What of a signal is heard: nothing, only sends that name a sender or a key, or all sends. */
export type Heard = 'nothing' | 'filtered' | 'everything';

/** One send, as it is passed on to receivers elsewhere. */
export interface FarSend {
  readonly kwargs: object;
  readonly senders: readonly unknown[];
  readonly keys: readonly unknown[];
  /** `emit` has no results and nobody waits for it; `serial` goes from place to place, and from receiver to receiver. */
  readonly kind: 'send' | 'serial' | 'emit';
  /** Results of the last place first, and each place's own results mirrored. */
  readonly reverse: boolean;
  /** What the sender gave. A place that does not answer at all is given up a little later, or after the transport's own limit. */
  readonly timeoutMs: number | undefined;
  /** Whether `abort` may be called. */
  readonly abortable: boolean;
  /** Names of error classes that are answers and not failures: not to be reported where they are thrown. */
  readonly expected: readonly string[];
  /** Of a serial send: asked after each result, in order; true stops before the next receiver. Never throws. */
  readonly until: ((result: FarResult) => boolean) | undefined;
}

/** One send, passed on. */
export interface FarCall {
  /**
   * Passes the send on. Called once, before the receivers here of a concurrent send, and after them (before them, in a
   * reverse one) of a serial send.
   *
   * @returns Resolves, never rejects, with the results in order (in the order of `reverse`, too): of a place that gave no
   * answer one rejected result, of a serial send behind those it had. undefined: nothing to wait for, as of an emit.
   */
  start(): Promise<readonly FarResult[]> | undefined;
  /** The send is aborted, before `start` or after: `start`'s promise resolves at once, what is open rejected with `reason`. */
  abort(reason: unknown): void;
}

/**
 * Receivers of a signal that live elsewhere: in other threads, or on other hosts. What a transport gives to
 * {@link SignalManager.attachFar}.
 */
export interface FarReceivers {
  /**
   * The names of the places (threads, nodes) that a send may reach now, as far as is known here, in the order of their
   * results.
   *
   * @param filtered - Whether the send names a sender or a key.
   * @param send - Those that it names, if they are known: what receivers here match may decide where it goes.
   */
  reach(filtered: boolean, send?: Pick<FarSend, 'senders' | 'keys'>): readonly string[];
  /**
   * Makes a send ready, and has no effect that anybody could see until it is started (it may never be).
   *
   * @returns undefined when it reaches no place.
   * @throws What is wrong with the kwargs; then nobody, here or elsewhere, is called.
   */
  prepare(send: FarSend): FarCall | undefined;
  /** What is heard here, or whether anybody is connected here, or any receiver, has changed. Called at once, in the call that changed it. */
  heard(heard: Heard): void;
}

/** A send that was made elsewhere, as it is delivered here. */
export interface FarDelivery {
  readonly kwargs: object;
  readonly senders?: readonly unknown[];
  readonly keys?: readonly unknown[];
  readonly reverse?: boolean;
  readonly timeoutMs?: number | undefined;
  readonly abortSignal?: AbortSignal | undefined;
  /** Names of error classes, compared with those of an error's prototypes, that are not reported to `onError`. */
  readonly expected?: readonly string[];
  readonly delivery?: SendContext['delivery'];
}

/** What {@link SignalManager.attachFar} gives to a transport. Disposing it detaches. */
export interface FarAttachment extends Disposable {
  /**
   * What receivers, waits and streams here hear of the signal: its own and those of ANY; a sticky signal hears everything.
   * Nothing while it is muted, or the manager is closed: a transport need not pass sends on then, and may let them wait.
   */
  readonly heard: Heard;
  /** Whether receivers, waits or streams of the signal, or of ANY, are connected here: something that waits for sends. */
  readonly attended: boolean;
  /** Whether receivers of the signal, or of ANY, are connected here that sends may call: none is muted, a wait or a stream. */
  readonly receiving: boolean;
  /** Whether such a send would call receivers here. */
  calls(send: Pick<FarSend, 'senders' | 'keys'>): boolean;
  /**
   * Calls the receivers here, and shows the send to waits and streams here, but passes nothing on to other places.
   * Resolves as `send` does; failures are reported to the manager's `onError` here.
   *
   * @returns Rejects with a TypeError for kwargs that the signal does not declare, with ManagerClosedError after `close`.
   */
  deliver(delivery: FarDelivery): Promise<SendResult[]>;
  /** The same, one receiver after the other; `until` may be asked elsewhere and so may be async. */
  deliverSerially(
    delivery: FarDelivery,
    until?: (result: SendResult) => boolean | PromiseLike<boolean>,
  ): Promise<SendResult[]>;
  /** The same, without results. What is thrown by `deliver` is reported to `onError` here. */
  deliverEmit(delivery: FarDelivery): void;
  /**
   * Tells the manager's `onError` of what went wrong between here and `place`: an emit that was dropped, no answer.
   *
   * @param send - What it is about; an error of a class that it expects is not reported.
   */
  report(error: unknown, place: string, send?: Partial<Pick<FarSend, 'senders' | 'expected'>>): void;
  /** Counts as one pending send, for `drain` and `close`, until what this returns is called: emits that wait to be passed on. */
  hold(name: string): () => void;
}
