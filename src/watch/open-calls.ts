import { whenSettled } from '../internal/thenable.js';
import type { FarResult, Receiver, SendResult } from '../contract/signals.js';

/** One call of a receiver whose result is not known. */
export class OpenCall<T> {
  readonly receiver: Receiver;
  readonly of: T;
  /** Whether the promise that it returned has settled, so that the next result is its own. */
  settled = false;

  constructor(receiver: Receiver, of: T) {
    this.receiver = receiver;
    this.of = of;
  }
}

/** Finds the call that a result belongs to, among the calls of one send. */
export class OpenCalls<T> {
  readonly #open = new Set<OpenCall<T>>();

  begin(receiver: Receiver, of: T): OpenCall<T> {
    const call = new OpenCall(receiver, of);
    this.#open.add(call);
    return call;
  }

  /**
   * Must follow with the value that the receiver returned. A send may call one function several times, with several
   * `thisArg` or `uid`. The promises of all of these calls but the first are observed, before the send does it itself.
   */
  returned(call: OpenCall<T>, value: unknown): void {
    if (!(value instanceof Promise) || !this.#isRepeated(call)) return;
    const settle = (): void => {
      call.settled = true;
    };
    void whenSettled(value, settle, settle);
  }

  /** Returns the call that a result ends; undefined for a remote result and for a receiver that was not called. */
  end({ receiver }: SendResult | FarResult): T | undefined {
    let first: OpenCall<T> | undefined;
    for (const call of this.#open) {
      if (call.receiver !== receiver) continue;
      first ??= call;
      if (!call.settled) continue;
      first = call;
      break;
    }
    if (first === undefined) return undefined;
    this.#open.delete(first);
    return first.of;
  }

  /** Returns the calls whose results will not come: those of a send that has failed. */
  endAll(): T[] {
    const rest = [...this.#open].map(({ of }) => of);
    this.#open.clear();
    return rest;
  }

  #isRepeated(call: OpenCall<T>): boolean {
    for (const other of this.#open) if (other.receiver === call.receiver) return other !== call;
    return false;
  }
}
