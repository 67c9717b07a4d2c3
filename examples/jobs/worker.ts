/**
 * Does jobs until it gets SIGTERM: `node worker.js <ledger folder>`. It may be killed at any moment: a job that it has not
 * finished comes again, to itself or to another worker, and under the same id.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import type { SendContext } from 'signalbox';
import { Bridge } from 'signalbox/bridge';

import { openEngine, serverIsMissing } from './engine.js';
import { Ledger } from './ledger.js';
import { group, jobSignals, namespace, paymentDue } from './signals.js';

const terminated = once(process, 'SIGTERM');
const open = await openEngine();
if (open === undefined) {
  console.error(serverIsMissing);
  process.exit(1);
}
const ledger = new Ledger(process.argv[2] ?? 'ledger');
await ledger.open();

paymentDue.connect(async function pay({ invoice, cents }, { delivery }: SendContext) {
  if (delivery === undefined) throw new Error('A payment that nobody keeps until it is done');
  await ledger.noteDelivery(delivery.id);
  await sleep(10); // the rest of the work: what is not in the ledger may happen more than once
  await ledger.pay(delivery.id, { invoice, cents });
  await sleep(10);
});

const bridge = new Bridge(jobSignals, open.engine, { namespace });
await bridge.share(paymentDue, { durable: true, group });
console.log('worker: ready');
await terminated;
await bridge.close(); // waits for the jobs in hand
await open.close();
console.log('worker: stopped');
