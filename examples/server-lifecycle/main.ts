/**
 * A notes server whose resources are opened and closed by a Lifecycle.
 *
 * - The store opens, then the cache, then the HTTP server, each awaited before the next.
 * - SIGTERM closes them in reverse order, within `--stop-timeout` milliseconds. Then the requests in hand are cut, and the
 *   rest is closed all the same.
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

import { createNotesServer } from './notes-server.js';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: 'notes.json' },
    port: { type: 'string', default: '8080' },
    'stop-timeout': { type: 'string', default: '5000' },
  },
});

const server = createNotesServer({
  dataFile: options.data,
  port: Number(options.port),
  stopTimeoutMs: Number(options['stop-timeout']),
});
process.exitCode = await server.run();
