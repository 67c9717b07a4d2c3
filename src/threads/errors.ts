/** A thread has exited or closed its link before it answered, or while emits waited for it, which are lost. */
export class ThreadExitedError extends Error {
  override readonly name = 'ThreadExitedError';
  readonly code = 'ERR_THREAD_EXITED';
  /** The name of the thread. */
  readonly thread: string;
  /** How many emits it had not taken. */
  readonly lost: number;
  constructor(thread: string, lost = 0) {
    super(`Thread ${thread} has exited${lost === 0 ? '' : `; it had not taken ${lost} emits, which are lost`}`);
    this.thread = thread;
    this.lost = lost;
  }
}

/** No hub accepted this thread within the `timeoutMs` of `joinThreads`. */
export class NoThreadHubError extends Error {
  override readonly name = 'NoThreadHubError';
  readonly code = 'ERR_NO_THREAD_HUB';
  constructor(why: string) {
    super(`${why}; call \`attach(worker)\` of a ThreadHub or ThreadLink in the thread that started the worker`);
  }
}

/** More than `maxQueued` emits waited for one thread. Reported once per signal and turn of the event loop. */
export class ThreadOverflowError extends Error {
  override readonly name = 'ThreadOverflowError';
  readonly code = 'ERR_THREAD_OVERFLOW';
  /** The name of the busy thread. For emits between workers it may be the hub. */
  readonly thread: string;
  /** The `maxQueued` that was exceeded. */
  readonly limit: number;
  /** How many emits were dropped. */
  readonly dropped: number;
  constructor(thread: string, limit: number, dropped: number) {
    super(
      `${dropped} emits for thread ${thread} were dropped, since ${limit} wait for it already; ` +
        'send and await, or raise `maxQueued`',
    );
    this.thread = thread;
    this.limit = limit;
    this.dropped = dropped;
  }
}

/** The hub or link is closed: it attaches no worker and connects no receiver. */
export class ThreadsClosedError extends Error {
  override readonly name = 'ThreadsClosedError';
  readonly code = 'ERR_THREADS_CLOSED';
  constructor(thread: string) {
    super(`Thread ${thread} shares no signals any more: its ThreadHub or ThreadLink is closed`);
  }
}
