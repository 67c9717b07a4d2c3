import type { WatchedSend } from '../../index.js';
import type { InspectOptions } from '../types.js';

const MOST_KWARGS = 100;

/** Returns the names of the kwargs, or the result of `show`. */
export function shownKwargs({ kwargs, signal }: WatchedSend, show: InspectOptions['show']): unknown {
  try {
    const shown = show && (JSON.stringify(show(kwargs, signal)) as string | undefined);
    if (shown !== undefined) return JSON.parse(shown) as unknown;
  } catch {
    // `show` has thrown, or has returned something that JSON cannot represent.
  }
  return Object.keys(kwargs).slice(0, MOST_KWARGS);
}
