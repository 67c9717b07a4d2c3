import {
  checkAbortSignal,
  checkBoolean,
  checkExpected,
  checkFunction,
  checkMilliseconds,
  checkObject,
  checkOptions,
} from '../internal/check.js';
import { Limits } from '../dispatch/limits.js';
import { type Link, type Links, inCallOrder } from '../receivers/link.js';
import { type ParsedFilter, parsedFilterOf } from '../signals/filter.js';
import type { DrainOptions, SendOptions } from '../contract/options.js';
import type { SerialOptions } from '../contract/signals.js';

/** Whom a send addresses; with it, all options but those of limits have been checked. */
export function sendFilterOf(options: SendOptions): ParsedFilter | undefined {
  checkObject(options, 'options');
  const { expected, reverse } = options;
  if (expected !== undefined) checkExpected(expected);
  if (reverse !== undefined) checkBoolean(reverse, 'reverse');
  return parsedFilterOf(options);
}

/** The limits of a send, if it has any: without them it is dispatched the fast way. */
export function limitsOf(options: SendOptions | undefined): Limits | undefined {
  if (options === undefined) return undefined;
  checkObject(options, 'options');
  const { timeoutMs, abortSignal } = options;
  checkMilliseconds(timeoutMs, 'timeoutMs');
  checkAbortSignal(abortSignal);
  if (abortSignal === undefined && (timeoutMs === undefined || timeoutMs === Infinity)) return undefined;
  return new Limits(timeoutMs, abortSignal);
}

/** False for a send that surely has none. */
export function mayHaveLimits(options: SendOptions | null | undefined): boolean {
  return options?.timeoutMs !== undefined || options?.abortSignal !== undefined;
}

/** Links in the order in which this send calls them. */
export function inOrderOf<L extends Links>(options: SendOptions | undefined, links: L): L | readonly Link[] {
  return options?.reverse === true ? [...inCallOrder(links)].reverse() : links;
}

export function untilOf(
  options: SerialOptions<unknown> | undefined,
  call: 'sendSerial' | 'sendSync',
): SerialOptions<unknown>['until'] {
  checkOptions(options, call);
  if (options === undefined) return undefined;
  if (options.until !== undefined) checkFunction(options.until, 'until');
  return options.until;
}

export function drainTimeoutOf(options: DrainOptions, call: 'drain' | 'close'): number | undefined {
  checkOptions(options, call);
  checkMilliseconds(options.timeoutMs, 'timeoutMs');
  return options.timeoutMs;
}
