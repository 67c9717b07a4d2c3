import { Fifo } from '../fifo.js';
import { ThreadExitedError, ThreadOverflowError } from './errors.js';
import type { EmitsMessage, Run } from './messages.js';

/** One emit on its way to a neighbour, and perhaps further. */
export type Emit = Omit<Run, 'kwargs'> & { readonly kwargs: object };

/** What an outbox needs of the thread that it is in. */
export interface OutboxOwner {
  /** Counts emits of a signal that wait as pending in the manager, until what this returns is called. */
  hold(signal: string, from: number): () => void;
  /** Emits that came `from` a thread, this one or another, do not reach the neighbour. */
  lost(error: unknown, signal: string, from: number): void;
}

interface OpenRun extends Run {
  readonly kwargs: object[];
}
/** Emits of one signal and sender that the neighbour has not taken. */
interface Waiting {
  readonly signal: string;
  readonly from: number;
  count: number;
  readonly release: () => void;
}
interface Posted {
  readonly count: number;
  readonly runs: readonly { readonly waiting: Waiting; readonly count: number }[];
}

/** From so many on, a message costs little more than what it carries. */
const FULL_BATCH = 128;

/**
 * Emits for one neighbour: collected until the microtasks of this turn are done, posted as one message, and counted until
 * the neighbour has taken them, so that no more than `limit` ever wait for it.
 *
 * The neighbour counts in shared memory: a loop of emits sees how far it has come without a turn of the event loop.
 */
export class Outbox {
  readonly #neighbour: string;
  readonly #limit: number;
  readonly #post: (message: EmitsMessage) => void;
  readonly #owner: OutboxOwner;
  readonly #taken: Int32Array;
  readonly #index: number;
  /** Numbers of emits, as the counter counts them: past the largest number they begin anew at the smallest. */
  #sent = 0;
  #settled = 0;
  #batch: OpenRun[] = [];
  #batchSize = 0;
  #scheduled = false;
  readonly #posted = new Fifo<Posted>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #dropped = new Map<string, { readonly signal: string; readonly from: number; count: number }>();

  /** @param index - Where in `taken` the neighbour counts. */
  constructor(
    neighbour: string,
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
    this.#batchSize += 1;
    const last = this.#batch.at(-1);
    if (last !== undefined && continues(last, emit)) last.kwargs.push(emit.kwargs);
    else this.#batch.push({ ...emit, kwargs: [emit.kwargs] });
    if (this.#batchSize >= FULL_BATCH) this.#postBatch();
  }

  /** Posts what is collected, before anything that must not overtake it. */
  flush(): void {
    if (this.#batchSize > 0) this.#postBatch();
    if (this.#dropped.size > 0) this.#reportDropped();
  }

  /** The neighbour has counted: what it has taken does not wait any more. */
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

  /** The neighbour is gone, and what it has not taken is lost. */
  abandon(): void {
    this.flush();
    this.settle();
    for (const { signal, from, count, release } of this.#waiting.values()) {
      release();
      this.#owner.lost(new ThreadExitedError(this.#neighbour, count), signal, from);
    }
    this.#waiting.clear();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  #postBatch(): void {
    const runs = this.#batch;
    const count = this.#batchSize;
    this.#batch = [];
    this.#batchSize = 0;
    this.#posted.push({ count, runs: runs.map((run) => ({ waiting: this.#add(run), count: run.kwargs.length })) });
    this.#post({ type: 'emits', runs });
    this.settle();
  }

  #add({ signal, from, kwargs }: OpenRun): Waiting {
    const key = `${from} ${signal}`;
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      waiting = { signal, from, count: 0, release: this.#owner.hold(signal, from) };
      this.#waiting.set(key, waiting);
    }
    waiting.count += kwargs.length;
    return waiting;
  }

  #subtract(waiting: Waiting, count: number): void {
    waiting.count -= count;
    if (waiting.count > 0) return;
    waiting.release();
    this.#waiting.delete(`${waiting.from} ${waiting.signal}`);
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
      this.#owner.lost(new ThreadOverflowError(this.#neighbour, this.#limit, count), signal, from);
    }
  }
}

/** Whether an emit differs from those of a run in nothing but its kwargs. */
function continues(run: Run, emit: Emit): boolean {
  return (
    run.signal === emit.signal &&
    run.from === emit.from &&
    run.reverse === emit.reverse &&
    isPlain(run) &&
    isPlain(emit) &&
    run.to.length === emit.to.length &&
    run.to.every((id, index) => id === emit.to[index])
  );
}

const isPlain = ({ senders, keys, expected }: Omit<Run, 'kwargs'>): boolean =>
  senders.length + keys.length + expected.length === 0;
