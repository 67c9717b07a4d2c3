import { ANY, type Receiver, type SendResult, type Signal, failures, values } from '../index.js';
import { handedOutController } from '../internal/abort.js';
import { Timer } from '../internal/timer.js';
import { StopTimeoutError } from './errors.js';
import type { Running } from './running.js';
import type { Settings } from './settings.js';
import { errorsThat, receiverNameOf, stageFor } from './stage.js';
import type { ResourceContext } from './types.js';

interface StopKwargs extends ResourceContext {
  readonly reason: string;
}

export type Closer = (stop: StopKwargs) => unknown;

/** The outcome of a stop. */
export interface Outcome {
  /** The names of the closers, in the order of their calls. */
  readonly closed: readonly string[];
  /** The errors of the closers, and a StopTimeoutError if closers still run. */
  readonly failures: readonly unknown[];
  /** @throws StopTimeoutError or ReceiversFailedError */
  check(): void;
}

/** Calls the closers, and keeps the time of the stop. */
export class Closing {
  readonly #serverStop: Signal<StopKwargs>;
  readonly #running: Running;
  readonly #settings: Settings;
  /** Aborted after `stopTimeoutMs`. */
  readonly #late = handedOutController();
  /** Aborted `killAfterMs` later. */
  readonly #over = new AbortController();
  #timer: Timer | undefined;
  /** One send of `server_stop`, and one for each closer that came too late for it. */
  readonly #sends: Promise<SendResult[]>[] = [];
  /** The receivers that these sends have called, in the order of their calls. */
  readonly #called: Receiver[] = [];
  /** The receivers of ANY. They are called as well, but they close nothing. */
  readonly #watching = new Set<Receiver>();
  #reason: string | undefined;

  constructor(serverStop: Signal<StopKwargs>, running: Running, settings: Settings) {
    this.#serverStop = serverStop;
    this.#running = running;
    this.#settings = settings;
  }

  /** Aborted when the stop has taken `stopTimeoutMs`. */
  get late(): AbortSignal {
    return this.#late.signal;
  }

  /** Aborted when nothing is waited for any more. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  startClock(): void {
    const { stopTimeoutMs, killAfterMs } = this.#settings;
    this.#timer = new Timer(stopTimeoutMs, () => {
      this.#late.abort();
      // Started here, so that the closers called now have this time even if the process was busy.
      this.#timer = new Timer(killAfterMs, () => this.#over.abort());
    });
  }

  stopClock(): void {
    this.#timer?.stop();
  }

  /**
   * Has a closer called by the stop, or at once if that has begun to call closers.
   *
   * @returns Rejects if the manager is closing and refuses the closer. It is called here then, because nothing else would.
   */
  async add(closer: Closer): Promise<void> {
    const reason = this.#reason;
    try {
      if (reason === undefined) this.#serverStop.connect(closer, { sender: this.#running.sender, once: true });
      else this.#sends.push(this.#send(stageFor(this.#serverStop, closer), reason));
    } catch (error) {
      await closer({ reason: reason ?? 'the manager is closing', abortSignal: this.late });
      throw error;
    }
  }

  /** Calls all closers. Resolves when all have settled, or nothing is waited for any more. */
  async closeAll(reason: string): Promise<Outcome> {
    this.#reason = reason;
    this.#sends.push(this.#send(this.#serverStop, reason));
    const results: SendResult[] = [];
    for (const send of this.#sends) results.push(...(await send));
    return this.#outcomeOf(this.#inOrderOfCalls(results));
  }

  #send(signal: Signal<StopKwargs>, reason: string): Promise<SendResult[]> {
    const { late, over } = this;
    for (const receiver of this.#settings.manager.receivers(ANY)) this.#watching.add(receiver);
    const options = {
      sender: this.#running.sender,
      reverse: true,
      hurrySignal: late,
      // A resource that opens when all is over is closed, but nothing waits for that.
      abortSignal: over.aborted ? undefined : over,
      expected: [errorsThat((error) => this.#isOver(error))],
    };
    return this.#running.during(signal, () => signal.sendSerial({ reason, abortSignal: late }, options), this.#called);
  }

  /** Sorts the results of all sends, which overlap. */
  #inOrderOfCalls(results: readonly SendResult[]): SendResult[] {
    let last = -1;
    const numbered = results.map((result) => {
      const call = this.#called.indexOf(result.receiver);
      if (call >= 0) last = call;
      return { result, call: last }; // a remote receiver has no call here, and stays behind the one before it
    });
    return numbered.sort((a, b) => a.call - b.call).map(({ result }) => result);
  }

  #outcomeOf(results: SendResult[]): Outcome {
    const { stopTimeoutMs, killAfterMs } = this.#settings;
    const ofClosers = results.filter(({ receiver }) => !this.#watching.has(receiver));
    // Whatever still runs has held up the stop, so it is named even if it closes nothing.
    const running = failures(results).filter(({ reason }) => this.#isOver(reason));
    const pending = running.map(receiverNameOf);
    const errors = failures(ofClosers)
      .map(({ reason }) => reason)
      .filter((reason) => !this.#isOver(reason));
    const timeout = pending.length > 0 ? new StopTimeoutError(pending, stopTimeoutMs, killAfterMs) : undefined;
    return {
      closed: ofClosers.map(receiverNameOf),
      failures: timeout === undefined ? errors : [...errors, timeout],
      check: () => {
        if (timeout !== undefined) throw timeout;
        values(ofClosers);
      },
    };
  }

  /** Whether a result stands for a closer that still runs. */
  #isOver(reason: unknown): boolean {
    return this.over.aborted && reason === this.over.reason;
  }
}
