import { type WithinContext, captureAsyncContext } from '../internal/async-context.js';
import type { SignalManager, SignalToken } from '../index.js';
import { DONE, allDone } from './calls.js';
import { topicKeyOf, signalOf } from './topic.js';
import type { Topic } from './types.js';

/** A publish, as the queues that it reaches see it. */
export interface Publish {
  /** Its async context. */
  readonly within: WithinContext;
  /** Where queues answer: one is full and takes the payload later, or refuses it. */
  readonly answers: Promise<void>[];
}

// The publish that is calling receivers right now. Queues are receivers, and a receiver has no other way back to it.
let published: Publish | undefined;
let publishedAs: SignalToken | undefined;

/** Sends a payload to the topic's receivers on each of the managers, and waits for the queues among them. */
export function publish(managers: readonly SignalManager[], topic: Topic, payload: unknown): Promise<void> {
  const outer = published;
  const outerAs = publishedAs;
  // Captured before any receiver is called, since that may enter another context.
  const { answers } = (published = { within: captureAsyncContext(), answers: [] as Promise<void>[] });
  for (const manager of managers) {
    try {
      manager.emit((publishedAs = signalOf(manager, topicKeyOf(topic))), { payload });
    } catch (error) {
      answers.push(Promise.reject(error)); // the others get it
    }
  }
  published = outer;
  publishedAs = outerAs;
  return answers.length === 0 ? DONE : allDone(answers);
}

/** The publish that has called a receiver of this signal; undefined when the signal itself is being sent. */
export function publishOf(signal: SignalToken): Publish | undefined {
  return publishedAs === signal ? published : undefined;
}
