import { hasThenMethod, whenSettled } from '../internal/thenable.js';
import type { FarResult, Receiver, SendResult } from '../contract/signals.js';

/** Matches results to the calls of one send. `T` is what a watcher notes of a call. */
export class CallMatcher<T extends object> {
  /** The call that has begun last, unless it has returned a promise: the next result is its own. */
  #last: { readonly receiver: Receiver; readonly of: T } | undefined;
  /** The others by function, in their order. A send may call one several times, with several `thisArg` or `uid`. */
  #others: Map<Receiver, T[]> | undefined;
  /** Calls of functions that were called several times, whose promises have settled. */
  #settled: Set<T> | undefined;

  /** Must be called before the receiver is. */
  begin(receiver: Receiver, of: T): void {
    this.#setAside();
    this.#last = { receiver, of };
  }

  /**
   * Must be called with the value that the last receiver has returned. If a function is called several times, the promises
   * of all of these calls but the first are observed, before the send does it itself.
   */
  returned(value: unknown): void {
    if (this.#last === undefined || !hasThenMethod(value)) return;
    const { receiver, of } = this.#last;
    const isRepeated = this.#others?.has(receiver) === true;
    this.#setAside();
    if (!isRepeated || !(value instanceof Promise)) return;
    const settle = (): void => void (this.#settled ??= new Set()).add(of);
    void whenSettled(value, settle, settle);
  }

  /** Returns the call that a result ends; undefined for a remote result and for a receiver that was not called. */
  end({ receiver }: SendResult | FarResult): T | undefined {
    if (receiver === undefined) return undefined;
    if (this.#last?.receiver === receiver) {
      const { of } = this.#last;
      this.#last = undefined;
      return of;
    }
    const calls = this.#others?.get(receiver);
    if (calls === undefined) return undefined;
    const settled = calls.findIndex((each) => this.#settled?.has(each));
    const [call] = calls.splice(Math.max(settled, 0), 1);
    if (calls.length === 0) this.#others?.delete(receiver);
    return call;
  }

  /** Returns the calls whose results will not come: those of a send that has failed. */
  endAll(): T[] {
    this.#setAside();
    const rest = [...(this.#others?.values() ?? [])].flat();
    this.#others = undefined;
    return rest;
  }

  #setAside(): void {
    if (this.#last === undefined) return;
    const { receiver, of } = this.#last;
    this.#last = undefined;
    const others = (this.#others ??= new Map<Receiver, T[]>());
    const calls = others.get(receiver);
    if (calls === undefined) others.set(receiver, [of]);
    else calls.push(of);
  }
}
