import { Fifo } from '../fifo.js';
import type { SendContext } from '../index.js';
import { Timer } from '../timer.js';
import { callSoon } from './calls.js';
import { nameLike } from './decorate.js';
import { QueueOverflowError, type Undelivered } from './errors.js';
import type { Member } from './member.js';
import type { SubscriptionRequest } from './options.js';
import { Part } from './part.js';
import { answersTo } from './publish.js';
import { nameOf, signalOf } from './topic.js';
import type { AnyFunction } from './types.js';

/** A publish that waits for room in a queue. */
interface WaitingPublish {
  readonly payload: unknown;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** One subscriber of a bus: a receiver of the topic's signal that puts payloads into a queue of its own. */
export class Subscription extends Part {
  declare readonly topic: string;
  readonly #request: SubscriptionRequest;
  readonly #queue = new Fifo<unknown>();
  readonly #waiting = new Fifo<WaitingPublish>();
  /** When each payload of the queue came, in milliseconds; only for batches. */
  readonly #arrivals = new Fifo<number>();
  /** The first payload has waited long enough for others. */
  #overdue = false;
  #timer: Timer | undefined;
  /** How many payloads have been taken. */
  #position = 0;

  constructor(member: Member, request: SubscriptionRequest, fn: AnyFunction, thisArg: unknown) {
    super(member, nameOf(request.key), fn, thisArg);
    this.#request = request;
  }

  protected override connect(): () => void {
    const { manager } = this.member;
    const receiver = (kwargs: { payload: unknown }, context: SendContext): Promise<void> | undefined =>
      this.#accept(kwargs.payload, answersTo(context.signal));
    const connection = manager.connect(nameLike(this, receiver), signalOf(manager, this.#request.key));
    return () => connection.disconnect();
  }

  get queued(): number {
    return this.#queue.size;
  }

  invoke(unit: unknown): unknown {
    return this.fn.call(this.thisArg, unit);
  }

  /** Takes what is due, as far as `concurrency` allows. */
  turn(): void {
    const { phase } = this.member;
    if (phase === 'stopped') return;
    const { concurrency, limit } = this.#request;
    const hurried = this.aborted || phase === 'stopping';
    while (this.calls < concurrency && this.#isDue(hurried)) {
      this.#callNext();
      // There is room: publishes that wait come in, first come first.
      while (this.#waiting.size > 0 && this.#queue.size < limit) {
        const { payload, resolve } = this.#waiting.shift() as WaitingPublish;
        this.#push(payload); // counted since it waits
        resolve();
      }
    }
    this.#watch();
  }

  giveUp(undelivered: Undelivered[], refusals: ((reason: unknown) => void)[]): void {
    const payloads = this.#take(Infinity);
    while (this.#waiting.size > 0) {
      const { payload, reject } = this.#waiting.shift() as WaitingPublish;
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
    const batch = maxItems === undefined ? undefined : this.#take(maxItems);
    const count = batch?.length ?? 1;
    this.calls += 1;
    callSoon(this, batch ?? this.#queue.shift(), count, this.#position);
    this.#position += count;
  }

  /** So many payloads, or all; the first ones. */
  #take(count: number): unknown[] {
    const taken: unknown[] = [];
    while (this.#queue.size > 0 && taken.length < count) {
      taken.push(this.#queue.shift());
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
