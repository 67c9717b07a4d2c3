import { tell } from './tell.js';
import { nameOfReceiver, nameOfSignal } from './tokens.js';
import type { ErrorReport, Receiver, SendContext, SendOptions, SignalManagerOptions } from './types.js';

/** Tells the manager's `onError` of failures. */
export class FailureLog {
  readonly #onError: SignalManagerOptions['onError'];

  constructor(onError: SignalManagerOptions['onError']) {
    this.#onError = onError;
  }

  report(error: unknown, receiver: Receiver, context: SendContext, expected: SendOptions['expected']): void {
    if (this.#onError === null || isExpected(error, expected)) return;
    const { signal, sender } = context;
    tell(this.#onError, error, { signal, receiver, sender }, headline);
  }
}

function headline({ signal, receiver }: ErrorReport): string {
  return `Receiver ${nameOfReceiver(receiver)} of signal ${nameOfSignal(signal)} failed`;
}

function isExpected(error: unknown, expected: SendOptions['expected']): boolean {
  return expected !== undefined && expected.some((errorClass) => error instanceof errorClass);
}
