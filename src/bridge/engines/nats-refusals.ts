import type { NatsConnection } from '@nats-io/nats-core';
import type { OnError } from './consumer-loop.js';
import { perClient } from './subscriptions.js';
import { TellOnce } from './tell-once.js';

/**
 * Returns the purpose of a refused publication, in the same words each time; undefined if another part published it.
 */
type PurposeOf = (subject: string) => string | undefined;

/**
 * Watches for publications that the server refuses. It does not answer a publication, but reports the refusal to the
 * connection later. All engines on one connection share one loop over its status.
 */
class Refusals {
  readonly #connection: NatsConnection;
  readonly #watchers = new Set<readonly [PurposeOf, OnError]>();
  readonly #once = new TellOnce();
  #watching = false;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** @returns A function that ends it. An `onError` that is given several times is called once per purpose. */
  watch(purposeOf: PurposeOf, onError: OnError | undefined): () => void {
    if (onError === undefined) return () => undefined;
    const watcher = [purposeOf, onError] as const;
    this.#watchers.add(watcher);
    // The loop ends with the connection.
    if (!this.#watching) void this.#follow();
    return () => void this.#watchers.delete(watcher);
  }

  async #follow(): Promise<void> {
    this.#watching = true;
    for await (const status of this.#connection.status()) {
      if (status.type === 'error') this.#refused(status.error);
    }
  }

  #refused(error: Error): void {
    const { operation, subject = '' } = error as { readonly operation?: string; readonly subject?: string };
    // A refused subscription is reported to its own callback.
    if (operation === 'subscription') return;
    const isLimit = operation === undefined && /^maximum /i.test(error.message);
    for (const [purposeOf, onError] of this.#watchers) {
      const purpose = isLimit ? error.message : purposeOf(subject);
      if (purpose !== undefined) this.#once.tell(onError, purpose, error);
    }
  }
}

export const refusalsOf = perClient((connection: NatsConnection) => new Refusals(connection));
