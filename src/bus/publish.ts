import { type WithinContext, captureAsyncContext } from '../internal/async-context.js';
import type { SignalManager, SignalToken } from '../index.js';
import { DONE, allDone } from './calls.js';
import { topicKeyOf, signalOf } from './topic.js';
import type { Topic } from './types.js';

/** A publish, as seen by the queues that it reaches. */
export interface Publish {
  /** The async context of the publisher. */
  readonly within: WithinContext;
  /** Promises of full queues, which accept the payload later or reject it. */
  readonly answers: Promise<void>[];
}

// The publish that is calling receivers now. Queues are receivers, and a receiver has no other way to reach its
// publish.
let published: Publish | undefined;
let publishedAs: SignalToken | undefined;

/** Sends a payload to the topic's receivers on each manager, and waits until all queues have accepted it. */
export function publish(managers: readonly SignalManager[], topic: Topic, payload: unknown): Promise<void> {
  const outer = published;
  const outerAs = publishedAs;
  // Captured before any receiver is called, because a receiver may enter another context.
  const { answers } = (published = { within: captureAsyncContext(), answers: [] as Promise<void>[] });
  for (const manager of managers) {
    try {
      manager.emit((publishedAs = signalOf(manager, topicKeyOf(topic))), { payload });
    } catch (error) {
      answers.push(Promise.reject(error)); // the other managers still get the payload
    }
  }
  published = outer;
  publishedAs = outerAs;
  return answers.length === 0 ? DONE : allDone(answers);
}

/** Returns the publish that calls a receiver of this signal; undefined if the signal itself is sent. */
export function publishOf(signal: SignalToken): Publish | undefined {
  return publishedAs === signal ? published : undefined;
}
