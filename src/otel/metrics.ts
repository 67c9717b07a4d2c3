import type { Counter, Histogram, MeterProvider } from '@opentelemetry/api';
import { errorTypeOf } from './failures.js';

/** The buckets of durations, as the semantic conventions advise. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export type Failure = { readonly error: unknown } | undefined;

/** The metrics of sends, deliveries, receivers and bus work. */
export class Metrics {
  readonly #sent: Counter;
  readonly #consumed: Counter;
  readonly #work: Histogram;
  readonly #receivers: Histogram;

  constructor(provider: MeterProvider) {
    const meter = provider.getMeter('signalbox');
    const seconds = (description: string) => ({
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: BUCKETS },
    });
    const messages = (description: string) => ({ description, unit: '{message}' });
    this.#sent = meter.createCounter('messaging.client.sent.messages', messages('Sends to threads, nodes and queues.'));
    this.#consumed = meter.createCounter('messaging.client.consumed.messages', messages('Deliveries and payloads.'));
    this.#work = meter.createHistogram('messaging.process.duration', seconds('Duration of bus work.'));
    this.#receivers = meter.createHistogram('signalbox.receiver.duration', seconds('Duration of local receivers.'));
  }

  sent(signal: string, failure: Failure): void {
    this.#sent.add(1, attributesOf(signal, failure));
  }

  consumed(signal: string, messages: number, failure: Failure): void {
    this.#consumed.add(messages, attributesOf(signal, failure));
  }

  worked(signal: string, startedMs: number, failure: Failure): void {
    this.#work.record(secondsSince(startedMs), attributesOf(signal, failure));
  }

  received(signal: string, startedMs: number, failure: Failure): void {
    this.#receivers.record(secondsSince(startedMs), attributesOf(signal, failure));
  }
}

function attributesOf(signal: string, failure: Failure): Record<string, string> {
  const attributes = { 'signalbox.signal': signal };
  return failure === undefined ? attributes : { ...attributes, 'error.type': errorTypeOf(failure.error) };
}

const secondsSince = (startedMs: number): number => (performance.now() - startedMs) / 1_000;
