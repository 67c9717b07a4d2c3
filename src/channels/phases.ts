import { AsyncLocalStorage } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** The five channels of one tracing channel. They are held here, because Node holds channels weakly. */
export class Channels {
  readonly all: readonly Channel[];
  readonly by: Readonly<Record<(typeof EVENTS)[number], Channel>>;

  constructor(name: string) {
    const channels = EVENTS.map((event) => [event, channel(`tracing:${name}:${event}`)] as const);
    this.by = Object.fromEntries(channels) as Channels['by'];
    this.all = channels.map(([, each]) => each);
  }

  /** Whether a channel has a subscriber or a bound store. */
  get used(): boolean {
    return this.all.some(({ hasSubscribers }) => hasSubscribers);
  }
}

/** Publishes the events of one message in their order, all of them in the async context of its `start`. */
export class Phases<M extends object> {
  readonly message: M;
  readonly #channels: Channels['by'];
  #within: (publish: () => void) => void = (publish) => {
    publish();
  };
  #returned = false;
  #over = false;

  constructor(channels: Channels, message: M) {
    this.#channels = channels.by;
    this.message = message;
  }

  /** Publishes `start`, and calls the function within the stores that are bound to it. */
  start<T>(call: () => T): T {
    return this.#channels.start.runStores(this.message, () => {
      this.#within = AsyncLocalStorage.snapshot();
      return call();
    });
  }

  /** The function has returned. It may be over already. */
  returned(): void {
    if (this.#returned) return;
    this.#returned = true;
    this.#within(() => {
      this.#channels.end.publish(this.message);
    });
  }

  /**
   * All is over. Only the first call counts.
   *
   * @param failure - Added to the message before `error` is published.
   */
  over(failure?: { readonly error: unknown; readonly expected?: boolean }): void {
    if (this.#over) return;
    this.#over = true;
    this.#within(() => {
      const { error, asyncStart, asyncEnd } = this.#channels;
      if (failure !== undefined) error.publish(Object.assign(this.message, failure));
      if (!this.#returned) return;
      asyncStart.publish(this.message);
      asyncEnd.publish(this.message);
    });
  }
}
