import { type SendResult, type Signal, failures } from '../index.js';
import { handedOutController } from '../internal/abort.js';
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
  readonly #ended = handedOutController();

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
    this.#stages.push(stageFor(this.#serverStart, opener));
  }

  /** Calls an opener now. @returns Its failure, if it fails. */
  openNow(opener: Opener): Promise<FailedOpening | undefined> {
    return this.#open(stageFor(this.#serverStart, opener));
  }

  /**
   * Calls all openers, one after the other, until one fails or `end` is called.
   *
   * @param onOpen - Called when all are open, in the same turn, so that no opener is added in between.
   */
  async openAll(onOpen: () => void): Promise<FailedOpening | undefined> {
    for (const stage of this.#stages) {
      const failure = await this.#open(stage);
      if (failure !== undefined || this.ended.aborted) return failure;
    }
    onOpen();
    return undefined;
  }

  /** Resolves when no opener is running. */
  whenIdle(): Promise<void> {
    return this.#pending.whenIdle();
  }

  async #open(stage: Signal<ResourceContext>): Promise<FailedOpening | undefined> {
    const { ended } = this;
    const options = {
      sender: this.#running.sender,
      until: ({ status }: SendResult) => status === 'rejected' || ended.aborted,
      // The caller of `start` or `add` gets the error, except for one that comes later. The reason of the abort is no news.
      expected: [errorsThat((error) => !ended.aborted || error === ended.reason)],
    };
    this.#pending.begin();
    try {
      const results = await this.#running.during(stage, () => stage.sendSerial({ abortSignal: ended }, options));
      const [failure] = failures(results);
      return failure && { resource: receiverNameOf(failure), cause: failure.reason };
    } finally {
      this.#pending.end();
    }
  }
}
