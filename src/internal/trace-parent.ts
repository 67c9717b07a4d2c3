import type { TraceParent } from '../contract/signals.js';
import { isObject } from './weak-key-map.js';

const LENGTH = 55;
/** Version, trace id, parent id and flags. No id consists of zeros only. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const TRACESTATE = /^[ -~]{1,512}$/;

/**
 * Returns a valid copy of a W3C Trace Context, from a watcher or from another thread or node; undefined if it is not
 * valid. Parts that later versions append are cut off. An invalid `tracestate` is left out.
 */
export function validTrace(value: unknown): TraceParent | undefined {
  if (!isObject(value)) return undefined;
  const { traceparent, tracestate } = value as { readonly [K in keyof TraceParent]: unknown };
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  if (traceparent.length > LENGTH && traceparent.startsWith('00')) return undefined;
  const valid = { traceparent: traceparent.slice(0, LENGTH) };
  const hasState = typeof tracestate === 'string' && TRACESTATE.test(tracestate);
  return Object.freeze(hasState ? { ...valid, tracestate } : valid);
}
