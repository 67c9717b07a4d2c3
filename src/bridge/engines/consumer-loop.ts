import { ASYNC_DISPOSE } from '../../internal/dispose.js';
import { InHand } from '../../internal/in-hand.js';
import { withinTime } from '../../internal/within-time.js';
import { unref } from '../../internal/unref.js';

/** How long a server holds a question for messages: the least that NATS takes. */
export const ASK_MS = 1_000;
const TIDY_MS = 60_000;
/** How many deliveries a member of a group has in hand at once. */
const MOST_IN_HAND = 32;
const RETRY_MS = 500;
const LONGEST_RECOVERY_MS = 4 * ASK_MS;
/** How long an open question is waited for at the end. A server that is away leaves it open; what it brings late goes back. */
const LAST_ANSWER_MS = 2 * ASK_MS;

interface IntakeOptions {
  /** Asks for so many messages at most, and adds what comes. */
  readonly ask: (room: number) => Promise<void>;
  /** The connection is down, and its client connects it again; or the server has come back without what it had. */
  readonly recover: (error: unknown) => Promise<unknown>;
  /** Removes what every group has had. */
  readonly tidy: () => Promise<void>;
  /** Ends what brings messages; what `ask` waits for may fail then. */
  readonly stop?: () => void;
  /** When all that was in hand is done. */
  readonly end?: () => Promise<void>;
  /** Told once of what goes wrong again and again, in other words when the reason is another. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What one member of a group takes from a server: as much as it has room for, until it ends. */
export class ConsumerLoop {
  readonly #inHand = new InHand();
  /** What is waited for, unless this ends first. */
  readonly #waits = new Set<() => void>();
  stopped = false;

  get room(): number {
    return MOST_IN_HAND - this.#inHand.size;
  }

  /** @param handling - Does not reject. */
  add(handling: Promise<void>): void {
    this.#inHand.add(handling);
  }

  /** @returns What ends it, once, however often it is disposed: it waits for what is in hand. */
  start({ ask, recover, tidy, stop, end, onError = () => undefined }: IntakeOptions): AsyncDisposable {
    const reading = this.#read(ask, recover, new Row(onError));
    void this.#tidy(tidy, new Row(onError));
    const finish = async (): Promise<void> => {
      this.stopped = true;
      for (const endWait of this.#waits) endWait();
      stop?.();
      await withinTime(reading, LAST_ANSWER_MS, () => undefined);
      await this.#inHand.drained();
      await end?.();
    };
    let finished: Promise<void> | undefined;
    return { [ASYNC_DISPOSE]: () => (finished ??= finish()) };
  }

  async #read(ask: IntakeOptions['ask'], recover: IntakeOptions['recover'], failures: Row): Promise<void> {
    for (;;) {
      try {
        while (this.room <= 0) await this.#inHand.next();
        if (this.stopped) return;
        await ask(this.room);
        failures.end();
      } catch (error) {
        if (!this.stopped) failures.add(error);
        await this.#after(RETRY_MS);
        // What goes wrong is seen by the next round, but what is not answered would be waited for.
        await Promise.race([this.#orEnd(() => recover(error)), this.#after(LONGEST_RECOVERY_MS)]);
      }
    }
  }

  async #tidy(tidy: () => Promise<void>, failures: Row): Promise<void> {
    for (;;) {
      await this.#after(TIDY_MS);
      if (this.stopped) return;
      // What goes wrong is done the next time.
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

  /** Resolves when that has settled, or this ends; it does not begin where this has ended. */
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

/** Failures without a success between them. A single one is none to tell of: a server may restart, a connection be cut. */
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
