/** Sets up the SDK of OpenTelemetry, and prints spans as a tree. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { traceSignals } from 'signalbox/otel';

/** The part of a span that is printed. It crosses to other threads and processes. */
export interface PlainSpan {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly name: string;
  /** The receiver or subscriber. */
  readonly called: string | undefined;
  /** The thread or process. */
  readonly place: string;
}

/** Traces the signals of this thread, and gives each span that has ended to `take`. */
export function startTracing(place: string, take: (span: PlainSpan) => void): AsyncDisposable {
  const exporter = {
    export: (spans: readonly ReadableSpan[], done: (result: { code: number }) => void): void => {
      for (const span of spans) take(plain(span, place));
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracing = traceSignals();
  return {
    [Symbol.asyncDispose]: async () => {
      tracing[Symbol.dispose]();
      await provider.shutdown();
      trace.disable();
      context.disable();
    },
  };
}

function plain(span: ReadableSpan, place: string): PlainSpan {
  const { name, attributes, parentSpanContext } = span;
  const called = attributes['code.function.name'];
  return {
    id: span.spanContext().spanId,
    parentId: parentSpanContext?.spanId,
    name,
    called: typeof called === 'string' ? called : undefined,
    place,
  };
}

/** Returns the tree below a span, one line per span, indented by its depth. */
export function treeOf(spans: readonly PlainSpan[], parentId?: string, depth = 0): string[] {
  const children = spans.filter((span) => span.parentId === parentId);
  const lines = children.map((span) => {
    const called = span.called === undefined ? '' : ` (${span.called})`;
    const below = treeOf(spans, span.id, depth + 1);
    return [`${'  '.repeat(depth)}${span.name}${called} in the ${span.place}`, ...below];
  });
  // Threads and processes end their spans in any order.
  return lines.sort(([first = ''], [second = '']) => (first < second ? -1 : 1)).flat();
}
