/** Payloads that were not delivered when a stop timed out. */
export interface Undelivered {
  /** The name of the topic. */
  readonly topic: string;
  /** The name of the subscriber's function. */
  readonly subscriber: string;
  /** The payloads themselves, oldest first. */
  readonly payloads: readonly unknown[];
}
/** A callee that was still running when a stop timed out. Only subscribers have a topic. */
export interface StillRunning {
  /** The name of the subscriber's topic. */
  readonly topic: string | undefined;
  /** The name of the function. */
  readonly name: string;
}

/** Returns the words for a topic in messages; empty without a topic. */
export function ofTopic(topic: string | undefined): string {
  return topic === undefined ? '' : ` of topic "${topic}"`;
}

function listed(items: readonly string[]): string {
  return items.join(', ') || 'none';
}

/** A bus could not be drained within the `timeoutMs` of its stop. It is stopped; its queues are empty. */
export class BusShutdownError extends Error {
  override readonly name = 'BusShutdownError';
  readonly code = 'ERR_BUS_SHUTDOWN';
  /** The milliseconds it waited. */
  readonly timeoutMs: number;
  /** The payloads of its queues and of waiting publishes, in the order of publishing. */
  readonly undelivered: readonly Undelivered[];
  /** The callees whose calls were pending. Their payloads are not in `undelivered`. */
  readonly running: readonly StillRunning[];
  constructor(timeoutMs: number, undelivered: readonly Undelivered[], running: readonly StillRunning[]) {
    const left = undelivered.map(
      ({ topic, subscriber, payloads }) => `${payloads.length}${ofTopic(topic)} for ${subscriber}`,
    );
    const busy = running.map(({ topic, name }) => name + ofTopic(topic));
    super(`Not drained within ${timeoutMs} ms; undelivered: ${listed(left)}; running: ${listed(busy)}`);
    this.timeoutMs = timeoutMs;
    this.undelivered = undelivered;
    this.running = running;
  }
}

/**
 * A call of a subscriber has not settled within the subscriber's `timeoutMs`. It is still running, but nothing waits for
 * it. Given to `onError`, with the source `'subscriber'`.
 */
export class SubscriberTimeoutError extends Error {
  override readonly name = 'SubscriberTimeoutError';
  readonly code = 'ERR_SUBSCRIBER_TIMEOUT';
  /** The time limit in milliseconds. */
  readonly timeoutMs: number;
  constructor(subscriber: string, topic: string, timeoutMs: number) {
    super(`Subscriber ${subscriber}${ofTopic(topic)} has not settled within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** A subscriber's queue is full, and its `overflow` drops or throws. */
export class QueueOverflowError extends Error {
  override readonly name = 'QueueOverflowError';
  readonly code = 'ERR_QUEUE_OVERFLOW';
  /** How many payloads may wait. */
  readonly limit: number;
  constructor(subscriber: string, topic: string, limit: number) {
    super(
      `The queue of ${subscriber}${ofTopic(topic)} is full: \`limit\` is ${limit}; raise it, or let publishers wait`,
    );
    this.limit = limit;
  }
}

/** An injected value was not given by `with`, and could not be made because the bus is not running. */
export class InjectionError extends Error {
  override readonly name = 'InjectionError';
  readonly code = 'ERR_INJECTION';
  /** The names of the values that are missing. */
  readonly missing: readonly string[];
  constructor(fn: string, missing: readonly string[]) {
    super(
      `No value for ${listed(missing.map((name) => `\`${name}\``))} of ${fn}: start its bus, or give values by \`with\``,
    );
    this.missing = missing;
  }
}
