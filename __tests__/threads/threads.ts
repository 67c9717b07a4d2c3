import { afterEach, beforeEach, expect } from '@jest/globals';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type FarResult, type SendResult, type Signal, SignalManager } from '../../src/index.js';
import { ThreadHub, type ThreadOptions } from '../../src/threads/index.js';
import { requireBuild } from '../helpers/package.js';

export const fixture = (name: string) => path.join(__dirname, 'fixtures', name);
export const receiversModule = pathToFileURL(fixture('receivers.mjs')).href;

interface Outcome {
  readonly status: 'fulfilled' | 'rejected';
  readonly value: unknown;
}

/** A worker of `fixtures/worker.mjs`, which does what it is asked for on its own port. */
export class TestThread {
  readonly worker: Worker;
  readonly exited: Promise<unknown>;
  readonly #open = new Map<number, (outcome: Outcome) => void>();
  #last = 0;

  constructor(signals: readonly string[]) {
    this.worker = new Worker(fixture('worker.mjs'), { workerData: { signals } });
    this.worker.on('error', () => undefined); // one that throws on purpose
    this.worker.on('message', ([id, status, value]: [number, Outcome['status'], unknown]) => {
      this.#open.get(id)?.({ status, value });
      this.#open.delete(id);
    });
    this.exited = new Promise((resolve) => this.worker.once('exit', resolve));
  }

  /** What a command of the fixture returns. */
  async run(command: string, ...args: unknown[]): Promise<unknown> {
    const { status, value } = await new Promise<Outcome>((resolve) => {
      this.#open.set((this.#last += 1), resolve);
      this.worker.postMessage([this.#last, command, ...args]);
    });
    if (status === 'rejected') throw Object.assign(new Error('rejected in the worker'), value as object);
    return value;
  }

  /** The first so many reports of its manager, of which some may be on their way. */
  async reports(count: number): Promise<unknown[]> {
    const reports: unknown[] = [];
    while (reports.length < count) {
      reports.push(...((await this.run('reported')) as unknown[]));
      await new Promise(setImmediate);
    }
    return reports;
  }
}

/** A hub in this thread, and workers. Ended after each test, which leaves nothing. */
export class Stage {
  readonly reported: (readonly [error: string, receiver: string])[] = [];
  readonly manager = new SignalManager({
    onError: (error, { receiver }) => this.reported.push([String(error), receiver.name]),
  });
  readonly hub: ThreadHub;
  readonly #names: readonly string[];
  readonly #threads: TestThread[] = [];

  constructor(names: readonly string[], options: Partial<ThreadOptions> = {}) {
    this.#names = names;
    this.hub = new ThreadHub(this.manager, { signals: names.map((name) => this.signal(name)), ...options });
    stages.push(this);
  }

  signal(name: string): Signal<Record<string, unknown>> {
    return this.manager.signal(name);
  }

  /** A worker that has not joined. */
  start(): TestThread {
    const thread = new TestThread(this.#names);
    this.#threads.push(thread);
    return thread;
  }

  /** A worker that has joined, with receivers connected: `{ signal: receiver }`. */
  async join(
    name: string,
    receivers: Readonly<Record<string, string>> = {},
    options: object = {},
  ): Promise<TestThread> {
    const thread = this.start();
    for (const [signal, receiver] of Object.entries(receivers)) await thread.run('connect', signal, receiver);
    await Promise.all([this.hub.attach(thread.worker, { name }), thread.run('join', options)]);
    return thread;
  }

  async end(): Promise<void> {
    await this.hub.close();
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

const stages: Stage[] = [];

/** For a file of tests with threads: none is left by any of them, and no timer or channel that keeps a process alive. */
export function leavingNothing(): void {
  requireBuild();
  let lines: string[] = [];
  const timers = new MadeTimers();
  const active = () => process.getActiveResourcesInfo().filter((resource) => /MessagePort|Worker/.test(resource));
  beforeEach(() => {
    lines = active();
    timers.start();
  });
  afterEach(async () => {
    await Promise.all(stages.splice(0).map((stage) => stage.end()));
    expect(active()).toEqual(lines);
    expect(timers.stop()).toEqual([]);
  });
}

/** The timers that a test and the library make. Those of the test runner, in the same process, come and go. */
class MadeTimers {
  readonly #made: (readonly [timer: NodeJS.Timeout, delayMs: number | undefined])[] = [];
  readonly #real = { setTimeout, setInterval };

  start(): void {
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const real = this.#real[name] as typeof setTimeout;
      const noted = (task: () => void, delayMs?: number, ...args: unknown[]): NodeJS.Timeout => {
        const timer = real(task, delayMs, ...(args as []));
        this.#made.push([timer, delayMs]);
        return timer;
      };
      globalThis[name] = Object.assign(noted, real) as never;
    }
  }

  /** Returns the delays of the timers that still keep the process alive. */
  stop(): (number | undefined)[] {
    Object.assign(globalThis, this.#real);
    const left = this.#made.splice(0).filter(([timer]) => timer.hasRef() && Reflect.get(timer, '_destroyed') !== true);
    return left.map(([, delayMs]) => delayMs);
  }
}

/** Results without the function of a receiver here, and errors by what can be compared of them. */
export function plain(results: readonly SendResult[]): unknown[] {
  return (results as readonly (SendResult | FarResult)[]).map((result) => {
    const { receiver, ...rest } = result;
    const outcome = rest.status === 'rejected' ? { ...rest, reason: plainReason(rest.reason) } : rest;
    return receiver === undefined ? outcome : { ...outcome, receiver: receiver.name };
  });
}

export function plainReason(reason: unknown): unknown {
  return reason instanceof Error ? `${reason.name}: ${reason.message}` : reason;
}

// Taken when the module loads: the real one, whatever clock a test installs later.
const nowNs = process.hrtime.bigint.bind(process.hrtime);
const HANGS_AFTER_NS = 300n * 10n ** 9n;

/** Tries again, turn by turn of the event loop, until it passes: for news that are on their way. */
export async function eventually(check: () => unknown): Promise<void> {
  for (const beganNs = nowNs(); ;) {
    try {
      await check();
      return;
    } catch (error) {
      if (nowNs() - beganNs > HANGS_AFTER_NS) throw error;
    }
    await new Promise(setImmediate);
  }
}
