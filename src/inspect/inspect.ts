import { randomBytes } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import { type SignalManager, type SignalToken, managers as liveManagers, onManager } from '../index.js';
import { checkBoolean, checkFunction, checkKnown, checkWholeNumber } from '../internal/check.js';
import { DISPOSE, asyncDisposeBy } from '../internal/dispose.js';
import { processShared } from '../internal/process-shared.js';
import { checkedManagers, checkSignal } from '../signals/check-signal.js';
import { Collector } from './data/collector.js';
import { writeJob } from './job-file.js';
import page from './page/index.html';
import { serve } from './server.js';
import type { InspectOptions, Inspector, InspectorSnapshot, PastExplanation, SeenSend } from './types.js';

const INSPECT_OPTIONS = ['managers', 'port', 'updateEveryMs', 'keepSends', 'show', 'connectSites', 'onReady'];

/** Shared by the inspectors of all copies of this major version. `job` is the inspector that has the job file. */
const sharedByCopies = processShared<{ job: object | undefined }>('inspectors', () => ({ job: undefined }));

/**
 * Starts an inspector: a web page on 127.0.0.1 that shows what the signals of this process do, which fail, who listens,
 * and why a receiver was not called. Only who knows the url, with its token, can read it, and nobody can change anything.
 * It does not keep the process alive. While it runs, each send costs some microseconds; after `close`, nothing.
 *
 * The counts start here. Kwargs are shown by their names only, unless `show` says more. Values of senders, keys and
 * results, and messages of errors are never shown.
 *
 * @returns Resolves when the page is served.
 * @throws TypeError or RangeError for bad options; the error of the system if the port is taken (`EADDRINUSE`).
 *
 * @example
 * ```ts
 * import { inspect } from 'signalbox/inspect';
 *
 * const inspector = await inspect({ onReady: (url) => console.log(`signals at ${url}`) });
 * const failing = inspector.snapshot().signals.filter(({ failures }) => failures > 0);
 * console.log(failing.length);
 * await inspector.close();
 * ```
 */
export async function inspect(options: InspectOptions = {}): Promise<Inspector> {
  const { managers, port, updateEveryMs, keepSends, show, connectSites, onReady } = checkedOptions(options);
  const isRunning = (manager: SignalManager): boolean => liveManagers().includes(manager);
  const inspector = new RunningInspector(new Collector({ keepSends, show, connectSites, isRunning }));
  try {
    // Before anything is awaited, so that no connection of an app that is just starting is missed.
    inspector.watch(managers);
    await inspector.serve(port, updateEveryMs);
    // It may return a promise.
    const ready: unknown = onReady?.(inspector.url);
    await ready;
  } catch (error) {
    await inspector.close();
    throw error;
  }
  return inspector;
}

/** @returns The options with defaults. */
function checkedOptions(options: InspectOptions) {
  checkKnown(options, INSPECT_OPTIONS, 'inspect');
  const { port = 0, updateEveryMs = 250, keepSends = 200, show, connectSites = false, onReady = printUrl } = options;
  checkWholeNumber(port, 'port', 0, 65_535);
  checkWholeNumber(updateEveryMs, 'updateEveryMs', 100, 60_000);
  checkWholeNumber(keepSends, 'keepSends', 0, 100_000);
  if (show !== undefined) checkFunction(show, 'show');
  checkBoolean(connectSites, 'connectSites');
  if (onReady !== null) checkFunction(onReady, 'onReady');
  return { managers: checkedManagers(options.managers), port, updateEveryMs, keepSends, show, connectSites, onReady };
}

function printUrl(url: string): void {
  process.stderr.write(`signalbox inspector: ${url}\n`);
}

class RunningInspector implements Inspector {
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  static {
    asyncDisposeBy(this.prototype, (inspector) => inspector.close());
  }

  url = '';
  readonly #data: Collector;
  /** Ends what has begun. */
  readonly #ends: (() => void | Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  constructor(data: Collector) {
    this.#data = data;
  }

  /** @param managers - Default: all that live, and later ones. */
  watch(managers: readonly SignalManager[] | undefined): void {
    const data = this.#data;
    this.#ends.push(() => data.close());
    if (managers === undefined) {
      const later = onManager((manager) => data.add(manager));
      this.#ends.push(() => later[DISPOSE]());
    } else {
      for (const manager of managers) data.add(manager);
    }
  }

  async serve(port: number, updateEveryMs: number): Promise<void> {
    const token = randomBytes(24).toString('base64url');
    const server = await serve({ data: this.#data, page, token, port, updateEveryMs });
    this.#ends.push(() => server.close());
    this.url = `http://127.0.0.1:${server.port}/#${token}`;
    // The process has one job file. The command enters the main thread, as V8's inspector does.
    if (!isMainThread || sharedByCopies.job !== undefined) return;
    sharedByCopies.job = this;
    this.#ends.push(() => {
      sharedByCopies.job = undefined;
    });
    this.#ends.push(writeJob({ pid: process.pid, url: this.url, token, startedAt: Date.now() }));
  }

  snapshot(): InspectorSnapshot {
    return this.#data.snapshot();
  }

  sends(options: { readonly signal?: SignalToken | undefined; readonly limit?: number | undefined } = {}): SeenSend[] {
    checkKnown(options, ['signal', 'limit'], 'sends');
    const { signal, limit } = options;
    if (signal !== undefined) checkSignal(signal);
    if (limit !== undefined) checkWholeNumber(limit, 'limit', 1);
    return this.#data.sendsOf(signal === undefined ? undefined : this.#data.idsOf(signal), limit);
  }

  whyNot(sendId: number): PastExplanation[] | undefined {
    checkWholeNumber(sendId, 'sendId', 1);
    return this.#data.whyNot(sendId);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const end = this.#ends.pop();
    if (end === undefined) return;
    try {
      await end();
    } finally {
      await this.#close();
    }
  }
}
