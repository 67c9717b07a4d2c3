import { checkKnown, checkMilliseconds } from '../../internal/check.js';
import { ASYNC_DISPOSE } from '../../internal/dispose.js';
import { PendingWork } from '../../internal/pending-work.js';
import { withinTime, unref } from '../../internal/timer.js';
import type { DurableEngine, DurableEngineOptions } from '../types.js';

/** How long a server holds a request for messages. It is the shortest time that NATS accepts. */
export const ASK_MS = 1_000;
const TIDY_MS = 60_000;
/** The largest number of messages that a member of a group handles at once. */
const MOST_JOBS = 32;
const RETRY_MS = 500;
const LONGEST_RECOVERY_MS = 4 * ASK_MS;
/**
 * How long a stop waits for the pending request. A server that is away never answers it. Messages that arrive later are
 * returned.
 */
const LAST_ANSWER_MS = 2 * ASK_MS;

/** Handles a job: the callback of {@link DurableEngine.consume}. */
export type OnJob = Parameters<DurableEngine['consume']>[2];
/** Takes an error for the bridge's `onError`. */
export type OnError = (error: unknown) => void;

interface IntakeOptions {
  /** Requests up to `room` messages, and adds those that come. */
  readonly ask: (room: number) => Promise<void>;
  /**
   * Called after a failure: the connection is down until its client reconnects, or the server has come back without its
   * data.
   */
  readonly recover: (error: unknown) => Promise<unknown>;
  /** Removes the messages that every group has handled. */
  readonly tidy: () => Promise<void>;
  /** Stops the source of messages. A pending `ask` may then fail. */
  readonly stop?: () => void;
  /** Called when all messages have been handled. */
  readonly end?: () => Promise<void>;
  /** Called once for a repeated failure, and again when its reason changes. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Takes messages from a server for one member of a group, as many as it has room for, until it is stopped. */
export class ConsumerLoop {
  readonly #inHand = new PendingWork();
  /** The functions that end pending waits early, for a stop. */
  readonly #waits = new Set<() => void>();
  stopped = false;

  get room(): number {
    return MOST_JOBS - this.#inHand.size;
  }

  /** @param handling - The handling of one message. Must not reject. */
  add(handling: Promise<void>): void {
    this.#inHand.add(handling);
  }

  /**
   * @returns A disposable that stops the loop and waits for the messages being handled. It may be disposed more than
   * once.
   */
  start({ ask, recover, tidy, stop, end, onError = () => undefined }: IntakeOptions): AsyncDisposable {
    const reading = this.#read(ask, recover, new Row(onError));
    void this.#tidy(tidy, new Row(onError));
    const finish = async (): Promise<void> => {
      this.stopped = true;
      for (const endWait of this.#waits) endWait();
      stop?.();
      await withinTime(reading, LAST_ANSWER_MS, () => undefined);
      await this.#inHand.whenIdle();
      await end?.();
    };
    let finished: Promise<void> | undefined;
    return { [ASYNC_DISPOSE]: () => (finished ??= finish()) };
  }

  async #read(ask: IntakeOptions['ask'], recover: IntakeOptions['recover'], failures: Row): Promise<void> {
    for (;;) {
      try {
        while (this.room <= 0) await this.#inHand.whenOneEnds();
        if (this.stopped) return;
        await ask(this.room);
        failures.end();
      } catch (error) {
        if (!this.stopped) failures.add(error);
        await this.#after(RETRY_MS);
        // If recovery fails, the next round fails as well. The time limit is for a recovery that never settles.
        await Promise.race([this.#orEnd(() => recover(error)), this.#after(LONGEST_RECOVERY_MS)]);
      }
    }
  }

  async #tidy(tidy: () => Promise<void>, failures: Row): Promise<void> {
    for (;;) {
      await this.#after(TIDY_MS);
      if (this.stopped) return;
      // After a failure, the next round tries again.
      await this.#orEnd(() =>
        tidy().then(
          () => failures.end(),
          (error: unknown) => failures.add(error),
        ),
      );
    }
  }

  async #after(delayMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await this.#orEnd(() => new Promise((resolve) => unref((timer = setTimeout(resolve, delayMs)))));
    clearTimeout(timer);
  }

  /** Waits until the promise has settled or the loop is stopped. Does not call `wait` if it is already stopped. */
  async #orEnd(wait: () => Promise<unknown>): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      this.#waits.add(resolve);
      void wait()
        .catch(() => undefined)
        .finally(() => {
          this.#waits.delete(resolve);
          resolve();
        });
    });
  }
}

/** Consecutive failures. A single failure is not reported, because a server may restart or a connection may break. */
class Row {
  readonly #onError: (error: unknown) => void;
  #last: string | undefined;
  #told: string | undefined;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(error: unknown): void {
    const reason = String(error);
    if (this.#last !== undefined && this.#told !== reason) {
      this.#told = reason;
      this.#onError(error);
    }
    this.#last = reason;
  }

  end(): void {
    this.#last = undefined;
    this.#told = undefined;
  }
}

const REDELIVER_AFTER_MS = 30_000;
const SHORTEST_REDELIVER_AFTER_MS = 1_000;

export function redeliverAfterOf(options: DurableEngineOptions = {}): number {
  checkKnown(options, ['redeliverAfterMs'], 'an engine');
  const { redeliverAfterMs = REDELIVER_AFTER_MS } = options;
  checkMilliseconds(redeliverAfterMs, 'redeliverAfterMs', false);
  if (redeliverAfterMs >= SHORTEST_REDELIVER_AFTER_MS) return redeliverAfterMs;
  throw new RangeError(`Expected \`redeliverAfterMs\` to be 1000 or more, got number ${redeliverAfterMs}`);
}
