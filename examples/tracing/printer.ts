/** The worker thread: prints a label for each order. */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { SignalManager } from 'signalbox';
import { joinThreads } from 'signalbox/threads';

import { orderedOf } from './signals.js';
import { startTracing } from './spans.js';

startTracing('printer', (span) => parentPort?.postMessage(span));

const manager = new SignalManager({ name: 'printer' });
const ordered = orderedOf(manager);
ordered.connect(async function printLabel({ id }) {
  await turn();
  return `label ${id}`;
});
await joinThreads(manager, { signals: [ordered], name: 'printer' });
