// What runtimes with worker threads run besides.
import { Worker } from 'node:worker_threads';
import { SignalManager, farResults } from 'signalbox';
import { ThreadHub } from 'signalbox/threads';
import { rejectionName } from './checks.mjs';

export async function threads(checks) {
  const reported = [];
  const manager = new SignalManager({ onError: (error) => reported.push(error.name) });
  const [asked, noted, hangs] = ['asked', 'noted', 'hangs'].map((name) => manager.signal(name));
  const notes = [];
  noted.connect(({ n }) => notes.push(n));
  asked.connect(({ n }) => `main ${n}`);
  const hub = new ThreadHub(manager, { signals: [asked, noted, hangs] });
  const worker = new Worker(new URL('worker.mjs', import.meta.url));
  await hub.attach(worker, { name: 'w' });
  checks.equal('the threads (T1)', hub.threads, ['w']);
  const results = await asked.send({ n: 1 });
  checks.equal(
    'results of both threads (T2)',
    results.map(({ thread, value }) => [thread, value]),
    [
      [undefined, 'main 1'],
      ['w', 'w 1'],
    ],
  );
  const [far] = farResults(await asked.send({ n: 2 }));
  checks.equal('whose result it is', [far.thread, far.receiverName, far.value], ['w', 'answer', 'w 2']);
  checks.equal('an emit of the worker', notes, [1, 2]);
  const [, failed] = await asked.send({ n: -1 });
  checks.equal('an error with its code', [failed.reason.name, failed.reason.code], ['RangeError', 'ERR_NEGATIVE']);
  const refused = rejectionName(asked.send({ n: () => 1 }));
  checks.equal('what cannot be cloned is refused', (await refused) !== 'fulfilled', true);

  const sent = hangs.send();
  await asked.send({ n: 3 });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  await worker.terminate();
  checks.equal(
    'a thread that is terminated (T4)',
    (await sent).map(({ reason }) => reason?.name),
    ['ThreadExitedError'],
  );
  await exited;
  checks.equal('the threads after that (T4)', hub.threads, []);
  checks.equal('one report of it', reported, ['ThreadExitedError']);

  const again = new Worker(new URL('worker.mjs', import.meta.url));
  await hub.attach(again, { name: 'again' });
  checks.equal(
    'a thread in its place',
    farResults(await asked.send({ n: 4 })).map(({ value }) => value),
    ['w 4'],
  );
  await hub.close();
  await again.terminate();
}
