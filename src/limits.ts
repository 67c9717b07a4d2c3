import { ReceiverTimeoutError } from './errors.js';
import type { AbortSource } from './send-context.js';
import { Timer } from './timer.js';
import { nameOfReceiver, nameOfSignal } from './tokens.js';
import type { Receiver, SendContext } from './types.js';

/** What ends the wait for one receiver before it has settled. */
interface Watch {
  /** Calls back with the reason, once: time-out or abort, at once if aborted already. */
  onEnd(callback: (reason: unknown) => void): void;
  /** Nothing of this receiver's time is left behind. */
  stop(): void;
}

/** Runs a send under its limits: one listener on its abort signal, from its start to its end. */
export async function underLimits<T>(limits: Limits, run: () => Promise<T>): Promise<T> {
  limits.start();
  try {
    return await run();
  } finally {
    limits.release();
  }
}

/** The time of the receivers that have one context: of a serial send those up to a time-out, of any other all. */
class Turn implements AbortSource {
  readonly #limits: Limits;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get over(): boolean {
    return this.#reason !== undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#limits.aborted) this.#controller.abort(this.#limits.reason);
    else if (this.over) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  end(reason: unknown): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** The time limit and the abort signal of one send. */
export class Limits {
  readonly timeoutMs: number;
  readonly #abortSignal: AbortSignal | undefined;
  readonly #waiting = new Set<(reason: unknown) => void>();
  turn = new Turn(this);

  constructor(timeoutMs: number | undefined, abortSignal: AbortSignal | undefined) {
    this.timeoutMs = timeoutMs ?? Infinity;
    this.#abortSignal = abortSignal;
  }

  /** The send starts. One listener for all of its receivers, here and elsewhere, until `release`. */
  start(): void {
    if (this.aborted) this.#onAbort();
    else this.#abortSignal?.addEventListener('abort', this.#onAbort);
  }

  get aborted(): boolean {
    return this.#abortSignal?.aborted === true;
  }

  get reason(): unknown {
    const reason: unknown = this.#abortSignal?.reason;
    return reason;
  }

  /** Starts the time of one receiver, which is about to be called. */
  watch(receiver: Receiver, context: SendContext): Watch {
    const { turn } = this;
    let tell: ((reason: unknown) => void) | undefined;
    const timer = new Timer(this.timeoutMs, () => {
      const error = new ReceiverTimeoutError(nameOfReceiver(receiver), nameOfSignal(context.signal), this.timeoutMs);
      tell?.(error);
      turn.end(error);
    });
    return {
      onEnd: (callback) => {
        tell = callback;
        this.onAbort(callback);
      },
      stop: () => {
        timer.stop();
        if (tell !== undefined) this.#waiting.delete(tell);
      },
    };
  }

  /** Calls back with the reason when the send is aborted, at once if it has been. */
  onAbort(callback: (reason: unknown) => void): void {
    if (this.aborted) callback(this.reason);
    else this.#waiting.add(callback);
  }

  /** The next receiver of a serial send is not told of the time-out of the one before. @returns Whether there was one. */
  renew(): boolean {
    const { over } = this.turn;
    if (over) this.turn = new Turn(this);
    return over;
  }

  /** The send has settled: nothing of it stays on the abort signal. */
  release(): void {
    this.#abortSignal?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.turn.end(this.reason);
    for (const tell of [...this.#waiting]) tell(this.reason);
  };
}
