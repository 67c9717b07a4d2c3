import { counted, describedBy } from '../internal/printing.js';
import type { WithinContext } from '../internal/async-context.js';
import { argumentError } from '../internal/check.js';
import type { SignalManager } from '../index.js';
import { processShared } from '../internal/process-shared.js';
import { type OnClose, attachWorker } from './attach-worker.js';
import { Line, type LineOwner } from './line.js';
import { Participant } from './participant.js';
import {
  type EmitsMessage,
  type LetInMessage,
  type LineMessage,
  type PeerCard,
  type Run,
  type SeekMessage,
  isRouted,
} from './messages.js';
import { threadSettings } from './options.js';
import type { Emit } from './emit-outbox.js';
import { ThreadsBase } from './shared-base.js';
import type { AttachableWorker, ThreadOptions } from './types.js';
import type { Routes } from './own-thread.js';

/** A worker that has joined. */
interface Joined {
  readonly line: Line;
  /** The thread that attached it: the hub's own, or the worker that started it. */
  readonly parent: number;
  /** Called when the worker has read its welcome (true), or has left first (false). */
  readonly onReady: (ready: boolean) => void;
  /** Removes the listener for its exit. */
  readonly forget: () => void;
}

/** The managers with an open hub. */
const managersWithHub = (): WeakSet<SignalManager> => processShared('managers with a hub', () => new WeakSet());

/** Admits workers, and passes on their messages to each other. */
export class Hub implements Routes, LineOwner {
  readonly member: Participant;
  readonly #joined = new Map<number, Joined>();
  readonly #onClose: OnClose = new Set();
  /** The number of admitted workers, shared so that all threads see at once that one has joined. */
  readonly #admitted = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  #lastId = 0;

  constructor(manager: SignalManager, options: ThreadOptions) {
    const settings = threadSettings(manager, options, 'ThreadHub');
    if (managersWithHub().has(manager)) {
      const wayOut = '; attach all workers to one, or close it first';
      throw argumentError('manager', 'one without an open ThreadHub', manager, wayOut);
    }
    this.member = new Participant(settings, this, 0, settings.name ?? 'main', false);
    managersWithHub().add(manager);
  }

  get within(): WithinContext {
    return this.member.within;
  }

  attach(worker: AttachableWorker, name: string | undefined): Promise<void> {
    return attachWorker(
      worker,
      name,
      this.member,
      this.#onClose,
      (seek) =>
        new Promise((resolve) => {
          // The `exit` event runs in the async context in which the worker was created.
          const onExit = (): void => this.within(() => this.#exited(id));
          worker.once('exit', onExit);
          const id = this.#admit(seek, 0, resolve, () => void worker.off('exit', onExit));
        }),
    );
  }

  close(): void {
    if (!this.member.close()) return;
    managersWithHub().delete(this.member.manager);
    for (const onClose of [...this.#onClose]) onClose();
    for (const { line, forget, onReady } of this.#joined.values()) {
      forget();
      line.post({ type: 'bye' });
      line.close(false);
      onReady(false);
    }
    this.#joined.clear();
  }

  post(message: Parameters<Routes['post']>[0]): void {
    for (const id of message.to) this.#joined.get(id)?.line.post(message);
  }

  emit(emit: Emit): void {
    const { signal, from, to, rest, kwargs, trace } = emit;
    if (to.length === 1) this.#joined.get(to[0] as number)?.line.outbox.push(emit);
    else for (const id of to) this.#joined.get(id)?.line.outbox.push({ signal, from, to: [id], rest, kwargs, trace });
  }

  keep(kept: boolean): void {
    for (const { line } of this.#joined.values()) line.keep(kept);
  }

  take(message: LineMessage, line: Line): void {
    if (isRouted(message)) {
      if (message.from !== line.neighbour) return;
      // Passed on first, because receivers of this thread may change the kwargs.
      this.post(message);
      if (message.to.includes(0)) this.member.take(message);
    } else if (message.type === 'bye') this.#leave(line.neighbour);
    else if (message.type === 'ready') this.#joined.get(line.neighbour)?.onReady(true);
    else if (message.type === 'let-in') this.#letIn(message, line);
    else if (message.type === 'gone') this.#exited(this.#idOf(message.line, line.neighbour));
  }

  takeNews(): void {
    // Only the hub posts news.
  }

  catchUp(): void {
    // Workers join only through the hub.
  }

  takeEmits({ runs }: EmitsMessage, line: Line): void {
    const own = runs.filter((run) => run.from === line.neighbour);
    for (const run of own) this.#passOn(run);
    for (const { line: other } of this.#joined.values()) other.outbox.flush();
    for (const run of own) if (run.to.includes(0)) this.member.deliveries.takeRun(run);
  }

  hold(signal: string, from: number, thread: string): () => void {
    return this.member.hold(signal, from, thread);
  }

  lost(error: unknown, signal: string, from: number, thread: string): void {
    this.member.lost(error, signal, from, thread);
  }

  #passOn(run: Run): void {
    const { signal, from, rest, traces } = run;
    for (const id of run.to) {
      const outbox = this.#joined.get(id)?.line.outbox;
      if (outbox === undefined) continue;
      const to = [id];
      run.kwargs.forEach((kwargs, index) => {
        outbox.push({ signal, from, to, rest, kwargs, trace: traces?.[index] });
      });
    }
  }

  #letIn({ seek }: LetInMessage, line: Line): void {
    const onReady = (ready: boolean): void => line.post({ type: 'let-in-answer', line: seek.line, ready });
    this.#admit(seek, line.neighbour, onReady, () => undefined);
  }

  /** @returns The number of the admitted thread; undefined if it has left meanwhile. */
  #admit(seek: SeekMessage, parent: number, onReady: (ready: boolean) => void, forget: () => void): number | undefined {
    const id = (this.#lastId += 1);
    const card: PeerCard = {
      id,
      name: this.#freeName(seek.name),
      signals: seek.signals,
      levels: seek.levels,
    };
    const line = new Line(seek.line, { id, name: card.name }, this.member.maxQueued, this, seek.taken, 0);
    // Read after the line is open: a worker that leaves from now on posts that on the line.
    if (line.left) {
      forget();
      line.close(false);
      onReady(false);
      return undefined;
    }
    line.keep(this.member.kept);
    const peers = [this.member.card, ...this.member.roster.peers.map((peer) => peer.card)];
    line.post({ type: 'welcome', id, name: card.name, peers, admitted: this.#admitted });
    for (const { line: other } of this.#joined.values()) {
      other.postNews({ type: 'joined', peer: card });
    }
    Atomics.store(new Int32Array(this.#admitted), 0, id);
    this.#joined.set(id, { line, parent, onReady, forget });
    this.member.joined(card);
    return id;
  }

  #freeName(name: string): string {
    const taken = [this.member.name, ...this.member.threads];
    let free = name;
    for (let number = 2; taken.includes(free); number++) free = `${name}#${number}`;
    return free;
  }

  #idOf(line: string, parent: number): number | undefined {
    const found = [...this.#joined].find(([, joined]) => joined.line.name === line && joined.parent === parent);
    return found?.[0];
  }

  #exited(id: number | undefined): void {
    if (id === undefined) return;
    this.#joined.get(id)?.line.drain();
    this.#leave(id);
  }

  /** Removes a worker, and the workers that it attached, because only it could report their exit. */
  #leave(id: number): void {
    const leaving = new Map<number, Joined>();
    // A worker joins after the one that attaches it.
    for (const [each, joined] of this.#joined) if (each === id || leaving.has(joined.parent)) leaving.set(each, joined);
    for (const [each, { forget }] of leaving) {
      this.#joined.delete(each);
      forget();
    }
    this.member.left([...leaving.keys()]);
    for (const [each, { line, onReady }] of leaving) {
      line.post({ type: 'bye' });
      line.close(true);
      onReady(false);
      for (const { line: other } of this.#joined.values()) other.post({ type: 'left', id: each });
    }
  }
}

/**
 * Shares signals with worker threads, both ways. A send in any of the threads calls the receivers of all of them, each
 * in the thread that connected it.
 *
 * A manager has one hub at a time, usually in the main thread. Workers exchange all messages through the hub. The hub
 * keeps the process alive only while it awaits answers to a send.
 *
 * @example
 * ```ts
 * import { Worker } from 'node:worker_threads';
 * import { SignalManager } from 'signalbox';
 * import { ThreadHub } from 'signalbox/threads';
 *
 * const signals = new SignalManager();
 * const priceAsked = signals.signal<{ item: string }, number>('price_asked');
 * const hub = new ThreadHub(signals, { signals: [priceAsked] });
 * await hub.attach(new Worker(new URL('./prices.js', import.meta.url)));
 * console.log(await priceAsked.send({ item: 'tea' }));
 * ```
 */
export class ThreadHub extends ThreadsBase {
  static {
    describedBy(this.prototype, 'ThreadHub', (hub) => `ThreadHub (${counted(hub.threads.length, 'thread')})`);
  }

  /**
   * Makes this thread the hub, which workers join. The hub does not keep the process alive.
   *
   * @param options - `signals` that cross, `name`, `timeoutMs`, `maxQueued`.
   * @throws TypeError or RangeError for bad options; TypeError if another hub of this manager is open;
   * ManagerClosedError if the manager is closed.
   */
  constructor(manager: SignalManager, options: ThreadOptions) {
    super(new Hub(manager, options));
  }
}
