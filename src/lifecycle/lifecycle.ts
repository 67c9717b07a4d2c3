import { constants } from 'node:os';
import type { Signal, SignalManager } from '../index.js';
import { untilAborted, whenAborted } from '../internal/abort.js';
import { argumentError, checkFunction, checkName } from '../internal/check.js';
import { deferred } from '../internal/thenable.js';
import { asyncDisposeBy } from '../internal/dispose.js';
import { describedBy, proxyError } from '../internal/printing.js';
import { Timer } from '../internal/timer.js';
import { Closing } from './closing.js';
import { StartFailedError, StopTimeoutError } from './errors.js';
import { Once } from './once.js';
import { type Opener, Opening } from './opening.js';
import { Running } from './running.js';
import { type Settings, settingsOf } from './settings.js';
import type { LifecycleOptions, LifecycleState, ResourceContext } from './types.js';

/** Why the start ended without success. */
interface GivenUp {
  readonly message: string;
  /** By default, what is opening now. */
  readonly resource?: string;
  readonly cause?: unknown;
  /** Whether a stop ended the start, which is no failure. */
  readonly byStop?: boolean;
}

const STOPPED = 'The lifecycle was stopped';

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
  /** `server_start`, sent serially. Receivers open something, and connect its closing to `serverStop`. */
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

  readonly #settings: Settings;
  readonly #opening: Opening;
  readonly #closing: Closing;
  readonly #starting = new Once();
  readonly #stopping = new Once();
  #state: LifecycleState = 'new';
  #startTimer: Timer | undefined;
  /** Aborted when nothing waits for openers any more. */
  readonly #openersLate = new AbortController();
  #givenUp: Required<GivenUp> | undefined;
  /** Rejects the promises of the resources that have not been opened. */
  readonly #unopened = new Set<(error: StartFailedError) => void>();
  #closed: readonly string[] = [];
  /** Why the start failed, for `start` and for all resources that were not opened. */
  #error: StartFailedError | undefined;
  readonly #running: Running;

  static {
    describedBy(this.prototype, 'Lifecycle', (lifecycle) => `Lifecycle (${lifecycle.#state})`);
    asyncDisposeBy(this.prototype, (lifecycle) => lifecycle.stop('disposed'));
  }

  /**
   * Creates a lifecycle in state 'new'. It opens nothing and listens for no process signal yet.
   *
   * @throws TypeError for an unknown option, or one of the wrong type; RangeError for one out of range, and for a
   * `drainDelayMs` that is not less than `stopTimeoutMs`.
   */
  constructor(options?: LifecycleOptions) {
    this.#settings = settingsOf(options);
    const { manager } = this.#settings;
    this.manager = manager;
    this.serverStart = manager.signal('server_start');
    this.serverStarted = manager.signal('server_started');
    this.serverStopping = manager.signal('server_stopping');
    this.serverStop = manager.signal('server_stop');
    this.serverStopped = manager.signal('server_stopped');
    this.#running = new Running(manager, this);
    this.#opening = new Opening(this.serverStart, this.#running);
    this.#closing = new Closing(this.serverStop, this.#running, this.#settings);
    whenAborted(this.#closing.late, () => this.#openersLate.abort());
  }

  /** The state: new, starting, ready, stopping, stopped, in this order. A failed start skips ready. */
  get state(): LifecycleState {
    if (!(#state in this)) throw proxyError('Lifecycle');
    return this.#state;
  }

  /** Whether the server is ready for requests: true only in state 'ready'. */
  get ready(): boolean {
    if (!(#state in this)) throw proxyError('Lifecycle');
    return this.#state === 'ready';
  }

  /** The names of the resources and receivers that are opening or closing now, in the order of their calls. */
  get waitingFor(): readonly string[] {
    if (!(#state in this)) throw proxyError('Lifecycle');
    return this.#running.names;
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
    if (!(#state in this)) return Promise.reject(proxyError('Lifecycle'));
    const { promise, resolve, reject } = deferred<T>();
    try {
      checkName(name);
      checkFunction(open, 'open');
      if (close !== undefined) checkFunction(close, 'close');
      // No rejection of `promise` is unhandled from here on: the caller of `start` gets the error, too.
      this.#unopened.add(reject);
      promise.catch(() => undefined).finally(() => this.#unopened.delete(reject));
      const opener = named(name, async ({ abortSignal }: ResourceContext) => {
        const value = await open({ abortSignal });
        if (close !== undefined) {
          const closer = named(name, ({ abortSignal }: ResourceContext) => close(value, { abortSignal }));
          await this.#closing.add(closer);
        }
        resolve(value);
      });
      this.#addOpener(name, opener, reject);
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
    if (!(#state in this)) return Promise.reject(proxyError('Lifecycle'));
    return this.#starting.begin(() => this.#start());
  }

  /**
   * Closes everything: sends `server_stopping`, waits `drainDelayMs`, then sends `server_stop` serially in reverse order,
   * then `server_stopped`. A second call returns the same promise. Before the start it sends nothing.
   *
   * @param reason - The `reason` that the receivers get. Default: 'stop'.
   * @returns Rejects with a {@link StopTimeoutError} if closers are still running `killAfterMs` after `stopTimeoutMs`;
   * or else with a `ReceiversFailedError` if closers failed, after all have settled.
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
    if (!(#state in this)) return Promise.reject(proxyError('Lifecycle'));
    if (typeof reason !== 'string') return Promise.reject(argumentError('reason', 'a string', reason));
    return this.#stopping.begin(() => this.#stop(reason));
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
    if (!(#state in this)) throw proxyError('Lifecycle');
    let isStopped = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (isStopped) process.exit(128 + constants.signals[signal]);
      isStopped = true;
      this.stop(signal).catch(() => undefined); // handled below
    };
    const { stopOn } = this.#settings;
    for (const signal of stopOn) process.on(signal, onSignal);
    const alive = setInterval(() => undefined, 2 ** 31 - 1); // a listener for signals does not keep the process alive
    try {
      return await this.#exitCode();
    } finally {
      clearInterval(alive);
      for (const signal of stopOn) process.off(signal, onSignal);
    }
  }

  async #exitCode(): Promise<number> {
    const errors: unknown[] = [];
    const note = (error: unknown): void => void errors.push(error);
    await this.start().catch((error: unknown) => {
      if (this.#givenUp?.byStop === false) note(error);
    });
    await untilAborted(new Promise(() => undefined), this.#opening.ended);
    await this.stop().catch(note);
    if (errors.length === 0) return 0;
    console.error('The lifecycle failed:', ...errors);
    if (errors.some((error) => error instanceof StopTimeoutError)) process.exit(1);
    return 1;
  }

  async #start(): Promise<void> {
    if (this.#state !== 'new') throw new StartFailedError(STOPPED);
    this.#state = 'starting';
    const { startTimeoutMs } = this.#settings;
    this.#startTimer = new Timer(startTimeoutMs, () => {
      const message = `Not started within ${startTimeoutMs} ms`;
      this.#giveUp({ message, cause: new DOMException(message, 'TimeoutError') });
      this.#openersLate.abort();
    });
    await untilAborted(this.#openAll(), this.#openersLate.signal);
    this.#startTimer.stop();
    if (this.#givenUp === undefined) return;
    await this.stop('start failed').catch(() => undefined);
    throw this.#startFailed();
  }

  async #openAll(): Promise<void> {
    let announced: Promise<unknown> | undefined;
    try {
      const failure = await this.#opening.openAll(() => {
        this.#state = 'ready';
        this.#startTimer?.stop();
        this.#refuseUnopened(new StartFailedError('`server_start` did not reach the resource'));
        announced = this.serverStarted.send({}, { sender: this, timeoutMs: this.#settings.startTimeoutMs });
      });
      if (failure !== undefined) this.#giveUp({ message: `"${failure.resource}" could not be opened`, ...failure });
    } catch (cause) {
      this.#giveUp({ message: 'The start was not sent', resource: '', cause }); // the manager is closed
    }
    await orOver(announced, this.#opening.ended);
  }

  async #stop(reason: string): Promise<void> {
    this.#giveUp({ message: 'The start was stopped', byStop: true });
    const before = this.#state;
    this.#state = 'stopping';
    this.#opening.end();
    try {
      if (before !== 'new') await this.#closeAll(reason, before === 'ready');
    } finally {
      this.#closing.stopClock();
      this.#state = 'stopped';
      this.#refuseUnopened(this.#startFailed());
    }
  }

  async #closeAll(reason: string, wasReady: boolean): Promise<void> {
    this.#closing.startClock();
    if (wasReady) {
      const noticed = after(this.#settings.drainDelayMs);
      await orOver(Promise.all([this.serverStopping.send({ reason }, { sender: this }), noticed]), this.#closing.late);
    }
    await orOver(this.#opening.whenIdle(), this.#openersLate.signal);
    const outcome = await this.#closing.closeAll(reason);
    this.#closed = outcome.closed;
    this.#state = 'stopped';
    await orOver(this.serverStopped.send({ reason, failures: outcome.failures }, { sender: this }), this.#closing.over);
    outcome.check();
  }

  /** Ends the start, if it is not over. The first reason counts. */
  #giveUp({ message, resource = this.waitingFor[0] ?? '', cause, byStop = false }: GivenUp): void {
    if (this.#state !== 'starting' || this.#givenUp !== undefined) return;
    this.#givenUp = { message, resource, cause, byStop };
    this.#opening.end(cause);
  }

  #startFailed(): StartFailedError {
    const { message = STOPPED, ...rest } = this.#givenUp ?? {};
    return (this.#error ??= new StartFailedError(message, { ...rest, closed: this.#closed }));
  }

  #addOpener(name: string, opener: Opener, refuse: (error: unknown) => void): void {
    switch (this.#state) {
      case 'new':
        this.#opening.addBefore(opener);
        break;
      case 'starting':
        this.#opening.addDuring(opener);
        break;
      case 'ready':
        this.#opening.openNow(opener).then((failure) => {
          if (failure !== undefined) refuse(new StartFailedError(`"${name}" could not be opened`, failure));
        }, refuse);
        break;
      case 'stopping':
      case 'stopped':
        throw new StartFailedError(STOPPED);
    }
  }

  #refuseUnopened(error: StartFailedError): void {
    for (const refuse of this.#unopened) refuse(error);
  }
}

/** Gives a receiver the name of its resource. */
function named<F extends (kwargs: ResourceContext) => unknown>(name: string, receiver: F): F {
  return Object.defineProperty(receiver, 'name', { value: name });
}

/**
 * Waits for a promise, until an abort. The only errors are those of sends that a closed manager refuses: then nobody is
 * connected.
 */
async function orOver(promise: Promise<unknown> | undefined, over: AbortSignal): Promise<void> {
  if (promise !== undefined) await untilAborted(promise, over).catch(() => undefined);
}

/** Resolves after a delay. Without one there is no timer, so that a fake clock need not run. */
function after(delayMs: number): Promise<void> | undefined {
  return delayMs === 0 ? undefined : new Promise((resolve) => new Timer(delayMs, resolve));
}
