import type { SignalManager } from '../index.js';
import type { NotConfigured } from './errors.js';

/** The options of {@link Lifecycle}. */
export interface LifecycleOptions {
  /**
   * The manager of the signals. The lifecycle does not close it; close it after the stop. Default: one of the lifecycle's
   * own, which prints failures with `console.error`.
   */
  readonly manager?: SignalManager | undefined;
  /**
   * The time limit of the whole start in milliseconds, 0 or more, or `Infinity` for no limit. Default: 30,000.
   */
  readonly startTimeoutMs?: number | undefined;
  /**
   * The milliseconds between the beginning of the stop and the first closer, in which load balancers notice that the
   * server is not ready. 0 or more, and less than `stopTimeoutMs`. Default: 0.
   */
  readonly drainDelayMs?: number | undefined;
  /**
   * The time limit of the whole stop in milliseconds, `drainDelayMs` included. Then all closers that have not been
   * called are called at once. More than 0, or `Infinity` for no limit. Default: 10,000, as `docker stop` allows.
   */
  readonly stopTimeoutMs?: number | undefined;
  /**
   * The milliseconds that closers still have after `stopTimeoutMs`. 0 or more, or `Infinity` for no limit. Default:
   * 1,000.
   */
  readonly killAfterMs?: number | undefined;
  /** The process signals that end `run`. Default: SIGTERM and SIGINT. */
  readonly stopOn?: readonly NodeJS.Signals[] | undefined;
}

/** The second argument of `close`, and the only one of `open`. */
export interface ResourceContext {
  /** For `open`, aborted when the start is given up. For `close`, aborted after `stopTimeoutMs`. */
  readonly abortSignal: AbortSignal;
}

/** The states of a {@link Lifecycle}, in this order. A failed start skips 'ready'. */
export type LifecycleState = 'new' | 'starting' | 'ready' | 'stopping' | 'stopped';

/** A class, or another object, that makes an extension of an app, like Scrapy's `from_crawler`. */
export interface ExtensionClass<App> {
  /** Shown in errors and in `names`. */
  readonly name: string;
  /**
   * Makes the extension: reads the settings and connects receivers. Throws {@link NotConfigured} if the extension has
   * nothing to do. The connections that it makes until it is done belong to the extension, except for connections to
   * RECEIVER_CONNECTED and RECEIVER_DISCONNECTED, which nothing reports.
   *
   * @returns The extension. If it has a `Symbol.asyncDispose` or `Symbol.dispose`, that is called when it is unloaded.
   */
  from(app: App): object | PromiseLike<object>;
}

/** The options of {@link loadExtensions}. */
export interface LoadExtensionsOptions {
  /**
   * The managers whose connections belong to the extension that made them. Default: all live managers, and those that an
   * extension makes in `from`.
   */
  readonly managers?: Iterable<SignalManager> | undefined;
  /**
   * Called for each extension that threw {@link NotConfigured}. An error that it throws ends the loading. A promise that it
   * returns is awaited, and ends the loading if it rejects.
   */
  readonly onLeftOut?: ((extension: string, error: NotConfigured) => void) | undefined;
}

/**
 * The loaded extensions. Disposing it unloads all, the last loaded one first, and waits for those that are being unloaded.
 */
export interface Extensions<App> extends AsyncDisposable {
  /** The names of the extensions that are loaded now, in order. */
  readonly names: readonly string[];
  /** Returns what `from` made. Undefined if the extension was left out or unloaded. */
  get(extension: ExtensionClass<App>): object | undefined;
  /**
   * Disconnects the connections of the extension, then awaits its `Symbol.asyncDispose` or `Symbol.dispose`.
   *
   * @returns True the first time, false if the extension is not loaded. Rejects with the error of the extension's dispose
   * method.
   */
  unload(extension: ExtensionClass<App>): Promise<boolean>;
}
