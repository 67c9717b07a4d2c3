import { argumentError, checkBoolean, checkFunction, checkKnown, checkObject, checkOneOf } from '../internal/check.js';
import { DISPOSE } from '../internal/dispose.js';
import { isObject } from '../internal/weak-key-map.js';
import { watchManagers } from '../manager/watch-managers.js';
import { checkedManagers } from '../signals/check-signal.js';
import { SignalTracer } from './signal-tracer.js';
import type { TraceSignalsOptions } from './types.js';

const TRACE_OPTIONS = [
  'managers',
  'receivers',
  'where',
  'onlyWithinTrace',
  'follow',
  'attributes',
  'tracerProvider',
  'meterProvider',
] as const satisfies readonly (keyof TraceSignalsOptions)[];

/**
 * Creates OpenTelemetry spans for sends, receivers and bus work, until the returned object is disposed.
 *
 * A send within an active span becomes its child, and each receiver a child of the send. The trace travels with the send
 * to threads, nodes and queues, and goes on there if they are traced, too. Names and attributes follow the semantic
 * conventions for messaging. Spans contain no kwargs, payloads, results, keys or senders. Without a registered SDK
 * nothing is recorded, and sends work as ever.
 *
 * @param options - By default, all managers of this thread are traced, those made later too, and only sends within a
 * trace.
 * @throws TypeError for a wrong or unknown option; ManagerClosedError if one of `managers` is closed. Nothing is traced
 * then.
 *
 * @example
 * ```ts
 * import { traceSignals } from 'signalbox/otel';
 *
 * const tracing = traceSignals({ receivers: 'events', where: (what) => !('signalName' in what) || what.signalName !== 'tick' });
 * tracing[Symbol.dispose](); // sends that have begun still end their spans
 * ```
 */
export function traceSignals(options: TraceSignalsOptions = {}): Disposable {
  checkTraceOptions(options);
  const chosen = checkedManagers(options.managers);
  const tracer = new SignalTracer({ ...options });
  if (chosen === undefined) return watchManagers(tracer);
  const watches: Disposable[] = [];
  const dispose = (): void => {
    for (const watch of watches.splice(0)) watch[DISPOSE]();
  };
  try {
    for (const manager of chosen) watches.push(manager.watch(tracer));
  } catch (error) {
    dispose();
    throw error;
  }
  return { [DISPOSE]: dispose };
}

function checkTraceOptions(options: TraceSignalsOptions): void {
  checkObject(options, 'options');
  checkKnown(options, TRACE_OPTIONS, 'traceSignals');
  const { receivers, where, onlyWithinTrace, follow, attributes, tracerProvider, meterProvider } = options;
  if (receivers !== undefined) checkOneOf(receivers, 'receivers', ['spans', 'events', 'none']);
  if (follow !== undefined) checkOneOf(follow, 'follow', ['child', 'link']);
  checkBoolean(onlyWithinTrace, 'onlyWithinTrace');
  if (where !== undefined) checkFunction(where, 'where');
  if (attributes !== undefined) checkFunction(attributes, 'attributes');
  checkProvider(tracerProvider, 'tracerProvider', 'getTracer');
  checkProvider(meterProvider, 'meterProvider', 'getMeter');
}

function checkProvider(provider: unknown, parameter: string, method: string): void {
  if (provider === undefined) return;
  if (!isObject(provider) || typeof Reflect.get(provider, method) !== 'function') {
    throw argumentError(parameter, `an object with \`${method}\``, provider);
  }
}
