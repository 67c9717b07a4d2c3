import { Worker } from 'node:worker_threads';
import { Signal, SignalManager } from '../core.mjs';
import { ThreadHub, joinThreads } from '../threads.mjs';

export const about = {
  label: 'signalbox/threads',
  package: 'signalbox',
  ours: true,
};

function signalsOf() {
  const manager = new SignalManager({ onError: null });
  const [ask, tell, count, block] = ['ask', 'tell', 'count', 'block'].map((name) => new Signal({ name, manager }));
  return { manager, ask, tell, count, block, options: { signals: [ask, tell, count, block] } };
}

export async function newThread({ bounded = false } = {}) {
  const { manager, ask, tell, count, block, options } = signalsOf();
  // Unbounded, because the other contenders also drop nothing while the event loop is blocked.
  const hub = new ThreadHub(manager, bounded ? options : { ...options, maxQueued: Infinity });
  const worker = new Worker(new URL('../thread.mjs', import.meta.url), { workerData: 'signalbox-threads' });
  await hub.attach(worker);
  return {
    ask: async (kwargs) => (await ask.send(kwargs))[0].value,
    tell: (kwargs) => tell.emit(kwargs),
    count: async () => (await count.send())[0].value,
    block: (flag) => block.emit({ flag }),
  };
}

export async function inThread(work) {
  const { manager, ask, tell, count, block, options } = signalsOf();
  ask.connect(work.ask);
  tell.connect(work.tell);
  count.connect(work.count);
  block.connect(work.block);
  await joinThreads(manager, options);
}
