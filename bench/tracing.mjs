// npm run build && node bench/tracing.mjs
// Prints CPU nanoseconds per emit: not traced, and with traceSignals of signalbox/otel in several set-ups. CPU time, because
// it depends little on other load; the best of many rounds.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, AlwaysOnSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { SignalManager } from '../dist/index.js';
import { traceSignals } from '../dist/otel.js';

const ROUNDS = 25;
const EMITS = 10_000;

/** Receives spans and drops them, so that only their making is measured. */
const processor = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };

function registerSdk(sampler) {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors: [processor] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

const setUps = {
  'not traced': {},
  'traced, no SDK': { options: {} },
  'traced, no SDK, a trace each': { options: { onlyWithinTrace: false } },
  'no active span': { sampler: new AlwaysOnSampler(), options: {} },
  'sampled out': { sampler: new AlwaysOffSampler(), options: {}, request: true },
  "receivers: 'none'": { sampler: new AlwaysOnSampler(), options: { receivers: 'none' }, request: true },
  "receivers: 'events'": { sampler: new AlwaysOnSampler(), options: { receivers: 'events' }, request: true },
  full: { sampler: new AlwaysOnSampler(), options: {}, request: true },
};

function nanoseconds({ sampler, options, request }, receivers) {
  if (sampler !== undefined) registerSdk(sampler);
  const manager = new SignalManager();
  const tracing = options && traceSignals({ managers: [manager], ...options });
  const signal = manager.signal('measured');
  let calls = 0;
  for (let i = 0; i < receivers; i++) signal.connect(() => void (calls += 1));
  const kwargs = {};
  const round = () => {
    const before = process.cpuUsage();
    for (let i = 0; i < EMITS; i++) signal.emit(kwargs);
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1_000) / EMITS;
  };
  const rounds = () => Math.min(...Array.from({ length: ROUNDS }, round));
  const best = request ? trace.getTracer('bench').startActiveSpan('request', rounds) : rounds();
  if (calls !== receivers * EMITS * ROUNDS) throw new Error(`${calls} calls`);
  tracing?.[Symbol.dispose]();
  trace.disable();
  context.disable();
  return Math.round(best);
}

console.log('CPU ns per emit'.padEnd(32), '1 receiver'.padStart(12), '10 receivers'.padStart(14));
for (const [name, setUp] of Object.entries(setUps)) {
  const [one, ten] = [1, 10].map((receivers) => nanoseconds(setUp, receivers));
  console.log(name.padEnd(32), String(one).padStart(12), String(ten).padStart(14));
}
