// npm run bench:watching                  measures, and writes its chapter of bench/README.md
// npm run bench:watching -- --rounds 5    fewer rounds; prints the figures and writes nothing
// What an emit costs while its manager is watched: by small watchers, and by traceSignals of signalbox/otel.
import { parseArgs } from 'node:util';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, AlwaysOnSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { SignalManager } from '../dist/index.js';
import { traceSignals } from '../dist/otel.js';
import { writeReport } from './report.mjs';
import { machine, readResults, writeResults } from './results.mjs';
import { SET_UPS } from './watching-chapter.mjs';

const EMITS = 10_000;
/** With fewer, the best round may still be a disturbed one. */
const WRITTEN_FROM_ROUNDS = 20;

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '25' } } });
const rounds = Number(options.rounds);

/** Receives spans and drops them, so that only their making is measured. */
const processor = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };

function registerSdk(sampler) {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors: [processor] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

let results = 0;
const counting = { onResult: () => void (results += 1) };
const declining = { onSend: () => undefined };
const watched = (watcher) => (manager) => manager.watch(watcher);
const traced =
  (more = {}) =>
  (manager) =>
    traceSignals({ managers: [manager], ...more });

/** Each is made inside a span of a request, if it has a sampler and is not `alone`. */
const BY_NAME = {
  nobody: { watch: () => undefined },
  declines: { watch: watched(declining) },
  counts: { watch: watched({ onSend: () => counting }) },
  noSdk: { watch: traced() },
  noSpan: { sampler: new AlwaysOnSampler(), watch: traced(), alone: true },
  sampledOut: { sampler: new AlwaysOffSampler(), watch: traced() },
  sendsOnly: { sampler: new AlwaysOnSampler(), watch: traced({ receivers: 'none' }) },
  events: { sampler: new AlwaysOnSampler(), watch: traced({ receivers: 'events' }) },
  full: { sampler: new AlwaysOnSampler(), watch: traced() },
};

/** Returns CPU nanoseconds per emit, because CPU time depends little on other load: the best of all rounds. */
function nanoseconds({ sampler, watch, alone }, receivers) {
  if (sampler !== undefined) registerSdk(sampler);
  const manager = new SignalManager();
  const watching = watch(manager);
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
  const all = () => Math.min(...Array.from({ length: rounds }, round));
  const inRequest = sampler !== undefined && !alone;
  const best = inRequest ? trace.getTracer('bench').startActiveSpan('request', all) : all();
  if (calls !== receivers * EMITS * rounds) throw new Error(`${calls} calls`);
  watching?.[Symbol.dispose]();
  trace.disable();
  context.disable();
  return best;
}

const figures = { ...machine(), rounds, emits: EMITS, emit: {} };
for (const name of Object.keys(SET_UPS)) {
  figures.emit[name] = [1, 10].map((receivers) => nanoseconds(BY_NAME[name], receivers));
}
console.log(figures);
if (rounds >= WRITTEN_FROM_ROUNDS) {
  const all = { ...readResults(), watching: figures };
  await writeResults(all);
  await writeReport(all);
}
