import type { SignalManager } from '../index.js';
import { whenAborted } from '../internal/abort.js';
import { type Round, type Settling, watchHostOf } from '../watch/watch-host.js';
import { whenQuiet } from '../watch/when-quiet.js';

/** How a transport asks other threads or nodes whether they are done. */
export interface SettlingTransport<T> {
  /** The threads or nodes that share signals with this one and can be asked. */
  peers(): readonly T[];
  nameOf(peer: T): string;
  /** Asks a peer. Its answer must be passed to `answered`. */
  ask(peer: T, id: number, onward: boolean): void;
  answer(peer: T, id: number, sends: number): void;
  /** Returns how many sends this thread or node has made and received so far. */
  sends(): number;
  /** Returns the names of the peers whose sends are handled here. */
  undone(): readonly string[];
  /** Resolves when all sends that have arrived have been handled. */
  whenIdle(): Promise<unknown>;
}

/** How many questions of one peer may be pending here. If there are more, the oldest get no answer. */
const MOST_QUESTIONS = 100;

/** The pending questions of one kind, by peer, and whether an answer is being prepared. */
interface Questions<T> {
  readonly hops: 0 | 1;
  open: Map<T, number[]>;
  isAnswering: boolean;
}

/** The last answers of peers to the questions of one kind. */
class Answers<T extends object> {
  readonly #last = new WeakMap<T, number>();
  /** The peers whose last answer differs from the one before. */
  readonly unsteady = new Set<T>();
  /** How often a peer has given another answer than before. Grows only, so that no two changes cancel out. */
  changes = 0;

  note(peer: T, sends: number): void {
    const last = this.#last.get(peer);
    this.#last.set(peer, sends);
    if (last === sends) this.unsteady.delete(peer);
    else if (last !== undefined) this.unsteady.add(peer);
    if (last !== sends) this.changes += 1;
  }
}

/** The share of a transport in `settled` of `signalbox/testing`: it asks the peers, and answers their questions. */
export class FarSettling<T extends object> implements Settling {
  readonly #manager: SignalManager;
  readonly #transport: SettlingTransport<T>;
  readonly #closing = new AbortController();
  #lastId = 0;
  /** The questions that have not been answered, by id. */
  readonly #asked = new Map<number, { readonly peer: T; readonly answers: Answers<T>; readonly end: () => void }>();
  /** By the hops of the rounds. An answer depends on those to rounds with fewer hops only. */
  readonly #answers = { 1: new Answers<T>(), 2: new Answers<T>() };
  /** Two kinds, because an answer to the first needs answers to the second: two peers may ask each other both. */
  readonly #onward: Questions<T> = { hops: 1, open: new Map(), isAnswering: false };
  readonly #alone: Questions<T> = { hops: 0, open: new Map(), isAnswering: false };
  /** Called when `isAsking` may have changed. */
  readonly #onChange: () => void;

  constructor(manager: SignalManager, transport: SettlingTransport<T>, onChange: () => void = () => undefined) {
    this.#manager = manager;
    this.#transport = transport;
    this.#onChange = onChange;
  }

  /** Whether an answer of a peer is awaited. */
  get isAsking(): boolean {
    return this.#asked.size > 0;
  }

  /** Takes part in `settled` from now on. */
  begin(): void {
    watchHostOf(this.#manager)?.settling.add(this);
  }

  close(): void {
    watchHostOf(this.#manager)?.settling.delete(this);
    this.#closing.abort();
    for (const { end } of [...this.#asked.values()]) end();
  }

  undone(): readonly string[] {
    return this.#transport.undone();
  }

  awaited(): readonly string[] {
    const silent = [...this.#asked.values()].map(({ peer }) => peer);
    return [...new Set([...this.#answers[2].unsteady, ...silent])].map((peer) => this.#transport.nameOf(peer));
  }

  async settle({ hops, abortSignal }: Round): Promise<number> {
    const transport = this.#transport;
    await transport.whenIdle();
    if (hops === 0) return transport.sends();
    await Promise.all(transport.peers().map((peer) => this.#ask(peer, hops, abortSignal)));
    return transport.sends() + this.#answers[hops].changes;
  }

  /** A peer asks whether everything is done: here, and if it goes `onward`, at the peers of this thread or node too. */
  asked(peer: T, id: number, onward: boolean): void {
    const questions = onward ? this.#onward : this.#alone;
    const ids = questions.open.get(peer) ?? [];
    questions.open.set(peer, [...ids.slice(1 - MOST_QUESTIONS), id]);
    if (!questions.isAnswering) void this.#answerAll(questions);
  }

  /** A peer has answered. @returns False if it was never asked that. */
  answered(peer: T, id: number, sends: number): boolean {
    const question = this.#asked.get(id);
    if (question?.peer !== peer) return id <= this.#lastId;
    question.answers.note(peer, sends);
    question.end();
    return true;
  }

  left(peer: T): void {
    for (const { unsteady } of Object.values(this.#answers)) unsteady.delete(peer);
    this.#onward.open.delete(peer);
    this.#alone.open.delete(peer);
    for (const { peer: asked, end } of [...this.#asked.values()]) if (asked === peer) end();
  }

  #ask(peer: T, hops: 1 | 2, abortSignal: AbortSignal): Promise<void> {
    if (abortSignal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const id = (this.#lastId += 1);
      const end = (): void => {
        this.#asked.delete(id);
        stop();
        this.#onChange();
        resolve();
      };
      this.#asked.set(id, { peer, answers: this.#answers[hops], end });
      const stop = whenAborted(abortSignal, end);
      this.#onChange();
      this.#transport.ask(peer, id, hops > 1);
    });
  }

  async #answerAll(questions: Questions<T>): Promise<void> {
    questions.isAnswering = true;
    const abortSignal = this.#closing.signal;
    while (questions.open.size > 0 && !abortSignal.aborted) {
      const due = questions.open;
      questions.open = new Map();
      const sends = await whenQuiet([this.#manager], { hops: questions.hops, abortSignal });
      if (sends === undefined) break;
      for (const [peer, ids] of due) for (const id of ids) this.#transport.answer(peer, id, sends);
    }
    questions.isAnswering = false;
  }
}
