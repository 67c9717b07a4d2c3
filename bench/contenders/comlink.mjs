import { expose, wrap } from 'comlink';
import { createRequire } from 'node:module';
import { Worker, parentPort } from 'node:worker_threads';

// Its ESM file imports without an extension, which node does not find.
const nodeEndpoint = createRequire(import.meta.url)('comlink/dist/umd/node-adapter.js');

export const about = {
  label: 'comlink',
  package: 'comlink',
};

export function newThread() {
  const worker = new Worker(new URL('../thread.mjs', import.meta.url), { workerData: 'comlink' });
  const proxy = wrap(nodeEndpoint(worker));
  return {
    ask: (kwargs) => proxy.ask(kwargs),
    tell: (kwargs) => void proxy.tell(kwargs),
    count: () => proxy.count(),
    block: (flag) => void proxy.block({ flag }),
  };
}

export function inThread(work) {
  expose(work, nodeEndpoint(parentPort));
}
