import type { Send } from './dispatch.js';
import type { PendingSend } from './home.js';
import { whenSettled } from './thenable.js';
import type { Receiver, SendResult } from './types.js';

/** What is known of one call: its result, or, while an async receiver runs, who that is. */
export type Outcome = SendResult | Receiver;

/** Waits for the async receivers of one send and puts down their results, by hand: one promise for all of them. */
export class Settlement implements PendingSend {
  before: PendingSend | undefined = undefined;
  after: PendingSend | undefined = undefined;
  readonly #send: Send;
  #open = 0;
  #done: ((results: SendResult[]) => void) | undefined = undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** All receivers have been called: from here on the send counts as pending by itself. */
  start(): void {
    this.#send.home.add(this);
  }

  /** Resolves with the results when all receivers have settled. */
  get results(): Promise<SendResult[]> {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  /**
   * @param promise - Native, so that no hostile thenable can call back twice or at once.
   * @returns Resolves with the results, if this is the only receiver and nobody has asked for `results`.
   */
  add(receiver: Receiver, promise: Promise<unknown>, place: number): Promise<unknown> {
    const { outcomes } = this.#send;
    outcomes[place] = receiver;
    this.#open += 1;
    return whenSettled(
      promise,
      (value) => {
        outcomes[place] = { status: 'fulfilled', value, receiver };
        return this.#settled();
      },
      (reason: unknown) => {
        outcomes[place] = this.#send.rejected(receiver, reason);
        return this.#settled();
      },
    );
  }

  running(): Receiver[] {
    return this.#send.outcomes.filter((outcome) => typeof outcome === 'function');
  }

  #settled(): SendResult[] | undefined {
    this.#open -= 1;
    if (this.#open > 0) return undefined;
    const { home, outcomes } = this.#send;
    home.delete(this);
    const results = outcomes as SendResult[]; // nobody is running any more
    if (this.#done === undefined) return results;
    this.#done(results);
    return undefined;
  }
}
