import type { Send } from './dispatch.js';
import type { PendingSend } from './home.js';
import { whenSettled } from './thenable.js';
import type { Receiver, SendResult } from './types.js';

/** The result of an async receiver, which stands for it until it has settled. */
interface LateResult {
  readonly status: 'fulfilled';
  value: unknown;
  readonly receiver: Receiver;
}

/** Stands as the value of a result whose receiver has not settled. */
const PENDING = Symbol('pending');

/** Waits for the async receivers of one send and fills in their results, by hand: one promise for all of them. */
export class Settlement implements PendingSend {
  readonly #send: Send;
  readonly #late: LateResult[] = [];
  /** What came instead of a result in `#late`; undefined while there is no such thing. */
  #rejected: Map<SendResult, SendResult> | undefined;
  #open = 0;
  #done: (() => void) | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** All receivers have been called: from here on the send counts as pending by itself. */
  start(): void {
    this.#send.home.add(this);
  }

  /** Resolves with the results when all receivers have settled. */
  fill(results: SendResult[]): Promise<SendResult[]> {
    return new Promise((resolve) => {
      this.#done = () => {
        const rejected = this.#rejected;
        resolve(rejected === undefined ? results : results.map((result) => rejected.get(result) ?? result));
      };
    });
  }

  /**
   * @param promise - Native, so that no hostile thenable can call back twice or at once.
   * @returns What becomes its result if it is fulfilled.
   */
  add(receiver: Receiver, promise: Promise<unknown>): SendResult {
    const result: LateResult = { status: 'fulfilled', value: PENDING, receiver };
    this.#late.push(result);
    this.#open += 1;
    whenSettled(
      promise,
      (value) => {
        result.value = value;
        this.#settled();
      },
      (reason: unknown) => {
        result.value = undefined;
        (this.#rejected ??= new Map()).set(result, this.#send.rejected(receiver, reason));
        this.#settled();
      },
    );
    return result;
  }

  *running(): Generator<Receiver, void> {
    for (const result of this.#late) if (result.value === PENDING) yield result.receiver;
  }

  #settled(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#send.home.delete(this);
    this.#done?.();
  }
}
