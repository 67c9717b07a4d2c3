import { isThenable } from './thenable.js';
import { nameOfReceiver, nameOfSignal } from './tokens.js';
import type { ErrorReport, Receiver, SendContext, SendOptions, SignalManagerOptions } from './types.js';

/** Tells the manager's `onError` of failures, and sees to it that nothing goes wrong in doing so. */
export class FailureLog {
  readonly #onError: SignalManagerOptions['onError'];

  constructor(onError: SignalManagerOptions['onError']) {
    this.#onError = onError;
  }

  report(error: unknown, receiver: Receiver, context: SendContext, expected: SendOptions['expected']): void {
    if (this.#onError === null) return;
    const { signal, sender } = context;
    try {
      if (isExpected(error, expected)) return;
      if (this.#onError === undefined) {
        console.error(`Receiver ${nameOfReceiver(receiver)} of signal ${nameOfSignal(signal)} failed:`, error);
      } else {
        const onError: (error: unknown, report: ErrorReport) => unknown = this.#onError;
        const returned = onError(error, { signal, receiver, sender });
        // An async onError that rejects is no more able to harm than one that throws.
        if (isThenable(returned)) void Promise.resolve(returned).catch(() => undefined);
      }
    } catch {
      // Where failures are reported, there is nobody left to tell of one.
    }
  }
}

function isExpected(error: unknown, expected: SendOptions['expected']): boolean {
  try {
    return expected?.some((errorClass) => error instanceof errorClass) === true;
  } catch {
    return false; // a class whose `Symbol.hasInstance` throws
  }
}
