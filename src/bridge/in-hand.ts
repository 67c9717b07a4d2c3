import { ASYNC_DISPOSE } from '../dispose.js';

/** What a consumer is handling right now. */
export class InHand {
  readonly #handled = new Set<Promise<unknown>>();

  get size(): number {
    return this.#handled.size;
  }

  /** Resolves when there are fewer than that. */
  async below(limit: number): Promise<void> {
    while (this.#handled.size >= limit) await Promise.race(this.#handled);
  }

  /** @param handling - Does not reject. */
  add(handling: Promise<unknown>): void {
    const handled = handling.finally(() => this.#handled.delete(handled));
    this.#handled.add(handled);
  }

  /** Resolves when all that is being handled now is done. */
  async drained(): Promise<void> {
    await Promise.all(this.#handled);
  }

  /** Disposing stops what brings more, waits for what is being handled, and then ends the rest. */
  disposable(stop: () => unknown, end: () => unknown = () => undefined): AsyncDisposable {
    return {
      [ASYNC_DISPOSE]: async () => {
        await stop();
        await this.drained();
        await end();
      },
    };
  }
}
