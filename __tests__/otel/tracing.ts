import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** An SDK that keeps the spans that have ended, with a context manager. */
export class Tracing {
  readonly #exporter = new InMemorySpanExporter();
  readonly started: Span[] = [];
  readonly provider: BasicTracerProvider;

  constructor(sampler?: Sampler, processors: readonly SpanProcessor[] = []) {
    const counting = {
      onStart: (span: Span) => void this.started.push(span),
      onEnd: () => undefined,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    this.provider = new BasicTracerProvider({
      ...(sampler === undefined ? {} : { sampler }),
      spanProcessors: [new SimpleSpanProcessor(this.#exporter), counting, ...processors],
    });
    trace.setGlobalTracerProvider(this.provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }

  /** The spans that have ended, and all that have begun must have. */
  get spans(): ReadableSpan[] {
    const spans = this.#exporter.getFinishedSpans();
    if (spans.length !== this.started.length) {
      throw new Error(`${this.started.length} spans have begun, ${spans.length} have ended`);
    }
    return spans;
  }

  /** Calls a function within a span, as in a request. */
  request<T>(call: () => T, name = 'request'): T {
    return trace.getTracer('tests').startActiveSpan(name, { root: true }, (span) => {
      const end = (): void => {
        span.end();
      };
      const value = call();
      if (value instanceof Promise) void value.then(end, end);
      else end();
      return value;
    });
  }

  span(name: string): ReadableSpan {
    const found = this.spans.filter((span) => span.name === name);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} spans of the name ${name}`);
    return found[0];
  }

  /** Each span with the path of its parents, in the order of their starts. */
  get tree(): string[] {
    return treeOf(this.started as unknown as ReadableSpan[]);
  }

  clear(): void {
    this.#exporter.reset();
    this.started.length = 0;
  }

  async end(): Promise<void> {
    trace.disable();
    context.disable();
    await this.provider.shutdown();
  }
}

/** Each span as `parent > child`, with `?` for a parent that is none of them. */
export function treeOf(spans: readonly ReadableSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const pathOf = (span: ReadableSpan): string => {
    const { parentSpanContext: parent } = span;
    if (parent === undefined) return span.name;
    const known = byId.get(parent.spanId);
    const sameTrace = parent.traceId === span.spanContext().traceId;
    return `${known === undefined || !sameTrace ? '?' : pathOf(known)} > ${span.name}`;
  };
  return spans.map(pathOf);
}

/** The parts of a span that rules speak of. */
export function shown({ name, kind, attributes, status, events, links }: ReadableSpan) {
  return {
    name,
    kind: SpanKind[kind],
    attributes,
    ...(status.code === SpanStatusCode.ERROR ? { status: 'ERROR' } : {}),
    ...(events.length > 0 ? { events: events.map((event) => event.name) } : {}),
    ...(links.length > 0 ? { links: links.map((link) => link.context.spanId) } : {}),
  };
}

/** A context whose span is remote. */
export function remoteContext(traceFlags: number): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags });
}
