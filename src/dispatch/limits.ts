import { ReceiverTimeoutError } from '../signals/errors.js';
import type { AbortSource } from '../signals/context.js';
import { Timer } from '../internal/timer.js';
import { nameOfSignal } from '../signals/tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { Receiver } from '../contract/signals.js';
import { handedOutController, whenAborted } from '../internal/abort.js';
import { nameOfReceiver } from '../internal/printing.js';

/** Runs a send under its limits, from its start to its end. */
export async function underLimits<T>(limits: Limits, run: () => Promise<T>): Promise<T> {
  limits.start();
  try {
    return await run();
  } finally {
    limits.release();
  }
}

/** The time limit and the abort signal of one send. */
export class Limits {
  readonly timeoutMs: number;
  /** Cleared when the send ends without an abort, because a later abort does not concern this send. */
  #abortSignal: AbortSignal | undefined;
  readonly #callbacks = new Set<(reason: unknown) => void>();
  #unlisten: (() => void) | undefined;

  constructor(timeoutMs: number | undefined, abortSignal: AbortSignal | undefined) {
    this.timeoutMs = timeoutMs ?? Infinity;
    this.#abortSignal = abortSignal;
  }

  start(): void {
    if (this.aborted) this.#onAbort();
    else if (this.#abortSignal !== undefined) this.#unlisten = whenAborted(this.#abortSignal, this.#onAbort);
  }

  get aborted(): boolean {
    return this.#abortSignal?.aborted === true;
  }

  get reason(): unknown {
    const reason: unknown = this.#abortSignal?.reason;
    return reason;
  }

  /** Calls back with the reason when the send is aborted: at once if it is aborted already, never after its end. */
  onAbort(callback: (reason: unknown) => void): void {
    if (this.aborted) callback(this.reason);
    else if (this.#abortSignal !== undefined) this.#callbacks.add(callback);
  }

  offAbort(callback: (reason: unknown) => void): void {
    this.#callbacks.delete(callback);
  }

  /** Removes everything from the abort signal, after the send has settled. */
  release(): void {
    this.#unlisten?.();
    this.#callbacks.clear();
    if (!this.aborted) this.#abortSignal = undefined;
  }

  readonly #onAbort = (): void => {
    for (const callback of this.#callbacks) callback(this.reason);
  };
}

/** Why the send stops waiting for a receiver. */
export interface Ended {
  readonly reason: unknown;
  /** The error of a time-out. Its stack is that of the timer. */
  readonly late?: ReceiverTimeoutError;
}

/** Makes the abort signal of a context when it is first read. It is aborted with the send. */
export class ContextSignal implements AbortSource {
  protected readonly limits: Limits;
  #controller: AbortController | undefined;
  protected ended: Ended | undefined;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = (this.#controller = handedOutController());
      if (this.ended !== undefined) controller.abort(this.ended.reason);
      else this.limits.onAbort((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  protected end(ended: Ended): void {
    this.ended = ended;
    this.#controller?.abort(ended.reason);
  }
}

/** The call of one receiver. The time limit of the send starts here. */
export class Turn extends ContextSignal {
  readonly #timer: Timer;
  #onEnd: ((ended: Ended) => void) | undefined;

  constructor(limits: Limits, receiver: Receiver, signal: SignalToken) {
    super(limits);
    this.#timer = new Timer(limits.timeoutMs, () => {
      const late = new ReceiverTimeoutError(nameOfReceiver(receiver), nameOfSignal(signal), limits.timeoutMs);
      const ended = { reason: late, late };
      this.#onEnd?.(ended);
      this.end(ended);
    });
  }

  /** Calls back when the send stops waiting for the receiver, on a time-out or an abort. */
  onEnd(callback: (ended: Ended) => void): void {
    this.#onEnd = callback;
    if (this.ended !== undefined) callback(this.ended);
    else this.limits.onAbort(this.#onAbort);
  }

  /** Stops the timer and removes the abort callback. */
  stop(): void {
    this.#timer.stop();
    this.limits.offAbort(this.#onAbort);
  }

  readonly #onAbort = (reason: unknown): void => {
    this.stop();
    this.#onEnd?.({ reason });
  };
}
