import { type SendResult, type Signal, failures } from '../index.js';
import { handedOutController, whenAborted } from '../internal/abort.js';
import { PendingWork } from '../internal/pending-work.js';
import type { Running } from './running.js';
import { errorsThat, receiverNameOf, stageFor } from './stage.js';
import type { ResourceContext } from './types.js';

export type Opener = (context: ResourceContext) => Promise<void>;

/** An opener that failed. */
export interface FailedOpening {
  readonly resource: string;
  readonly cause: unknown;
}

/** Calls the openers. */
export class Opening {
  readonly #serverStart: Signal<ResourceContext>;
  /** The signals to send: `serverStart`, and one for each opener that came too late for it. */
  readonly #stages: Signal<ResourceContext>[];
  readonly #running: Running;
  readonly #pending = new PendingWork();
  /** Aborted when no opener is to be called any more. */
  readonly #ended = new AbortController();

  constructor(serverStart: Signal<ResourceContext>, running: Running) {
    this.#serverStart = serverStart;
    this.#running = running;
    this.#stages = [serverStart];
  }

  /** Aborted when no opener is called any more. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  end(cause?: unknown): void {
    this.#ended.abort(cause);
  }

  /** Has an opener called by the start, which has not begun. The abort disconnects it if it was not called. */
  addBefore(opener: Opener): void {
    this.#serverStart.connect(opener, { sender: this.#running.sender, once: true, abortSignal: this.ended });
  }

  /** Has an opener called by the start, which is under way. */
  addDuring(opener: Opener): void {
    this.#stages.push(stageFor(this.#serverStart, opener, this.ended));
  }

  /**
   * Calls an opener now.
   *
   * @param opened - Settles when it has been opened or refused.
   * @returns Its failure, if it fails.
   */
  openNow(opener: Opener, opened: Promise<unknown>): Promise<FailedOpening | undefined> {
    const { abortSignal, keep } = this.#untilKept();
    opened.then(keep, keep); // before the caller of `add` goes on, who may stop at once
    return this.#open(stageFor(this.#serverStart, opener, this.ended), abortSignal);
  }

  /**
   * Calls all openers, one after the other, until one fails or `end` is called.
   *
   * @param onOpen - Called when all are open, in the same turn, so that no opener is added in between.
   */
  async openAll(onOpen: () => void): Promise<FailedOpening | undefined> {
    const { abortSignal, keep } = this.#untilKept();
    for (const stage of this.#stages) {
      const failure = await this.#open(stage, abortSignal);
      if (failure !== undefined || this.ended.aborted) return failure;
    }
    keep();
    onOpen();
    return undefined;
  }

  /** Resolves when no opener is running. */
  whenIdle(): Promise<void> {
    return this.#pending.whenIdle();
  }

  /**
   * Returns an abort signal for openers, which may use it for as long as the resource is open. It is aborted by `end`,
   * unless `keep` is called before.
   */
  #untilKept(): { readonly abortSignal: AbortSignal; readonly keep: () => void } {
    const controller = handedOutController();
    const keep = whenAborted(this.ended, () => controller.abort(this.ended.reason));
    return { abortSignal: controller.signal, keep };
  }

  async #open(stage: Signal<ResourceContext>, abortSignal: AbortSignal): Promise<FailedOpening | undefined> {
    const { ended } = this;
    const options = {
      sender: this.#running.sender,
      until: ({ status }: SendResult) => status === 'rejected' || ended.aborted,
      // The caller of `start` or `add` gets the error, except for one that comes later. The reason of the abort is no news.
      expected: [errorsThat((error) => !ended.aborted || error === ended.reason)],
    };
    this.#pending.begin();
    try {
      const results = await this.#running.during(stage, () => stage.sendSerial({ abortSignal }, options));
      const [failure] = failures(results);
      return failure && { resource: receiverNameOf(failure), cause: failure.reason };
    } finally {
      this.#pending.end();
    }
  }
}
