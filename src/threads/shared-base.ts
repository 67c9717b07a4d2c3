import { proxyError } from '../internal/printing.js';
import type { Participant } from './participant.js';
import { attachedName, checkWorker } from './options.js';
import type { AttachableWorker, RemoteConnectOptions, AnySignal } from './types.js';
import { asyncDisposeBy } from '../internal/dispose.js';

/** The implementation of a hub or link. */
interface Inner {
  readonly member: Participant;
  attach(worker: AttachableWorker, name: string | undefined): Promise<void>;
  close(): void;
}

/** The public part of a hub and a link. The implementation stays private. */
export abstract class ThreadsBase implements AsyncDisposable {
  /** The same as `close()`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #inside: Inner;

  static {
    asyncDisposeBy(this.prototype, (sharing) => sharing.close());
  }

  /** @internal */
  constructor(inside: Inner) {
    this.#inside = inside;
  }

  /** The names of the other joined threads: in a worker the hub's first, then in joining order. */
  get threads(): readonly string[] {
    ThreadsBase.#checkThis(this);
    return this.#inside.member.threads;
  }

  /**
   * Attaches a worker of this thread that calls `joinThreads`, now or later, and resolves when it has joined. From then
   * on, sends of either thread reach the receivers of both. The worker's own port is not used. When a worker leaves,
   * the workers that it attached leave, too. Called again for the same worker, `attach` waits for its next
   * `joinThreads`.
   *
   * @param options - `name` replaces the worker's own name. If it is taken, a number is added: `name#2`.
   * @returns Rejects with {@link ThreadExitedError} if the worker exits first, and with {@link ThreadsClosedError}
   * after `close()`. There is no time limit, because a worker that times out may try again.
   *
   * @example
   * ```ts
   * import { Worker } from 'node:worker_threads';
   * import { Signal, SignalManager } from 'signalbox';
   * import { ThreadHub } from 'signalbox/threads';
   *
   * const signals = new SignalManager();
   * const priced = new Signal<{ item: string }>({ name: 'priced', manager: signals });
   * const hub = new ThreadHub(signals, { signals: [priced] });
   * await hub.attach(new Worker(new URL('./prices.js', import.meta.url)), { name: 'prices' });
   * console.log(hub.threads);
   * ```
   */
  async attach(worker: AttachableWorker, options?: { readonly name?: string | undefined }): Promise<void> {
    ThreadsBase.#checkThis(this);
    checkWorker(worker);
    await this.#inside.attach(worker, attachedName(options));
  }

  /**
   * Connects an exported function of a module in another thread. A module can be named across threads, a function
   * cannot.
   *
   * @param thread - The name of a joined thread.
   * @param module - A URL, an absolute path or the name of a package. The other thread imports it.
   * @param options - `key`, `keys`, `once`, `priority`, `uid`.
   * @returns A disposable that disconnects the function. Rejects with the error of the import, with a TypeError if the
   * export is not a function, and with {@link ThreadExitedError} if the thread exits first. Rejects with a
   * ReceiverTimeoutError if the thread does not answer within the `timeoutMs` of this hub or link; the function then
   * does not stay connected.
   *
   * @example
   * ```ts
   * import { Worker } from 'node:worker_threads';
   * import { Signal, SignalManager } from 'signalbox';
   * import { ThreadHub } from 'signalbox/threads';
   *
   * const signals = new SignalManager();
   * const priced = new Signal<{ item: string }>({ name: 'priced', manager: signals });
   * const hub = new ThreadHub(signals, { signals: [priced] });
   * const audit = new URL('./audit.js', import.meta.url);
   * const connection = await hub.connectOn('prices', audit, 'auditPrice', priced, { once: true });
   * await connection[Symbol.asyncDispose]();
   * ```
   */
  async connectOn(
    thread: string,
    module: string | URL,
    exportName: string,
    signal: AnySignal,
    options?: RemoteConnectOptions,
  ): Promise<AsyncDisposable> {
    ThreadsBase.#checkThis(this);
    return this.#inside.member.connectOn(thread, module, exportName, signal, options);
  }

  /**
   * Stops sharing: sends of this thread become local, and the other threads forget it. If it is the hub, the sends of
   * all threads become local. Pending sends get a rejected result for each thread that has not answered.
   *
   * @example
   * ```ts
   * import { Worker } from 'node:worker_threads';
   * import { Signal, SignalManager } from 'signalbox';
   * import { ThreadHub } from 'signalbox/threads';
   *
   * const signals = new SignalManager();
   * const priced = new Signal<{ item: string }>({ name: 'priced', manager: signals });
   * const hub = new ThreadHub(signals, { signals: [priced] });
   * await hub.close();
   * await priced.send({ item: 'tea' }); // reaches the receivers of this thread only
   * ```
   */
  // eslint-disable-next-line @typescript-eslint/require-await -- so that it rejects
  async close(): Promise<void> {
    ThreadsBase.#checkThis(this);
    this.#inside.close();
  }

  static #checkThis(sharing: object): void {
    if (!(#inside in sharing)) throw proxyError('ThreadHub or ThreadLink');
  }
}
