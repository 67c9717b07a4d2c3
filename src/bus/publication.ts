import type { SignalManager, SignalToken } from '../index.js';
import { type TopicKey, signalOf } from './topic.js';

/** The publication that is calling receivers right now: the queues it reaches tell it what they have to say. */
let current: Publication | undefined;

/** One publish: who it waits for. Queues are receivers of the topic's signal, and a receiver has no other way back. */
export class Publication {
  /** The signal that is being sent. */
  signal: SignalToken | undefined;
  #queues: Promise<void>[] | undefined;

  /** A queue is full: it will take the payload later, or it refuses it. */
  waitFor(queue: Promise<void>): void {
    (this.#queues ??= []).push(queue);
  }

  /** Resolves once every queue has taken the payload; rejects when one has refused it, after the others. */
  async taken(): Promise<void> {
    const settled = this.#queues && (await Promise.allSettled(this.#queues));
    const refusal = settled?.find((queue) => queue.status === 'rejected');
    if (refusal !== undefined) throw refusal.reason;
  }
}

/** Sends a payload to the topic's receivers on each of the managers, and waits for the queues among them. */
export function publish(managers: Iterable<SignalManager>, key: TopicKey, payload: unknown): Promise<void> {
  const publication = new Publication();
  const outer = current;
  current = publication;
  try {
    for (const manager of managers) {
      const signal = signalOf(manager, key);
      publication.signal = signal;
      manager.emit(signal, { payload });
    }
  } finally {
    current = outer;
  }
  return publication.taken();
}

/** The publication that a receiver of this signal is called by; undefined when the signal itself is being sent. */
export function publicationOf(signal: SignalToken): Publication | undefined {
  return current?.signal === signal ? current : undefined;
}
