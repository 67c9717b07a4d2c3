import { Worker, parentPort } from 'node:worker_threads';

export const about = {
  label: 'postMessage',
};

/** Asks over a port, one question at a time. */
export function asking(port) {
  let answered;
  port.on('message', (value) => answered(value));
  const question = (message) =>
    new Promise((resolve) => {
      answered = resolve;
      port.postMessage(message);
    });
  return {
    ask: (kwargs) => question({ ask: true, kwargs }),
    tell: (kwargs) => port.postMessage(kwargs),
    count: () => question({ count: true }),
    block: (flag) => port.postMessage({ block: flag }),
  };
}

export function answering(port, work) {
  port.on('message', (message) => {
    if (message.ask) port.postMessage(work.ask(message.kwargs));
    else if (message.count) port.postMessage(work.count());
    else if (message.block) work.block({ flag: message.block });
    else work.tell(message);
  });
}

export function newThread() {
  return asking(new Worker(new URL('../thread.mjs', import.meta.url), { workerData: 'post-message' }));
}

export function inThread(work) {
  answering(parentPort, work);
}
