import { tell } from '../tell.js';
import type { BusErrorReport, SignalBusOptions } from './types.js';

/** Tells the `onError` of a bus what went wrong. */
export class ErrorLog {
  readonly #onError: SignalBusOptions['onError'];

  constructor(onError: SignalBusOptions['onError']) {
    this.#onError = onError;
  }

  report(error: unknown, report: BusErrorReport): void {
    tell(this.#onError, error, report, headline);
  }
}

function headline({ source, name, topic, position }: BusErrorReport): string {
  const place = topic === undefined ? '' : ` of topic "${topic}"`;
  const after = position === undefined ? '' : ` after ${position} payloads`;
  return `Failure in ${source} ${name}${place}${after}`;
}
