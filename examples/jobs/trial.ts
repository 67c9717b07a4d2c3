/** Sends jobs to workers that are killed at random, until all are done. */
import { setTimeout as sleep } from 'node:timers/promises';

import { values } from 'signalbox';
import { Bridge, type Engine } from 'signalbox/bridge';

import { Ledger, type Account } from './ledger.js';
import { jobSignals, namespace, paymentDue } from './signals.js';
import { Workers } from './workers.js';

export interface TrialSettings {
  /** the ledger, a new folder */
  readonly folder: string;
  readonly jobs: number;
  readonly workers: number;
  /** how many workers are killed, each at a moment drawn at random */
  readonly kills: number;
}

export async function runTrial(engine: Engine, settings: TrialSettings): Promise<Account> {
  const { folder, jobs } = settings;
  const workers = new Workers(folder);
  const ledger = new Ledger(folder);
  try {
    // From here on, jobs are kept for them, whether one of them is there or not.
    await Promise.all(Array.from({ length: settings.workers }, () => workers.start()));
    await Promise.all(await handOver(engine, settings, workers));
    while ((await ledger.read()).invoices.length < jobs) await sleep(100);
  } finally {
    await workers.stop();
  }
  return ledger.read();
}

/** Resolves when the server has all jobs; workers may still be being replaced then. */
async function handOver(
  engine: Engine,
  { jobs, kills }: TrialSettings,
  workers: Workers,
): Promise<readonly Promise<void>[]> {
  const bridge = new Bridge(jobSignals, engine, { namespace });
  await bridge.share(paymentDue, { durable: true });
  const moments = Array.from({ length: kills }, () => Math.ceil(Math.random() * jobs));
  const replaced: Promise<void>[] = [];
  for (let invoice = 1; invoice <= jobs; invoice++) {
    // Resolves when the server has the job; a failure, of which there are none here, would throw.
    values(await paymentDue.send({ invoice, cents: invoice }));
    for (const moment of moments) if (moment === invoice) replaced.push(workers.replaceOne());
  }
  await bridge.close();
  return replaced;
}
