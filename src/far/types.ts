import type { DeliveredOptions, FarSend, Heard } from '../send/far-hook.js';
import type { SendContext, SendResult, TraceParent } from '../contract/signals.js';

/** A send of another thread or node, as a transport delivers it to the local receivers. */
export interface FarDelivery extends DeliveredOptions {
  /** The kwargs that the local receivers get, as they are. */
  readonly kwargs: object;
  /** The verb of the sender. Default: `'send'`, `'serial'` or `'emit'`, as the method that delivers it says. */
  readonly kind?: FarSend['kind'] | undefined;
  /** The trace that came with the send. An invalid one counts as absent. */
  readonly trace?: TraceParent | undefined;
  /** Made by the transport, which aborts it when the sender has aborted the send. */
  readonly abortSignal?: AbortSignal | undefined;
  /** For a durable send: the `delivery` of the local receivers' context. */
  readonly delivery?: SendContext['delivery'];
}

/** The attachment that {@link attachFar} returns to a transport. Disposing it detaches. */
export interface FarAttachment extends Disposable {
  /**
   * Which sends the local receivers, waits and streams hear: those of the signal and those of ANY. A sticky signal hears
   * everything. `'nothing'` while the signal is muted or the manager is closed: a transport may then hold sends back or
   * drop them.
   */
  readonly heard: Heard;
  /** Whether receivers, waits or streams of the signal, or of ANY, are connected here. */
  readonly attended: boolean;
  /** Whether receivers of the signal, or of ANY, are connected here that a send may call: waits, streams and muted ones do not count. */
  readonly receiving: boolean;
  /**
   * Whether somebody asks to be called back when any thread or node begins or ceases to hear the signal, as `fromEmitter` of
   * `signalbox/interop` does. A transport must then call `reachChanged`.
   */
  readonly followed: boolean;
  /** Must be called when `reach` of the transport may return something else. Does nothing unless `followed`. */
  reachChanged(): void;
  /** Whether such a send would call local receivers. */
  calls(send: Pick<FarSend, 'senders' | 'keys'>): boolean;
  /**
   * Calls the local receivers, and shows the send to local waits and streams, but passes nothing on.
   * Resolves as `send` does; failures are reported to the local manager's `onError`.
   *
   * @returns Rejects with a TypeError for kwargs that the signal does not declare, with ManagerClosedError after `close`.
   */
  deliver(delivery: FarDelivery): Promise<SendResult[]>;
  /** The same, one receiver after the other; `until` may be async, because the sender may have to be asked. */
  deliverSerially(
    delivery: FarDelivery,
    until?: (result: SendResult) => boolean | PromiseLike<boolean>,
  ): Promise<SendResult[]>;
  /** The same, without results. Errors that `deliver` rejects with are reported to the local `onError`. */
  deliverEmit(delivery: FarDelivery): void;
  /**
   * Reports to the manager's `onError` what went wrong on the way to a thread or node: a dropped emit, no answer.
   *
   * @param name - The thread or node.
   * @param send - The send that failed; an error of a class that it expects is not reported.
   */
  report(error: unknown, name: string, send?: Partial<FarDelivery>): void;
  /** Counts as one pending send, for `drain` and `close`, until what this returns is called: emits that are not passed on yet. */
  hold(name: string): () => void;
}
