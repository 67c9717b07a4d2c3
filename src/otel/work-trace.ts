import { type Context, type Span, context } from '@opentelemetry/api';
import type { BusWork, WorkWatch } from '../index.js';
import { recordFailure } from './failures.js';
import type { Metrics } from './metrics.js';

/** The tracing of one piece of bus work. */
export class WorkTrace implements WorkWatch {
  readonly #work: BusWork;
  readonly #context: Context;
  readonly #span: Span | undefined;
  readonly #metrics: Metrics | undefined;
  #startedMs = 0;

  constructor(work: BusWork, within: Context, span: Span | undefined, metrics: Metrics | undefined) {
    this.#work = work;
    this.#context = within;
    this.#span = span;
    this.#metrics = metrics;
  }

  run(go: () => unknown): void {
    this.#startedMs = performance.now();
    context.with(this.#context, go);
  }

  onEnd(failure?: { readonly error: unknown }): void {
    const { topic, name, payloads } = this.#work;
    this.#metrics?.worked(topic ?? name, this.#startedMs, failure);
    if (topic !== undefined) this.#metrics?.consumed(topic, payloads.length, failure);
    if (failure !== undefined && this.#span !== undefined) recordFailure(this.#span, failure.error);
    this.#span?.end();
  }
}
