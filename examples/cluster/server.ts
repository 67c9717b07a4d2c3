/** One server: a process that the primary starts, and starts again when it has died. */
import cluster from 'node:cluster';

import { Bridge } from 'signalbox/bridge';

import { channelEngine } from './channel-engine.js';
import { openEngine } from './engine.js';
import { openHttpServer } from './http-server.js';
import { openNotes } from './notes.js';
import type { ServerSettings } from './servers.js';
import { cacheInvalidated, clusterSignals, namespace, serverStop } from './signals.js';

const settings = JSON.parse(process.env['SERVER_SETTINGS'] ?? '') as ServerSettings;

// A terminal, or systemd, sends these to all processes of a program; a server ends when it gets `server_stop`.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => undefined);

const { engine, close } = await openEngine(channelEngine);
const bridge = new Bridge(clusterSignals, engine, { namespace, node: settings.name });
const notes = openNotes(settings.folder);
await Promise.all([bridge.share(cacheInvalidated), bridge.share(serverStop)]);
// The others know this server before it answers its first request, and so before it caches anything.
await bridge.ready({ nodes: settings.nodes, timeoutMs: 60_000 });

const stopping = serverStop.wait();
await openHttpServer(settings.port, settings.name, notes);
await stopping;

await bridge.close(); // waits for `closeHttpServer`, and tells the sender of `server_stop` how it ended
await close();
cluster.worker?.disconnect();
