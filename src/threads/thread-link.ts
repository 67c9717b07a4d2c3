import { describedBy } from '../internal/printing.js';
import { randomUUID } from 'node:crypto';
import { isMainThread, threadId } from 'node:worker_threads';
import type { WithinContext } from '../internal/async-context.js';
import { CallSite } from '../internal/call-site.js';
import type { SignalManager } from '../index.js';
import { processShared } from '../internal/process-shared.js';
import { Timer } from '../internal/timer.js';
import { type OnClose, attachWorker, doorOf, inTurn } from './attach-worker.js';
import { Channel } from './channel.js';
import { NoThreadHubError } from './errors.js';
import { Line, type LineOwner } from './line.js';
import { Participant, type Routes } from './participant.js';
import {
  type EmitsMessage,
  type JoinedMessage,
  type LineMessage,
  type WelcomeMessage,
  isDoorMessage,
  isRouted,
} from './messages.js';
import { NEVER_SENT, type ThreadSettings, threadSettings } from './options.js';
import type { Emit } from './emit-outbox.js';
import { ThreadsBase } from './shared-base.js';
import type { AttachableWorker, ThreadOptions } from './types.js';

/** This thread's part in the sharing of signals: one line, to the hub. */
export class WorkerLink implements Routes, LineOwner {
  readonly member: Participant;
  readonly #line: Line;
  readonly #hub = { id: 0, name: 'main' };
  readonly #taken = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  readonly #onClose: OnClose = new Set();
  /** Told what has come of workers of this thread that are to be let in, by their lines. */
  readonly #onAnswer = new Map<string, (ready: boolean) => void>();
  /** How many workers the hub has let in, and how many of them are known here. */
  #admitted: Int32Array | undefined;
  #known = 0;
  /** Those that have left before they were known. */
  readonly #gone = new Set<number>();
  #onWelcome: (() => void) | undefined;

  constructor(settings: ThreadSettings, name: string) {
    // First, for it throws when the manager has been closed since; nothing has been opened then.
    this.member = new Participant(settings, this, -1, name, true);
    this.#line = new Line(randomUUID(), this.#hub, settings.maxQueued, this, this.#taken, 1);
    this.#line.keep(this.member.kept);
  }

  get within(): WithinContext {
    return this.member.within;
  }

  /**
   * Resolves when a hub has let this thread in.
   *
   * @param caller - Who called `joinThreads`: an earlier join may have been waited for since.
   */
  join(thread: number, caller: CallSite): Promise<void> {
    const { manager, name, timeoutMs, shares } = this.member;
    return new Promise((resolve, reject) => {
      const settled = new AbortController();
      const settle = (outcome: () => void): void => {
        settled.abort();
        timer.stop();
        door.close();
        this.#onWelcome = undefined;
        outcome();
      };
      const fail = (error: unknown): void =>
        settle(() => {
          this.close();
          reject(error);
        });
      const seek = (): void =>
        door.post({
          type: 'seek',
          name,
          signals: shares.names,
          levels: shares.levels,
          line: this.#line.name,
          taken: this.#taken,
        });
      const door = new Channel(doorOf(thread), (message) => {
        if (isDoorMessage(message) && message.type === 'offer') seek();
      });
      const timer = new Timer(timeoutMs, () =>
        fail(caller.blame(new NoThreadHubError(`No hub has let thread ${thread} in within ${timeoutMs} ms`))),
      );
      void manager.wait(NEVER_SENT, { abortSignal: settled.signal }).catch((error: unknown) => {
        if (!settled.signal.aborted) fail(error);
      });
      door.keep(true);
      this.#onWelcome = () => settle(resolve);
      seek();
    });
  }

  attach(worker: AttachableWorker, name: string | undefined): Promise<void> {
    return attachWorker(
      worker,
      name,
      this.member,
      this.#onClose,
      (seek) =>
        new Promise((resolve) => {
          const onExit = (): void => this.#line.post({ type: 'gone', line: seek.line });
          worker.once('exit', onExit);
          this.#onAnswer.set(seek.line, (ready) => {
            if (!ready) worker.off('exit', onExit);
            resolve(ready);
          });
          this.#line.post({ type: 'let-in', seek });
        }),
    );
  }

  close(): void {
    this.#line.leave();
    this.#end(false);
  }

  post(message: Parameters<Routes['post']>[0]): void {
    this.#line.post(message);
  }

  emit(emit: Emit): void {
    this.#line.outbox.push(emit);
  }

  keep(kept: boolean): void {
    this.#line.keep(kept);
  }

  take(message: LineMessage): void {
    if (message.type === 'welcome') this.#welcome(message);
    else if (isRouted(message)) this.member.take(message);
    else if (message.type === 'left') this.#left(message.id);
    else if (message.type === 'bye') this.#end(true);
    else if (message.type === 'let-in-answer') this.#answer(message.line, message.ready);
  }

  takeNews({ peer }: JoinedMessage): void {
    // The welcome was posted before any news, and may be read after it.
    if (this.#admitted === undefined) this.#line.drain();
    this.#known = peer.id;
    if (!this.#gone.delete(peer.id)) this.member.roster.add(peer);
  }

  /** News travel beside the line: that a thread has left may be read before that it has joined. */
  #left(id: number): void {
    if (id > this.#known) this.#gone.add(id);
    else this.member.left(id);
  }

  catchUp(): void {
    if (this.#admitted !== undefined && Atomics.load(this.#admitted, 0) !== this.#known) this.#line.drainNews();
  }

  takeEmits({ runs }: EmitsMessage): void {
    for (const run of runs) this.member.deliveries.takeRun(run);
  }

  hold(signal: string, from: number, place: string): () => void {
    return this.member.hold(signal, from, place);
  }

  lost(error: unknown, signal: string, from: number, place: string): void {
    this.member.lost(error, signal, from, place);
  }

  #welcome({ id, name, peers, admitted }: WelcomeMessage): void {
    if (this.#onWelcome === undefined) return;
    this.#admitted = new Int32Array(admitted);
    this.#known = id;
    this.member.id = id;
    this.member.name = name;
    for (const peer of peers) this.member.roster.add(peer);
    this.#hub.name = this.member.roster.get(0)?.name ?? this.#hub.name;
    this.#line.post({ type: 'ready' });
    this.#onWelcome();
  }

  #answer(line: string, ready: boolean): void {
    this.#onAnswer.get(line)?.(ready);
    if (!ready) this.#onAnswer.delete(line); // nothing, or nothing more, will come of it
  }

  #end(gone: boolean): void {
    if (!this.member.close()) return;
    this.#line.close(gone);
    for (const onClose of [...this.#onClose]) onClose();
    for (const line of this.#onAnswer.keys()) this.#answer(line, false);
  }
}

/** What a worker has of the sharing of signals: see {@link joinThreads}. */
export class ThreadLink extends ThreadsBase {
  readonly #member: Participant;

  static {
    describedBy(this.prototype, 'ThreadLink', (link) => `ThreadLink "${link.name}"`);
  }

  /** @internal */
  constructor(link: WorkerLink) {
    super(link);
    this.#member = link.member;
  }

  /** This thread's name, as the hub has it. */
  get name(): string {
    return this.#member.name;
  }
}

/**
 * Joins the threads that share signals: called in a worker, resolves when the hub has let it in. It does not matter who
 * comes first, or what else the worker does on its port.
 *
 * The thread is kept alive while something here waits for sends of the shared signals (receivers, `wait`, `stream`), or
 * a send is awaited, and no longer.
 *
 * @param options - `signals` that cross, by name; `name`, unless `attach` gives one; `timeoutMs`, `maxQueued`.
 * @returns Rejects with {@link NoThreadHubError} when no hub lets it in within `timeoutMs`, and at once in a thread that
 * nobody can attach; with ManagerClosedError when the manager is closed, or is while it waits; with a TypeError or
 * RangeError for bad options.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { joinThreads } from 'signalbox/threads';
 *
 * const signals = new SignalManager();
 * const priceAsked = signals.signal<{ item: string }, number>('price_asked');
 * priceAsked.connect(({ item }) => item.length);
 * await joinThreads(signals, { signals: [priceAsked] });
 * ```
 */
export async function joinThreads(manager: SignalManager, options: ThreadOptions): Promise<ThreadLink> {
  return joinAs(isMainThread ? undefined : threadId, manager, options);
}

/** @internal What `joinThreads` does in the thread of this number, which the main thread has none of. */
export async function joinAs(
  thread: number | undefined,
  manager: SignalManager,
  options: ThreadOptions,
): Promise<ThreadLink> {
  const settings = threadSettings(manager, options, 'joinThreads');
  if (thread === undefined) throw new NoThreadHubError('The main thread makes a ThreadHub, or joins nothing');
  const caller = new CallSite(settings.timeoutMs);
  return inTurn(
    processShared(`joins of thread ${thread}`, () => ({})),
    async () => {
      const link = new WorkerLink(settings, settings.name ?? `worker-${thread}`);
      await link.join(thread, caller);
      return new ThreadLink(link);
    },
  );
}
