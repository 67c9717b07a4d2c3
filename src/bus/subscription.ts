import { Fifo } from '../fifo.js';
import type { SendContext } from '../index.js';
import { nameOfReceiver } from '../tokens.js';
import { QueueOverflowError } from './errors.js';
import type { Member } from './member.js';
import { publicationOf } from './publication.js';
import type { Queue } from './queues.js';
import { perform } from './run-context.js';
import { type TopicKey, nameOf, signalOf } from './topic.js';
import type { AnyFunction, SubscriberOptions } from './types.js';

/** A publish that waits for room in a queue. */
export interface WaitingPublish {
  readonly payload: unknown;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** What is subscribed, checked. */
export interface SubscriptionRequest extends Required<Omit<SubscriberOptions, 'abortSignal'>> {
  readonly key: TopicKey;
  readonly abortSignal: AbortSignal | undefined;
  readonly makeQueue: () => Queue;
}

/** One subscriber of a bus: a receiver of the topic's signal that puts payloads into a queue of its own. */
export class Subscription {
  readonly topic: string;
  readonly name: string;
  readonly #member: Member;
  readonly #call: (unit: unknown) => unknown;
  readonly #request: SubscriptionRequest;
  readonly #queue: Queue;
  readonly #waiting = new Fifo<WaitingPublish>();
  /** How many units have been taken and not been handled. */
  #inHand = 0;
  /** How many payloads have been taken. */
  #position = 0;
  #ended = false;

  constructor(member: Member, request: SubscriptionRequest, fn: AnyFunction, thisArg: unknown) {
    this.topic = nameOf(request.key);
    this.name = nameOfReceiver(fn);
    this.#member = member;
    this.#call = (unit) => fn.call(thisArg, unit);
    this.#request = request;
    this.#queue = request.makeQueue();
  }

  /** From now on it gets payloads; from an abort on it gets no more, and handles those it has. */
  connect(): void {
    const { key, abortSignal } = this.#request;
    if (abortSignal?.aborted === true) return;
    const { manager, subscriptions } = this.#member;
    const receiver = (kwargs: { payload: unknown }, context: SendContext): Promise<void> | undefined =>
      this.#receive(kwargs.payload, context);
    Object.defineProperty(receiver, 'name', { value: this.name });
    const connection = manager.connect(receiver, signalOf(manager, key));
    subscriptions.add(this);
    abortSignal?.addEventListener(
      'abort',
      () => {
        connection.disconnect();
        this.#ended = true;
        this.fill();
      },
      { once: true },
    );
  }

  get busy(): boolean {
    return this.#inHand > 0;
  }

  /** Takes what is due, as far as `concurrency` allows. */
  fill(): void {
    if (this.#member.live) {
      const hurried = this.#ended || this.#member.stopping;
      while (this.#inHand < this.#request.concurrency && this.#queue.isDue(hurried)) {
        this.#inHand += 1;
        this.#member.deliveries.add(this, this.#queue.take());
        this.#admit();
      }
      if (!hurried) this.#queue.watch(this.#onDue);
    }
    if (this.#ended && !this.busy && this.#queue.size === 0) this.#member.subscriptions.delete(this);
  }

  /** Gives up what it holds, running calls apart: its payloads and the publishes that wait. */
  giveUp(): { readonly payloads: readonly unknown[]; readonly waiting: readonly WaitingPublish[] } {
    const payloads = this.#queue.clear();
    const waiting = [];
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) waiting.push(next);
    this.#member.work.done(payloads.length + waiting.length);
    return { payloads: [...payloads, ...waiting.map(({ payload }) => payload)], waiting };
  }

  /** Called with what has been taken, one unit after the other. */
  handle(unit: unknown): void {
    const position = this.#position;
    const count = this.#queue.countOf(unit);
    this.#position += count;
    const done = (): void => this.#handled(count);
    perform(this.#member, this.#call, unit, done, (error) => {
      this.#report(error, position);
      done();
    });
  }

  readonly #onDue = (): void => this.fill();

  #receive(payload: unknown, { signal }: SendContext): Promise<void> | undefined {
    const publication = publicationOf(signal);
    // Sent on the signal itself: it is the send that waits, or fails.
    if (publication === undefined) return this.#accept(payload);
    try {
      const room = this.#accept(payload);
      if (room !== undefined) publication.waitFor(room);
    } catch (error) {
      publication.waitFor(Promise.reject(error));
    }
    return undefined;
  }

  /** Returns a promise when the payload has to wait for room. */
  #accept(payload: unknown): Promise<void> | undefined {
    const { limit, overflow } = this.#request;
    if (this.#queue.size < limit) {
      this.#enqueue(payload);
      return undefined;
    }
    if (overflow === 'wait') {
      this.#member.work.add();
      return new Promise((resolve, reject) => this.#waiting.push({ payload, resolve, reject }));
    }
    const error = new QueueOverflowError(this.name, this.topic, limit);
    if (overflow === 'throw') throw error;
    if (overflow === 'drop-oldest') {
      this.#queue.drop();
      this.#enqueue(payload);
      this.#member.work.done();
    }
    this.#report(error, this.#position);
    return undefined;
  }

  #enqueue(payload: unknown): void {
    this.#member.work.add();
    this.#queue.push(payload);
    this.fill();
  }

  /** There is room: publishes that wait come in, first come first. */
  #admit(): void {
    while (this.#waiting.size > 0 && this.#queue.size < this.#request.limit) {
      const next = this.#waiting.shift() as WaitingPublish;
      this.#queue.push(next.payload); // counted since it waits
      next.resolve();
    }
  }

  #handled(count: number): void {
    this.#inHand -= 1;
    this.fill();
    this.#member.work.done(count);
  }

  #report(error: unknown, position: number): void {
    this.#member.errors.report(error, { topic: this.topic, source: 'subscriber', name: this.name, position });
  }
}
