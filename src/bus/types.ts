/// <reference lib="esnext.disposable" />
import type { Signal, SignalManager } from '../index.js';

/**
 * A topic whose payloads have a type. It is identified by its name: another token of that name, or the name itself, is
 * the same topic.
 */
export interface TopicToken<P> {
  /** The name that identifies the topic. */
  readonly name: string;
  /** Never set; only the compiler uses it. */
  readonly __payload?: P;
}

/** A topic to publish or subscribe to: a name, the result of `topic(name)`, or a {@link Signal}. */
export type Topic<P = any> = string | Signal<any, any, any> | TopicToken<P>;
/** The type of a topic's payloads: `any` for a name. */
export type PayloadOf<T> =
  T extends TopicToken<infer P>
    ? P
    : T extends Signal<infer K, any, any>
      ? K extends { payload: infer P }
        ? P
        : any
      : any;

/** The options of {@link SignalBus.subscriber}. An unknown name is a TypeError. */
export interface SubscriberOptions {
  /** How many payloads are handled at once. A whole number, 1 or more, or `Infinity`. Default: `Infinity`. */
  readonly concurrency?: number | undefined;
  /** How many payloads may wait. A whole number, 1 or more, or `Infinity`. Default: `Infinity`. */
  readonly limit?: number | undefined;
  /**
   * Decides what happens to a payload beyond `limit`. `'wait'` (default): `publish` waits. `'drop-oldest'`,
   * `'drop-newest'`: that payload is dropped and reported to `onError`. `'throw'`: `publish` rejects with a
   * QueueOverflowError, after the other subscribers have got the payload.
   */
  readonly overflow?: 'wait' | 'drop-oldest' | 'drop-newest' | 'throw' | undefined;
  /**
   * The time limit of one call, in milliseconds: of one payload, or of one batch. 0 or more, or `Infinity` for no limit.
   * After it, `onError` gets a SubscriberTimeoutError and the next payload is handled; the call goes on, but nothing
   * waits for it. Calling the function directly has no limit. Default: `Infinity`.
   */
  readonly timeoutMs?: number | undefined;
  /** Ends the subscription when aborted. The payloads already queued are handled first. */
  readonly abortSignal?: AbortSignal | undefined;
}
/** The options of {@link SignalBus.batchSubscriber}. `concurrency` counts batches. */
export interface BatchOptions extends SubscriberOptions {
  /** The largest number of payloads in a batch. A whole number, 1 or more, or `Infinity`. Default: 10. */
  readonly maxItems?: number | undefined;
  /** The longest time that the first payload of a batch waits for others, in milliseconds. Default: 10,000. */
  readonly maxWaitMs?: number | undefined;
}
/** The options of {@link SignalBus.periodicTask}. */
export interface PeriodicOptions {
  /** Milliseconds from the end of a run to the start of the next one. 0 or more, finite. */
  readonly periodMs: number;
  /** Ends the task when aborted. The current run is finished. */
  readonly abortSignal?: AbortSignal | undefined;
}
/** The options of {@link SignalBus.inject}. */
export interface InjectOptions {
  /**
   * `'call'` (default): values are made for each call and belong to the caller. `'bus'`: values are made once per start
   * of the bus and factory function, and disposed after the drain, last made first.
   */
  readonly scope?: 'call' | 'bus' | undefined;
}
/** The functions that make the injected values, sync or async, by the names of the values. */
export type Factories = Readonly<Record<string, () => unknown>>;
/** The values that factories make, by the same names. */
export type Injected<F extends Factories> = { [N in keyof F]: Awaited<ReturnType<F[N]>> };

/** A function whose first argument is filled by its bus. */
export interface InjectedFunction<F extends Factories, A extends unknown[], R> {
  /** Makes the missing values, then calls the function. Rejects with an InjectionError for a value that nobody gives. */
  (...args: A): Promise<R>;
  /**
   * Returns the same function with these values given, so that their factories are not called. `undefined` and other
   * falsy values count as given. If all values are given, the function does not need a running bus, which is useful in
   * tests.
   */
  with(values: Partial<Injected<F>>): (...args: A) => Promise<R>;
}

/**
 * `unknown` if the first argument accepts the values, or a later one that follows only objects, which other injections
 * fill.
 */
export type Injectable<V, A extends unknown[]> = A extends [infer First, ...infer Rest]
  ? V extends First
    ? unknown
    : First extends readonly unknown[] | ((...args: never[]) => unknown)
      ? never
      : First extends object
        ? Injectable<V, Rest>
        : never
  : never;

/**
 * The result of {@link SignalBus.inject} without a function: it injects into a function, or decorates a class method.
 */
export interface InjectDecorator<F extends Factories> {
  /**
   * The method must return a promise or nothing. Its type does not change: the first argument takes the values, or the
   * one after those that the injections below it fill. Callers leave these arguments out.
   */
  <M extends (...args: any[]) => any>(
    method: M,
    context: ClassMethodDecoratorContext &
      Injectable<Injected<F>, Parameters<M>> &
      ((() => Promise<Awaited<ReturnType<M>>>) extends () => ReturnType<M> ? unknown : never),
  ): M;
  /** Injects into a function, whose callers leave the first argument out. */
  <A extends unknown[], R>(
    fn: (injected: Injected<F>, ...args: A) => R | PromiseLike<R>,
    context?: ClassMethodDecoratorContext,
  ): InjectedFunction<F, A, R>;
}

/** The second argument of a bus's `onError`. It never holds a payload, which may hold secrets. */
export interface BusErrorReport {
  /** Undefined for anything but a subscriber. */
  readonly topic: string | undefined;
  /** The part that failed: a subscriber, a periodic task, the disposal of a value, or a stop whose body threw, too. */
  readonly source: 'subscriber' | 'periodic task' | 'disposal' | 'shutdown';
  /** The name of the function, or of the bus. */
  readonly name: string;
  /** The number of payloads that this subscriber had taken before. */
  readonly position?: number;
}
/** The options of `new SignalBus()`. An unknown name is a TypeError. */
export interface SignalBusOptions {
  /** Shown in messages. */
  readonly name?: string | undefined;
  /** The manager that carries the topics. Buses with the same manager share them. Default: a new manager. */
  readonly manager?: SignalManager | undefined;
  /** The default time limit of `stop`, in milliseconds: 0 or more, or `Infinity` for no limit. Default: 120,000. */
  readonly shutdownTimeoutMs?: number | undefined;
  /**
   * Called with every failure of a subscriber, a periodic task or a disposal, and for every dropped payload. It runs in
   * the async context of the call that failed or would have handled the payload. Default: `console.error`, one line and
   * the error. `null`: silent.
   */
  readonly onError?: ((error: unknown, report: BusErrorReport) => void) | null | undefined;
}

/** The options of {@link SignalBus.stop}. */
export interface StopOptions {
  /** Milliseconds: 0 or more, or `Infinity` for no limit. Default: the bus's `shutdownTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

/** The options of {@link SignalBus.idle}. */
export interface IdleOptions {
  /** Milliseconds: 0 or more, or `Infinity` for no limit. Default: `Infinity`. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A standard decorator for a function, or for a class method, which is registered once per instance. Used as a legacy
 * decorator (`experimentalDecorators`) it throws a TypeError.
 */
export type BusDecorator = <F extends (...args: any[]) => any>(fn: F, context?: ClassMethodDecoratorContext) => F;

/** Any function that can be registered. */
export type AnyFunction = (...args: any[]) => unknown;
