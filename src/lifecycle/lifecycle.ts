import type { Signal, SignalManager } from '../index.js';
import { argumentError, checkFunction, checkName } from '../internal/check.js';
import { deferred } from '../internal/thenable.js';
import { asyncDisposeBy } from '../internal/dispose.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { run } from './run.js';
import { settingsOf } from './settings.js';
import { Transitions } from './transitions.js';
import type { LifecycleOptions, LifecycleState, ResourceContext } from './types.js';

/**
 * Opens resources in order and closes them in reverse order, with one deadline for the whole stop. It starts only once.
 *
 * A resource is added by {@link Lifecycle.add}. An extension can do the same with the signals: it opens something in a
 * receiver of `serverStart`, and then connects the closing to `serverStop`.
 *
 * The lifecycle is the sender of its signals. If several lifecycles have one manager, they share the signals, and a receiver
 * for one of them connects with `{ sender: lifecycle }`. `add` does that.
 *
 * Only `run` listens to process signals, and only until it resolves.
 *
 * A receiver of these signals, an opener or a closer must not await `start` or `stop` of its own lifecycle: each would wait
 * for the other, until the time limit.
 *
 * @example
 * ```ts
 * import { once } from 'node:events';
 * import { createServer } from 'node:http';
 * import { Lifecycle } from 'signalbox/lifecycle';
 *
 * const lifecycle = new Lifecycle({ stopTimeoutMs: 8_000 });
 *
 * void lifecycle.add(
 *   'http',
 *   async () => {
 *     const server = createServer((_request, response) => response.end(lifecycle.ready ? 'ready' : 'stopping'));
 *     await once(server.listen(0), 'listening');
 *     return server;
 *   },
 *   (server) => once(server.close(), 'close'),
 * );
 *
 * process.exitCode = await lifecycle.run(); // until SIGTERM or SIGINT
 * ```
 */
export class Lifecycle implements AsyncDisposable {
  /** Closes everything at the end of an `await using`, as `stop('disposed')` does. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  /** The manager of the signals: the one given, or the lifecycle's own. */
  readonly manager: SignalManager;
  /**
   * `server_start`, sent serially. Receivers open something, and connect its closing to `serverStop`. Any receiver that
   * fails ends the start, also one of ANY. Its `abortSignal` is aborted when the start is given up.
   */
  readonly serverStart: Signal<{ abortSignal: AbortSignal }>;
  /** `server_started`: everything is open, and `ready` is true. */
  readonly serverStarted: Signal;
  /** `server_stopping`, sent before `drainDelayMs`. `ready` is false. Not sent after a failed start. */
  readonly serverStopping: Signal<{ reason: string }>;
  /**
   * `server_stop`. Receivers close, the last connected one first, one after the other. `abortSignal` is aborted after
   * `stopTimeoutMs`, and then the rest is called at once.
   */
  readonly serverStop: Signal<{ reason: string; abortSignal: AbortSignal }>;
  /**
   * `server_stopped`: the stop is over. `failures` are the errors of the closers, and a {@link StopTimeoutError} if
   * there is one.
   */
  readonly serverStopped: Signal<{ reason: string; failures: readonly unknown[] }>;

  readonly #transitions: Transitions;
  readonly #stopOn: readonly NodeJS.Signals[];

  static {
    describedBy(this.prototype, 'Lifecycle', (lifecycle) => `Lifecycle (${lifecycle.#transitions.state})`);
    asyncDisposeBy(this.prototype, (lifecycle) => lifecycle.stop('disposed'));
  }

  /**
   * Creates a lifecycle in state 'new'. It opens nothing and listens for no process signal yet.
   *
   * @throws TypeError for an unknown option, or one of the wrong type; RangeError for one out of range, and for a
   * `drainDelayMs` that is not less than `stopTimeoutMs`.
   */
  constructor(options?: LifecycleOptions) {
    const settings = settingsOf(options);
    const { manager, stopOn } = settings;
    this.manager = manager;
    this.serverStart = manager.signal('server_start');
    this.serverStarted = manager.signal('server_started');
    this.serverStopping = manager.signal('server_stopping');
    this.serverStop = manager.signal('server_stop');
    this.serverStopped = manager.signal('server_stopped');
    this.#stopOn = stopOn;
    this.#transitions = new Transitions(this, settings);
  }

  /** The state: new, starting, ready, stopping, stopped, in this order. A failed start skips ready. */
  get state(): LifecycleState {
    if (!(#transitions in this)) throw proxyError('Lifecycle');
    return this.#transitions.state;
  }

  /** Whether the server is ready for requests: true only in state 'ready'. */
  get ready(): boolean {
    if (!(#transitions in this)) throw proxyError('Lifecycle');
    return this.#transitions.state === 'ready';
  }

  /** The names of the resources and receivers that are opening or closing now, in the order of their calls. */
  get waitingFor(): readonly string[] {
    if (!(#transitions in this)) throw proxyError('Lifecycle');
    return this.#transitions.waitingFor;
  }

  /**
   * Adds a resource. `open` is connected to `serverStart`, and `close` to `serverStop` as soon as `open` has succeeded.
   *
   * A resource that is added during the start opens after all that were added before it. In state 'ready', `open` is
   * called at once. A resource that opens too late for `serverStop` is closed at once.
   *
   * @param name - Shown in errors and in `waitingFor`. Not empty.
   * @param open - Returns the opened resource, or a promise of it. Its `abortSignal` is aborted when the start is given
   * up.
   * @param close - Gets the value of `open`. Its `abortSignal` is aborted after `stopTimeoutMs`.
   * @returns The value of `open`. Rejects with a {@link StartFailedError} if `open` fails, is never called, or is still
   * pending at the end of a failed start or of the stop. This never becomes an unhandled rejection.
   *
   * @example
   * ```ts
   * import { open } from 'node:fs/promises';
   * import { Lifecycle } from 'signalbox/lifecycle';
   *
   * const lifecycle = new Lifecycle();
   * const log = lifecycle.add('log', () => open('server.log', 'a'), (file) => file.close());
   * void lifecycle.add('greeting', async () => (await log).write('started'));
   * await lifecycle.start();
   * ```
   */
  add<T>(
    name: string,
    open: (context: ResourceContext) => T | PromiseLike<T>,
    close?: (value: T, context: ResourceContext) => unknown,
  ): Promise<T> {
    if (!(#transitions in this)) return Promise.reject(proxyError('Lifecycle'));
    const { promise, resolve, reject } = deferred<T>();
    try {
      checkName(name);
      checkFunction(open, 'open');
      if (close !== undefined) checkFunction(close, 'close');
      const opener = named(name, async ({ abortSignal }: ResourceContext) => {
        const value = await open({ abortSignal });
        if (close !== undefined) {
          const closer = named(name, ({ abortSignal }: ResourceContext) => close(value, { abortSignal }));
          await this.#transitions.addCloser(closer);
        }
        resolve(value);
      });
      this.#transitions.addOpener(name, opener, promise, reject);
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  /**
   * Opens everything: sends `server_start` serially, then `server_started`. Resolves when the receivers of both have
   * settled. A second call returns the same promise.
   *
   * @returns Rejects with a {@link StartFailedError} if an opener fails, after `startTimeoutMs`, or if a stop comes
   * before the end of the start. All open resources are closed before that.
   *
   * @example
   * ```ts
   * import { Lifecycle } from 'signalbox/lifecycle';
   *
   * const lifecycle = new Lifecycle();
   * await lifecycle.start();
   * console.log(lifecycle.state); //=> 'ready'
   * await lifecycle.stop();
   * ```
   */
  start(): Promise<void> {
    if (!(#transitions in this)) return Promise.reject(proxyError('Lifecycle'));
    return this.#transitions.start();
  }

  /**
   * Closes everything: sends `server_stopping`, waits `drainDelayMs`, then sends `server_stop` serially in reverse order,
   * then `server_stopped`. A second call returns the same promise. Before the start it sends nothing.
   *
   * @param reason - The `reason` that the receivers get. Default: 'stop'.
   * @returns Rejects with a {@link StopTimeoutError} if closers are still running `killAfterMs` after `stopTimeoutMs`;
   * or else with a `ReceiversFailedError` if closers failed, after all have settled. Rejects with a `ManagerClosedError`
   * if the manager was closed before.
   *
   * @example
   * ```ts
   * import { Lifecycle } from 'signalbox/lifecycle';
   *
   * const lifecycle = new Lifecycle();
   * await lifecycle.start();
   * await lifecycle.stop('the test is over');
   * console.log(lifecycle.state); //=> 'stopped'
   * ```
   */
  stop(reason = 'stop'): Promise<void> {
    if (!(#transitions in this)) return Promise.reject(proxyError('Lifecycle'));
    if (typeof reason !== 'string') return Promise.reject(argumentError('reason', 'a string', reason));
    return this.#transitions.stop(reason);
  }

  /**
   * Starts, unless that is done; waits for a process signal of `stopOn` or a call of `stop`; then stops.
   *
   * It keeps the process alive meanwhile. A second process signal exits at once, with 128 plus its number. If closers are
   * still running at the end of the stop, it prints their names and exits with 1.
   *
   * @returns The exit code: 0 if everything was closed, even if a process signal ended the start; 1 if the start or a
   * closer failed, which is printed with `console.error`. Never rejects.
   *
   * @example
   * ```ts
   * import { Lifecycle } from 'signalbox/lifecycle';
   *
   * const lifecycle = new Lifecycle({ drainDelayMs: 3_000 });
   * process.exitCode = await lifecycle.run();
   * ```
   */
  async run(): Promise<number> {
    if (!(#transitions in this)) throw proxyError('Lifecycle');
    return run(this, this.#transitions, this.#stopOn);
  }
}

/** Gives a receiver the name of its resource. */
function named<F extends (kwargs: ResourceContext) => unknown>(name: string, receiver: F): F {
  return Object.defineProperty(receiver, 'name', { value: name });
}
