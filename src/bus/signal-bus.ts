import { describedBy, proxyError } from '../internal/printing.js';
import {
  checkFunction,
  checkMilliseconds,
  checkName,
  checkOnError,
  checkOneOf,
  argumentError,
} from '../internal/check.js';
import { decoratorFor } from '../manager/decorator.js';
import { SignalManager } from '../index.js';
import { isObject } from '../internal/weak-key-map.js';
import { DONE, currentBus } from './calls.js';
import { appliedTo, decorated, nameLike, replacing } from './decorators.js';
import { idle } from './idle.js';
import { injectInto } from './injection.js';
import { join, start, stop, stopsOf } from './lifecycle.js';
import { BusState } from './bus-state.js';
import { factoriesOf, optionsWithDefaults, periodicRequest, subscriptionRequest } from './options.js';
import { PeriodicTask } from './periodic-task.js';
import { publish } from './publish.js';
import { Subscription } from './subscription.js';
import { topicKeyOf } from './topic.js';
import type {
  AnyFunction,
  BatchOptions,
  BusDecorator,
  Factories,
  IdleOptions,
  InjectDecorator,
  InjectOptions,
  Injected,
  InjectedFunction,
  PayloadOf,
  PeriodicOptions,
  SignalBusOptions,
  StopOptions,
  SubscriberOptions,
  Topic,
} from './types.js';
import { checkManager } from '../signals/check-signal.js';
import { asyncDisposeBy } from '../internal/dispose.js';

/**
 * Carries payloads from publishers to subscribers, and drains before it stops. Each subscriber has its own queue.
 *
 * A topic is a signal of the bus's manager, and a payload is the `payload` kwarg of a send. So receivers, `ANY` and
 * inspection work on topics, too.
 *
 * @example
 * ```ts
 * import { SignalBus, topic } from 'signalbox/bus';
 *
 * const bus = new SignalBus();
 * const greeting = topic<string>('greeting');
 *
 * const greet = bus.publisher(greeting, async (name: string) => `Hello, ${name}`);
 * bus.subscriber(greeting, (text) => console.log(text));
 *
 * await bus.run(() => greet('Frank')); // the subscriber has been called when this is done
 * ```
 */
export class SignalBus implements AsyncDisposable {
  readonly #member: BusState;
  readonly #shutdownTimeoutMs: number;
  readonly #reportShutdown = (error: unknown): void => this.#member.report(error, this.#member);
  /** Stops the bus at the end of an `await using`, as `stop()` does. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  static {
    describedBy(this.prototype, 'SignalBus', (bus) => `SignalBus "${bus.#member.name}"`);
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
    this.#member = new BusState(name, manager, onError);
    this.#shutdownTimeoutMs = shutdownTimeoutMs;
  }

  /** Whether the bus delivers: true from `start` until a stop has drained all queues. */
  get running(): boolean {
    SignalBus.#checkThis(this);
    return this.#member.live;
  }

  /**
   * The number of payloads that wait: in queues, in publishes that wait for room, and those kept until `start`. A
   * payload counts once per subscriber of this bus; buses connected to it count their own.
   */
  get size(): number {
    SignalBus.#checkThis(this);
    return this.#member.size;
  }

  /**
   * The number of payloads that subscribers of this bus are handling. A batch counts its payloads. A call that has timed
   * out does not count.
   */
  get pending(): number {
    SignalBus.#checkThis(this);
    return this.#member.pending;
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
      SignalBus.#checkThis(this);
      const { timeoutMs } = optionsWithDefaults(options, { timeoutMs: Infinity }, 'idle');
      checkMilliseconds(timeoutMs, 'timeoutMs');
      return idle(this.#member, timeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Returns a function that calls `fn`, publishes its result, `undefined` included, and returns that result to its
   * caller. If `fn` fails, nothing is published, and the caller gets the error.
   *
   * With one argument it returns a decorator for functions and class methods. The decorated function is async, so
   * decorate async ones. It can be called while the bus is not running.
   *
   * @returns A function of the same name, which passes on `this` and arguments. It rejects as `fn` and `publish` do.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * bus.subscriber('sum', (sum) => console.log('published', sum));
   * const add = bus.publisher('sum', (a: number, b: number) => a + b);
   * await bus.run(async () => console.log('returned', await add(1, 2)));
   * ```
   */
  publisher<T extends Topic, A extends unknown[], R extends PayloadOf<T>>(
    topic: T,
    fn: (...args: A) => R | PromiseLike<R>,
  ): (...args: A) => Promise<R>;
  publisher(topic: Topic): BusDecorator;
  publisher(topic: Topic, ...rest: [fn?: AnyFunction]): AnyFunction {
    SignalBus.#checkThis(this);
    const key = topicKeyOf(topic);
    const member = this.#member;
    const decorator = replacing((fn) =>
      nameLike(fn, async function (this: unknown, ...args: unknown[]): Promise<unknown> {
        const payload = await fn.apply(this, args);
        await publish(member.managers, key, payload);
        return payload;
      }),
    );
    return appliedTo(rest, decorator);
  }

  /**
   * Delivers a payload to every subscriber of the topic, on this bus and on those connected to it. A stopped bus keeps
   * the payload and delivers it after the next start. Later subscribers do not get it.
   *
   * @returns Resolves once every queue has accepted the payload, which may be before it is handled. Rejects with a
   * {@link QueueOverflowError} if a queue with `overflow: 'throw'` is full, and with the {@link BusShutdownError} of a
   * stop that timed out while this publish waited.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * bus.subscriber('orders', (order: string) => console.log('packing', order));
   * await bus.run(() => bus.publish('orders', 'tea'));
   * ```
   */
  publish<T extends Topic>(topic: T, payload: PayloadOf<T>): Promise<void> {
    if (!(#member in this)) return Promise.reject(proxyError('SignalBus'));
    return publish(this.#member.managers, topic, payload);
  }

  /**
   * Calls `fn` with every payload of the topic, from a queue of its own: first in, first started. A call that fails is
   * reported to `onError`, and the next payload is handled. Without a function it returns a decorator; a class method
   * is subscribed once per instance, which is its `this`.
   *
   * Each call runs in the async context (`AsyncLocalStorage`) of the `publish` whose payload it handles, however long
   * the payload has waited. A store that one call sets with `enterWith` is not visible to other calls.
   *
   * @param options - `concurrency`, how many payloads are handled at once; `limit`, how many may wait; `overflow`, what
   * happens beyond `limit`; `timeoutMs`, how long one call may take; `abortSignal`, which ends the subscription.
   * @returns `fn` itself.
   *
   * @example
   * ```ts
   * import { SignalBus, topic } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * const orders = topic<{ id: number }>('orders');
   * bus.subscriber(orders, async ({ id }) => console.log('packing', id), { concurrency: 2, limit: 100 });
   * await bus.run(() => bus.publish(orders, { id: 1 }));
   * ```
   */
  subscriber<T extends Topic, R>(
    topic: T,
    fn: (payload: PayloadOf<T>) => R,
    options?: SubscriberOptions,
  ): (payload: PayloadOf<T>) => R;
  subscriber(topic: Topic, options?: SubscriberOptions): BusDecorator;
  subscriber(topic: Topic, ...rest: readonly unknown[]): AnyFunction {
    SignalBus.#checkThis(this);
    return this.#subscribe(topic, rest, 'subscriber');
  }

  /**
   * Subscribes like `subscriber`, but `fn` gets payloads in arrays of up to `maxItems` (default 10). An array is
   * smaller when its first payload has waited for `maxWaitMs` (default 10,000), when the queue is full, or when the bus
   * stops. Each call runs in the async context in which the subscriber was declared.
   *
   * @example
   * ```ts
   * import { SignalBus, topic } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * const rows = topic<{ id: number }>('rows');
   * bus.batchSubscriber(rows, (batch) => console.log(batch.length), { maxItems: 100, maxWaitMs: 1_000 });
   * await bus.run(async () => {
   *   for (const id of [1, 2, 3]) await bus.publish(rows, { id });
   * });
   * ```
   */
  batchSubscriber<T extends Topic, R>(
    topic: T,
    fn: (payloads: PayloadOf<T>[]) => R,
    options?: BatchOptions,
  ): (payloads: PayloadOf<T>[]) => R;
  batchSubscriber(topic: Topic, options?: BatchOptions): BusDecorator;
  batchSubscriber(topic: Topic, ...rest: readonly unknown[]): AnyFunction {
    SignalBus.#checkThis(this);
    return this.#subscribe(topic, rest, 'batchSubscriber');
  }

  /**
   * Runs `fn` while the bus is running: at once, and then `periodMs` after the end of each run, so runs never overlap.
   * A run that fails is reported to `onError`, and the next one follows. Without a function it returns a decorator; a
   * class method is run for every instance. Each run has the async context in which the task was declared.
   *
   * The function may also come first, as in `setInterval`.
   *
   * @param options - `periodMs`, finite milliseconds, 0 or more; `abortSignal`, which ends the task.
   * @returns `fn` itself.
   * @throws TypeError unless one argument is an object with `periodMs` and the other one a function, RangeError for a
   * negative or infinite `periodMs`.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * bus.periodicTask({ periodMs: 60_000 }, () => console.log('tick')); //=> 'tick'
   * await bus.run(() => new Promise((resolve) => setTimeout(resolve, 10)));
   * ```
   */
  periodicTask<F extends () => unknown>(options: PeriodicOptions, fn: F): F;
  periodicTask<F extends () => unknown>(fn: F, options: PeriodicOptions): F;
  periodicTask(options: PeriodicOptions): BusDecorator;
  periodicTask(...args: readonly unknown[]): AnyFunction {
    SignalBus.#checkThis(this);
    const { options, rest } = periodicRequest(args);
    const decorator = decoratorFor((fn, thisArg) => new PeriodicTask(this.#member, options, fn, thisArg).join(), 'fn');
    return appliedTo(rest, decorator);
  }

  /**
   * Fills the first argument of `fn` with values by name. While the bus is running, each call calls the factories of
   * the values that `with` did not give. Factories may be sync, async or injected functions themselves. With `scope:
   * 'bus'` a value is made once per start and factory, and disposed after the drain (`Symbol.asyncDispose` or
   * `Symbol.dispose`).
   *
   * @returns A function of the same name without that argument. It rejects with an {@link InjectionError} if a value is
   * missing and the bus is not running, with the error of a factory that fails, and as `fn` does.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * const bus = new SignalBus();
   * const greet = bus.inject({ name: async () => 'Frank' }, ({ name }, greeting: string) => `${greeting} from ${name}`);
   * console.log(await greet.with({ name: 'Ann' })('hello')); //=> 'hello from Ann'
   * ```
   */
  inject<F extends Factories, A extends unknown[], R>(
    factories: F,
    fn: (injected: Injected<F>, ...args: A) => R | PromiseLike<R>,
    options?: InjectOptions,
  ): InjectedFunction<F, A, R>;
  inject<F extends Factories>(factories: F, options?: InjectOptions): InjectDecorator<F>;
  inject(factories: Factories, ...rest: readonly unknown[]): AnyFunction {
    SignalBus.#checkThis(this);
    const checked = factoriesOf(factories);
    return decorated(rest, (options) => {
      const { scope } = optionsWithDefaults<InjectOptions, { scope: string }>(options, { scope: 'call' }, 'inject');
      checkOneOf(scope, 'scope', ['call', 'bus']);
      return replacing((fn) => injectInto(this.#member, checked, fn, scope));
    });
  }

  /**
   * Joins other buses to this one. Topics are shared both ways, also with the buses that those are joined to. Starting
   * and stopping this bus starts and stops them. A running bus starts them at once. A cycle changes nothing.
   *
   * @returns This bus.
   * @throws TypeError for anything that is not a bus of this copy of the library.
   *
   * @example
   * ```ts
   * import { SignalBus } from 'signalbox/bus';
   *
   * const orders = new SignalBus();
   * const shop = new SignalBus().connect(orders);
   * orders.subscriber('ordered', (item: string) => console.log('packing', item));
   * await shop.run(() => shop.publish('ordered', 'tea'));
   * ```
   */
  connect(...buses: SignalBus[]): this {
    SignalBus.#checkThis(this);
    for (const bus of buses) {
      if (!(isObject(bus) && #member in bus))
        throw argumentError('buses', 'SignalBuses of this copy of signalbox', bus);
    }
    for (const bus of buses) join(this.#member, bus.#member);
    return this;
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
    if (!(#member in this)) return Promise.reject(proxyError('SignalBus'));
    return this.#unlessInside(start(this.#member));
  }

  /**
   * Drains, then stops. Periodic tasks finish their current run and start no other. Queues drain until all are empty
   * and idle, so payloads that a subscriber publishes meanwhile still reach their subscribers. Then injected values of
   * scope `'bus'` are disposed. Publishing is possible all the time.
   *
   * A call during a stop joins that stop, and the earlier `timeoutMs` counts. A subscriber or periodic task may call
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
      SignalBus.#checkThis(this);
      const { timeoutMs } = optionsWithDefaults(options, { timeoutMs: this.#shutdownTimeoutMs }, 'stop');
      checkMilliseconds(timeoutMs, 'timeoutMs');
      return this.#unlessInside(stop(this.#member, timeoutMs));
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
    SignalBus.#checkThis(this);
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

  static #checkThis(bus: object): void {
    if (!(#member in bus)) throw proxyError('SignalBus');
  }

  #subscribe(topic: Topic, rest: readonly unknown[], verb: string): AnyFunction {
    return decorated(rest, (options) => {
      const request = subscriptionRequest(topic, options, verb);
      return decoratorFor((fn, thisArg) => new Subscription(this.#member, request, fn, thisArg).join(), 'fn');
    });
  }

  /**
   * Returns at once inside a subscriber or task of a bus that is stopping. The stop waits for that call, so the call
   * must not wait for the stop.
   */
  #unlessInside(done: Promise<void>): Promise<void> {
    if (!stopsOf(this.#member).includes(currentBus()?.stop as Promise<void>)) return done;
    void done.catch(this.#reportShutdown);
    return DONE;
  }
}
