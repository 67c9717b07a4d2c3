interface StartFailure {
  readonly resource?: string;
  readonly closed?: readonly string[];
  readonly cause?: unknown;
}

/**
 * The start failed, or was given up because of a stop. All resources that were open are closed.
 *
 * Its `cause` is the error of the resource. After `startTimeoutMs` it is a DOMException named TimeoutError. It is
 * undefined if a stop ended the start, or came before it.
 */
export class StartFailedError extends Error {
  override readonly name = 'StartFailedError';
  readonly code = 'ERR_START_FAILED';
  /** The name of the resource or receiver that failed, or was opening then. Empty if there was none. */
  readonly resource: string;
  /** The names of the closers that have been called because of the failure, in the order of the calls. */
  readonly closed: readonly string[];
  constructor(message: string, { resource = '', closed = [], cause }: StartFailure = {}) {
    super(message, { cause });
    this.resource = resource;
    this.closed = closed;
  }
}

/** Closers were still running `killAfterMs` after the `stopTimeoutMs` of the stop. */
export class StopTimeoutError extends Error {
  override readonly name = 'StopTimeoutError';
  readonly code = 'ERR_STOP_TIMEOUT';
  /** The time limit of the stop in milliseconds, without `killAfterMs`. */
  readonly timeoutMs: number;
  /** The names of the closers that were still running, in the order of their calls. */
  readonly pending: readonly string[];
  constructor(pending: readonly string[], timeoutMs: number, killAfterMs: number) {
    super(`Closers still running ${killAfterMs} ms after the ${timeoutMs} ms of the stop: ${pending.join(', ')}`);
    this.timeoutMs = timeoutMs;
    this.pending = pending;
  }
}

/**
 * Thrown by the `from` of an extension that has nothing to do, as in Scrapy: the extension is left out, and that is no
 * failure.
 *
 * @example
 * ```ts
 * import { NotConfigured } from 'signalbox/lifecycle';
 *
 * class Mail {
 *   static from({ settings }: { readonly settings: { readonly server?: string } }): Mail {
 *     if (settings.server === undefined) throw new NotConfigured('no `server`');
 *     return new Mail();
 *   }
 * }
 * ```
 */
export class NotConfigured extends Error {
  override readonly name = 'NotConfigured';
  readonly code = 'ERR_NOT_CONFIGURED';
}

/** The `from` of an extension failed. `cause` is the error that it threw. The extensions before it are unloaded. */
export class ExtensionFailedError extends Error {
  override readonly name = 'ExtensionFailedError';
  readonly code = 'ERR_EXTENSION_FAILED';
  /** The name of the extension. */
  readonly extension: string;
  constructor(extension: string, cause: unknown) {
    super(`Extension ${extension} could not be loaded`, { cause });
    this.extension = extension;
  }
}
