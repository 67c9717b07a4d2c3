/**
 * A notes server of several processes behind one port, which share two signals:
 *
 * - `cache_invalidated`: a process that writes a note has all processes forget the old one before it answers.
 * - `server_stop`: sent when this program gets SIGTERM. All processes finish their requests, and it learns which did in time.
 *
 * A process that dies is replaced. Its requests are lost, and so is a connection that node:cluster was just giving to it:
 * clients need a time limit, and ask again. With `NATS_URL` the signals go over that NATS server, and so to other hosts;
 * without it, over the memory of this process and the channels that node:cluster keeps to its servers.
 *
 * Run it from the root of the package:
 *
 *     npm run build && npm run build:examples
 *     node examples/cluster/main.js --folder notes --port 8080
 *
 *     curl -X PUT --data 'Darjeeling' http://127.0.0.1:8080/notes/tea
 *     curl --include http://127.0.0.1:8080/notes/tea
 *
 * Kill one of its processes, or stop it with `kill <process id>` or Ctrl-C. The exit code is 0 if all closed in time, else 1.
 */
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { createCluster } from './cluster.js';

const { values: options } = parseArgs({
  options: {
    name: { type: 'string', default: 'server' },
    servers: { type: 'string', default: '3' },
    folder: { type: 'string', default: 'notes' },
    port: { type: 'string', default: '8080' },
    'stop-timeout': { type: 'string', default: '5000' },
  },
});

await mkdir(options.folder, { recursive: true });
const { lifecycle } = createCluster({
  name: options.name,
  servers: Number(options.servers),
  folder: options.folder,
  port: Number(options.port),
  stopTimeoutMs: Number(options['stop-timeout']),
});
process.exitCode = await lifecycle.run();
