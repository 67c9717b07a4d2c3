import type { Send } from './dispatch.js';
import type { PendingSend } from './home.js';
import { whenSettled } from './thenable.js';
import type { Receiver, SendResult } from './types.js';

/** Stands as the value of a result whose receiver has not settled. */
const PENDING = Symbol('pending');

/** Waits for the async receivers of one send and fills in their results, by hand: one promise for all of them. */
export class Settlement implements PendingSend {
  readonly #send: Send;
  readonly #results: SendResult[];
  #open = 0;
  #resolve: ((results: SendResult[]) => void) | undefined;

  /** @param results - Those of the receivers called so far; the others are added in the order of the calls. */
  constructor(send: Send, results: SendResult[]) {
    this.#send = send;
    this.#results = results;
  }

  /** All receivers have been called: from here on the send counts as pending by itself. */
  start(): void {
    this.#send.home.add(this);
  }

  /** Resolves with the results when all receivers have settled. */
  promise(): Promise<SendResult[]> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @param promise - Native, so that no hostile thenable can call back twice or at once. */
  add(receiver: Receiver, promise: Promise<unknown>): void {
    const result: { status: 'fulfilled'; value: unknown; receiver: Receiver } = {
      status: 'fulfilled',
      value: PENDING,
      receiver,
    };
    const position = this.#results.push(result) - 1;
    this.#open += 1;
    whenSettled(
      promise,
      (value) => {
        result.value = value;
        this.#settled();
      },
      (reason: unknown) => {
        this.#results[position] = this.#send.rejected(receiver, reason);
        this.#settled();
      },
    );
  }

  *running(): Generator<Receiver, void> {
    for (const result of this.#results) {
      if (result.status === 'fulfilled' && result.value === PENDING) yield result.receiver;
    }
  }

  #settled(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#send.home.delete(this);
    this.#resolve?.(this.#results);
  }
}
