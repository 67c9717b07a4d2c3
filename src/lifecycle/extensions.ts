import { type Connection, RECEIVER_CONNECTED, type SignalManager, onManager } from '../index.js';
import { AsyncVariable } from '../internal/async-context.js';
import { argumentError, checkFunction, checkKnown } from '../internal/check.js';
import { ASYNC_DISPOSE, DISPOSE, asyncDisposeBy } from '../internal/dispose.js';
import { PendingWork } from '../internal/pending-work.js';
import { counted, describedBy, nameOfReceiver, proxyError } from '../internal/printing.js';
import { reportError } from '../internal/report-error.js';
import { isObject } from '../internal/weak-key-map.js';
import { checkedManagers } from '../signals/check-signal.js';
import { ExtensionFailedError, type NotConfigured } from './errors.js';
import { Once } from './once.js';
import type { ExtensionClass, Extensions, LoadExtensionsOptions } from './types.js';

/** The connections that the running `from` makes. It is an async variable, because several may run at the same time. */
const connectionsMade = new AsyncVariable<Set<Connection>>();

/**
 * Makes the extensions of an app, one after the other: lower numbers first, equal ones in the order of the map. An
 * extension with null is left out, and so is one that throws {@link NotConfigured}.
 *
 * A connection belongs to the extension whose `from` made it, also after an `await`. So an extension can be unloaded
 * although it keeps no list of its connections.
 *
 * @param app - The argument of each `from`.
 * @param extensions - The order numbers of the extensions, as in Scrapy's EXTENSIONS. Receivers of one signal are called
 * in the order in which they are connected, so a lower number also means an earlier call.
 * @returns Rejects with an {@link ExtensionFailedError} if a `from` fails, after the extensions before it have been
 * unloaded; and with a TypeError or RangeError for bad arguments, before any `from` is called.
 *
 * @example
 * ```ts
 * import { Signal, SignalManager } from 'signalbox';
 * import { loadExtensions } from 'signalbox/lifecycle';
 *
 * const signals = new SignalManager();
 * const itemScraped = new Signal<{ title: string }>({ name: 'item_scraped', manager: signals });
 *
 * class Counter {
 *   count = 0;
 *   static from(): Counter {
 *     const counter = new Counter();
 *     itemScraped.connect(() => void counter.count++);
 *     return counter;
 *   }
 * }
 *
 * const extensions = await loadExtensions(signals, new Map([[Counter, 0]]));
 * console.log(extensions.names); //=> [ 'Counter' ]
 * await extensions.unload(Counter);
 * console.log(itemScraped.hasReceivers()); //=> false
 * ```
 */
export async function loadExtensions<App>(
  app: App,
  extensions: ReadonlyMap<ExtensionClass<App>, number | null>,
  options: LoadExtensionsOptions = {},
): Promise<Extensions<App>> {
  checkKnown(options, ['managers', 'onLeftOut'], 'loadExtensions');
  const { onLeftOut } = options;
  if (onLeftOut !== undefined) checkFunction(onLeftOut, 'onLeftOut');
  const inOrder = sortedByOrder(extensions);
  const noting = noteConnections(checkedManagers(options.managers));
  const loaded = new LoadedExtensions<App>();
  try {
    for (const extension of inOrder) await loaded.load(extension, app, onLeftOut);
  } catch (error) {
    for (const each of await loaded.unloadAll()) {
      reportError(undefined, each, undefined, () => 'An extension could not be unloaded');
    }
    throw error;
  } finally {
    noting[DISPOSE]();
  }
  return loaded;
}

/** An extension, and the connections that belong to it. */
interface Loaded {
  readonly extension: object;
  readonly connections: ReadonlySet<Connection>;
}

class LoadedExtensions<App> implements Extensions<App> {
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #loaded = new Map<ExtensionClass<App>, Loaded>();
  readonly #disposing = new Once();
  readonly #unloading = new PendingWork();

  static {
    describedBy(
      this.prototype,
      'Extensions',
      (extensions) => `Extensions (${counted(extensions.#loaded.size, 'extension')})`,
    );
    asyncDisposeBy(this.prototype, (extensions) => {
      if (!(#loaded in extensions)) return Promise.reject(proxyError('Extensions'));
      return extensions.#disposing.begin(() => extensions.#dispose());
    });
  }

  get names(): readonly string[] {
    if (!(#loaded in this)) throw proxyError('Extensions');
    return [...this.#loaded.keys()].map(nameOfReceiver);
  }

  get(extension: ExtensionClass<App>): object | undefined {
    if (!(#loaded in this)) throw proxyError('Extensions');
    return this.#loaded.get(extension)?.extension;
  }

  async unload(extension: ExtensionClass<App>): Promise<boolean> {
    if (!(#loaded in this)) throw proxyError('Extensions');
    checkExtension(extension);
    const loaded = this.#loaded.get(extension);
    if (loaded === undefined) return false;
    this.#loaded.delete(extension);
    for (const connection of loaded.connections) connection.disconnect();
    this.#unloading.begin();
    try {
      await disposeOf(loaded.extension);
    } finally {
      this.#unloading.end();
    }
    return true;
  }

  async load(
    extensionClass: ExtensionClass<App>,
    app: App,
    onLeftOut: ((extension: string, error: NotConfigured) => unknown) | undefined,
  ): Promise<void> {
    const made = new Set<Connection>();
    try {
      const extension: unknown = await connectionsMade.run(made, async () => extensionClass.from(app));
      if (!isObject(extension)) throw argumentError('from', 'a function that returns an object', extension);
      // Copied, because an unfinished task of `from` may go on to connect.
      this.#loaded.set(extensionClass, { extension, connections: new Set(made) });
    } catch (error) {
      for (const connection of made) connection.disconnect();
      const name = nameOfReceiver(extensionClass);
      if (!isNotConfigured(error)) throw new ExtensionFailedError(name, error);
      await onLeftOut?.(name, error);
    }
  }

  /** Unloads all, the last loaded one first. @returns The errors. */
  async unloadAll(): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const extension of [...this.#loaded.keys()].reverse()) {
      await this.unload(extension).catch((error: unknown) => errors.push(error));
    }
    return errors;
  }

  async #dispose(): Promise<void> {
    const errors = await this.unloadAll();
    await this.#unloading.whenIdle();
    if (errors.length > 0) {
      throw new AggregateError(errors, `${counted(errors.length, 'extension')} could not be unloaded`);
    }
  }
}

/** Notes the connections that are made on these managers, until it is disposed. Default: on all. */
function noteConnections(managers: Iterable<SignalManager> | undefined): Disposable {
  const connections: Connection[] = [];
  const note = (manager: SignalManager): void => {
    const add = ({ connection }: { readonly connection: Connection }): void => {
      connectionsMade.get()?.add(connection);
    };
    try {
      connections.push(manager.connect(add, RECEIVER_CONNECTED));
    } catch {
      // The manager is closing, so no connection will be made.
    }
  };
  const later = managers === undefined ? onManager(note) : undefined;
  for (const manager of managers ?? []) note(manager);
  return {
    [DISPOSE]: () => {
      later?.[DISPOSE]();
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** Returns the extensions in the order in which they are loaded, without those that are turned off. */
function sortedByOrder<App>(extensions: ReadonlyMap<ExtensionClass<App>, number | null>): ExtensionClass<App>[] {
  if (!isObject(extensions) || !(Symbol.iterator in extensions) || !('get' in extensions)) {
    throw argumentError('extensions', 'a Map', extensions);
  }
  const numbered: { readonly extension: ExtensionClass<App>; readonly order: number }[] = [];
  for (const [extension, order] of extensions) {
    checkExtension(extension);
    const name = `extensions.get(${nameOfReceiver(extension)})`;
    if (order === null) continue;
    if (typeof order !== 'number' || Number.isNaN(order)) throw argumentError(name, 'a number or null', order);
    numbered.push({ extension, order });
  }
  return numbered.sort((a, b) => a.order - b.order).map(({ extension }) => extension);
}

function checkExtension(extension: unknown): void {
  if (!isObject(extension) || !('from' in extension) || typeof extension.from !== 'function') {
    throw argumentError('extension', 'a class with a static method `from`', extension);
  }
}

/** By its code, because the extension may have imported another copy of this library. */
function isNotConfigured(error: unknown): error is NotConfigured {
  return isObject(error) && 'code' in error && error.code === 'ERR_NOT_CONFIGURED';
}

/** The methods that end an extension. Null counts as none, as in a `using` declaration. */
interface DisposeMethods {
  readonly [ASYNC_DISPOSE]?: (() => unknown) | null;
  readonly [DISPOSE]?: (() => unknown) | null;
}

async function disposeOf(extension: object): Promise<void> {
  const { [ASYNC_DISPOSE]: asyncDispose, [DISPOSE]: dispose }: DisposeMethods = extension;
  await (asyncDispose ?? dispose)?.call(extension);
}
