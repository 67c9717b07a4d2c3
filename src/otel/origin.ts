import { type Context, type Link, type SpanContext, context, isSpanContextValid, trace } from '@opentelemetry/api';
import type { TraceParent } from '../index.js';
import { isSampled, spanContextOf } from './trace-context.js';

/** The context and the span that a send or a piece of work follows. */
export interface TraceOrigin {
  /** The context that it runs in without a span of its own. A span of its own is started in it. */
  readonly context: Context;
  /** The span that it follows; undefined if there is none. */
  readonly span: SpanContext | undefined;
  /** Given if its span is a root span. */
  readonly links: readonly Link[];
}

const NO_SPAN_LINKS: readonly Link[] = [];

/** Returns the origin of a local send: the active span. */
export function activeOrigin(): TraceOrigin {
  const active = context.active();
  const span = trace.getSpanContext(active);
  return {
    context: active,
    span: span !== undefined && isSpanContextValid(span) ? span : undefined,
    links: NO_SPAN_LINKS,
  };
}

/**
 * Returns the origin of a delivery or of work: the traces that came along. The active span is none of them. It may belong
 * to whoever opened a connection, or to a request that has ended.
 *
 * @param linked - Whether its span is a root span.
 */
export function incomingOrigin(traces: readonly TraceParent[], linked: boolean): TraceOrigin {
  const detached = withoutSpan();
  const spans = distinct(traces.map(spanContextOf));
  const [only] = spans;
  const span = spans.find(isSampled) ?? only;
  if (span === undefined) return { context: detached, span, links: NO_SPAN_LINKS };
  if (!isSampled(span) || (spans.length === 1 && !linked)) {
    return { context: trace.setSpanContext(detached, span), span, links: NO_SPAN_LINKS };
  }
  return { context: detached, span, links: spans.map((each) => ({ context: each })) };
}

/** The active context, without its span. */
export function withoutSpan(): Context {
  const active = context.active();
  return trace.getSpan(active) === undefined ? active : trace.deleteSpan(active);
}

function distinct(spans: readonly SpanContext[]): readonly SpanContext[] {
  return [...new Map(spans.map((span) => [span.traceId + span.spanId, span])).values()];
}
