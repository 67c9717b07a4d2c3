import type { Attributes, MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { BusWork, SignalManager, WatchedSend } from '../index.js';

/** The options of {@link traceSignals}. An unknown name is a TypeError. */
export interface TraceSignalsOptions {
  /** The managers to trace. Default: every live manager of this thread, those made later too. */
  readonly managers?: Iterable<SignalManager> | undefined;
  /**
   * `'spans'`: a span per receiver. `'events'`: an event on the send's span per receiver. `'none'`: neither. Default:
   * `'spans'`.
   */
  readonly receivers?: 'spans' | 'events' | 'none' | undefined;
  /**
   * Returns whether a send or a piece of bus work is traced and measured; an error counts as false. Default: all work,
   * durable sends, and sends that reach a receiver, a thread or a node.
   */
  readonly where?: ((what: WatchedSend | BusWork) => boolean) | undefined;
  /** Starts no trace: there is a span only inside an active span, or if a trace came along. Default: true. */
  readonly onlyWithinTrace?: boolean | undefined;
  /**
   * How a delivery from a thread, node or queue follows its send. `'child'`: in the same trace. `'link'`: as a root span
   * with a link. Durable deliveries, and batches from several traces, are always linked. Default: `'child'`.
   */
  readonly follow?: 'child' | 'link' | undefined;
  /**
   * Returns more attributes for the span of a send or of work. If it throws, there are none. By default, no kwargs,
   * payloads, results, keys or senders are recorded.
   */
  readonly attributes?: ((what: WatchedSend | BusWork) => Attributes) | undefined;
  /** The provider of the spans. Default: the global one, looked up at each use. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** The provider of the metrics. Default: no metrics. */
  readonly meterProvider?: MeterProvider | undefined;
}
