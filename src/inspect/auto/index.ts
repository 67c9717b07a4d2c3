/**
 * Starts an inspector before the app: `node --import signalbox/inspect/auto app.js`. It knows where each receiver is
 * connected. Its port is `SIGNALBOX_INSPECT_PORT`, or a free one. If that fails, the app runs all the same.
 *
 * @module signalbox/inspect/auto
 */
import { inspect } from '../inspect.js';

const port = process.env['SIGNALBOX_INSPECT_PORT'];

// Not awaited, which CommonJS could not do: the managers are watched at once.
inspect({ connectSites: true, ...(port === undefined || port === '' ? {} : { port: Number(port) }) }).catch(
  (error: unknown) => {
    process.stderr.write(`signalbox inspector: ${String(error)}\n`);
  },
);
