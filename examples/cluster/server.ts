/** One server: a process that the primary starts, and starts again when it has died. */
import cluster from 'node:cluster';

import { Lifecycle } from 'signalbox/lifecycle';

import { addBridge } from './bridge.js';
import { channelEngine } from './channel-engine.js';
import { closeHttpServer, openHttpServer } from './http-server.js';
import { openNotes } from './notes.js';
import type { ServerSettings } from './servers.js';
import { cacheInvalidated, serverStop } from './signals.js';

const settings = JSON.parse(process.env['SERVER_SETTINGS'] ?? '') as ServerSettings;
const { name, nodes, port, folder, stopTimeoutMs } = settings;

// A terminal, or systemd, sends these to all processes of a program; a server ends when it gets `server_stop`.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
const lifecycle = new Lifecycle({ startTimeoutMs: 60_000, stopTimeoutMs, stopOn: [] });

const notes = openNotes(folder);
const opened = addBridge(lifecycle, name, channelEngine);
// Closed after all that is added below, or at the deadline, and before the bridge.
const inTime = new Promise<boolean>((resolve) => {
  void lifecycle.add(
    'answer',
    () => undefined,
    (_, { abortSignal }) => resolve(!abortSignal.aborted),
  );
});
const open = async () => {
  const { bridge } = await opened;
  await Promise.all([bridge.share(cacheInvalidated), bridge.share(serverStop)]);
  // The others know this server before it answers its first request, and so before it caches anything.
  await bridge.ready({ nodes, timeoutMs: 60_000 });
  return openHttpServer(port, name, notes);
};
void lifecycle.add('http', open, closeHttpServer);

serverStop.connect(async function closeServer({ reason }) {
  lifecycle.stop(reason).catch(() => undefined); // whoever runs it gets the error
  if (!(await inTime)) throw new Error(`${name} could not close in time`);
});

process.exitCode = await lifecycle.run();
cluster.worker?.disconnect();
