import type { SignalManager, SignalToken } from '../index.js';
import { DONE } from './calls.js';
import { keyOf, signalOf } from './topic.js';
import type { Topic } from './types.js';

// The publish that is calling receivers right now. Queues are receivers, and a receiver has no other way back to it.
let published: SignalToken | undefined;
/** What its queues have to say: one is full and takes the payload later, or refuses it. */
let answers: Promise<void>[] = [];

/** Sends a payload to the topic's receivers on each of the managers, and waits for the queues among them. */
export function publish(managers: readonly SignalManager[], topic: Topic, payload: unknown): Promise<void> {
  const outer = published;
  const outerAnswers = answers;
  const own: Promise<void>[] = (answers = []);
  for (const manager of managers) {
    try {
      manager.emit((published = signalOf(manager, keyOf(topic))), { payload });
    } catch (error) {
      own.push(Promise.reject(error)); // the others get it
    }
  }
  published = outer;
  answers = outerAnswers;
  return own.length === 0 ? DONE : allTaken(own);
}

/** Where a receiver of this signal answers a publish; undefined when the signal itself is being sent. */
export function answersTo(signal: SignalToken): Promise<void>[] | undefined {
  return published === signal ? answers : undefined;
}

/** Rejects when one has refused it, after the others have taken it. */
async function allTaken(queues: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(queues);
  await Promise.all(queues);
}
