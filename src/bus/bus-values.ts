import { ASYNC_DISPOSE, DISPOSE } from '../dispose.js';
import { nameOfReceiver } from '../tokens.js';
import type { Member } from './member.js';
import { perform } from './run-context.js';

type Factory = () => unknown;

/** What was made between a start and its stop. */
class Made {
  readonly promises = new Map<Factory, Promise<unknown>>();
  /** By value, in the order in which they were done: one that needs another comes after it. */
  readonly names = new Map<unknown, string>();
}

/** The injected values of scope `'bus'`: made once per start and per factory, disposed after the drain. */
export class BusValues {
  readonly #member: Member;
  #made = new Made();
  readonly #awaited = new Set<string>();

  constructor(member: Member) {
    this.#member = member;
  }

  /** The names of those that a stop waits for. */
  get awaited(): string[] {
    return [...this.#awaited];
  }

  get(factory: Factory): Promise<unknown> {
    const made = this.#made;
    const known = made.promises.get(factory);
    if (known !== undefined) return known;
    const promise = new Promise((resolve) => resolve(factory()));
    made.promises.set(factory, promise);
    promise.then(
      (value) => made.names.set(value, nameOfReceiver(factory)),
      () => made.promises.delete(factory),
    );
    return promise;
  }

  /** Disposes all, last made first. Never rejects: failures are reported. */
  async dispose(): Promise<void> {
    const made = this.#made;
    this.#made = new Made();
    for (const [factory, promise] of made.promises) {
      await this.#await(nameOfReceiver(factory), () => promise).catch(() => undefined); // its caller knows
    }
    for (const [value, name] of [...made.names].reverse()) {
      const topic = undefined;
      await this.#await(name, () => disposalOf(value)).catch((error: unknown) =>
        this.#member.errors.report(error, { topic, source: 'disposal', name }),
      );
    }
  }

  async #await(name: string, call: () => unknown): Promise<void> {
    this.#awaited.add(name);
    await new Promise<void>((resolve, reject) => perform(this.#member, call, undefined, resolve, reject)).finally(() =>
      this.#awaited.delete(name),
    );
  }
}

function disposalOf(value: unknown): unknown {
  const { [ASYNC_DISPOSE]: asyncDispose, [DISPOSE]: dispose } = (value ?? {}) as Partial<AsyncDisposable & Disposable>;
  return (asyncDispose ?? dispose)?.call(value as AsyncDisposable & Disposable);
}
