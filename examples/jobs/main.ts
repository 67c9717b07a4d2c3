/**
 * Durable jobs: payments that are made once each, by workers that are killed at random while they make them.
 *
 * - A job is a send of a signal that is shared as `durable`: it has been stored when `send` resolves.
 * - Of the workers, which name the same `group`, one gets it. A job that it did not finish comes again, under the same id.
 * - So each job is done at least once; its effect happens once, because the ledger knows the ids of what has been paid.
 *
 * Run it from the root of the package, with a server that keeps the jobs, either of these:
 *
 *     nats-server --jetstream                       redis-server --appendonly yes
 *     export NATS_URL=nats://127.0.0.1:4222         export REDIS_URL=redis://127.0.0.1:6379
 *
 *     npm run build && npm run build:examples
 *     node examples/jobs/main.js --ledger ledger --jobs 500 --workers 3 --kills 10
 *
 * The exit code is 0 when the ledger has every payment exactly once, else 1. Jobs that an earlier run has left at the server
 * are done, too: they would be counted as payments too many.
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { openEngine, serverIsMissing } from './engine.js';
import { runTrial } from './trial.js';

const { values: options } = parseArgs({
  options: {
    ledger: { type: 'string', default: 'ledger' },
    jobs: { type: 'string', default: '500' },
    workers: { type: 'string', default: '3' },
    kills: { type: 'string', default: '10' },
  },
});

const open = await openEngine();
if (open === undefined) {
  console.error(serverIsMissing);
  process.exit(1);
}
await rm(options.ledger, { recursive: true, force: true });
const jobs = Number(options.jobs);
const { invoices, cents, deliveries } = await runTrial(open.engine, {
  folder: options.ledger,
  jobs,
  workers: Number(options.workers),
  kills: Number(options.kills),
});
await open.close();

const expectedCents = (jobs * (jobs + 1)) / 2;
const exact = new Set(invoices).size === jobs && invoices.length === jobs && cents === expectedCents;
console.log(`${jobs} jobs, delivered ${deliveries} times`);
console.log(exact ? 'every invoice was paid exactly once' : `paid: ${cents} cents instead of ${expectedCents}`);
process.exitCode = exact ? 0 : 1;
