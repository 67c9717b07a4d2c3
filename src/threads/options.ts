import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkKnown, checkLimit, checkMilliseconds, checkName, argumentError } from '../internal/check.js';
import { farHostOf } from '../send/far-hook.js';
import { encodeValues } from '../far/encoding.js';
import { type ConnectOptions, RECEIVER_CONNECTED, RECEIVER_DISCONNECTED, type SignalManager } from '../index.js';
import { connectRequest } from '../receivers/connect-request.js';
import { definitionOf } from '../signals/tokens.js';
import { isObject } from '../internal/weak-key-map.js';
import type { AttachableWorker, RemoteConnectOptions, AnySignal, ThreadOptions } from './types.js';
import { checkManager } from '../signals/check-signal.js';

/** The checked options of a hub or link. */
export interface ThreadSettings {
  readonly manager: SignalManager;
  readonly signals: ReadonlyMap<string, AnySignal>;
  readonly name: string | undefined;
  readonly timeoutMs: number;
  readonly maxQueued: number;
}

export function threadSettings(manager: SignalManager, options: ThreadOptions, verb: string): ThreadSettings {
  checkManager(manager);
  checkKnown(options, ['signals', 'name', 'timeoutMs', 'maxQueued'], verb);
  const { name, timeoutMs = 30_000, maxQueued = 10_000 } = options;
  if (name !== undefined) checkName(name);
  checkMilliseconds(timeoutMs, 'timeoutMs');
  checkLimit(maxQueued, 'maxQueued');
  const settings = { manager, signals: namedSignalsOf(manager, options.signals), name, timeoutMs, maxQueued };
  farHostOf(manager).checkOpen();
  return settings;
}

function namedSignalsOf(manager: SignalManager, signals: unknown): ReadonlyMap<string, AnySignal> {
  if (!Array.isArray(signals)) throw argumentError('signals', 'an array of signals', signals);
  const byName = new Map<string, AnySignal>();
  for (const signal of signals as unknown[]) {
    const name = isObject(signal) ? definitionOf(signal)?.name : undefined;
    if (name === undefined || signal === RECEIVER_CONNECTED || signal === RECEIVER_DISCONNECTED) {
      throw argumentError('signals', 'signals with names, none of them a meta signal', signal);
    }
    if (byName.has(name)) throw new TypeError(`Expected \`signals\` to have different names, got "${name}" twice`);
    if ((signal as AnySignal).manager !== manager) {
      throw new TypeError(`Expected \`signals\` to be of the manager that is given, got "${name}" of another one`);
    }
    byName.set(name, signal as AnySignal);
  }
  return byName;
}

export function checkWorker(worker: unknown): asserts worker is AttachableWorker {
  const fits =
    isObject(worker) &&
    typeof Reflect.get(worker, 'threadId') === 'number' &&
    typeof Reflect.get(worker, 'once') === 'function' &&
    typeof Reflect.get(worker, 'off') === 'function';
  if (!fits) throw argumentError('worker', 'a Worker of node:worker_threads', worker);
}

export function attachedName(options: { readonly name?: string | undefined } = {}): string | undefined {
  checkKnown(options, ['name'], 'attach');
  if (options.name !== undefined) checkName(options.name);
  return options.name;
}

/**
 * Returns a specifier that another thread can import. A relative path is rejected, because there it would be relative
 * to this library.
 */
export function moduleSpecifier(module: unknown): string {
  if (module instanceof URL) return module.href;
  const isText = typeof module === 'string' && module !== '';
  if (!isText || /^\.\.?(\/|\\|$)/.test(module)) {
    const wayOut = '; make one with `new URL(path, import.meta.url)`';
    throw argumentError('module', 'a URL, an absolute path or the name of a package', module, wayOut);
  }
  return isAbsolute(module) ? pathToFileURL(module).href : module;
}

const REMOTE_OPTIONS = ['key', 'keys', 'once', 'priority', 'uid'];

/** Checks and encodes the options that can cross to another thread. */
export function remoteOptions(options: RemoteConnectOptions = {}): object {
  checkKnown(options, REMOTE_OPTIONS, 'connectOn');
  const { routing, once, priority, uid } = connectRequest(() => undefined, options);
  const keys = routing?.keys ?? [];
  const foreign = keys.findIndex((key) => encodeValues([key]).length === 0);
  if (foreign >= 0) {
    const parameter = keys[foreign] === options.key ? 'key' : 'keys';
    const expectation = 'the same in other threads, as primitives and symbols made by Symbol.for are';
    throw argumentError(parameter, expectation, keys[foreign]);
  }
  const uids = uid === undefined ? [] : encodeValues([uid]);
  if (uid !== undefined && uids.length === 0) {
    throw argumentError('uid', 'a string or a symbol made by Symbol.for', uid);
  }
  return { keys: encodeValues(keys), once, priority, uids };
}

/** Decodes the options in the thread that connects. `connect` checks them. */
export function connectOptionsOf(encoded: object, decode: (values: unknown) => readonly unknown[]): ConnectOptions {
  const { keys, once, priority, uids } = encoded as Readonly<Record<string, unknown>>;
  const decodedKeys = decode(keys);
  const [uid] = decode(uids);
  return {
    ...(decodedKeys.length > 0 ? { keys: new Set(decodedKeys) } : {}),
    once: once as boolean,
    priority: priority as number,
    ...(uid === undefined ? {} : { uid: uid as string }),
  };
}
