import type { WithinContext } from '../internal/async-context.js';
import { Channel } from './channel.js';
import { type EmitsMessage, type JoinedMessage, type LineMessage, isLineMessage, isNews } from './messages.js';
import { type Neighbour, Outbox, type OutboxOwner } from './emit-outbox.js';

/** The functions of a thread that its lines use. */
export interface LineOwner extends OutboxOwner {
  /** Calls a function in the async context in which the hub or the link was made. */
  readonly within: WithinContext;
  /** Delivers emits of a line. They count as taken when this returns. */
  takeEmits(message: EmitsMessage, line: Line): void;
  take(message: LineMessage, line: Line): void;
  takeNews(message: JoinedMessage): void;
}

// Taken when this module loads: a fake clock of a test does not hold up what other threads wait for.
const { setImmediate } = globalThis;

/** The index where a worker notes that it has left, after the two counters of emits. */
const LEFT = 2;

/** The connection between the hub and one worker, as one of them sees it. Messages arrive in order. */
export class Line {
  /** The name of its channel. */
  readonly name: string;
  /** The number of the thread at its other end. */
  readonly neighbour: number;
  readonly outbox: Outbox;
  readonly #channel: Channel;
  /** A channel of its own, so that news can be read before other messages. */
  readonly #news: Channel;
  readonly #owner: LineOwner;
  readonly #taken: Int32Array;
  readonly #side: 0 | 1;
  #telling = false;

  /**
   * @param taken - Counters shared with the neighbour: emits taken by this side at index `side`, and a flag at index
   * LEFT.
   */
  constructor(
    name: string,
    neighbour: Neighbour,
    maxQueued: number,
    owner: LineOwner,
    taken: SharedArrayBuffer,
    side: 0 | 1,
  ) {
    this.name = name;
    this.neighbour = neighbour.id;
    this.#owner = owner;
    this.#taken = new Int32Array(taken);
    this.#side = side;
    // A channel calls in the async context of its creation, that of an `attach`, and a drain in that of its caller.
    this.#channel = new Channel(name, (message) => owner.within(() => this.#take(message)));
    this.#news = new Channel(`${name} news`, (message) => {
      if (isNews(message)) owner.within(() => owner.takeNews(message));
    });
    const post = (message: EmitsMessage): void => this.#channel.post(message);
    this.outbox = new Outbox(neighbour, maxQueued, post, owner, this.#taken, side === 0 ? 1 : 0);
  }

  /** @throws DataCloneError if the message cannot be cloned. */
  post(message: LineMessage): void {
    this.outbox.flush();
    this.#channel.post(message);
  }

  postNews(message: JoinedMessage): void {
    this.#news.post(message);
  }

  /** Reads the posted news synchronously. */
  drainNews(): void {
    this.#news.drain();
  }

  keep(kept: boolean): void {
    this.#channel.keep(kept);
  }

  /**
   * Notes that this worker leaves. The flag is for a hub that has not read the `seek` yet, and so would miss the
   * message.
   */
  leave(): void {
    Atomics.store(this.#taken, LEFT, 1);
    this.post({ type: 'bye' });
  }

  /** Whether the worker left before the hub opened its side of the line. */
  get left(): boolean {
    return Atomics.load(this.#taken, LEFT) === 1;
  }

  /** Reads the last messages of a neighbour that has exited. */
  drain(): void {
    this.#channel.drain();
  }

  /** @param gone - Whether the neighbour is gone and takes nothing any more. */
  close(gone: boolean): void {
    this.outbox.close(gone);
    this.#channel.close();
    this.#news.close();
  }

  #take(message: unknown): void {
    // Other code of this process may post to this channel, too.
    if (!isLineMessage(message)) return;
    if (message.type === 'taken') this.outbox.settle();
    else if (message.type === 'emits') this.#takeEmits(message);
    else this.#owner.take(message, this);
  }

  #takeEmits(message: EmitsMessage): void {
    this.#owner.takeEmits(message, this);
    const count = message.runs.reduce((sum, run) => sum + run.kwargs.length, 0);
    Atomics.add(this.#taken, this.#side, count);
    this.#tell();
  }

  /** Posts `taken` once per turn of the event loop. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    setImmediate(() => {
      this.#telling = false;
      this.#channel.post({ type: 'taken' });
    });
  }
}
