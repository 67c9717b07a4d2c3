import type { WatchedSend } from '../../index.js';
import { hasThenMethod } from '../../internal/thenable.js';
import type { InspectOptions } from '../types.js';

const MOST_KWARGS = 100;

/** Returns the names of the kwargs, or the result of `show`. Never throws, because a send counts whatever it carries. */
export function shownKwargs({ kwargs, signal }: WatchedSend, show: InspectOptions['show']): unknown {
  try {
    const shown = show && jsonOf(show(kwargs, signal));
    if (shown !== undefined) return JSON.parse(shown) as unknown;
  } catch {
    // `show` has thrown, or has returned something that JSON cannot represent.
  }
  try {
    return Object.keys(kwargs).slice(0, MOST_KWARGS);
  } catch {
    return []; // a Proxy that does not list its keys
  }
}

/** Returns JSON; undefined for a promise, whose rejection must not end the process. */
function jsonOf(shown: unknown): string | undefined {
  if (!hasThenMethod(shown)) return JSON.stringify(shown);
  if (shown instanceof Promise) shown.catch(() => undefined);
  return undefined;
}
