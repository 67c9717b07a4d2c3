import { checkAbortSignal, checkFunction } from '../internal/check.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { LastSend } from '../send/sticky-send.js';
import type { SignalToken } from '../contract/options.js';
import type { Receiver, SendContext, StreamOptions } from '../contract/signals.js';
import { whenAborted } from '../internal/abort.js';

/** The part of a manager that waits and streams use. */
export interface ObserverHost {
  /** Throws if the manager is closed. */
  checkOpen(): void;
  /** Calls `see` with every send that the routing matches, until the returned function is called. */
  observe(signal: SignalToken, routing: ParsedFilter | undefined, see: Receiver<object, void>): () => void;
  /** Calls back when the manager closes, unless the returned function has been called. */
  onClose(callback: (error: Error) => void): () => void;
  /** Returns the send that a sticky signal keeps, unless it is muted. */
  lastSend(signal: SignalToken): LastSend | undefined;
  /** Whether it is one of the signals that ANY leaves out: RECEIVER_CONNECTED and RECEIVER_DISCONNECTED. */
  isMeta(signal: SignalToken): boolean;
}

type Where = ((kwargs: never, context: SendContext) => boolean) | undefined;

export function checkObservation({ where, abortSignal }: Pick<StreamOptions<never>, 'where' | 'abortSignal'>): void {
  if (where !== undefined) checkFunction(where, 'where');
  checkAbortSignal(abortSignal);
}

/**
 * Watches the sends of signals until its owner stops it, on an abort or when the manager closes, for example. Then
 * nothing stays connected.
 */
export class Observation {
  readonly #stops: (() => void)[] = [];
  /** Handles one send. */
  readonly #see: (kwargs: object, context: SendContext) => void;

  constructor(
    host: ObserverHost,
    signals: readonly SignalToken[],
    routing: ParsedFilter | undefined,
    { where, abortSignal }: { readonly where?: Where; readonly abortSignal?: AbortSignal | undefined },
    told: {
      onSend(kwargs: object, context: SendContext): void;
      /** The condition has thrown. */
      onError(error: unknown): void;
      /** Nothing more is to come. @param reason - That of the abort, or the error of the close. */
      onOver(reason: unknown): void;
    },
  ) {
    this.#see = (kwargs, context) => {
      try {
        if (where === undefined || where(kwargs as never, context)) told.onSend(kwargs, context);
      } catch (error) {
        told.onError(error);
      }
    };
    // A loop, because a closure that refers to `routing` would make `#see` keep the senders alive.
    for (const signal of signals) this.#stops.push(host.observe(signal, routing, this.#see));
    this.#stops.push(
      host.onClose((error) => {
        told.onOver(error);
      }),
    );
    if (abortSignal !== undefined) {
      this.#stops.push(
        whenAborted(abortSignal, () => {
          told.onOver(abortSignal.reason);
        }),
      );
    }
  }

  /**
   * Handles the sends that sticky signals keep, until it is stopped. It must be called when everything else is ready: a
   * `where` may send, abort or close.
   */
  seeKept(host: ObserverHost, signals: readonly SignalToken[], routing: ParsedFilter | undefined): void {
    for (const signal of signals) {
      const last = this.#stops.length === 0 ? undefined : host.lastSend(signal);
      if (last?.matches(routing) === true) this.#see(last.kwargs, last.context);
    }
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
