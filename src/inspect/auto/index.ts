/**
 * Starts an inspector before the app: `node --import signalbox/inspect/auto app.js`. It knows where each receiver is
 * connected. Its port is `SIGNALBOX_INSPECT_PORT`, or a free one. A worker, which Node starts in the same way, gets one
 * of its own, on a free port. If that fails, the app runs all the same.
 *
 * @module signalbox/inspect/auto
 */
import { isMainThread } from 'node:worker_threads';
import { inspect } from '../inspect.js';

const port = process.env['SIGNALBOX_INSPECT_PORT'];
const isFixed = isMainThread && port !== undefined && port !== '';

// Not awaited, which CommonJS could not do: the managers are watched at once.
inspect({ connectSites: true, port: isFixed ? Number(port) : 0 }).catch((error: unknown) => {
  process.stderr.write(`signalbox inspector: ${String(error)}\n`);
});
