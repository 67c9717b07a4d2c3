import type { WithinContext } from '../internal/async-context.js';
import { Channel } from './channel.js';
import { type EmitsMessage, type JoinedMessage, type LineMessage, isLineMessage, isNews } from './messages.js';
import { type Neighbour, Outbox, type OutboxOwner } from './emit-outbox.js';

/** What a line needs of the thread that it is in. */
export interface LineOwner extends OutboxOwner {
  /** Calls a function in the async context in which the hub or the link was made. */
  readonly within: WithinContext;
  /** Emits that a line has brought; they are counted as taken when this returns. */
  takeEmits(message: EmitsMessage, line: Line): void;
  take(message: LineMessage, line: Line): void;
  takeNews(message: JoinedMessage): void;
}

/** Where a worker notes that it has left, behind the two counters of emits. */
const LEFT = 2;

/** The way to one neighbour: to the hub, or from the hub to a worker. What is posted arrives in order. */
export class Line {
  /** Of its channel. */
  readonly name: string;
  /** The number of the thread at its other end. */
  readonly neighbour: number;
  readonly outbox: Outbox;
  readonly #channel: Channel;
  /** Beside the rest, so that it can be read before the rest. */
  readonly #news: Channel;
  readonly #owner: LineOwner;
  readonly #taken: Int32Array;
  readonly #side: 0 | 1;
  #telling = false;

  /**
   * @param taken - Counters, shared with the neighbour: of emits, this side's at `side`, and of what LEFT says.
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
    // Channels call in the context in which they were made, that of an `attach`, and drains in that of whatever drains.
    this.#channel = new Channel(name, (message) => owner.within(() => this.#take(message)));
    this.#news = new Channel(`${name} news`, (message) => {
      if (isNews(message)) owner.within(() => owner.takeNews(message));
    });
    const post = (message: EmitsMessage): void => this.#channel.post(message);
    this.outbox = new Outbox(neighbour, maxQueued, post, owner, this.#taken, side === 0 ? 1 : 0);
  }

  /** @throws DataCloneError for what can't be cloned. */
  post(message: LineMessage): void {
    this.outbox.flush();
    this.#channel.post(message);
  }

  postNews(message: JoinedMessage): void {
    this.#news.post(message);
  }

  /** Takes at once what news there are. */
  drainNews(): void {
    this.#news.drain();
  }

  keep(kept: boolean): void {
    this.#channel.keep(kept);
  }

  /** Says that this worker leaves: also to a hub that has not read its seek yet, and will not hear of it on the channel. */
  leave(): void {
    Atomics.store(this.#taken, LEFT, 1);
    this.post({ type: 'bye' });
  }

  /** Whether the worker left before the hub was listening. */
  get left(): boolean {
    return Atomics.load(this.#taken, LEFT) === 1;
  }

  /** Takes at once what the neighbour, which has ended, has still posted. */
  drain(): void {
    this.#channel.drain();
  }

  /** @param gone - The neighbour is, and takes nothing any more. */
  close(gone: boolean): void {
    this.outbox.close(gone);
    this.#channel.close();
    this.#news.close();
  }

  #take(message: unknown): void {
    // Whatever else is posted here, by other code of this process, is not meant for us.
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

  /** Once a turn, however much has been taken. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    setImmediate(() => {
      this.#telling = false;
      this.#channel.post({ type: 'taken' });
    });
  }
}
