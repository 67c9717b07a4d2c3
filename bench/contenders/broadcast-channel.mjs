import { once } from 'node:events';
import { BroadcastChannel, Worker, parentPort } from 'node:worker_threads';
import { answering, asking } from './post-message.mjs';

export const about = {
  label: 'BroadcastChannel',
};

/** The channel in the ways of a port. */
function channel() {
  const bare = new BroadcastChannel('bench');
  return {
    postMessage: (message) => bare.postMessage(message),
    on: (_message, receive) => (bare.onmessage = ({ data }) => receive(data)),
  };
}

export async function newThread() {
  const verbs = asking(channel());
  const worker = new Worker(new URL('../thread.mjs', import.meta.url), { workerData: 'broadcast-channel' });
  await once(worker, 'message');
  return verbs;
}

export function inThread(work) {
  answering(channel(), work);
  parentPort.postMessage('there');
}
