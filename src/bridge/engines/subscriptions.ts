import { ASYNC_DISPOSE } from '../../internal/dispose.js';
import { unlessAborted } from '../../internal/abort.js';

type OnMessage = (data: Uint8Array) => void;

interface Subject {
  readonly subscribers: Set<{ readonly onMessage: OnMessage }>;
  /** Settles when the client's subscription is in force or has failed. */
  inForce?: Promise<unknown>;
}

/** The subscriptions of one engine by subject, for clients that allow one subscription per subject and connection. */
export class Subscriptions {
  readonly #subjects = new Map<string, Subject>();

  get empty(): boolean {
    return this.#subjects.size === 0;
  }

  get subjects(): readonly string[] {
    return [...this.#subjects.keys()];
  }

  has(subject: string): boolean {
    return this.#subjects.has(subject);
  }

  deliver(subject: string, data: Uint8Array): void {
    for (const { onMessage } of [...(this.#subjects.get(subject)?.subscribers ?? [])]) onMessage(data);
  }

  /**
   * @param subscribe - Called for the first subscription of a subject.
   * @param unsubscribe - Called when the last subscription of a subject has ended.
   * @param abortSignal - If aborted before the subscription is in force, this call rejects and the subscription ends.
   */
  async add(
    subject: string,
    onMessage: OnMessage,
    subscribe: () => unknown = () => undefined,
    unsubscribe: () => unknown = () => undefined,
    abortSignal?: AbortSignal,
  ): Promise<AsyncDisposable> {
    const subscriber = { onMessage };
    const entry: Subject = this.#subjects.get(subject) ?? { subscribers: new Set() };
    const { subscribers } = entry;
    this.#subjects.set(subject, entry);
    subscribers.add(subscriber);
    const end = async (): Promise<void> => {
      if (!subscribers.delete(subscriber) || subscribers.size > 0) return;
      this.#subjects.delete(subject);
      await unsubscribe();
    };
    try {
      // Later calls for the same subject wait for the same promise and fail with it.
      await unlessAborted((entry.inForce ??= startOf(subscribe)), abortSignal);
    } catch (error) {
      await end();
      throw error;
    }
    return { [ASYNC_DISPOSE]: end };
  }
}

/** Calls `subscribe`. An exception becomes a rejection. */
async function startOf(subscribe: () => unknown): Promise<void> {
  await subscribe();
}

/**
 * Returns a function that makes a value once per client. All engines on one client share it, and it lives as long as
 * the client.
 */
export function perClient<Client extends object, Part>(make: (client: Client) => Part): (client: Client) => Part {
  const parts = new WeakMap<Client, Part>();
  return (client) => {
    const part = parts.get(client) ?? make(client);
    parts.set(client, part);
    return part;
  };
}
