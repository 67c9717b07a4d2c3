import { Fifo } from '../internal/fifo.js';
import { soon } from '../internal/timer.js';
import { ThreadExitedError, ThreadOverflowError } from './errors.js';
import type { TraceParent } from '../contract/signals.js';
import type { EmitsMessage, Run } from './messages.js';

/** One emit to a neighbour, which may pass it on. */
export type Emit = Omit<Run, 'kwargs' | 'traces'> & {
  readonly kwargs: object;
  readonly trace: TraceParent | undefined;
};

/** The thread at the other end of a line. A worker gets the hub's name with its welcome. */
export interface Neighbour {
  readonly id: number;
  name: string;
}

/** The functions of a thread that its outboxes use. */
export interface OutboxOwner {
  /** Makes waiting emits of a signal count as pending in the manager, until the returned function is called. */
  hold(signal: string, from: number, neighbour: string): () => void;
  /** Reports that emits `from` a thread, this or another, do not reach the neighbour. */
  lost(error: unknown, signal: string, from: number, neighbour: string): void;
}

interface OpenRun extends Run {
  readonly kwargs: object[];
  traces: (TraceParent | undefined)[] | undefined;
}
/** The emits of one signal from one thread that the neighbour has not taken. */
interface Waiting {
  readonly key: string;
  readonly signal: string;
  readonly from: number;
  count: number;
  readonly release: () => void;
}
/** One message: the number of its emits, and the runs they form. */
interface Batch {
  count: number;
  readonly runs: { readonly waiting: Waiting; readonly run: OpenRun }[];
}
interface Posted {
  readonly count: number;
  readonly runs: readonly { readonly waiting: Waiting; readonly count: number }[];
}

/** From this number of emits on, the overhead of a message is small. */
const FULL_BATCH = 128;

/**
 * The emits for one neighbour. They are collected until the microtasks of this turn have run, and posted as one
 * message. They count as waiting until the neighbour has taken them, and at most `limit` may wait.
 *
 * The neighbour counts in shared memory, so a loop of emits sees its progress without a turn of the event loop.
 */
export class Outbox {
  readonly #neighbour: Neighbour;
  readonly #limit: number;
  readonly #post: (message: EmitsMessage) => void;
  readonly #owner: OutboxOwner;
  readonly #taken: Int32Array;
  readonly #index: number;
  /** Counts emits as the shared counter does: after the largest 32-bit integer comes the smallest. */
  #sent = 0;
  #settled = 0;
  #batch: Batch = { count: 0, runs: [] };
  #scheduled = false;
  readonly #posted = new Fifo<Posted>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #dropped = new Map<string, { readonly signal: string; readonly from: number; count: number }>();

  /** @param index - The index of the neighbour's counter in `taken`. */
  constructor(
    neighbour: Neighbour,
    limit: number,
    post: (message: EmitsMessage) => void,
    owner: OutboxOwner,
    taken: Int32Array,
    index: 0 | 1,
  ) {
    this.#neighbour = neighbour;
    this.#limit = limit;
    this.#post = post;
    this.#owner = owner;
    this.#taken = taken;
    this.#index = index;
  }

  push(emit: Emit): void {
    this.#schedule();
    if (((this.#sent - Atomics.load(this.#taken, this.#index)) | 0) >= this.#limit) {
      this.#drop(emit);
      return;
    }
    this.#sent = (this.#sent + 1) | 0;
    this.#collect(emit);
    if (this.#batch.count >= FULL_BATCH) this.#postBatch();
  }

  /** Posts the collected emits, before a message that must not overtake them. */
  flush(): void {
    if (this.#batch.count > 0) this.#postBatch();
    if (this.#dropped.size > 0) this.#reportDropped();
  }

  /** Releases the emits that the neighbour has counted as taken. */
  settle(): void {
    const taken = Atomics.load(this.#taken, this.#index);
    for (let next = this.#posted.first; next !== undefined; next = this.#posted.first) {
      const settled = (this.#settled + next.count) | 0;
      if (((taken - settled) | 0) < 0) return;
      this.#settled = settled;
      this.#posted.shift();
      for (const { waiting, count } of next.runs) this.#subtract(waiting, count);
    }
  }

  /**
   * Posts the collected emits and ends.
   *
   * @param gone - Whether the neighbour takes nothing any more, so that the waiting emits are lost.
   */
  close(gone: boolean): void {
    this.flush();
    this.settle();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#posted.clear();
    for (const { signal, from, count, release } of waiting) {
      release();
      if (gone)
        this.#owner.lost(new ThreadExitedError(this.#neighbour.name, count), signal, from, this.#neighbour.name);
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  #collect(emit: Emit): void {
    const { runs } = this.#batch;
    const last = runs.at(-1);
    this.#batch.count += 1;
    if (last !== undefined && continues(last.run, emit)) {
      last.waiting.count += 1;
      last.run.kwargs.push(emit.kwargs);
      if (emit.trace !== undefined || last.run.traces !== undefined) addTrace(last.run, emit.trace);
    } else {
      const waiting = this.#waitingOf(emit);
      waiting.count += 1;
      const { signal, from, to, rest, kwargs, trace } = emit;
      const traces = trace === undefined ? undefined : [trace];
      runs.push({ waiting, run: { signal, from, to, rest, kwargs: [kwargs], traces } });
    }
  }

  #postBatch(): void {
    const { count, runs } = this.#batch;
    this.#batch = { count: 0, runs: [] };
    this.#posted.push({ count, runs: runs.map(({ waiting, run }) => ({ waiting, count: run.kwargs.length })) });
    this.#post({ type: 'emits', runs: runs.map(({ run }) => run) });
    this.settle();
  }

  #waitingOf({ signal, from }: Emit): Waiting {
    const key = `${from} ${signal}`;
    const known = this.#waiting.get(key);
    if (known !== undefined) return known;
    const waiting = { key, signal, from, count: 0, release: this.#owner.hold(signal, from, this.#neighbour.name) };
    this.#waiting.set(key, waiting);
    return waiting;
  }

  #subtract(waiting: Waiting, count: number): void {
    waiting.count -= count;
    if (waiting.count > 0) return;
    waiting.release();
    this.#waiting.delete(waiting.key);
  }

  #drop({ signal, from }: Emit): void {
    const key = `${from} ${signal}`;
    const dropped = this.#dropped.get(key);
    if (dropped === undefined) this.#dropped.set(key, { signal, from, count: 1 });
    else dropped.count += 1;
  }

  #reportDropped(): void {
    const dropped = [...this.#dropped.values()];
    this.#dropped.clear();
    for (const { signal, from, count } of dropped) {
      this.#owner.lost(
        new ThreadOverflowError(this.#neighbour.name, this.#limit, count),
        signal,
        from,
        this.#neighbour.name,
      );
    }
  }
}

/** Adds the trace of the last emit of a run. Most runs have no traces. */
function addTrace(run: OpenRun, trace: TraceParent | undefined): void {
  run.traces ??= new Array<undefined>(run.kwargs.length - 1).fill(undefined);
  run.traces.push(trace);
}

/** Whether an emit differs from those of a run only in its kwargs and its trace. */
function continues(run: Run, { signal, from, to, rest }: Emit): boolean {
  if (run.signal !== signal || run.from !== from || run.rest !== undefined || rest !== undefined) return false;
  if (run.to.length !== to.length) return false;
  for (let index = 0; index < to.length; index++) if (run.to[index] !== to[index]) return false;
  return true;
}
