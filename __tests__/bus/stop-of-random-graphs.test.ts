import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type BusShutdownError, SignalBus } from '../../src/bus/index.js';
import { flush } from '../helpers/promises.js';

/** Every subscriber must have each payload of its topic on exactly one of two lists: handled, or undelivered. */
interface Payload {
  readonly id: number;
  /** How many more times what comes of it is published. */
  readonly hops: number;
}

/** mulberry32: the same graph for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const after = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));
const named = <F extends (...args: never[]) => unknown>(name: string, fn: F): F =>
  Object.defineProperty(fn, 'name', { value: name });

class RandomGraph {
  readonly expected: string[] = [];
  readonly seen: string[] = [];
  readonly usedAfterDisposal: string[] = [];
  disposals = 0;
  readonly #random: (below: number) => number;
  readonly #buses: SignalBus[];
  readonly #topics: string[];
  readonly #subscribers = new Map<string, string[]>();
  #lastId = 0;
  /** Sources run dry, so that every graph dies out. */
  #left = 60;

  constructor(seed: number) {
    this.#random = randomOf(seed);
    this.#buses = Array.from({ length: 1 + this.#random(3) }, () => new SignalBus({ onError: null }));
    for (const bus of this.#buses.slice(1)) this.root.connect(bus);
    this.#topics = Array.from({ length: 1 + this.#random(5) }, (_, index) => `topic ${index}`);
    for (const topic of this.#topics) for (let i = this.#random(4); i > 0; i--) this.#subscribe(topic);
    for (let i = this.#random(3); i > 0; i--) this.#declareSource();
  }

  get root(): SignalBus {
    return this.#buses[0] as SignalBus;
  }

  /** Publishes to a topic drawn at random; on a stopped bus it would be kept, which is another matter. */
  async publish(hops: number): Promise<void> {
    if (!this.root.running) return;
    const topic = this.#pick(this.#topics);
    const payload: Payload = { id: (this.#lastId += 1), hops };
    for (const subscriber of this.#subscribers.get(topic) ?? []) this.expected.push(`${subscriber} ${payload.id}`);
    await this.#pick(this.#buses).publish(topic, payload);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random(items.length)] as T;
  }

  #subscribe(topic: string): void {
    const bus = this.#pick(this.#buses);
    const names = this.#subscribers.get(topic) ?? [];
    this.#subscribers.set(topic, names);
    const name = `${topic}, subscriber ${names.length}`;
    names.push(name);
    const options = {
      concurrency: this.#pick([1, 2, Infinity]),
      limit: this.#pick([1, 3, Infinity]),
    };
    const pool = (): AsyncDisposable & { disposed: boolean } => ({
      disposed: false,
      async [Symbol.asyncDispose]() {
        await after(1);
        this.disposed = true;
      },
    });
    const delayMs = this.#pick([0, 0, 5, 50, 300]);
    const failsEvery = this.#pick([2, 5, Infinity]);
    const handle = async (payloads: readonly Payload[]): Promise<void> => {
      for (const { id } of payloads) this.seen.push(`${name} ${id}`);
      if (delayMs > 0) await after(this.#random(delayMs));
      for (const { hops } of payloads) if (hops > 0) await this.publish(hops - 1);
      if (payloads.some(({ id }) => id % failsEvery === 0)) throw new Error('expected');
    };
    const injected = bus.inject(
      { pool },
      async (values, payloads: readonly Payload[]) => {
        if (values.pool.disposed) this.usedAfterDisposal.push(name);
        await handle(payloads).finally(() => {
          if (values.pool.disposed) this.usedAfterDisposal.push(name);
        });
      },
      { scope: 'bus' },
    );
    const fn = this.#pick([handle, injected]);
    if (this.#random(3) === 0) {
      const batching = { maxItems: 1 + this.#random(4), maxWaitMs: this.#pick([0, 20, 1_000_000]) };
      bus.batchSubscriber(
        topic,
        named(name, (payloads: Payload[]) => fn(payloads)),
        { ...options, ...batching },
      );
    } else {
      bus.subscriber(
        topic,
        named(name, (payload: Payload) => fn([payload])),
        options,
      );
    }
  }

  #declareSource(): void {
    const delayMs = this.#random(20);
    this.#pick(this.#buses).periodicTask({ periodMs: 1 + this.#random(30) }, async () => {
      await after(delayMs);
      if (this.#left-- > 0) await this.publish(this.#random(4));
    });
  }

  /** Publishes from outside, before and during the stop; resolves with the error of a stop that gave up. */
  async runAndStop(timeoutMs: number): Promise<BusShutdownError | undefined> {
    await this.root.start();
    for (let i = 0; i < 15; i++) {
      this.publish(this.#random(5)).catch(() => undefined);
      await jest.advanceTimersByTimeAsync(this.#random(10));
    }
    let outcome: { readonly error?: BusShutdownError } | undefined;
    this.root.stop({ timeoutMs }).then(
      () => (outcome = {}),
      (error: unknown) => (outcome = { error: error as BusShutdownError }),
    );
    for (let i = 0; i < 5; i++) {
      this.publish(this.#random(3)).catch(() => undefined);
      await jest.advanceTimersByTimeAsync(this.#random(20));
    }
    for (let step = 0; outcome === undefined && step < 1_000; step++) await jest.advanceTimersByTimeAsync(1_000);
    await flush();
    if (outcome === undefined) throw new Error('The stop has not ended');
    return outcome.error;
  }
}

/** Lists as they are, sorted: a payload that is missing or twice on them shows. */
const sorted = (lists: readonly (readonly string[])[]) => lists.flat().sort();

describe('the stop of a random graph of topics (B5)', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const seeds = Array.from({ length: 150 }, (_, index) => index + 1);
  const outcomes = new Map<string, number>();

  it.each(seeds)(
    'number %i: every payload was handled or is on the error, and no error means all handled',
    async (seed) => {
      const graph = new RandomGraph(seed);
      const error = await graph.runAndStop(seed % 3 === 0 ? 30 : 100_000);

      const undelivered = (error?.undelivered ?? []).flatMap(({ subscriber, payloads }) =>
        payloads.map((payload) => `${subscriber} ${(payload as Payload).id}`),
      );
      // What still runs after a stop that gave up publishes nothing more: `publish` sees that the bus is stopped.
      expect(sorted([graph.seen, undelivered])).toEqual(sorted([graph.expected]));
      if (error === undefined) expect(graph.usedAfterDisposal).toEqual([]);
      expect(graph.root.running).toBe(false);
      const outcome = error === undefined ? 'drained' : undelivered.length > 0 ? 'undelivered' : 'still running';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    },
  );

  it('are of every kind, and large enough to mean something', () => {
    for (const outcome of ['drained', 'undelivered']) expect(outcomes.get(outcome)).toBeGreaterThan(15);
  });
});
