import { type WithinContext, captureAsyncContext } from '../internal/async-context.js';
import { processShared } from '../internal/process-shared.js';
import type { SignalManager, SignalToken } from '../index.js';
import { watchHostOf } from '../watch/watch-host.js';
import { DONE, allDone } from './calls.js';
import { topicKeyOf, signalOf } from './topic.js';
import type { Topic } from './types.js';

/** A publish, as seen by the queues that it reaches. */
export interface Publish {
  /** The async context of the publisher. */
  readonly within: WithinContext;
  /** Promises of full queues, which accept the payload later or reject it. */
  readonly answers: Promise<void>[];
  /** The manager and the signal of its current send. */
  manager: SignalManager | undefined;
  signal: SignalToken | undefined;
  /** How many nested sends of that manager are calling receivers while this send does. */
  depth: number | undefined;
}

/**
 * The publish that is calling receivers now, of all copies of this major version, because buses of several copies may
 * share a manager. Queues are receivers, and a receiver has no other way to reach its publish.
 */
const ofProcess = processShared<{ publish: Publish | undefined }>('bus publish', () => ({ publish: undefined }));

/** Sends a payload to the topic's receivers on each manager, and waits until all queues have accepted it. */
export function publish(managers: readonly SignalManager[], topic: Topic, payload: unknown): Promise<void> {
  const outer = ofProcess.publish;
  // Captured before any receiver is called, because a receiver may enter another context.
  const within = captureAsyncContext();
  const answers: Promise<void>[] = [];
  const current: Publish = { within, answers, manager: undefined, signal: undefined, depth: undefined };
  ofProcess.publish = current;
  try {
    for (const manager of managers) {
      try {
        const signal = signalOf(manager, topicKeyOf(topic));
        current.manager = manager;
        current.signal = signal;
        current.depth = depthOf(manager, 1);
        manager.emit(signal, { payload });
      } catch (error) {
        answers.push(Promise.reject(error)); // the other managers still get the payload
      }
    }
  } finally {
    ofProcess.publish = outer;
  }
  return answers.length === 0 ? DONE : allDone(answers);
}

/**
 * Returns the publish that calls a receiver of this signal. Undefined if the signal itself is sent, even by a receiver that
 * the publish calls: such a send is nested deeper.
 */
export function publishOf(manager: SignalManager, signal: SignalToken): Publish | undefined {
  const { publish } = ofProcess;
  const isOwn = publish?.signal === signal && publish.manager === manager && publish.depth === depthOf(manager, 0);
  return isOwn ? publish : undefined;
}

/** Undefined if the manager is of an older copy, which does not tell. */
function depthOf(manager: SignalManager, more: number): number | undefined {
  const calling = watchHostOf(manager)?.calling;
  return calling === undefined ? undefined : calling + more;
}
