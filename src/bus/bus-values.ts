import { captureAsyncContext } from '../internal/async-context.js';
import { ASYNC_DISPOSE, DISPOSE } from '../internal/dispose.js';
import { type Callee, type CallingBus, callSoon } from './calls.js';
import { nameOfReceiver } from '../internal/printing.js';

type ValueFactory = () => unknown;

/** The injected values of scope `'bus'`: made once per factory and start, and disposed after the drain. */
export class BusValues {
  readonly #member: CallingBus;
  readonly #made = new Map<ValueFactory, Promise<unknown>>();
  /**
   * The factory of each value, in the order in which they finished, so a value comes after the values that it needs.
   */
  readonly #factories = new Map<unknown, ValueFactory>();

  constructor(member: CallingBus) {
    this.#member = member;
  }

  get(factory: ValueFactory): Promise<unknown> {
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

  /** Disposes all values, last made first. Never rejects: failures are reported to `onError`. */
  async dispose(): Promise<void> {
    for (const [factory, promise] of this.#made) {
      await this.#call(factory, () => promise.catch(() => undefined)); // its caller got the error
    }
    for (const [value, factory] of [...this.#factories].reverse()) await this.#call(factory, () => disposalOf(value));
  }

  /** Runs a disposal as a call of the bus, so that a stop waits for it. */
  #call(factory: ValueFactory, invoke: () => unknown): Promise<void> {
    const member = this.#member;
    return new Promise((resolve) => {
      const callee: Callee = {
        member,
        source: 'disposal',
        name: nameOfReceiver(factory),
        calls: 1,
        invoke,
        ended(_call, failure) {
          member.parts.delete(callee);
          if (failure !== undefined) member.report(failure.error, callee);
          resolve();
        },
      };
      member.parts.add(callee);
      callSoon(callee, captureAsyncContext());
    });
  }
}

function disposalOf(value: unknown): unknown {
  const { [ASYNC_DISPOSE]: asyncDispose, [DISPOSE]: dispose } = (value ?? {}) as Partial<AsyncDisposable & Disposable>;
  return (asyncDispose ?? dispose)?.call(value as AsyncDisposable & Disposable);
}
