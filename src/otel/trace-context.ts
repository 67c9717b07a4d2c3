import { type SpanContext, TraceFlags, createTraceState, isSpanContextValid } from '@opentelemetry/api';
import type { TraceParent } from '../index.js';

export function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** Returns the context of a remote span. The trace must be valid, as watchers get it. */
export function spanContextOf({ traceparent, tracestate }: TraceParent): SpanContext {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  const remote = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return tracestate === undefined ? remote : { ...remote, traceState: createTraceState(tracestate) };
}

/** Returns the trace that travels for a span; undefined for the span of an API without SDK. */
export function traceParentOf(span: SpanContext | undefined): TraceParent | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = span;
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  const tracestate = traceState?.serialize();
  return tracestate ? { traceparent, tracestate } : { traceparent };
}
