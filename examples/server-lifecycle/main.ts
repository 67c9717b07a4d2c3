/**
 * A notes server whose resources open and close over signals.
 *
 * - `server_start` opens the store, then the cache, then the HTTP server, each awaited before the next.
 * - What has been opened connects its own closing to `server_stop`; SIGTERM sends it in reverse order, and each
 *   resource has `--stop-timeout` milliseconds.
 * - A start that fails closes what had been opened, and nothing else.
 *
 * Run it from the root of the package:
 *
 *     npm run build && npm run build:examples
 *     node examples/server-lifecycle/main.js --data notes.json --port 8080
 *
 *     curl -X PUT --data 'Darjeeling' http://127.0.0.1:8080/notes/tea
 *     curl http://127.0.0.1:8080/notes/tea
 *
 * and stop it with `kill <process id>`. The exit code is 0 when everything could be closed in time, else 1.
 */
import { parseArgs } from 'node:util';

import { runServer } from './lifecycle.js';
import { connectResources } from './resources.js';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: 'notes.json' },
    port: { type: 'string', default: '8080' },
    'stop-timeout': { type: 'string', default: '5000' },
  },
});

connectResources();

try {
  const closedInTime = await runServer({
    dataFile: options.data,
    port: Number(options.port),
    stopTimeoutMs: Number(options['stop-timeout']),
  });
  process.exitCode = closedInTime ? 0 : 1;
} catch (error) {
  console.error('the server could not start:', error);
  process.exitCode = 1;
}
