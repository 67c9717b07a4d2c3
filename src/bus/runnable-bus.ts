import { checkFunction, checkMilliseconds, checkName, checkOnError } from '../internal/check.js';
import { asyncDisposeBy } from '../internal/dispose.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { isObject } from '../internal/weak-key-map.js';
import { SignalManager } from '../index.js';
import { checkManager } from '../signals/check-signal.js';
import { BusState } from './bus-state.js';
import { DONE, currentBus } from './calls.js';
import { idle } from './idle.js';
import { start, stop, stopsOf } from './lifecycle.js';
import { optionsWithDefaults } from './options.js';
import type { IdleOptions, SignalBusOptions, StopOptions } from './types.js';

let stateIn: (value: object) => BusState | undefined;

/** Returns the state of a bus; undefined if the value is none, or a proxy of one. */
export function busStateIn(value: unknown): BusState | undefined {
  return isObject(value) ? stateIn(value) : undefined;
}

/** Returns the state of the bus that a method is called on. */
export function busStateOf(bus: object): BusState {
  const state = busStateIn(bus);
  if (state === undefined) throw proxyError('SignalBus');
  return state;
}

/** The part of a SignalBus that starts, drains and stops. SignalBus adds topics and the functions that the bus calls. */
export class RunnableBus implements AsyncDisposable {
  readonly #state: BusState;
  readonly #shutdownTimeoutMs: number;
  readonly #reportShutdown = (error: unknown): void => this.#state.report(error, this.#state);
  /** Stops the bus at the end of an `await using`, as `stop()` does. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  static {
    stateIn = (value) => (#state in value ? value.#state : undefined);
    describedBy(this.prototype, 'SignalBus', (bus) => `SignalBus "${bus.#state.name}"`);
    asyncDisposeBy(this.prototype, (bus) => bus.stop());
  }

  /**
   * Creates a stopped bus.
   *
   * @param options - `name`, shown in messages; `manager`, which carries the topics; `shutdownTimeoutMs`, the time
   * limit of `stop` (default 120,000); `onError`, called with every failure (default: `console.error`; `null`: silent).
   */
  constructor(options: SignalBusOptions = {}) {
    const defaults = { name: '(unnamed)', manager: undefined, shutdownTimeoutMs: 120_000, onError: undefined };
    const {
      name,
      manager = new SignalManager(),
      shutdownTimeoutMs,
      onError,
    } = optionsWithDefaults(options, defaults, 'SignalBus');
    checkName(name);
    checkManager(manager);
    checkMilliseconds(shutdownTimeoutMs, 'shutdownTimeoutMs');
    checkOnError(onError);
    this.#state = new BusState(name, manager, onError);
    this.#shutdownTimeoutMs = shutdownTimeoutMs;
  }

  /** Whether the bus delivers: true from `start` until a stop has drained all queues. */
  get running(): boolean {
    return busStateOf(this).live;
  }

  /**
   * The number of payloads that wait: in queues, in publishes that wait for room, and those kept until `start`. A
   * payload counts once per subscriber of this bus; buses connected to it count their own.
   */
  get size(): number {
    return busStateOf(this).size;
  }

  /**
   * The number of payloads that subscribers of this bus are handling. A batch counts its payloads. A call that has timed
   * out does not count.
   */
  get pending(): number {
    return busStateOf(this).pending;
  }

  /**
   * Resolves when `size` and `pending` are 0 at the same moment, on this bus and on all buses that share topics with
   * it. Periodic tasks do not count. A stopped bus keeps its payloads, so there it resolves only after a start.
   *
   * A subscriber may call it: then it does not wait for that call, nor for other calls that wait for `idle` themselves.
   * Without `process.getBuiltinModule`, in browsers and before Node 20.16, this works only up to the subscriber's first
   * `await`.
   *
   * @param options - `timeoutMs`, 0 or more, or `Infinity` (default).
   * @returns Rejects after `timeoutMs` with a DrainTimeoutError of the core, whose `pending` names the subscribers that
   * are not done, and with a TypeError or RangeError for bad arguments.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * await using bus = new SignalBus();
   * bus.subscriber('rows', async (row) => void row);
   * await bus.start();
   * await bus.publish('rows', 1);
   * console.log(bus.size + bus.pending); //=> 1
   * await bus.idle({ timeoutMs: 1_000 });
   * console.log(bus.size + bus.pending); //=> 0
   * ```
   */
  idle(options: IdleOptions = {}): Promise<void> {
    try {
      const state = busStateOf(this);
      const { timeoutMs } = optionsWithDefaults(options, { timeoutMs: Infinity }, 'idle');
      checkMilliseconds(timeoutMs, 'timeoutMs');
      return idle(state, timeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Starts to deliver payloads and to run periodic tasks. A pending stop is awaited first. On a running bus it does
   * nothing.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * bus.subscriber('ordered', (item: string) => console.log('packing', item));
   * await bus.publish('ordered', 'tea'); // kept
   * await bus.start();
   * await bus.stop();
   * ```
   */
  start(): Promise<void> {
    if (!(#state in this)) return Promise.reject(proxyError('SignalBus'));
    return this.#unlessInside(start(this.#state));
  }

  /**
   * Drains, then stops. Periodic tasks finish their current run and start no other. Queues drain until all are empty
   * and idle, so payloads that a subscriber publishes meanwhile still reach their subscribers. Then injected values of
   * scope `'bus'` are disposed. Publishing is possible all the time.
   *
   * A call during a stop joins it; its own `timeoutMs` is ignored. A subscriber or periodic task may call
   * it: then it starts the stop and resolves at once, because the stop waits for the caller. Without
   * `process.getBuiltinModule`, in browsers and before Node 20.16, this works only up to the caller's first `await`:
   * after it, do not await `stop()` there.
   *
   * @returns Rejects with a {@link BusShutdownError} after `timeoutMs`; the bus is then stopped, and its queues are
   * empty.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * await bus.start();
   * await bus.stop({ timeoutMs: 5_000 });
   * console.log(bus.running); //=> false
   * ```
   */
  stop(options: StopOptions = {}): Promise<void> {
    try {
      const state = busStateOf(this);
      const { timeoutMs } = optionsWithDefaults(options, { timeoutMs: this.#shutdownTimeoutMs }, 'stop');
      checkMilliseconds(timeoutMs, 'timeoutMs');
      return this.#unlessInside(stop(state, timeoutMs));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Starts the bus, awaits `body`, and stops the bus. An error of `body` is rethrown when the bus has been drained and
   * stopped; an error of that stop is then reported to `onError`.
   *
   * @returns The result of `body`.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * const sum = await bus.run(async () => 1 + 2);
   * console.log(sum, bus.running); //=> 3 false
   * ```
   */
  async run<R>(body: () => R | PromiseLike<R>): Promise<R> {
    busStateOf(this);
    checkFunction(body, 'body');
    await this.start();
    let result: R;
    try {
      result = await body();
    } catch (error) {
      await this.stop().catch(this.#reportShutdown);
      throw error;
    }
    await this.stop();
    return result;
  }

  /**
   * Returns at once inside a subscriber or task of a bus that is stopping. The stop waits for that call, so the call
   * must not wait for the stop.
   */
  #unlessInside(done: Promise<void>): Promise<void> {
    if (!stopsOf(this.#state).includes(currentBus()?.stop as Promise<void>)) return done;
    void done.catch(this.#reportShutdown);
    return DONE;
  }
}
