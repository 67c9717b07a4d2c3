import { Fifo } from '../fifo.js';
import type { SendContext } from '../index.js';
import { BatchClock } from './batch-clock.js';
import { QueueOverflowError } from './errors.js';
import type { Member } from './member.js';
import { type Left, Part, type WaitingPublish } from './part.js';
import { answersTo } from './publish.js';
import { type TopicKey, nameOf, signalOf } from './topic.js';
import type { AnyFunction, BatchOptions, BusErrorReport } from './types.js';

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
  readonly #fn: AnyFunction;
  readonly #thisArg: unknown;
  readonly #request: SubscriptionRequest;
  readonly #queue = new Fifo<unknown>();
  readonly #waiting = new Fifo<WaitingPublish>();
  readonly #clock: BatchClock | undefined;
  /** So many payloads need not wait for more: they fill a batch, or the queue. */
  readonly #fullSize: number;
  /** How many payloads have been taken. */
  #position = 0;

  constructor(member: Member, request: SubscriptionRequest, fn: AnyFunction, thisArg: unknown) {
    super(member, nameOf(request.key), fn);
    this.#fn = fn;
    this.#thisArg = thisArg;
    this.#request = request;
    this.#fullSize = Math.min(request.maxItems, request.limit);
    if (request.batches) this.#clock = new BatchClock(request.maxWaitMs, () => this.turn());
    if (request.abortSignal?.aborted !== true) this.#connect();
  }

  invoke(unit: unknown): unknown {
    return this.#fn.call(this.#thisArg, unit);
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
    this.leaveOnceDone(this.#queue.size);
  }

  override giveUp(): Left | undefined {
    const waiting: WaitingPublish[] = [];
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) waiting.push(next);
    const payloads = [...this.#take(Infinity), ...waiting.map(({ payload }) => payload)];
    this.member.done(payloads.length);
    return payloads.length === 0 ? undefined : { topic: this.topic, payloads, waiting };
  }

  protected next(): void {
    this.turn();
  }

  protected reportOf({ position }: { readonly position: number }): BusErrorReport {
    return { topic: this.topic, source: 'subscriber', name: this.name, position };
  }

  #connect(): void {
    const { key, abortSignal } = this.#request;
    const { manager } = this.member;
    const receiver = (kwargs: { payload: unknown }, { signal }: SendContext): Promise<void> | undefined =>
      this.#receive(kwargs.payload, answersTo(signal));
    Object.defineProperty(receiver, 'name', { value: this.name });
    const connection = manager.connect(receiver, signalOf(manager, key));
    this.join(abortSignal, () => connection.disconnect());
  }

  /** @param answers - Of the publish; undefined when it is the send that waits, or fails. */
  #receive(payload: unknown, answers: Promise<void>[] | undefined): Promise<void> | undefined {
    if (answers === undefined) return this.#accept(payload);
    try {
      const room = this.#accept(payload);
      if (room !== undefined) answers.push(room);
    } catch (error) {
      answers.push(Promise.reject(error));
    }
    return undefined;
  }

  /** Returns a promise when the payload has to wait for room. */
  #accept(payload: unknown): Promise<void> | undefined {
    const { limit, overflow } = this.#request;
    if (this.#queue.size >= limit) {
      if (overflow === 'wait') {
        this.member.work += 1;
        return new Promise((resolve, reject) => this.#waiting.push({ payload, resolve, reject }));
      }
      const error = new QueueOverflowError(this.name, this.topic, limit);
      if (overflow === 'throw') throw error;
      this.member.report(error, this.reportOf({ position: this.#position }));
      if (overflow === 'drop-newest') return undefined;
      this.#take(1);
      this.#push(payload); // counted as the one in whose place it is
    } else {
      this.member.work += 1;
      this.#push(payload);
    }
    this.turn();
    return undefined;
  }

  #push(payload: unknown): void {
    this.#queue.push(payload);
    this.#clock?.arrived();
  }

  #isDue(hurried: boolean): boolean {
    const { size } = this.#queue;
    return size > 0 && (size >= this.#fullSize || hurried || this.#clock?.overdue === true);
  }

  #callNext(): void {
    const position = this.#position;
    if (this.#clock === undefined) {
      this.#position += 1;
      this.call(this.#queue.shift(), 1, position);
    } else {
      const batch = this.#take(this.#request.maxItems);
      this.#position += batch.length;
      this.call(batch, batch.length, position);
    }
  }

  /** So many payloads, or all; the first ones. */
  #take(count: number): unknown[] {
    const taken: unknown[] = [];
    while (this.#queue.size > 0 && taken.length < count) taken.push(this.#queue.shift());
    this.#clock?.left(taken.length);
    return taken;
  }

  /** There is room: publishes that wait come in, first come first. */
  #admit(): void {
    while (this.#waiting.size > 0 && this.#queue.size < this.#request.limit) {
      const next = this.#waiting.shift() as WaitingPublish;
      this.#push(next.payload); // counted since it waits
      next.resolve();
    }
  }
}
