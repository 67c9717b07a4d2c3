import { processShared } from '../internal/process-shared.js';
import type { BusWork, Receiver } from '../contract/signals.js';

/** The receivers that are queues of bus subscribers, and the watched work of these, of all copies of this major version. */
const queues = processShared('queues', () => ({
  known: new WeakSet<Receiver>(),
  ofWork: new WeakMap<BusWork, Receiver>(),
  any: false,
}));

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

/** Notes which queue the payloads of watched work come from. */
export function noteQueue(work: BusWork, queue: Receiver): void {
  queues.ofWork.set(work, queue);
}

/** Returns the queue that the payloads of watched work come from; undefined for a periodic task. */
export function queueOf(work: BusWork): Receiver | undefined {
  return queues.ofWork.get(work);
}
