import { processShared } from '../internal/process-shared.js';
import type { Receiver } from '../contract/signals.js';

/** The receivers that are queues of bus subscribers, of all copies of this major version. */
const queues = processShared('queues', () => ({ known: new WeakSet<Receiver>(), any: false }));

/** Marks a receiver as the queue of a bus subscriber. */
export function markQueue(receiver: Receiver): void {
  queues.known.add(receiver);
  queues.any = true;
}

export function isQueue(receiver: Receiver): boolean {
  return queues.any && queues.known.has(receiver);
}

export function countQueues(receivers: readonly Receiver[]): number {
  return queues.any ? receivers.filter(isQueue).length : 0;
}
