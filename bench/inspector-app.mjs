// The process that `inspector.mjs` measures: 200 signals with ten receivers each, and 5,000 sends a second over all of them.
// It does what its parent asks, and answers with figures.
import { Buffer } from 'node:buffer';
import { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignalManager } from '../dist/index.js';
import { inspect } from '../dist/inspect.js';

const [signalCount, receiverCount, perSecond] = process.argv.slice(2).map(Number);
const TICK_MS = 10;
/** A process that is late does not make up for it, because it would then do nothing else. */
const MOST_IN_A_TICK = (4 * perSecond * TICK_MS) / 1_000;

const manager = new SignalManager({ name: 'bench' });
let calls = 0;
const signals = Array.from({ length: signalCount }, (_, index) => {
  const signal = manager.signal(`signal ${index}`);
  for (let i = 1; i < receiverCount; i++) signal.connect(() => void (calls += 1));
  signal.connect(async () => void (calls += 1));
  return signal;
});

/** The messages of `/events`, as they are written. */
const events = { count: 0, bytes: 0, largest: 0 };
const { write } = ServerResponse.prototype;
ServerResponse.prototype.write = function counted(chunk, ...rest) {
  const bytes = Buffer.byteLength(chunk);
  events.count += 1;
  events.bytes += bytes;
  events.largest = Math.max(events.largest, bytes);
  return write.call(this, chunk, ...rest);
};

let sends = 0;
let startedMs = performance.now();
let dueBefore = 0;
setInterval(() => {
  const due = Math.floor(((performance.now() - startedMs) * perSecond) / 1_000);
  const now = Math.min(due - dueBefore, MOST_IN_A_TICK);
  dueBefore = due;
  for (let i = 0; i < now; i++) {
    sends += 1;
    void signals[(sends * 7) % signalCount].send({ value: sends });
  }
}, TICK_MS);

let span;
const tasks = {
  async inspect() {
    const { url } = await inspect({ onReady: null });
    return url;
  },
  /** Begins a span of measuring. */
  begin() {
    events.largest = 0;
    span = { startedMs: performance.now(), cpu: process.cpuUsage(), sends, calls, events: { ...events } };
  },
  /** Returns the figures since `begin`. */
  end() {
    const seconds = (performance.now() - span.startedMs) / 1_000;
    const { user, system } = process.cpuUsage(span.cpu);
    const made = sends - span.sends;
    return {
      sendsPerSecond: made / seconds,
      callsPerSend: (calls - span.calls) / made,
      cpuMicrosecondsPerSend: (user + system) / made,
      updatesPerSecond: (events.count - span.events.count) / seconds,
      bytesPerUpdate: (events.bytes - span.events.bytes) / (events.count - span.events.count),
      largestUpdateBytes: events.largest,
    };
  },
  /** Returns the bytes in use after a full collection. */
  async heap() {
    for (let i = 0; i < 3; i++) {
      globalThis.gc();
      await sleep(50);
    }
    return process.memoryUsage().heapUsed;
  },
};

process.on('message', async (task) => process.send({ task, answer: await tasks[task]() }));
process.send({ task: 'ready' });
