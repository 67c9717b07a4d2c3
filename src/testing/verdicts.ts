import { argumentError, checkObject } from '../internal/check.js';
import type { SignalToken } from '../index.js';
import { checkSignal } from '../signals/check-signal.js';
import { nameOfSignal } from '../signals/tokens.js';
import { show } from './show.js';
import type { Recording } from './types.js';

/** Whether a recording meets an expectation, and what to say if that is unwanted. */
export interface Verdict {
  readonly pass: boolean;
  /** Returns the text of a failure. @param not - Whether the expectation is that it does not pass. */
  readonly message: (not: boolean) => string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** @param kwargs - An empty list for any kwargs. */
export function sentVerdict(
  recording: Recording,
  signal: SignalToken,
  kwargs: readonly unknown[],
  equals: (a: unknown, b: unknown) => boolean,
): Verdict {
  checkRecording(recording);
  checkSignal(signal);
  const actual: unknown[] = recording.kwargs(signal);
  const pass = kwargs.length === 0 ? actual.length > 0 : actual.some((each) => equals(each, kwargs[0]));
  return {
    pass,
    message: (not) => {
      const wanted = kwargs.length === 0 ? '' : ` with ${show(kwargs[0])}`;
      return `Expected signal ${nameOfSignal(signal)} ${not ? 'not ' : ''}to be sent${wanted}${sentOf(actual)}`;
    },
    actual,
    expected: kwargs,
  };
}

export function timesVerdict(recording: Recording, signal: SignalToken, times: number): Verdict {
  checkRecording(recording);
  checkSignal(signal);
  if (!Number.isInteger(times) || times < 0) throw argumentError('times', 'a whole number, 0 or more', times);
  const kwargs: unknown[] = recording.kwargs(signal);
  return {
    pass: kwargs.length === times,
    message: (not) =>
      `Expected signal ${nameOfSignal(signal)} ${not ? 'not ' : ''}to be sent ${timesOf(times)}${sentOf(kwargs)}`,
    actual: kwargs.length,
    expected: times,
  };
}

export function orderVerdict(recording: Recording, signals: readonly SignalToken[]): Verdict {
  checkRecording(recording);
  checkArray(signals, 'signals');
  for (const [index, signal] of signals.entries()) checkSignal(signal, `signals[${index}]`);
  const rest = [...signals];
  for (const { signal } of recording.sends) if (signal === rest[0]) rest.shift();
  const actual = recording.sends.map(({ signal }) => nameOfSignal(signal));
  const expected = signals.map(nameOfSignal);
  return {
    pass: rest.length === 0,
    message: (not) =>
      `Expected the signals ${expected.join(', ')} ${not ? 'not ' : ''}to be sent in this order; ` +
      `sent were ${actual.length === 0 ? 'none' : actual.join(', ')}`,
    actual,
    expected,
  };
}

function sentOf(kwargs: readonly unknown[]): string {
  if (kwargs.length === 0) return '; it was not sent';
  return `; it was sent ${timesOf(kwargs.length)}:${kwargs.map((each) => `\n  ${show(each)}`).join('')}`;
}

function timesOf(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function checkArray(value: unknown, parameter: string): void {
  if (!Array.isArray(value)) throw argumentError(parameter, 'an array of signals', value);
}

function checkRecording(recording: unknown): void {
  checkObject(recording, 'recording');
  const { sends, kwargs } = recording as { readonly [K in keyof Recording]?: unknown };
  if (!Array.isArray(sends) || typeof kwargs !== 'function')
    throw argumentError('recording', 'what `record` or `silence` returns', recording);
}
