import { ASYNC_DISPOSE } from '../dispose.js';

type OnMessage = (data: Uint8Array) => void;

/** The subscriptions of one engine by subject, for clients that have one subscription per subject and connection. */
export class Subscribers {
  readonly #subjects = new Map<string, Set<{ readonly onMessage: OnMessage }>>();

  get empty(): boolean {
    return this.#subjects.size === 0;
  }

  deliver(subject: string, data: Uint8Array): void {
    for (const { onMessage } of [...(this.#subjects.get(subject) ?? [])]) onMessage(data);
  }

  /**
   * @param subscribe - Called for the first subscription of a subject.
   * @param unsubscribe - Called when the last one of a subject has ended.
   */
  async add(
    subject: string,
    onMessage: OnMessage,
    subscribe: () => unknown = () => undefined,
    unsubscribe: () => unknown = () => undefined,
  ): Promise<AsyncDisposable> {
    const subscriber = { onMessage };
    const subscribers = this.#subjects.get(subject) ?? new Set();
    const first = subscribers.size === 0;
    this.#subjects.set(subject, subscribers.add(subscriber));
    const end = async (): Promise<void> => {
      if (!subscribers.delete(subscriber) || subscribers.size > 0) return;
      this.#subjects.delete(subject);
      await unsubscribe();
    };
    try {
      if (first) await subscribe();
    } catch (error) {
      await end();
      throw error;
    }
    return { [ASYNC_DISPOSE]: end };
  }
}
