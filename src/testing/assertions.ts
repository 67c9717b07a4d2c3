import type { KwargsOf, SignalToken } from '../index.js';
import { isDeepStrictEqual } from './show.js';
import type { Recording } from './types.js';
import { type Verdict, orderVerdict, sentVerdict, timesVerdict } from './verdicts.js';

/** The error of the assertions. Test runners show the difference of `actual` and `expected`. */
class AssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly code = 'ERR_ASSERTION';
  readonly actual: unknown;
  readonly expected: unknown;
  constructor(message: string, { actual, expected }: Pick<Verdict, 'actual' | 'expected'>) {
    super(message);
    this.actual = actual;
    this.expected = expected;
  }
}

function check(verdict: Verdict, not = false): void {
  if (verdict.pass === not) throw new AssertionError(verdict.message(not), verdict);
}

/**
 * Throws unless the signal was sent, with these kwargs if they are given. They are compared like Node's
 * `isDeepStrictEqual`.
 *
 * @throws An Error with the name AssertionError, the code 'ERR_ASSERTION', `actual` and `expected`. TypeError for bad
 * arguments.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { assertSent, record } from 'signalbox/testing';
 *
 * const signals = new SignalManager();
 * const ordered = signals.signal<{ item: string }>('ordered');
 * const recording = record(signals);
 * ordered.emit({ item: 'Dune' });
 * assertSent(recording, ordered, { item: 'Dune' });
 * ```
 */
export function assertSent<T extends SignalToken>(recording: Recording, signal: T, kwargs?: KwargsOf<T>): void {
  check(sentVerdict(recording, signal, kwargsList(kwargs), isDeepStrictEqual));
}

/**
 * Throws if the signal was sent, with these kwargs if they are given.
 * Otherwise as {@link assertSent}.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { assertNotSent, record } from 'signalbox/testing';
 *
 * const signals = new SignalManager();
 * const ordered = signals.signal<{ item: string }>('ordered');
 * const recording = record(signals);
 * ordered.emit({ item: 'Dune' });
 * assertNotSent(recording, ordered, { item: 'Emma' });
 * ```
 */
export function assertNotSent<T extends SignalToken>(recording: Recording, signal: T, kwargs?: KwargsOf<T>): void {
  check(sentVerdict(recording, signal, kwargsList(kwargs), isDeepStrictEqual), true);
}

/**
 * Throws unless the signal was sent this many times.
 * Otherwise as {@link assertSent}.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { assertSentTimes, record } from 'signalbox/testing';
 *
 * const signals = new SignalManager();
 * const ordered = signals.signal<{ item: string }>('ordered');
 * const recording = record(signals);
 * ordered.emit({ item: 'Dune' });
 * ordered.emit({ item: 'Emma' });
 * assertSentTimes(recording, ordered, 2);
 * ```
 */
export function assertSentTimes(recording: Recording, signal: SignalToken, times: number): void {
  check(timesVerdict(recording, signal, times));
}

/**
 * Throws unless these signals were sent in this order; others may come between them.
 * Otherwise as {@link assertSent}.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { assertSentInOrder, record } from 'signalbox/testing';
 *
 * const signals = new SignalManager();
 * const ordered = signals.signal<{ item: string }>('ordered');
 * const paid = signals.signal('paid');
 * const recording = record(signals);
 * ordered.emit({ item: 'Dune' });
 * paid.emit();
 * assertSentInOrder(recording, [ordered, paid]);
 * ```
 */
export function assertSentInOrder(recording: Recording, signals: readonly SignalToken[]): void {
  check(orderVerdict(recording, signals));
}

function kwargsList(kwargs: unknown): readonly unknown[] {
  return kwargs === undefined ? [] : [kwargs];
}
