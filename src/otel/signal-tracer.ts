import { type Attributes, type Context, type Span, type Tracer, context, trace } from '@opentelemetry/api';
import type { BusWork, SendWatch, SendWatcher, WatchedSend, WorkWatch } from '../index.js';
import { Metrics } from './metrics.js';
import { type TraceOrigin, activeOrigin, incomingOrigin, withoutSpan } from './origin.js';
import { SendTrace, type SendTraceParts, SendTraceWithCalls } from './send-trace.js';
import { type SpanDescription, describeSend, describeWork } from './span-descriptions.js';
import { isSampled, traceParentOf } from './trace-context.js';
import type { TraceSignalsOptions } from './types.js';
import { WorkTrace } from './work-trace.js';

/** The watcher that creates spans and metrics. It decides which sends and which work get a span. */
export class SignalTracer implements SendWatcher {
  readonly #options: TraceSignalsOptions;
  readonly #quiet: boolean;
  readonly #links: boolean;
  readonly #receivers: SendTraceParts['receivers'];
  readonly #metrics: Metrics | undefined;

  constructor(options: TraceSignalsOptions) {
    this.#options = options;
    this.#quiet = options.onlyWithinTrace ?? true;
    this.#links = options.follow === 'link';
    this.#receivers = options.receivers ?? 'spans';
    this.#metrics = options.meterProvider && new Metrics(options.meterProvider);
  }

  onSend(send: WatchedSend): SendWatch | undefined {
    const isRemote = send.origin === 'remote';
    const reaches = send.receivers > 0 || send.peers.length > 0;
    // A durable send may reach nobody but its engine, which shows only when its trace is asked for.
    const mayBeDurable = !reaches && !isRemote;
    const isWanted = this.#wants(send, reaches);
    const isWantedIfDurable = mayBeDurable && this.#options.where === undefined;
    if (!isWanted && !isWantedIfDurable) return isRemote ? passedOn(withoutSpan()) : undefined;
    const { trace: incoming, context: delivered } = send;
    const linked = this.#links || delivered.delivery !== undefined;
    const origin = isRemote ? incomingOrigin(incoming === undefined ? [] : [incoming], linked) : activeOrigin();
    const traced = this.#traces(origin);
    const metrics = this.#metrics;
    if (!traced && metrics === undefined) return passedOn(origin.context, origin);

    const tracer = this.#tracer;
    const start = (travels: boolean): Span => this.#start(tracer, send, describeSend(send, travels), origin);
    const span = traced && !mayBeDurable ? start(send.peers.length > 0 || send.queues > 0) : undefined;
    const hasSpans = this.#receivers === 'spans' && span !== undefined && isSampled(span.spanContext());
    const parts: SendTraceParts = {
      send,
      context: span === undefined ? origin.context : trace.setSpan(origin.context, span),
      span,
      startLate: traced && mayBeDurable ? start : undefined,
      isWanted,
      tracer,
      receivers: hasSpans || this.#receivers === 'events' ? this.#receivers : 'none',
      metrics,
    };
    return hasSpans || metrics !== undefined ? new SendTraceWithCalls(parts) : new SendTrace(parts);
  }

  onWork(work: BusWork): WorkWatch | undefined {
    if (!this.#wants(work, true)) return passedOn(withoutSpan());
    const origin = incomingOrigin(work.traces, this.#links);
    const traced = this.#traces(origin);
    if (!traced && this.#metrics === undefined) return passedOn(origin.context);
    const span = traced ? this.#start(this.#tracer, work, describeWork(work), origin) : undefined;
    const within = span === undefined ? origin.context : trace.setSpan(origin.context, span);
    return new WorkTrace(work, within, span, this.#metrics);
  }

  get #tracer(): Tracer {
    return (this.#options.tracerProvider ?? trace.getTracerProvider()).getTracer('signalbox');
  }

  #wants(what: WatchedSend | BusWork, byDefault: boolean): boolean {
    const { where } = this.#options;
    if (where === undefined) return byDefault;
    try {
      return where(what);
    } catch {
      return false;
    }
  }

  /** Whether there is a span. */
  #traces({ span }: TraceOrigin): boolean {
    return span === undefined ? !this.#quiet : isSampled(span);
  }

  #start(tracer: Tracer, what: WatchedSend | BusWork, description: SpanDescription, origin: TraceOrigin): Span {
    const { name, kind } = description;
    const attributes = { ...this.#attributesOf(what), ...description.attributes };
    return tracer.startSpan(name, { kind, attributes, links: [...origin.links] }, origin.context);
  }

  #attributesOf(what: WatchedSend | BusWork): Attributes {
    try {
      return { ...this.#options.attributes?.(what) };
    } catch {
      return {};
    }
  }
}

/** Runs a send or work without a span of its own in a context, and sends the trace of its origin on. */
function passedOn(within: Context, origin?: TraceOrigin): (SendWatch & WorkWatch) | undefined {
  const run = (go: () => unknown): void => {
    context.with(within, go);
  };
  const carried = origin?.span;
  const carry = { trace: () => traceParentOf(carried) };
  if (within === context.active()) return carried && carry;
  return carried === undefined ? { run } : { run, ...carry };
}
