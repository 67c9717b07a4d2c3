import { reportError } from '../internal/report-error.js';
import { nameOfSignal } from './tokens.js';
import type { SendOptions } from '../contract/options.js';
import type { ErrorReport, Receiver, SendContext, SignalManagerOptions } from '../contract/signals.js';
import { nameOfReceiver } from '../internal/printing.js';

/** The options of a send that say which failures of its receivers are reported. */
export type ReportOptions = Pick<SendOptions, 'expected'>;

/** Reports failures to the manager's `onError`. */
export class FailureLog {
  readonly #onError: SignalManagerOptions['onError'];

  constructor(onError: SignalManagerOptions['onError']) {
    this.#onError = onError;
  }

  report(
    error: unknown,
    receiver: Receiver,
    context: Pick<SendContext, 'signal' | 'sender'>,
    reports: ReportOptions | undefined,
  ): void {
    if (this.#onError === null || isExpected(error, reports?.expected)) return;
    const { signal, sender } = context;
    reportError(this.#onError, error, { signal, source: 'receiver', receiver, sender }, headlineOfFailure);
  }

  /** Reports an error of a watcher's method. */
  reportWatcher(error: unknown, method: Receiver, { signal, sender }: Pick<SendContext, 'signal' | 'sender'>): void {
    reportError(this.#onError, error, { signal, source: 'watcher', receiver: method, sender }, headlineOfFailure);
  }
}

function headlineOfFailure({ signal, source, receiver }: ErrorReport): string {
  const what = source === 'watcher' ? 'Watcher method' : 'Receiver';
  return `${what} ${nameOfReceiver(receiver)} of signal ${nameOfSignal(signal)} failed`;
}

export function isExpected(error: unknown, expected: SendOptions['expected']): boolean {
  try {
    return expected?.some((errorClass) => error instanceof errorClass) === true;
  } catch {
    return false; // a class whose `Symbol.hasInstance` throws
  }
}

/** A function with the name of a thread or node, for reports and explanations: its receivers have no function here. */
export function standInFor(name: string): Receiver {
  const receiver: Receiver = () => {
    throw new Error(`The receivers of ${name} can only be called there`);
  };
  return Object.defineProperty(receiver, 'name', { value: name });
}
