import type { FarResult } from '../contract/signals.js';

/** The part of a send that its calls use. */
export interface FanOutCallOwner<T> {
  readonly signal: string;
  /** A result has arrived. */
  resulted(result: FarResult): void;
  stepped(call: FanOutCall<T>, results: readonly FarResult[]): void;
  answered(call: FanOutCall<T>): void;
  failed(call: FanOutCall<T>, reason: unknown): void;
}

/** The part of a send that one thread or node is asked for. */
export class FanOutCall<T> {
  readonly target: T;
  readonly #owner: FanOutCallOwner<T>;
  /** In order, as far as they have arrived. */
  readonly results: FarResult[] = [];
  /** Whether the call had its turn. */
  isAsked = false;
  isSettled = false;
  /** The number under which a transport expects the answer. */
  id = 0;

  constructor(target: T, owner: FanOutCallOwner<T>) {
    this.target = target;
    this.#owner = owner;
  }

  get signal(): string {
    return this.#owner.signal;
  }

  get isPending(): boolean {
    return this.isAsked && !this.isSettled;
  }

  /** Takes results of a serial send, of which more may follow. */
  step(results: readonly FarResult[]): void {
    if (this.isSettled) return;
    this.#add(results);
    this.#owner.stepped(this, results);
  }

  /** Takes all results, or the rest of them. */
  answer(results: readonly FarResult[]): void {
    if (this.isSettled) return;
    this.#add(results);
    this.isSettled = true;
    this.#owner.answered(this);
  }

  /** No more results follow: one rejected result stands for the missing ones. */
  fail(reason: unknown): void {
    if (!this.isSettled) this.#owner.failed(this, reason);
  }

  #add(results: readonly FarResult[]): void {
    for (const result of results) {
      this.results.push(result);
      this.#owner.resulted(result);
    }
  }
}
