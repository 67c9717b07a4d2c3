import { checkAbortSignal, checkFunction } from '../internal/check.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { LastSend } from '../send/sticky-send.js';
import type { Receiver, SendContext, SignalToken, StreamOptions } from '../contract/signals.js';
import { whenAborted } from '../internal/abort.js';

/** What waits and streams need of their manager. */
export interface ObserverHost {
  /** Throws when the manager is closed. */
  checkOpen(): void;
  /** Calls `see` with every send that the routing matches, until the function it returns is called. */
  observe(signal: SignalToken, routing: ParsedFilter | undefined, see: Receiver<object, void>): () => void;
  /** Calls back when the manager closes, until the function it returns is called. */
  onClose(callback: (error: Error) => void): () => void;
  /** The send that a sticky signal keeps. */
  lastSend(signal: SignalToken): LastSend | undefined;
}

type Where = ((kwargs: never, context: SendContext) => boolean) | undefined;

export function checkObservation({ where, abortSignal }: Pick<StreamOptions<never>, 'where' | 'abortSignal'>): void {
  if (where !== undefined) checkFunction(where, 'where');
  checkAbortSignal(abortSignal);
}

/**
 * Watches the sends of signals until it is stopped: by its owner, by an abort, or by the manager's close.
 * Then nothing of it is left.
 */
export class Observation {
  readonly #stops: (() => void)[] = [];
  /** Takes one send. */
  readonly see: (kwargs: object, context: SendContext) => void;

  constructor(
    host: ObserverHost,
    signals: readonly SignalToken[],
    routing: ParsedFilter | undefined,
    { where, abortSignal }: { readonly where?: Where; readonly abortSignal?: AbortSignal | undefined },
    told: {
      onSend(kwargs: object, context: SendContext): void;
      onError(error: unknown): void;
      onAbort(reason: unknown): void;
      onClose(error: Error): void;
    },
  ) {
    const onAbort = (): void => {
      told.onAbort(abortSignal?.reason);
    };
    this.see = (kwargs, context) => {
      try {
        if (where === undefined || where(kwargs as never, context)) told.onSend(kwargs, context);
      } catch (error) {
        told.onError(error);
      }
    };
    // A loop: a function in here that refers to `routing` would have `see` keep its senders alive.
    for (const signal of signals) this.#stops.push(host.observe(signal, routing, this.see));
    this.#stops.push(
      host.onClose((error) => {
        told.onClose(error);
      }),
    );
    if (abortSignal !== undefined) this.#stops.push(whenAborted(abortSignal, onAbort));
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
