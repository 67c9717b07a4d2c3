/**
 * The trace of an order: it comes in over HTTP, and goes on as a signal to receivers in the same thread, in a worker thread
 * and in a second process, and as a payload to a subscriber of a bus. Each of the three has its own OpenTelemetry SDK, as in
 * production; their spans are printed as one tree.
 *
 * Run it from the root of the package:
 *
 *     npm run build && npm run build:examples
 *     node examples/tracing/main.js
 */
import { traceOrder } from './shop.js';

for (const line of await traceOrder()) console.log(line);
