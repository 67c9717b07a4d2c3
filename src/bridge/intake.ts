import { ASYNC_DISPOSE } from '../dispose.js';
import { InHand } from './in-hand.js';
import { unref } from './unref.js';

/** How long a server holds a question for messages: the least that NATS takes. */
export const ASK_MS = 1_000;
const TIDY_MS = 60_000;
/** How many deliveries a member of a group has in hand at once. */
const MOST_IN_HAND = 32;
const RETRY_MS = 500;

interface IntakeOptions {
  /** Asks for so many messages at most, and adds what comes. */
  readonly ask: (room: number) => Promise<void>;
  /** The connection is down, and its client connects it again; or the server has come back without what it had. */
  readonly recover: (error: unknown) => unknown;
  /** Removes what every group has had. */
  readonly tidy: () => Promise<void>;
  /** Ends what brings messages; what `ask` waits for may fail then. */
  readonly stop?: () => void;
  /** When all that was in hand is done. */
  readonly end?: () => void;
}

/** What one member of a group takes from a server: as much as it has room for, until it ends. */
export class Intake {
  readonly #inHand = new InHand();
  #stop: () => void = () => undefined;
  readonly #stopping = new Promise<void>((resolve) => (this.#stop = resolve));
  stopped = false;

  get room(): number {
    return MOST_IN_HAND - this.#inHand.size;
  }

  /** @param handling - Does not reject. */
  add(handling: Promise<void>): void {
    this.#inHand.add(handling);
  }

  /** @returns What ends it: it waits for what is in hand. */
  start({ ask, recover, tidy, stop, end }: IntakeOptions): AsyncDisposable {
    const reading = this.#read(ask, recover);
    void this.#tidy(tidy);
    return {
      [ASYNC_DISPOSE]: async () => {
        this.stopped = true;
        this.#stop();
        stop?.();
        await reading;
        await this.#inHand.drained();
        end?.();
      },
    };
  }

  async #read(ask: IntakeOptions['ask'], recover: IntakeOptions['recover']): Promise<void> {
    while (!this.stopped) {
      try {
        while (this.room <= 0) await this.#inHand.next();
        await ask(this.room);
      } catch (error) {
        const recovered = this.#after(RETRY_MS).then(() => (this.stopped ? undefined : recover(error)));
        await Promise.race([this.#stopping, recovered.catch(() => undefined)]); // the next round sees
      }
    }
  }

  async #tidy(tidy: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.#after(TIDY_MS);
      if (this.stopped) return;
      await tidy().catch(() => undefined); // the next time
    }
  }

  async #after(delayMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const passed = new Promise((resolve) => (timer = setTimeout(resolve, delayMs)));
    unref(timer);
    await Promise.race([this.#stopping, passed]);
    clearTimeout(timer);
  }
}
