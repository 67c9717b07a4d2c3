import { type WithinContext, captureAsyncContext } from '../internal/async-context.js';
import { Fifo } from '../internal/fifo.js';
import type { SendContext, TraceParent } from '../index.js';
import { TRACE } from '../signals/tokens.js';
import { markQueue } from '../watch/queues.js';
import { Timer } from '../internal/timer.js';
import { type BusCall, callSoon } from './calls.js';
import { nameLike } from './decorators.js';
import { QueueOverflowError, SubscriberTimeoutError, type Undelivered } from './errors.js';
import type { BusState } from './bus-state.js';
import type { SubscriptionRequest } from './options.js';
import { RecurringCallee, type WorkDescription } from './recurring.js';
import { type Publish, publishOf } from './publish.js';
import { nameOf, signalOf } from './topic.js';
import type { AnyFunction } from './types.js';

/** A payload, and the async context in which it is handled or its drop is reported. */
interface QueuedPayload {
  readonly payload: unknown;
  readonly within: WithinContext;
  /** The trace of the send that brought it. */
  readonly trace: TraceParent | undefined;
}

/** A publish that waits for room in a queue. */
interface WaitingPublish {
  readonly delivery: QueuedPayload;
  /** Resolves the publish, or settles it as the given stop. */
  readonly settle: (stop?: Promise<void>) => void;
}

/** One subscriber of a bus: a receiver of the topic's signal, with its own queue of payloads. */
export class Subscription extends RecurringCallee {
  declare readonly topic: string;
  readonly source = 'subscriber';
  readonly #request: SubscriptionRequest;
  readonly #queue = new Fifo<QueuedPayload>();
  readonly #waiting = new Fifo<WaitingPublish>();
  /**
   * The async context of the declaration. Only batches use it, because a batch may hold payloads of several publishes.
   */
  readonly #within: WithinContext | undefined;
  /** The arrival time of each queued payload, in milliseconds; only for batches. */
  readonly #arrivals = new Fifo<number>();
  /** Whether the first payload has waited for `maxWaitMs`. */
  #overdue = false;
  #timer: Timer | undefined;
  /** The number of payloads taken from the queue so far. */
  #position = 0;

  constructor(member: BusState, request: SubscriptionRequest, fn: AnyFunction, thisArg: unknown) {
    super(member, nameOf(request.key), fn, thisArg, request.abortSignal);
    this.#request = request;
    if (request.maxItems !== undefined) this.#within = captureAsyncContext();
  }

  protected override connect(): void {
    const { member, abortSignal } = this;
    const receiver = (kwargs: { payload: unknown }, context: SendContext): Promise<void> | undefined =>
      this.#accept(kwargs.payload, publishOf(member.manager, context.signal), traceOf(context));
    const signal = signalOf(member.manager, this.#request.key);
    this.queue = receiver;
    markQueue(receiver);
    member.manager.connect(nameLike(this, receiver), signal, abortSignal && { abortSignal });
  }

  get queued(): number {
    return this.#queue.size + this.#waiting.size;
  }

  invoke(unit: unknown, call: BusCall): unknown {
    const { timeoutMs } = this.#request;
    if (timeoutMs !== Infinity) {
      call.timer = new Timer(timeoutMs, () =>
        this.timedOut(call, new SubscriberTimeoutError(this.name, this.topic, timeoutMs)),
      );
    }
    return this.perform(unit, call, () => this.fn(unit));
  }

  protected override describe(unit: unknown, { traces }: BusCall): WorkDescription {
    const isBatch = this.#request.maxItems !== undefined;
    return {
      kind: isBatch ? 'batch' : 'payload',
      topic: this.topic,
      signal: signalOf(this.member.manager, this.#request.key),
      payloads: isBatch ? (unit as unknown[]) : [unit],
      traces: traces ?? [],
    };
  }

  /** Starts the calls that are due, up to `concurrency`. */
  turn(): void {
    const { phase } = this.member;
    if (phase === 'stopped') return;
    const { concurrency, limit } = this.#request;
    const hurried = this.aborted || phase === 'stopping';
    while (this.calls < concurrency && this.#isDue(hurried)) {
      this.#callNext();
      // There is room now for waiting publishes, first come first.
      while (this.#waiting.size > 0 && this.#queue.size < limit) {
        const { delivery, settle } = this.#waiting.shift() as WaitingPublish;
        this.#push(delivery); // already counted as work while it waited
        settle();
      }
    }
    this.#watch();
  }

  override giveUp(undelivered: Undelivered[]): void {
    super.giveUp(undelivered);
    const payloads = this.#take(Infinity).map(({ payload }) => payload);
    while (this.#waiting.size > 0) {
      const { delivery, settle } = this.#waiting.shift() as WaitingPublish;
      payloads.push(delivery.payload);
      settle(this.member.stop);
    }
    if (payloads.length > 0) undelivered.push({ topic: this.topic, subscriber: this.name, payloads });
  }

  /**
   * @param publish - The publish that waits or fails; undefined if the signal itself is sent.
   * @returns The promise for that send to wait for, if the signal itself is sent.
   */
  #accept(payload: unknown, publish: Publish | undefined, trace: TraceParent | undefined): Promise<void> | undefined {
    const { limit, overflow } = this.#request;
    const delivery = { payload, within: this.#within ?? publish?.within ?? captureAsyncContext(), trace };
    let answer: Promise<void> | undefined;
    if (this.#queue.size < limit) {
      this.member.work.begin();
      this.#push(delivery);
      this.turn();
    } else if (overflow === 'wait') {
      this.member.work.begin();
      answer = new Promise((settle) => this.#waiting.push({ delivery, settle }));
    } else {
      const error = new QueueOverflowError(this.name, this.topic, limit);
      if (overflow === 'throw') {
        if (publish === undefined) throw error;
        answer = Promise.reject(error);
      } else {
        const dropped = overflow === 'drop-newest' ? delivery : this.#replaceOldest(delivery);
        // Last, because `onError` may publish, or start the bus.
        dropped.within(() => this.member.report(error, this, this.#position));
      }
    }
    if (publish === undefined || answer === undefined) return answer;
    publish.answers.push(answer);
    return undefined;
  }

  /** Puts a payload into a full queue, in the count of the oldest one. @returns The oldest one. */
  #replaceOldest(delivery: QueuedPayload): QueuedPayload {
    const [oldest] = this.#take(1) as [QueuedPayload];
    this.#push(delivery);
    this.turn();
    return oldest;
  }

  #push(delivery: QueuedPayload): void {
    this.#queue.push(delivery);
    if (this.#request.maxItems !== undefined) this.#arrivals.push(performance.now());
  }

  /**
   * Whether a call is due. A single payload always is. A batch is due if it is full, overdue or hurried, or the queue
   * is full.
   */
  #isDue(hurried: boolean): boolean {
    const { size } = this.#queue;
    const { maxItems, limit } = this.#request;
    return size > 0 && (maxItems === undefined || hurried || this.#overdue || size >= maxItems || size >= limit);
  }

  #callNext(): void {
    const { maxItems } = this.#request;
    this.calls += 1;
    const first = this.#queue.first as QueuedPayload;
    const batch = maxItems === undefined ? undefined : this.#take(maxItems);
    if (batch === undefined) this.#queue.shift();
    const count = batch?.length ?? 1;
    this.handling += count;
    const unit = batch === undefined ? first.payload : batch.map(({ payload }) => payload);
    callSoon(this, first.within, unit, count, this.#position, tracesOf(batch, first));
    this.#position += count;
  }

  /** Removes up to `count` payloads from the front of the queue. */
  #take(count: number): QueuedPayload[] {
    const taken: QueuedPayload[] = [];
    while (this.#queue.size > 0 && taken.length < count) {
      taken.push(this.#queue.shift() as QueuedPayload);
      this.#arrivals.shift();
    }
    // The timer belonged to the payload that was first.
    this.#timer?.stop();
    this.#timer = undefined;
    this.#overdue = false;
    return taken;
  }

  /** Starts the timer that delivers a batch when its first payload has waited for `maxWaitMs`. */
  #watch(): void {
    const first = this.#arrivals.first;
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = new Timer(Math.max(0, first + (this.#request.maxWaitMs as number) - performance.now()), () => {
      this.#overdue = true;
      this.turn();
    });
  }
}

/** Returns the traces of a batch, or of the only payload, without duplicates. */
function tracesOf(batch: readonly QueuedPayload[] | undefined, { trace: only }: QueuedPayload): BusCall['traces'] {
  if (batch === undefined) return only && [only];
  const traces = new Map<string, TraceParent>();
  for (const { trace } of batch) {
    if (trace !== undefined) traces.set(`${trace.traceparent} ${trace.tracestate ?? ''}`, trace);
  }
  return [...traces.values()];
}

/** The trace of the send that calls a receiver. Its manager may be of another copy of this library. */
function traceOf(context: SendContext): TraceParent | undefined {
  return (context as { readonly [TRACE]?: TraceParent | undefined })[TRACE];
}
