import { checkAbortSignal, checkFunction } from '../internal/check.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { LastSend } from '../send/sticky-send.js';
import type { SignalToken } from '../contract/options.js';
import type { Receiver, SendContext } from '../contract/signals.js';
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

/** The owner of an observation. */
interface ObservationOwner {
  onSend(kwargs: object, context: SendContext): void;
  /** The condition has thrown. */
  onError(error: unknown): void;
  /** Nothing more is to come. @param reason - That of the abort, or the error of the close. */
  onOver(reason: unknown): void;
}

export function checkObservation(where: unknown, abortSignal: unknown): void {
  if (where !== undefined) checkFunction(where, 'where');
  checkAbortSignal(abortSignal);
}

/**
 * Watches the sends of signals until its owner stops it, on an abort or when the manager closes, for example. Then
 * nothing stays connected.
 */
export class Observation {
  readonly #host: ObserverHost;
  readonly #signals: readonly SignalToken[];
  /** Handles one send. */
  readonly #see: (kwargs: object, context: SendContext) => void;
  readonly #told: ObservationOwner;
  readonly #abortSignal: AbortSignal | undefined;
  readonly #stops: (() => void)[] = [];
  #stopped = false;

  constructor(
    host: ObserverHost,
    signals: readonly SignalToken[],
    where: Where,
    abortSignal: AbortSignal | undefined,
    told: ObservationOwner,
  ) {
    this.#host = host;
    this.#signals = signals;
    this.#abortSignal = abortSignal;
    this.#told = told;
    this.#see = (kwargs, context) => {
      try {
        if (where === undefined || where(kwargs as never, context)) told.onSend(kwargs, context);
      } catch (error) {
        told.onError(error);
      }
    };
  }

  /**
   * Connects. It must be called when its owner is ready for a send, an abort and the close: a transport that is told may
   * deliver at once.
   *
   * @param routing - Not a field, which would keep the senders alive.
   */
  begin(routing: ParsedFilter | undefined): void {
    const abortSignal = this.#abortSignal;
    const end = (reason: unknown): void => {
      this.#told.onOver(reason);
    };
    this.#until(this.#host.onClose(end));
    if (abortSignal !== undefined) {
      this.#until(
        whenAborted(abortSignal, () => {
          end(abortSignal.reason);
        }),
      );
    }
    for (const signal of this.#signals) {
      if (!this.#stopped) this.#until(this.#host.observe(signal, routing, this.#see));
    }
  }

  /** Handles the sends that sticky signals keep, until it is stopped: a `where` may send, abort or close. */
  seeKept(routing: ParsedFilter | undefined): void {
    for (const signal of this.#signals) {
      const last = this.#stopped ? undefined : this.#host.lastSend(signal);
      if (last?.matches(routing) === true) this.#see(last.kwargs, last.context);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Calls `stop` when this is stopped, which it may be already. */
  #until(stop: () => void): void {
    if (this.#stopped) stop();
    else this.#stops.push(stop);
  }
}
