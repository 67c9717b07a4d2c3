import {
  checkAbortSignal,
  checkBoolean,
  checkExpected,
  checkFunction,
  checkKnown,
  checkMilliseconds,
  checkObject,
  checkOptions,
} from './check.js';
import { Limits } from './limits.js';
import { type Link, type Links, inCallOrder } from './link.js';
import { type Routing, routingOf } from './routing.js';
import type { DrainOptions, SendOptions, SerialOptions, SyncOptions } from './types.js';

/** Whom a send addresses; with it, all options but those of limits have been checked. */
export function sendRoutingOf(options: SendOptions): Routing | undefined {
  checkObject(options, 'options');
  const { expected, reverse } = options;
  if (expected !== undefined) checkExpected(expected);
  if (reverse !== undefined) checkBoolean(reverse, 'reverse');
  return routingOf(options);
}

/** The limits of a send, if it has any: without them it is dispatched the fast way. */
export function limitsOf(options: SendOptions | undefined): Limits | undefined {
  if (options === undefined) return undefined;
  checkOptions(options);
  const { timeoutMs, abortSignal } = options;
  checkMilliseconds(timeoutMs, 'timeoutMs');
  checkAbortSignal(abortSignal);
  if (abortSignal === undefined && (timeoutMs === undefined || timeoutMs === Infinity)) return undefined;
  return new Limits(timeoutMs, abortSignal);
}

const SYNC_OPTIONS: readonly string[] = ['sender', 'senders', 'key', 'keys', 'expected', 'reverse', 'until'];

/** A send that waits for nothing has no limits: it must not look as if they held. */
export function checkSyncOptions(options: SyncOptions<unknown> | undefined): void {
  if (options !== undefined) checkKnown(options, SYNC_OPTIONS, 'sendSync');
}

/** False for a send that surely has none. */
export function mayHaveLimits(options: SendOptions | null | undefined): boolean {
  return options?.timeoutMs !== undefined || options?.abortSignal !== undefined;
}

/** Links in the order in which this send calls them. */
export function inOrderOf<L extends Links>(options: SendOptions | undefined, links: L): L | readonly Link[] {
  return options?.reverse === true ? [...inCallOrder(links)].reverse() : links;
}

export function untilOf(options: SerialOptions<unknown> | undefined): SerialOptions<unknown>['until'] {
  if (options === undefined) return undefined;
  checkOptions(options);
  if (options.until !== undefined) checkFunction(options.until, 'until');
  return options.until;
}

export function drainTimeoutOf(options: DrainOptions): number | undefined {
  checkOptions(options);
  checkMilliseconds(options.timeoutMs, 'timeoutMs');
  return options.timeoutMs;
}
