import type { SignalToken } from '../index.js';
import { isDeepStrictEqual } from './show.js';
import type { MatcherResult, Recording } from './types.js';
import { type Verdict, orderVerdict, sentVerdict, timesVerdict } from './verdicts.js';

/** The `this` of a matcher in jest and vitest. */
interface Expecting {
  readonly equals: (a: unknown, b: unknown, customTesters?: readonly unknown[]) => boolean;
  readonly customTesters?: readonly unknown[];
  readonly utils?: { readonly iterableEquality?: unknown };
}

/**
 * Matchers of recordings, for `expect.extend` of jest and of vitest. kwargs are compared as `toEqual` does, asymmetric
 * matchers included. Importing `signalbox/testing/jest` or `signalbox/testing/vitest` adds them, with their types.
 *
 * @example
 * ```ts
 * import { expect } from '@jest/globals';
 * import { signalMatchers } from 'signalbox/testing';
 *
 * expect.extend(signalMatchers);
 * ```
 */
export const signalMatchers: {
  toHaveSent(recording: Recording, signal: SignalToken, kwargs?: unknown): MatcherResult;
  toHaveSentTimes(recording: Recording, signal: SignalToken, times: number): MatcherResult;
  toHaveSentInOrder(recording: Recording, signals: readonly SignalToken[]): MatcherResult;
} = {
  toHaveSent(this: unknown, recording, signal, kwargs) {
    return matched(sentVerdict(recording, signal, kwargs === undefined ? [] : [kwargs], equalityOf(this)));
  },
  toHaveSentTimes: (recording, signal, times) => matched(timesVerdict(recording, signal, times)),
  toHaveSentInOrder: (recording, signals) => matched(orderVerdict(recording, signals)),
};

function matched({ pass, message, actual, expected }: Verdict): MatcherResult {
  return { pass, message: () => message(pass), actual, expected };
}

/** Returns how `toEqual` compares; outside `expect`, how the assertions compare. */
function equalityOf(expecting: unknown): (a: unknown, b: unknown) => boolean {
  if (!isExpecting(expecting)) return isDeepStrictEqual;
  const { customTesters = [], utils } = expecting;
  const testers = [...customTesters, ...(utils?.iterableEquality === undefined ? [] : [utils.iterableEquality])];
  return (a, b) => expecting.equals(a, b, testers);
}

function isExpecting(value: unknown): value is Expecting {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'equals') === 'function';
}
