import type { Signal } from '../index.js';
import { untilAborted, whenAborted } from '../internal/abort.js';
import { Timer } from '../internal/timer.js';
import { type Closer, Closing } from './closing.js';
import { StartFailedError } from './errors.js';
import { Once } from './once.js';
import { type Opener, Opening } from './opening.js';
import { Running } from './running.js';
import type { Settings } from './settings.js';
import type { LifecycleState, ResourceContext } from './types.js';

/** A lifecycle, which is the sender of its signals. Its methods are called on it because a subclass may override them. */
export interface PublicLifecycle {
  readonly serverStart: Signal<ResourceContext>;
  readonly serverStarted: Signal;
  readonly serverStopping: Signal<{ reason: string }>;
  readonly serverStop: Signal<ResourceContext & { reason: string }>;
  readonly serverStopped: Signal<{ reason: string; failures: readonly unknown[] }>;
  start(): Promise<void>;
  stop(reason?: string): Promise<void>;
}

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

/** Takes a lifecycle from state to state, with the time limit and the failures of the start. */
export class Transitions {
  state: LifecycleState = 'new';
  readonly #lifecycle: PublicLifecycle;
  readonly #settings: Settings;
  readonly #running: Running;
  readonly #opening: Opening;
  readonly #closing: Closing;
  readonly #starting = new Once();
  readonly #stopping = new Once();
  #startTimer: Timer | undefined;
  /** Aborted when nothing waits for openers any more. */
  readonly #openersLate = new AbortController();
  #givenUp: Required<GivenUp> | undefined;
  /** Rejects the promises of the resources that have not been opened. */
  readonly #unopened = new Set<(error: StartFailedError) => void>();
  #closed: readonly string[] = [];
  /** Why the start failed, for `start` and for all resources that were not opened. */
  #error: StartFailedError | undefined;

  constructor(lifecycle: PublicLifecycle, settings: Settings) {
    this.#lifecycle = lifecycle;
    this.#settings = settings;
    this.#running = new Running(settings.manager, lifecycle);
    this.#opening = new Opening(lifecycle.serverStart, this.#running);
    this.#closing = new Closing(lifecycle.serverStop, this.#running, settings);
    whenAborted(this.#closing.late, () => this.#openersLate.abort());
  }

  /** The names of the receivers that are running now. */
  get waitingFor(): readonly string[] {
    return this.#running.names;
  }

  /** Whether the start failed by itself, not because of a stop. */
  get startFailed(): boolean {
    return this.#givenUp?.byStop === false;
  }

  /** Aborted when no opener is called any more, because of a stop or a failed start. */
  get ended(): AbortSignal {
    return this.#opening.ended;
  }

  start(): Promise<void> {
    return this.#starting.begin(() => this.#start());
  }

  stop(reason: string): Promise<void> {
    return this.#stopping.begin(() => this.#stop(reason));
  }

  /**
   * Has an opener called, now or by the start.
   *
   * @param opened - Settles when it has been opened or refused.
   * @param refuse - Called if the opener fails in state 'ready', or is never called.
   */
  addOpener(name: string, opener: Opener, opened: Promise<unknown>, refuse: (error: unknown) => void): void {
    // No rejection of the promise is unhandled from here on: the caller of `start` gets the error, too.
    this.#unopened.add(refuse);
    opened.catch(() => undefined).finally(() => this.#unopened.delete(refuse));
    switch (this.state) {
      case 'new':
        this.#opening.addBefore(opener);
        break;
      case 'starting':
        this.#opening.addDuring(opener);
        break;
      case 'ready':
        this.#opening.openNow(opener, opened).then((failure) => {
          if (failure !== undefined) refuse(new StartFailedError(`"${name}" could not be opened`, failure));
        }, refuse);
        break;
      case 'stopping':
      case 'stopped':
        throw new StartFailedError(STOPPED);
    }
  }

  /** Has a closer called by the stop, or at once if that has begun to call closers. */
  addCloser(closer: Closer): Promise<void> {
    return this.#closing.add(closer);
  }

  async #start(): Promise<void> {
    if (this.state !== 'new') throw new StartFailedError(STOPPED);
    this.state = 'starting';
    const { startTimeoutMs } = this.#settings;
    this.#startTimer = new Timer(startTimeoutMs, () => {
      const message = `Not started within ${startTimeoutMs} ms`;
      this.#giveUp({ message, cause: new DOMException(message, 'TimeoutError') });
      this.#openersLate.abort();
    });
    await untilAborted(this.#openAll(), this.#openersLate.signal);
    this.#startTimer.stop();
    if (this.#givenUp === undefined) return;
    await this.#lifecycle.stop('start failed').catch(() => undefined);
    throw this.#startFailure();
  }

  async #openAll(): Promise<void> {
    const sender = this.#lifecycle;
    let announced: Promise<unknown> | undefined;
    try {
      const failure = await this.#opening.openAll(() => {
        this.state = 'ready';
        this.#startTimer?.stop();
        this.#refuseUnopened(new StartFailedError('`server_start` did not reach the resource'));
        announced = this.#lifecycle.serverStarted.send({}, { sender, timeoutMs: this.#settings.startTimeoutMs });
      });
      if (failure !== undefined) this.#giveUp({ message: `"${failure.resource}" could not be opened`, ...failure });
    } catch (cause) {
      this.#giveUp({ message: 'The start was not sent', resource: '', cause }); // the manager is closed
    }
    await orOver(announced, this.#opening.ended);
  }

  async #stop(reason: string): Promise<void> {
    this.#giveUp({ message: 'The start was stopped', byStop: true });
    const before = this.state;
    this.state = 'stopping';
    this.#opening.end();
    try {
      if (before !== 'new') await this.#closeAll(reason, before === 'ready');
    } finally {
      this.#closing.stopClock();
      this.state = 'stopped';
      this.#refuseUnopened(this.#startFailure());
    }
  }

  async #closeAll(reason: string, wasReady: boolean): Promise<void> {
    const { serverStopping, serverStopped } = this.#lifecycle;
    const sender = this.#lifecycle;
    this.#closing.startClock();
    if (wasReady) {
      const noticed = after(this.#settings.drainDelayMs);
      await orOver(Promise.all([serverStopping.send({ reason }, { sender }), noticed]), this.#closing.late);
    }
    await orOver(this.#opening.whenIdle(), this.#openersLate.signal);
    const outcome = await this.#closing.closeAll(reason);
    this.#closed = outcome.closed;
    this.state = 'stopped';
    await orOver(serverStopped.send({ reason, failures: outcome.failures }, { sender }), this.#closing.over);
    outcome.check();
  }

  /** Ends the start, if it is not over. The first reason counts. */
  #giveUp({ message, resource = this.waitingFor[0] ?? '', cause, byStop = false }: GivenUp): void {
    if (this.state !== 'starting' || this.#givenUp !== undefined) return;
    this.#givenUp = { message, resource, cause, byStop };
    this.#opening.end(cause);
  }

  #startFailure(): StartFailedError {
    const { message = STOPPED, ...rest } = this.#givenUp ?? {};
    return (this.#error ??= new StartFailedError(message, { ...rest, closed: this.#closed }));
  }

  #refuseUnopened(error: StartFailedError): void {
    for (const refuse of this.#unopened) refuse(error);
  }
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
