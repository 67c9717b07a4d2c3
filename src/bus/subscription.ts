import { Fifo } from '../fifo.js';
import type { SendContext } from '../index.js';
import { BatchClock } from './batch-clock.js';
import { callSoon } from './calls.js';
import { nameLike } from './decorate.js';
import { QueueOverflowError, type Undelivered } from './errors.js';
import type { Member } from './member.js';
import { Part } from './part.js';
import { answersTo } from './publish.js';
import { type TopicKey, signalOf } from './topic.js';
import type { AnyFunction, BatchOptions } from './types.js';

/** A publish that waits for room in a queue. */
interface WaitingPublish {
  readonly payload: unknown;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** What is subscribed, checked. */
export interface SubscriptionRequest extends Required<Omit<BatchOptions, 'abortSignal'>> {
  readonly key: TopicKey;
  readonly abortSignal: AbortSignal | undefined;
  /** Whether payloads are given in arrays. */
  readonly batches: boolean;
}

/** One subscriber of a bus: a receiver of the topic's signal that puts payloads into a queue of its own. */
export class Subscription extends Part {
  declare readonly topic: string;
  readonly #request: SubscriptionRequest;
  readonly #queue = new Fifo<unknown>();
  readonly #waiting = new Fifo<WaitingPublish>();
  readonly #clock: BatchClock | undefined;
  /** How many payloads have been taken. */
  #position = 0;

  constructor(member: Member, request: SubscriptionRequest, fn: AnyFunction, thisArg: unknown) {
    const { manager } = member;
    const { key, abortSignal, batches, maxWaitMs } = request;
    const signal = signalOf(manager, key);
    super(member, signal.name ?? '(unnamed)', fn, thisArg);
    this.#request = request;
    if (batches) this.#clock = new BatchClock(maxWaitMs, () => this.turn());
    if (abortSignal?.aborted === true) return;
    const receiver = (kwargs: { payload: unknown }, context: SendContext): Promise<void> | undefined =>
      this.#accept(kwargs.payload, answersTo(context.signal));
    const connection = manager.connect(nameLike(this, receiver), signal);
    this.join(abortSignal, () => connection.disconnect());
  }

  get queued(): number {
    return this.#queue.size;
  }

  invoke(unit: unknown): unknown {
    return this.fn.call(this.thisArg, unit);
  }

  /** Takes what is due, as far as `concurrency` allows. */
  turn(): void {
    const { live, phase } = this.member;
    if (live) {
      const hurried = this.aborted || phase === 'stopping';
      while (this.calls < this.#request.concurrency && this.#isDue(hurried)) {
        this.#callNext();
        this.#admit();
      }
      if (!hurried) this.#clock?.watch();
    }
  }

  giveUp(undelivered: Undelivered[], refusals: ((reason: unknown) => void)[]): void {
    const payloads = this.#take(Infinity);
    for (const { payload, reject } of take(this.#waiting, Infinity)) {
      payloads.push(payload);
      refusals.push(reject);
    }
    this.member.done(payloads.length);
    if (payloads.length > 0) undelivered.push({ topic: this.topic, subscriber: this.name, payloads });
  }

  /**
   * @param answers - Of the publish, which waits, or fails; undefined when the signal itself is being sent.
   * @returns What that send is to wait for.
   */
  #accept(payload: unknown, answers: Promise<void>[] | undefined): Promise<void> | undefined {
    const { limit, overflow } = this.#request;
    let answer: Promise<void> | undefined;
    if (this.#queue.size < limit) {
      this.member.work += 1;
      this.#push(payload);
      this.turn();
    } else if (overflow === 'wait') {
      this.member.work += 1;
      answer = new Promise((resolve, reject) => this.#waiting.push({ payload, resolve, reject }));
    } else {
      const error = new QueueOverflowError(this.name, this.topic, limit);
      if (overflow !== 'throw') this.report(error, this.#position);
      else if (answers !== undefined) answer = Promise.reject(error);
      else throw error;
      if (overflow === 'drop-oldest') {
        this.#take(1);
        this.#push(payload); // counted as the one in whose place it is
        this.turn();
      }
    }
    if (answers === undefined || answer === undefined) return answer;
    answers.push(answer);
    return undefined;
  }

  #push(payload: unknown): void {
    this.#queue.push(payload);
    this.#clock?.arrived();
  }

  /** Full batches, and those of a full queue, need not wait for more. */
  #isDue(hurried: boolean): boolean {
    const { size } = this.#queue;
    const { maxItems, limit } = this.#request;
    return size > 0 && (size >= maxItems || size >= limit || hurried || this.#clock?.overdue === true);
  }

  #callNext(): void {
    const batch = this.#clock && this.#take(this.#request.maxItems);
    const count = batch?.length ?? 1;
    this.calls += 1;
    callSoon(this, batch ?? this.#queue.shift(), count, this.#position);
    this.#position += count;
  }

  /** So many payloads, or all; the first ones. */
  #take(count: number): unknown[] {
    const taken = take(this.#queue, count);
    this.#clock?.left(taken.length);
    return taken;
  }

  /** There is room: publishes that wait come in, first come first. */
  #admit(): void {
    while (this.#queue.size < this.#request.limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#push(next.payload); // counted since it waits
      next.resolve();
    }
  }
}

function take<T>(fifo: Fifo<T>, count: number): T[] {
  const taken: T[] = [];
  while (fifo.size > 0 && taken.length < count) taken.push(fifo.shift() as T);
  return taken;
}
