import { ASYNC_DISPOSE, DISPOSE } from '../dispose.js';
import { nameOfReceiver } from '../tokens.js';
import { callSoon } from './calls.js';
import type { Member } from './member.js';

type Factory = () => unknown;

/** The injected values of scope `'bus'`: made once per start and per factory, disposed after the drain. */
export class BusValues {
  readonly #member: Member;
  #made = new Map<Factory, Promise<unknown>>();
  /** Which factory made a value, in the order in which they were done: one that needs another comes after it. */
  #factories = new Map<unknown, Factory>();
  readonly #awaited = new Set<Factory>();

  constructor(member: Member) {
    this.#member = member;
  }

  /** The names of those that a stop waits for. */
  get awaited(): string[] {
    return [...this.#awaited].map(nameOfReceiver);
  }

  get(factory: Factory): Promise<unknown> {
    const made = this.#made;
    const factories = this.#factories;
    const known = made.get(factory);
    if (known !== undefined) return known;
    const promise = new Promise((resolve) => resolve(factory()));
    made.set(factory, promise);
    promise.then(
      (value) => factories.set(value, factory),
      () => made.delete(factory),
    );
    return promise;
  }

  /** Disposes all, last made first. Never rejects: failures are reported. */
  async dispose(): Promise<void> {
    const made = this.#made;
    const factories = this.#factories;
    this.#made = new Map();
    this.#factories = new Map();
    // One that fails is its caller's to know.
    for (const [factory, promise] of made) await this.#await(factory, Promise.allSettled([promise]));
    for (const [value, factory] of [...factories].reverse()) await this.#await(factory, this.#disposed(value, factory));
  }

  async #await(factory: Factory, promise: Promise<unknown>): Promise<void> {
    this.#awaited.add(factory);
    await promise;
    this.#awaited.delete(factory);
  }

  #disposed(value: unknown, factory: Factory): Promise<void> {
    return new Promise((resolve) => {
      callSoon({
        member: this.#member,
        invoke: () => disposalOf(value),
        ended: (_call, failure) => {
          const report = { topic: undefined, source: 'disposal', name: nameOfReceiver(factory) } as const;
          if (failure !== undefined) this.#member.report(failure.error, report);
          resolve();
        },
      });
    });
  }
}

function disposalOf(value: unknown): unknown {
  const { [ASYNC_DISPOSE]: asyncDispose, [DISPOSE]: dispose } = (value ?? {}) as Partial<AsyncDisposable & Disposable>;
  return (asyncDispose ?? dispose)?.call(value as AsyncDisposable & Disposable);
}
