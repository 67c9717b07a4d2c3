import { type WithinContext, captureAsyncContext } from '../internal/async-context.js';
import { Fifo } from '../internal/fifo.js';
import type { SendContext } from '../index.js';
import { Timer } from '../internal/timer.js';
import { callSoon } from './calls.js';
import { nameLike } from './decorators.js';
import { QueueOverflowError, type Undelivered } from './errors.js';
import type { BusState } from './bus-state.js';
import type { SubscriptionRequest } from './options.js';
import { RecurringCallee } from './recurring.js';
import { type Publish, publishOf } from './publish.js';
import { nameOf, signalOf } from './topic.js';
import type { AnyFunction } from './types.js';

/** A payload, with the async context in which it is handled, and in which its drop is reported. */
interface QueuedPayload {
  readonly payload: unknown;
  readonly within: WithinContext;
}

/** A publish that waits for room in a queue. */
interface WaitingPublish {
  readonly delivery: QueuedPayload;
  /** Resolves it, or lets it fail as a stop does. */
  readonly settle: (stop?: Promise<void>) => void;
}

/** One subscriber of a bus: a receiver of the topic's signal that puts payloads into a queue of its own. */
export class Subscription extends RecurringCallee {
  declare readonly topic: string;
  readonly source = 'subscriber';
  readonly #request: SubscriptionRequest;
  readonly #queue = new Fifo<QueuedPayload>();
  readonly #waiting = new Fifo<WaitingPublish>();
  /** A batch, which may have payloads of many publishes, is handled in the context of its subscription. */
  readonly #within: WithinContext | undefined;
  /** When each payload of the queue came, in milliseconds; only for batches. */
  readonly #arrivals = new Fifo<number>();
  /** The first payload has waited long enough for others. */
  #overdue = false;
  #timer: Timer | undefined;
  /** How many payloads have been taken. */
  #position = 0;

  constructor(member: BusState, request: SubscriptionRequest, fn: AnyFunction, thisArg: unknown) {
    super(member, nameOf(request.key), fn, thisArg, request.abortSignal);
    this.#request = request;
    if (request.maxItems !== undefined) this.#within = captureAsyncContext();
  }

  protected override connect(): void {
    const { member, abortSignal } = this;
    const receiver = (kwargs: { payload: unknown }, context: SendContext): Promise<void> | undefined =>
      this.#accept(kwargs.payload, publishOf(context.signal));
    const signal = signalOf(member.manager, this.#request.key);
    member.manager.connect(nameLike(this, receiver), signal, abortSignal && { abortSignal });
  }

  get queued(): number {
    return this.#queue.size;
  }

  invoke(unit: unknown): unknown {
    return this.fn(unit);
  }

  /** Takes what is due, as far as `concurrency` allows. */
  turn(): void {
    const { phase } = this.member;
    if (phase === 'stopped') return;
    const { concurrency, limit } = this.#request;
    const hurried = this.aborted || phase === 'stopping';
    while (this.calls - this.abandoned < concurrency && this.#isDue(hurried)) {
      this.#callNext();
      // There is room: publishes that wait come in, first come first.
      while (this.#waiting.size > 0 && this.#queue.size < limit) {
        const { delivery, settle } = this.#waiting.shift() as WaitingPublish;
        this.#push(delivery); // counted since it waits
        settle();
      }
    }
    this.#watch();
  }

  override giveUp(undelivered: Undelivered[]): void {
    super.giveUp(undelivered);
    const payloads = this.#take(Infinity);
    while (this.#waiting.size > 0) {
      const { delivery, settle } = this.#waiting.shift() as WaitingPublish;
      payloads.push(delivery.payload);
      settle(this.member.stop);
    }
    if (payloads.length > 0) undelivered.push({ topic: this.topic, subscriber: this.name, payloads });
  }

  /**
   * @param publish - It waits, or fails; undefined when the signal itself is being sent.
   * @returns What that send is to wait for.
   */
  #accept(payload: unknown, publish: Publish | undefined): Promise<void> | undefined {
    const { limit, overflow } = this.#request;
    const delivery = { payload, within: this.#within ?? publish?.within ?? captureAsyncContext() };
    let answer: Promise<void> | undefined;
    if (this.#queue.size < limit) {
      this.member.work += 1;
      this.#push(delivery);
      this.turn();
    } else if (overflow === 'wait') {
      this.member.work += 1;
      answer = new Promise((settle) => this.#waiting.push({ delivery, settle }));
    } else {
      const error = new QueueOverflowError(this.name, this.topic, limit);
      if (overflow !== 'throw') {
        const dropped = overflow === 'drop-oldest' ? this.#queue.first : delivery;
        dropped?.within(() => this.member.report(error, this, this.#position));
      } else if (publish !== undefined) answer = Promise.reject(error);
      else throw error;
      if (overflow === 'drop-oldest') {
        this.#take(1);
        this.#push(delivery); // counted as the one in whose place it is
        this.turn();
      }
    }
    if (publish === undefined || answer === undefined) return answer;
    publish.answers.push(answer);
    return undefined;
  }

  #push(delivery: QueuedPayload): void {
    this.#queue.push(delivery);
    if (this.#request.maxItems !== undefined) this.#arrivals.push(performance.now());
  }

  /** Payloads are, and batches that need not wait for more: they are full, or the queue is. */
  #isDue(hurried: boolean): boolean {
    const { size } = this.#queue;
    const { maxItems, limit } = this.#request;
    return size > 0 && (maxItems === undefined || hurried || this.#overdue || size >= maxItems || size >= limit);
  }

  #callNext(): void {
    const { maxItems } = this.#request;
    this.calls += 1;
    const { payload, within } = this.#queue.first as QueuedPayload;
    const batch = maxItems === undefined ? undefined : this.#take(maxItems);
    if (batch === undefined) this.#queue.shift();
    const count = batch?.length ?? 1;
    callSoon(this, within, batch ?? payload, count, this.#position);
    this.#position += count;
  }

  /** So many payloads, or all; the first ones. */
  #take(count: number): unknown[] {
    const taken: unknown[] = [];
    while (this.#queue.size > 0 && taken.length < count) {
      taken.push((this.#queue.shift() as QueuedPayload).payload);
      this.#arrivals.shift();
    }
    // Another payload is the first now.
    this.#timer?.stop();
    this.#timer = undefined;
    this.#overdue = false;
    return taken;
  }

  /** Delivers what there is when the first payload of a batch has waited long enough. */
  #watch(): void {
    const first = this.#arrivals.first;
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = new Timer(Math.max(0, first + (this.#request.maxWaitMs as number) - performance.now()), () => {
      this.#overdue = true;
      this.turn();
    });
  }
}
