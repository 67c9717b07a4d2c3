import { type Context, type Span, SpanKind, type Tracer, context, trace } from '@opentelemetry/api';
import { nameOfReceiver } from '../internal/printing.js';
import { isQueue } from '../watch/queues.js';
import { CallMatcher } from '../watch/call-matcher.js';
import type { FarResult, Receiver, SendResult, SendWatch, TraceParent, WatchedSend } from '../index.js';
import { errorTypeOf, recordFailure } from './failures.js';
import type { Failure, Metrics } from './metrics.js';
import { traceParentOf } from './trace-context.js';

/** The tracing of one send or delivery. */
export interface SendTraceParts {
  readonly send: WatchedSend;
  /** Where the send runs. */
  readonly context: Context;
  /** The span of the send, if it has one. */
  readonly span: Span | undefined;
  /** Returns the span, if it starts only when it is known whether the send travels. */
  readonly startLate: ((travels: boolean) => Span) | undefined;
  /** Whether the send has a span even if it does not travel. */
  readonly isWanted: boolean;
  readonly tracer: Tracer;
  /** `'none'` also without a sampled span. */
  readonly receivers: 'spans' | 'events' | 'none';
  readonly metrics: Metrics | undefined;
}

export class SendTrace implements SendWatch {
  protected readonly parts: SendTraceParts;
  #span: Span | undefined;
  #failures = 0;
  #travels = false;

  constructor(parts: SendTraceParts) {
    this.parts = parts;
    this.#span = parts.span;
  }

  run(go: () => unknown): void {
    context.with(this.parts.context, go);
  }

  trace(): TraceParent | undefined {
    this.#travels = true;
    this.#span ??= this.parts.startLate?.(true);
    return traceParentOf(this.#span?.spanContext() ?? trace.getSpanContext(this.parts.context));
  }

  onResult(result: SendResult | FarResult, _expected: boolean): void {
    const failed = result.status === 'rejected';
    if (failed) this.#failures += 1;
    const { receiver } = result;
    if (this.parts.receivers !== 'events' || receiver === undefined || isQueue(receiver)) return;
    this.#span?.addEvent('receive', {
      'code.function.name': nameOfReceiver(receiver),
      ...(failed ? { 'error.type': errorTypeOf(result.reason) } : {}),
    });
  }

  onEnd(failure?: { readonly error: unknown }): void {
    const { send, metrics, isWanted, startLate } = this.parts;
    if (isWanted) this.#span ??= startLate?.(false);
    if (send.origin === 'remote') metrics?.consumed(send.signalName, 1, failure);
    else if (this.#travels) metrics?.sent(send.signalName, failure);
    if (this.#failures > 0) this.#span?.setAttribute('signalbox.failures', this.#failures);
    if (failure !== undefined && this.#span !== undefined) recordFailure(this.#span, failure.error);
    this.#span?.end();
  }
}

/** One call of a receiver. */
interface ReceiverCall {
  readonly span: Span | undefined;
  readonly startedMs: number;
}

/** The tracing of a send and of its calls of receivers. */
export class SendTraceWithCalls extends SendTrace {
  readonly #calls = new CallMatcher<ReceiverCall>();

  call(receiver: Receiver, go: () => unknown): void {
    const { receivers, span: parent } = this.parts;
    const within = parent === undefined ? context.active() : trace.setSpan(context.active(), parent);
    const span = receivers === 'spans' ? this.#startSpan(receiver, within) : undefined;
    this.#calls.begin(receiver, { span, startedMs: performance.now() });
    this.#calls.returned(span === undefined ? go() : context.with(trace.setSpan(within, span), go));
  }

  override onResult(result: SendResult | FarResult, expected: boolean): void {
    super.onResult(result, expected);
    const call = this.#calls.end(result);
    if (call !== undefined)
      this.#end(call, result.status === 'rejected' ? { error: result.reason } : undefined, expected);
  }

  override onEnd(failure?: { readonly error: unknown }): void {
    for (const call of this.#calls.endAll()) this.#end(call, failure, false);
    super.onEnd(failure);
  }

  #startSpan(receiver: Receiver, within: Context): Span {
    const { tracer, send } = this.parts;
    const attributes = { 'code.function.name': nameOfReceiver(receiver) };
    return tracer.startSpan(`receive ${send.signalName}`, { kind: SpanKind.INTERNAL, attributes }, within);
  }

  #end({ span, startedMs }: ReceiverCall, failure: Failure, expected: boolean): void {
    const { send, metrics } = this.parts;
    metrics?.received(send.signalName, startedMs, failure);
    if (span === undefined) return;
    if (failure !== undefined) {
      if (expected) span.setAttribute('error.type', errorTypeOf(failure.error));
      else recordFailure(span, failure.error);
    }
    span.end();
  }
}
