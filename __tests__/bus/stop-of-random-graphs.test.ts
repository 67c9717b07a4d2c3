import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BusShutdownError, SignalBus } from '../../src/bus/index.js';
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

interface Subscriber {
  readonly name: string;
  readonly abort: AbortController;
}

class RandomGraph {
  /** Of all stops that gave up, whoever called them. */
  readonly errors = new Set<BusShutdownError>();
  readonly expected: string[] = [];
  readonly seen: string[] = [];
  readonly usedAfterDisposal: string[] = [];
  readonly #random: (below: number) => number;
  readonly #buses: SignalBus[];
  readonly #topics: string[];
  /** Those that get what is published now, by topic. */
  readonly #subscribers = new Map<string, Subscriber[]>();
  #lastId = 0;
  #lastSubscriber = 0;
  /** Sources run dry, so that every graph dies out. */
  #left = 60;

  constructor(seed: number) {
    this.#random = randomOf(seed);
    this.#buses = [this.#createBus()];
    for (let i = this.#random(3); i > 0; i--) this.#joinBus();
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
    for (const { name } of this.#subscribers.get(topic) ?? []) this.expected.push(`${name} ${payload.id}`);
    await this.#pick(this.#buses).publish(topic, payload);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random(items.length)] as T;
  }

  #createBus(): SignalBus {
    return new SignalBus({
      onError: (error, { source }) => {
        if (source === 'shutdown') this.#gaveUp(error);
      },
    });
  }

  /** To any of the others: below the root, or deeper. */
  #joinBus(): void {
    const bus = this.#createBus();
    this.#pick(this.#buses).connect(bus);
    this.#buses.push(bus);
  }

  #gaveUp(error: unknown): void {
    if (!(error instanceof BusShutdownError)) throw error;
    this.errors.add(error);
  }

  #subscribe(topic: string): void {
    const bus = this.#pick(this.#buses);
    const subscribers = this.#subscribers.get(topic) ?? [];
    this.#subscribers.set(topic, subscribers);
    const name = `${topic}, subscriber ${(this.#lastSubscriber += 1)}`;
    const abort = new AbortController();
    subscribers.push({ name, abort });
    const options = {
      abortSignal: abort.signal,
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
      if (this.#random(60) === 0) await this.#stop(this.root, this.#pick([30, 100_000])); // from inside
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

  #abortSubscription(): void {
    const subscribers = this.#subscribers.get(this.#pick(this.#topics)) ?? [];
    const [aborted] = subscribers.splice(this.#random(subscribers.length), 1);
    aborted?.abort.abort();
  }

  #stop(bus: SignalBus, timeoutMs: number): Promise<void> {
    return bus.stop({ timeoutMs }).catch((error: unknown) => this.#gaveUp(error));
  }

  /** What a program may do to its buses while they run. */
  #meddle(): void {
    const deeds: (() => void)[] = [
      () => this.#abortSubscription(),
      () => this.#abortSubscription(),
      () => this.#subscribe(this.#pick(this.#topics)),
      () => this.#joinBus(),
      () => void this.#stop(this.#pick(this.#buses), this.#pick([0, 30, 100_000])),
      () => void this.#pick(this.#buses).start(),
      () => void this.#pick(this.#buses).start(),
    ];
    this.#pick(deeds)();
  }

  async #publishForAWhile(times: number, meddling: boolean): Promise<void> {
    for (let i = 0; i < times; i++) {
      this.publish(this.#random(5)).catch(() => undefined);
      if (meddling && this.#random(3) === 0) this.#meddle();
      await jest.advanceTimersByTimeAsync(this.#random(12));
    }
  }

  /** Rounds of start and stop; publishes from outside, before and during each stop. */
  async play(rounds: number, timeoutMs: number): Promise<void> {
    for (let round = 1; round <= rounds; round++) {
      const meddling = round < rounds;
      // A bus that is stopped alone keeps what it gets for its next start: in the end all of them must run, whoever stops
      // them meanwhile from inside.
      do await inTime(this.root.start());
      while (!meddling && this.#buses.some(({ running }) => !running));
      await this.#publishForAWhile(15, meddling);
      const stopped = this.#stop(this.root, timeoutMs);
      await this.#publishForAWhile(5, meddling);
      if (this.#random(2) === 0 || !meddling) await inTime(stopped);
    }
    await flush();
  }
}

/** Lets the clock run until a promise has resolved. */
async function inTime(promise: Promise<unknown>): Promise<void> {
  const progress = { done: false };
  void promise.then(() => (progress.done = true));
  for (let step = 0; !progress.done && step < 1_000; step++)
    await jest.advanceTimersByTimeAsync(Math.min(2 ** step, 1_000));
  if (!progress.done) throw new Error('A start or stop has not ended');
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
    'number %i: every payload was handled or is on an error, and no error means all handled',
    async (seed) => {
      const graph = new RandomGraph(seed);
      const rounds = 1 + (seed % 4);
      await graph.play(rounds, seed % 3 === 0 ? 30 : 100_000);

      const undelivered = [...graph.errors].flatMap((error) =>
        error.undelivered.flatMap(({ subscriber, payloads }) =>
          payloads.map((payload) => `${subscriber} ${(payload as Payload).id}`),
        ),
      );
      // What still runs after the last stop, if that gave up, publishes nothing more: `publish` sees that all is stopped.
      expect(sorted([graph.seen, undelivered])).toEqual(sorted([graph.expected]));
      if (graph.errors.size === 0) expect(graph.usedAfterDisposal).toEqual([]);
      expect(graph.root.running).toBe(false);
      const outcome = graph.errors.size === 0 ? 'drained' : undelivered.length > 0 ? 'undelivered' : 'still running';
      const kind = `${outcome}${rounds > 1 ? ', restarted' : ''}`;
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    },
  );

  it('are of every kind, and large enough to mean something', () => {
    for (const outcome of ['drained', 'undelivered', 'drained, restarted', 'undelivered, restarted']) {
      expect({ outcome, enough: (outcomes.get(outcome) ?? 0) >= 10 }).toEqual({ outcome, enough: true });
    }
  });
});
