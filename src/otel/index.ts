/**
 * OpenTelemetry spans and metrics of sends, receivers and bus work. Needs `@opentelemetry/api`.
 *
 * @module signalbox/otel
 */
export { traceSignals } from './trace-signals.js';
export type { TraceSignalsOptions } from './types.js';
