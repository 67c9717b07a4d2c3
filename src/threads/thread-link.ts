import { describedBy, proxyError } from '../internal/printing.js';
import { randomUUID } from 'node:crypto';
import { isMainThread, threadId } from 'node:worker_threads';
import type { WithinContext } from '../internal/async-context.js';
import { CallSite } from '../internal/call-site.js';
import type { SignalManager } from '../index.js';
import { processShared } from '../internal/process-shared.js';
import { Timer } from '../internal/timer.js';
import { type OnClose, attachWorker, doorOf, inTurn } from './attach-worker.js';
import { farHostOf } from '../send/far-hook.js';
import { Channel } from './channel.js';
import { NoThreadHubError } from './errors.js';
import { Line, type LineOwner } from './line.js';
import { Participant } from './participant.js';
import {
  type EmitsMessage,
  type JoinedMessage,
  type LineMessage,
  type WelcomeMessage,
  isDoorMessage,
  isRouted,
} from './messages.js';
import { type ThreadSettings, threadSettings } from './options.js';
import type { Emit } from './emit-outbox.js';
import { ThreadsBase } from './shared-base.js';
import type { AttachableWorker, ThreadOptions } from './types.js';
import type { Routes } from './own-thread.js';

/** The implementation of a link: it has one line, to the hub. */
export class WorkerLink implements Routes, LineOwner {
  readonly member: Participant;
  readonly #line: Line;
  readonly #hub = { id: 0, name: 'main' };
  readonly #taken = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  readonly #onClose: OnClose = new Set();
  /** Callbacks for the answers about workers that this thread attaches, by the names of their lines. */
  readonly #onAnswer = new Map<string, (ready: boolean) => void>();
  /** How many workers the hub has admitted, and how many of them are known here. */
  #admitted: Int32Array | undefined;
  #known = 0;
  /** The workers that left before they were known. */
  readonly #gone = new Set<number>();
  #onWelcome: (() => void) | undefined;

  constructor(settings: ThreadSettings, name: string) {
    // First, because it throws if the manager has been closed meanwhile, before anything is opened.
    this.member = new Participant(settings, this, -1, name, true);
    this.#line = new Line(randomUUID(), this.#hub, settings.maxQueued, this, this.#taken, 1);
    this.#line.keep(this.member.kept);
  }

  get within(): WithinContext {
    return this.member.within;
  }

  /**
   * Resolves when a hub has admitted this thread.
   *
   * @param caller - The call of `joinThreads`, which may have waited for an earlier one.
   */
  join(thread: number, caller: CallSite): Promise<void> {
    const { manager, name, timeoutMs, shares } = this.member;
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void): void => {
        endWait();
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
        fail(caller.blame(new NoThreadHubError(`No hub accepted thread ${thread} within ${timeoutMs} ms`))),
      );
      const endWait = farHostOf(manager).onClose(fail);
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
    // The welcome was posted before any news, but the channels may be read in the other order.
    if (this.#admitted === undefined) this.#line.drain();
    this.#known = peer.id;
    if (!this.#gone.delete(peer.id)) this.member.joined(peer);
  }

  /** News has a channel of its own, so "left" may arrive before "joined". */
  #left(id: number): void {
    if (id > this.#known) this.#gone.add(id);
    else this.member.left([id]);
  }

  catchUp(): void {
    if (this.#admitted !== undefined && Atomics.load(this.#admitted, 0) !== this.#known) this.#line.drainNews();
  }

  takeEmits({ runs }: EmitsMessage): void {
    for (const run of runs) this.member.deliveries.takeRun(run);
  }

  hold(signal: string, from: number, thread: string): () => void {
    return this.member.hold(signal, from, thread);
  }

  lost(error: unknown, signal: string, from: number, thread: string): void {
    this.member.lost(error, signal, from, thread);
  }

  #welcome({ id, name, peers, admitted }: WelcomeMessage): void {
    if (this.#onWelcome === undefined) return;
    this.#admitted = new Int32Array(admitted);
    this.#known = id;
    this.member.id = id;
    this.member.name = name;
    this.member.joined(...peers);
    this.#hub.name = this.member.roster.get(0)?.name ?? this.#hub.name;
    this.#line.post({ type: 'ready' });
    this.#onWelcome();
  }

  #answer(line: string, ready: boolean): void {
    this.#onAnswer.get(line)?.(ready);
    if (!ready) this.#onAnswer.delete(line); // there will be no other answer
  }

  #end(gone: boolean): void {
    if (!this.member.close()) return;
    this.#line.close(gone);
    for (const onClose of [...this.#onClose]) onClose();
    for (const line of this.#onAnswer.keys()) this.#answer(line, false);
  }
}

/** The link of a worker to the hub: see {@link joinThreads}. */
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

  /** The name of this thread, as assigned by the hub. */
  get name(): string {
    if (!(#member in this)) throw proxyError('ThreadLink');
    return this.#member.name;
  }
}

/**
 * Joins the threads that share signals. Call it in a worker; it resolves when the hub has admitted the worker. `attach`
 * may be called before or after it, and the worker may use its own port freely.
 *
 * The link keeps the thread alive while a shared signal has a receiver, wait or stream in this thread, and while a send
 * awaits answers.
 *
 * @param options - `signals` that cross, by name; `name`, unless `attach` gives one; `timeoutMs`, `maxQueued`.
 * @returns Rejects with {@link NoThreadHubError} if no hub admits it within `timeoutMs`, and at once in the main
 * thread. Rejects with ManagerClosedError if the manager is closed or closes meanwhile, and with a TypeError or
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

/** @internal Does the work of `joinThreads` for the thread of this number; undefined in the main thread. */
export async function joinAs(
  thread: number | undefined,
  manager: SignalManager,
  options: ThreadOptions,
): Promise<ThreadLink> {
  const settings = threadSettings(manager, options, 'joinThreads');
  if (thread === undefined) throw new NoThreadHubError('The main thread cannot join other threads');
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
