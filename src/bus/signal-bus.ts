import { argumentError, checkOneOf } from '../internal/check.js';
import { decoratorFor } from '../manager/decorator.js';
import type { BusState } from './bus-state.js';
import { appliedTo, decorated, nameLike, replacing } from './decorators.js';
import { injectInto } from './injection.js';
import { join } from './lifecycle.js';
import { factoriesOf, optionsWithDefaults, periodicRequest, subscriptionRequest } from './options.js';
import { PeriodicTask } from './periodic-task.js';
import { publish } from './publish.js';
import { RunnableBus, busStateIn, busStateOf } from './runnable-bus.js';
import { Subscription } from './subscription.js';
import { topicKeyOf } from './topic.js';
import type {
  AnyFunction,
  BatchOptions,
  BusDecorator,
  Factories,
  InjectDecorator,
  InjectOptions,
  Injected,
  InjectedFunction,
  PayloadOf,
  PeriodicOptions,
  SubscriberOptions,
  Topic,
} from './types.js';

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
export class SignalBus extends RunnableBus {
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
    const state = busStateOf(this);
    const key = topicKeyOf(topic);
    const decorator = replacing((fn) =>
      nameLike(fn, async function (this: unknown, ...args: unknown[]): Promise<unknown> {
        const payload = await fn.apply(this, args);
        await publish(state.managers, key, payload);
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
    try {
      return publish(busStateOf(this).managers, topic, payload);
    } catch (error) {
      return Promise.reject(error);
    }
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
    return wrapSubscriber(busStateOf(this), topic, rest, 'subscriber');
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
    return wrapSubscriber(busStateOf(this), topic, rest, 'batchSubscriber');
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
    const state = busStateOf(this);
    const { options, rest } = periodicRequest(args);
    const decorator = decoratorFor((fn, thisArg) => new PeriodicTask(state, options, fn, thisArg).join(), 'fn');
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
    const state = busStateOf(this);
    const checked = factoriesOf(factories);
    return decorated(rest, (options) => {
      const { scope } = optionsWithDefaults<InjectOptions, { scope: string }>(options, { scope: 'call' }, 'inject');
      checkOneOf(scope, 'scope', ['call', 'bus']);
      return replacing((fn) => injectInto(state, checked, fn, scope));
    });
  }

  /**
   * Joins other buses to this one. Topics are shared both ways, also with the buses that those are joined to. Starting
   * and stopping this bus starts and stops them. A running bus starts them at once. A cycle changes nothing.
   *
   * Stop the parent, not first a child: a bus that has stopped keeps what the others still publish until its next start.
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
    const state = busStateOf(this);
    const others = buses.map((bus) => {
      const other = busStateIn(bus);
      if (other === undefined) throw argumentError('buses', 'SignalBuses of this copy of signalbox', bus);
      return other;
    });
    for (const other of others) join(state, other);
    return this;
  }
}

function wrapSubscriber(state: BusState, topic: Topic, rest: readonly unknown[], verb: string): AnyFunction {
  return decorated(rest, (options) => {
    const request = subscriptionRequest(topic, options, verb);
    return decoratorFor((fn, thisArg) => new Subscription(state, request, fn, thisArg).join(), 'fn');
  });
}
