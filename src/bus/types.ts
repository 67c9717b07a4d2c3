/// <reference lib="esnext.disposable" />
import type { Signal, SignalManager } from '../index.js';
import type { TopicToken } from './topic.js';

/** What is published to and subscribed to: a name, what `topic` returns for it, or a {@link Signal} by itself. */
export type Topic<P = any> = string | Signal<any> | TopicToken<P>;
/** The type of a topic's payloads: `any` for a name. */
export type PayloadOf<T> =
  T extends TopicToken<infer P>
    ? P
    : T extends Signal<infer K, any, any>
      ? K extends { payload: infer P }
        ? P
        : any
      : any;

/** What {@link SignalBus.subscriber} takes besides topic and function. An unknown name is a TypeError. */
export interface SubscriberOptions {
  /** How many payloads are handled at once. A whole number, 1 or more, or `Infinity`. Default: `Infinity`. */
  readonly concurrency?: number;
  /** How many payloads may wait. A whole number, 1 or more, or `Infinity`. Default: `Infinity`. */
  readonly limit?: number;
  /**
   * Past `limit`: `publish` waits (default); the oldest or the newest payload is dropped and reported to `onError`; or
   * `publish` rejects with a QueueOverflowError, after the other subscribers have got the payload.
   */
  readonly overflow?: 'wait' | 'drop-oldest' | 'drop-newest' | 'throw';
  /** Ends the subscription when aborted; what its queue holds is handled first. */
  readonly abortSignal?: AbortSignal;
}
/** What {@link SignalBus.batchSubscriber} takes besides topic and function. `concurrency` counts batches. */
export interface BatchOptions extends SubscriberOptions {
  /** How many payloads a batch has at most. A whole number, 1 or more, or `Infinity`. Default: 10. */
  readonly maxItems?: number;
  /** Milliseconds that the first payload of a batch waits for others at most. Default: 10,000. */
  readonly maxWaitMs?: number;
}
/** What {@link SignalBus.periodicTask} takes besides the function. */
export interface PeriodicOptions {
  /** Milliseconds from the end of a run to the start of the next one. 0 or more, finite. */
  readonly periodMs: number;
  /** Ends the task when aborted; the run in hand is finished. */
  readonly abortSignal?: AbortSignal;
}
/** What {@link SignalBus.inject} takes besides factories and function. */
export interface InjectOptions {
  /**
   * `'call'` (default): values are made for each call and belong to the caller. `'bus'`: made once per start of the bus
   * and per factory function, and disposed after the drain, last made first.
   */
  readonly scope?: 'call' | 'bus';
}
/** Functions that make the injected values, sync or async, by the names under which these are given. */
export type Factories = Readonly<Record<string, () => unknown>>;
/** What factories make, by the same names. */
export type Injected<F extends Factories> = { [N in keyof F]: Awaited<ReturnType<F[N]>> };

/** A function whose first argument is filled by its bus. */
export interface InjectedFunction<F extends Factories, A extends unknown[], R> {
  (...args: A): Promise<R>;
  /**
   * The same function with these values given; their factories are not called. `undefined` and other falsy values are
   * values. With all of them given it runs without its bus, as in a test.
   */
  with(values: Partial<Injected<F>>): (...args: A) => Promise<R>;
}

/** `unknown` for values that the first argument takes, or one that has only objects before it, as other injections fill. */
export type Injectable<V, A extends unknown[]> = A extends [infer First, ...infer Rest]
  ? V extends First
    ? unknown
    : First extends readonly unknown[] | ((...args: never[]) => unknown)
      ? never
      : First extends object
        ? Injectable<V, Rest>
        : never
  : never;

/** What {@link SignalBus.inject} gives for factories alone: it injects into a function, or decorates a class method. */
export interface InjectDecorator<F extends Factories> {
  /**
   * A method returns a promise, or nothing. To the compiler it stays what it is: its first argument takes the values, or the
   * one behind those that the injections below it fill, though callers leave these out.
   */
  <M extends (...args: any[]) => any>(
    method: M,
    context: ClassMethodDecoratorContext &
      Injectable<Injected<F>, Parameters<M>> &
      ((() => Promise<Awaited<ReturnType<M>>>) extends () => ReturnType<M> ? unknown : never),
  ): M;
  <A extends unknown[], R>(
    fn: (injected: Injected<F>, ...args: A) => R | PromiseLike<R>,
    context?: ClassMethodDecoratorContext,
  ): InjectedFunction<F, A, R>;
}

/** What `onError` of a bus is told besides the error; never a payload, which may hold secrets. */
export interface BusErrorReport {
  /** undefined for what has no topic. */
  readonly topic: string | undefined;
  readonly source: 'subscriber' | 'periodic task' | 'disposal' | 'shutdown';
  /** The name of the function, or of the bus. */
  readonly name: string;
  /** How many payloads this subscriber had taken before. */
  readonly position?: number;
}
export interface SignalBusOptions {
  /** Shown in messages. */
  readonly name?: string;
  /** The manager that carries the topics; buses given the same one share them. Default: one of its own. */
  readonly manager?: SignalManager;
  /** Milliseconds that `stop` waits unless told otherwise. 0 or more, `Infinity`: without limit. Default: 120,000. */
  readonly shutdownTimeoutMs?: number;
  /**
   * Told of every failure of a subscriber, a periodic task or a disposal, and of every payload dropped, in the async
   * context of the call that failed or would have handled the payload. Default: `console.error`, one line and the error.
   * `null`: silent.
   */
  readonly onError?: ((error: unknown, report: BusErrorReport) => void) | null;
}

/** How long {@link SignalBus.stop} waits. */
export interface StopOptions {
  /** Milliseconds, 0 or more, `Infinity`: without limit. Default: the bus's `shutdownTimeoutMs`. */
  readonly timeoutMs?: number;
}

/**
 * A decorator for a function or for a class method, which is registered once per instance. A standard one: called as a
 * legacy decorator (`experimentalDecorators`) it throws a TypeError.
 */
export type BusDecorator = <F extends (...args: any[]) => any>(fn: F, context?: ClassMethodDecoratorContext) => F;

/** Any function, as it is registered. */
export type AnyFunction = (...args: any[]) => unknown;
