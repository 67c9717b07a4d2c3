import { asyncDisposeBy } from '../internal/async-dispose-by.js';
import { refuseProxies } from '../internal/printing.js';
import type { Participant } from './participant.js';
import { attachedName, checkWorker } from './options.js';
import type { AttachableWorker, RemoteConnectOptions, AnySignal } from './types.js';

/** What does the work of a hub or a link. */
interface Inner {
  readonly member: Participant;
  attach(worker: AttachableWorker, name: string | undefined): Promise<void>;
  close(): void;
}

/** What a hub and a link are to those who have them; what does their work stays out of sight. */
export abstract class ThreadsBase implements AsyncDisposable {
  /** The same as `close()`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #inside: Inner;

  static {
    const verbs = ['attach', 'connectOn', 'close'];
    refuseProxies(this.prototype, 'ThreadHub or ThreadLink', (sharing) => #inside in sharing, verbs);
    asyncDisposeBy(this.prototype, (sharing) => sharing.close());
  }

  /** @internal */
  constructor(inside: Inner) {
    this.#inside = inside;
  }

  /** The names of the other joined threads: in a worker the hub's first, then in joining order. */
  get threads(): readonly string[] {
    return this.#inside.member.threads;
  }

  /**
   * Lets a worker in that this thread has made and that calls `joinThreads`, now or later, and resolves when it has
   * joined. From then on no send is missed by what is connected here or there. The worker's own port is left alone. What
   * a worker has let in leaves when that worker does. Called again for the same worker it waits for another
   * `joinThreads` there.
   *
   * @param options - `name` wins over the worker's own; where it is taken, a number is added: `name#2`.
   * @returns Rejects with {@link ThreadExitedError} when the worker ends before, with {@link ThreadsClosedError} after
   * `close()`. It has no time limit: a worker that gives up may try again.
   */
  async attach(worker: AttachableWorker, options?: { readonly name?: string }): Promise<void> {
    checkWorker(worker);
    await this.#inside.attach(worker, attachedName(options));
  }

  /**
   * Connects an exported function of a module in another thread: a function can't cross, a module can.
   *
   * @param thread - The name of a joined thread.
   * @param module - A URL, an absolute path or the name of a package, imported over there.
   * @param options - `key`, `keys`, `once`, `priority`, `uid`.
   * @returns What disconnects it. Rejects with what the import threw, with a TypeError when the export is not a function,
   * with {@link ThreadExitedError} when the thread ends before, with a ReceiverTimeoutError when it gives no answer
   * within the `timeoutMs` of this hub or link: then it connects nothing, whenever it gets to it.
   */
  connectOn(
    thread: string,
    module: string | URL,
    exportName: string,
    signal: AnySignal,
    options?: RemoteConnectOptions,
  ): Promise<AsyncDisposable> {
    return this.#inside.member.connectOn(thread, module, exportName, signal, options);
  }

  /**
   * Shares nothing any more: sends here are local, and the others forget this thread. When it is the hub's, all sends in
   * all threads are. Sends that are awaited get a rejected result for each thread that has not answered.
   */
  close(): Promise<void> {
    this.#inside.close();
    return Promise.resolve();
  }
}
