import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { values } from 'signalbox';
import { Bridge } from 'signalbox/bridge';

import { openEngine } from '../../examples/jobs/engine.js';
import { Ledger } from '../../examples/jobs/ledger.js';
import { jobSignals, namespace, paymentDue } from '../../examples/jobs/signals.js';
import { Broker, isMissing } from '../helpers/brokers.js';
import { ExampleProcess } from './example-process.js';

let directory: string;
let folder: string;
let running: ExampleProcess[];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'signalbox-test-'));
  folder = path.join(directory, 'ledger');
  running = [];
});

afterEach(async () => {
  for (const one of running) one.kill();
  await Promise.all(running.map(({ exit }) => exit));
  await rm(directory, { recursive: true });
});

function start(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): ExampleProcess {
  const started = new ExampleProcess(program, args, { NATS_URL: undefined, REDIS_URL: undefined, ...environment });
  running.push(started);
  return started;
}

const readAccount = () => new Ledger(folder).read();

async function startWorker(environment: NodeJS.ProcessEnv): Promise<ExampleProcess> {
  const worker = start('jobs/worker.js', [folder], environment);
  await worker.lineMatching(/ready/);
  return worker;
}

async function stopWhen(worker: ExampleProcess, condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
  worker.terminate();
  expect(await worker.exit).toEqual({ exitCode: 0, lines: ['worker: ready', 'worker: stopped'], stderr: '' });
}

async function handOver(jobs: number, environment: NodeJS.ProcessEnv): Promise<void> {
  const open = await openEngine(environment);
  if (open === undefined) throw new Error('There is no server');
  const bridge = new Bridge(jobSignals, open.engine, { namespace });
  await bridge.share(paymentDue, { durable: true });
  for (const invoice of oneTo(jobs)) values(await paymentDue.send({ invoice, cents: 1 }));
  await bridge.close();
  await open.close();
}

const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe.each([
  { kind: 'nats', variable: 'NATS_URL', server: 'nats-server' },
  { kind: 'redis', variable: 'REDIS_URL', server: 'redis-server' },
] as const)('examples/jobs over $kind', ({ kind, variable, server }) => {
  if (isMissing(kind)) {
    it.skip(`is not tested here: there is no ${server}`, () => undefined);
    return;
  }
  const broker = new Broker(kind);
  beforeAll(() => broker.start());
  afterAll(() => broker.stop());
  const environment = () => ({ [variable]: `${kind}://127.0.0.1:${broker.port}` });

  it('does every job at least once and pays every invoice exactly once, with workers killed at random', async () => {
    const jobs = 500;
    const args = ['--ledger', folder, '--jobs', String(jobs), '--workers', '3', '--kills', '10'];
    const { exitCode, lines, stderr } = await start('jobs/main.js', args, environment()).exit;

    const { invoices, cents, deliveries } = await readAccount();
    expect({ invoices, cents }).toEqual({ invoices: oneTo(jobs), cents: (jobs * (jobs + 1)) / 2 });
    // Some were in hand when their worker was killed, and came again.
    expect(deliveries).toBeGreaterThan(jobs);
    expect({ exitCode, lines, stderr }).toEqual({
      exitCode: 0,
      lines: [`${jobs} jobs, delivered ${deliveries} times`, 'every invoice was paid exactly once'],
      stderr: '',
    });
  });

  it('keeps jobs while no worker is there, and a worker that is stopped finishes what it has in hand', async () => {
    const jobs = 200;
    await stopWhen(await startWorker(environment()), () => true);
    await handOver(jobs, environment());

    const first = await startWorker(environment());
    await stopWhen(first, async () => (await readAccount()).deliveries > 0);
    const { invoices, deliveries } = await readAccount();
    expect(invoices).toHaveLength(deliveries);

    const second = await startWorker(environment());
    await stopWhen(second, async () => (await readAccount()).invoices.length === jobs);
    expect(await readAccount()).toEqual({ invoices: oneTo(jobs), cents: jobs, deliveries: jobs });
  });
});

it.each(['jobs/main.js', 'jobs/worker.js'])('examples/%s says that it needs a server', async (program) => {
  expect(await start(program, [], {}).exit).toEqual({
    exitCode: 1,
    lines: [],
    stderr: 'jobs: they need a server that keeps them: set NATS_URL or REDIS_URL\n',
  });
});
