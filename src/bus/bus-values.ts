import { ASYNC_DISPOSE, DISPOSE } from '../dispose.js';
import { nameOfReceiver } from '../tokens.js';
import { callSoon } from './calls.js';
import type { Member } from './member.js';

type Factory = () => unknown;

/** The injected values of scope `'bus'`: made once per factory, for one start; disposed after the drain. */
export class BusValues {
  readonly #member: Member;
  readonly #made = new Map<Factory, Promise<unknown>>();
  /** Which factory made a value, in the order in which they were done: one that needs another comes after it. */
  readonly #factories = new Map<unknown, Factory>();

  constructor(member: Member) {
    this.#member = member;
  }

  get(factory: Factory): Promise<unknown> {
    const known = this.#made.get(factory);
    if (known !== undefined) return known;
    const promise = new Promise((resolve) => resolve(factory()));
    this.#made.set(factory, promise);
    promise.then(
      (value) => this.#factories.set(value, factory),
      () => this.#made.delete(factory),
    );
    return promise;
  }

  /** Disposes all, last made first. Never rejects: failures are reported. */
  async dispose(): Promise<void> {
    // One that fails is its caller's to know.
    for (const [factory, promise] of this.#made) await this.#await(factory, Promise.allSettled([promise]));
    for (const [value, factory] of [...this.#factories].reverse()) {
      await this.#await(factory, new Promise((resolve) => this.#callDisposal(value, factory, resolve)));
    }
  }

  async #await(factory: Factory, promise: Promise<unknown>): Promise<void> {
    const name = nameOfReceiver(factory);
    const { awaited } = this.#member;
    const entry = { name };
    awaited.add(entry);
    await promise;
    awaited.delete(entry);
  }

  #callDisposal(value: unknown, factory: Factory, onEnd: (nothing: undefined) => void): void {
    const member = this.#member;
    callSoon({
      member,
      invoke: () => disposalOf(value),
      ended(_call, failure) {
        const report = { topic: undefined, source: 'disposal', name: nameOfReceiver(factory) } as const;
        if (failure !== undefined) member.report(failure.error, report);
        onEnd(undefined);
      },
    });
  }
}

function disposalOf(value: unknown): unknown {
  const { [ASYNC_DISPOSE]: asyncDispose, [DISPOSE]: dispose } = (value ?? {}) as Partial<AsyncDisposable & Disposable>;
  return (asyncDispose ?? dispose)?.call(value as AsyncDisposable & Disposable);
}
