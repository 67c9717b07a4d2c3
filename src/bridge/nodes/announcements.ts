import type { Heard } from '../../far/index.js';
import type { From, SharedState, StateBody } from '../wire/envelope.js';
import type { NodeTable, RemoteNode } from './node-table.js';
import type { Publisher } from '../wire/publisher.js';
import { soon } from '../../internal/timer.js';

/** Limits the signs of life that each node gets to a hundred per second. With more nodes they are less frequent. */
const MS_PER_NODE = 10;

const RANK: Readonly<Record<Heard, number>> = { nothing: 0, filtered: 1, everything: 2 };

export interface AnnouncementsOptions {
  readonly post: Publisher;
  readonly peers: NodeTable;
  readonly born: number;
  readonly heartbeatMs: number;
  /** Returns the signals that this node shares. */
  readonly states: () => ReadonlyMap<string, SharedState>;
}

/**
 * Tells the other nodes about this one.
 *
 * A node that starts, shares more signals or needs the current state of the others sends `hello` to all, with all its
 * signals. Each node answers with `here`, so there are as many messages as nodes. A `change` goes to all and is counted
 * by `revision`. A sign of life (`beat`) has only the revision.
 */
export class Announcements<Options extends AnnouncementsOptions = AnnouncementsOptions> {
  protected readonly options: Options;
  /** The state that the other nodes have been told. */
  readonly #told = new Map<string, SharedState>();
  readonly #changed = new Set<string>();
  #revision = 0;
  #flushing = false;
  #falling: ReturnType<typeof setTimeout> | undefined;
  #hello: Promise<void> | undefined;
  /** The state that the other nodes had been told when this node began to leave. */
  #toldBefore: ReadonlyMap<string, SharedState> = new Map();

  constructor(options: Options) {
    this.options = options;
  }

  /** The number of announcements to all so far. */
  protected get revision(): number {
    return this.#revision;
  }

  /** The interval of the signs of life of this node, in milliseconds. */
  protected get everyMs(): number {
    return Math.ceil(Math.max(this.options.heartbeatMs, MS_PER_NODE * (this.options.peers.size + 1)));
  }

  /**
   * Announces the shared signals to all nodes, and asks them for theirs. Signals that are shared in one turn go
   * together.
   */
  hello(): Promise<void> {
    return (this.#hello ??= Promise.resolve().then(() => {
      this.#hello = undefined;
      return this.#sayHello();
    }));
  }

  #sayHello(): Promise<void> {
    this.#revision += 1;
    for (const peer of this.options.peers.all) peer.owes = this.#revision;
    return this.options.post.toAll({ type: 'hello', ...this.#state() });
  }

  /** Asks one node for its state. */
  protected ask(node: From): void {
    const peer = this.options.peers.from(node);
    if (peer !== undefined) peer.asked = true;
    void this.options.post.to(node, { type: 'hello', ...this.#state() });
  }

  /** @param answers - The revision of the `hello` that is answered. */
  protected answer(node: From, answers: number): void {
    void this.options.post.to(node, { type: 'here', ...this.#state(), answers });
  }

  protected beat(): void {
    const { post, born } = this.options;
    void post.toAll({ type: 'beat', born, everyMs: this.everyMs, revision: this.#revision });
  }

  /** Called when the audience of a signal, or whether it is shared, has changed. */
  review(signal: string): void {
    this.#changed.add(signal);
    const [, heard, group] = this.options.states().get(signal) ?? [];
    const told = this.#told.get(signal)?.[1] ?? 'nothing';
    // A smaller audience is announced with the next sign of life, because it may soon grow again. In a group it waits
    // only for this turn, so that another member gets the next send.
    if (RANK[heard ?? 'nothing'] <= RANK[told]) {
      if (typeof group === 'string') this.#falling ??= setTimeout(() => this.flush());
      return;
    }
    if (this.#flushing) return;
    this.#flushing = true;
    soon(() => {
      this.#flushing = false;
      this.flush();
    });
  }

  /** Announces all changes now, before any later send. */
  flush(): void {
    clearTimeout(this.#falling);
    this.#falling = undefined;
    if (this.#changed.size === 0) return;
    const states = this.options.states();
    const signals = [...this.#changed].flatMap((name): SharedState[] => {
      const state = states.get(name);
      const told = this.#told.get(name);
      if (state === undefined) return told === undefined ? [] : [[name, null, null]];
      return told !== undefined && state[1] === told[1] ? [] : [state];
    });
    this.#changed.clear();
    if (signals.length === 0) return;
    for (const state of signals) this.#remember(state);
    this.#revision += 1;
    void this.options.post.toAll({ type: 'change', revision: this.#revision, signals });
  }

  /**
   * Whether a node's sends of a signal to all include this node, by what that node has been told: this node shares it
   * without a group. If that node has not yet answered the announcement that this one leaves, the state before counts,
   * too.
   */
  getsAll(signal: string, peer: RemoteNode): boolean {
    const told = this.#told.get(signal) ?? (peer.owes > 0 ? this.#toldBefore.get(signal) : undefined);
    return told?.[2] === null;
  }

  /**
   * Announces that this node shares nothing any more.
   *
   * It sends a `hello`, because the answer to that arrives after all earlier messages of its node.
   *
   * @returns Undefined if the other nodes have been told nothing, so that they send nothing.
   */
  protected announceEnd(): Promise<void> | undefined {
    if (this.#revision === 0 && this.#told.size === 0) return undefined;
    this.#toldBefore = new Map(this.#told);
    this.#told.clear();
    this.#changed.clear();
    return this.#sayHello();
  }

  /** Says `bye`, the last announcement. */
  protected sayBye(): Promise<void> {
    clearTimeout(this.#falling);
    return this.options.post.toAll({ type: 'bye' });
  }

  /** Returns the state of this node, and stores it as told. */
  #state(): StateBody {
    const { born, states } = this.options;
    this.flush();
    const signals = [...states().values()];
    for (const state of signals) this.#remember(state);
    return { born, everyMs: this.everyMs, revision: this.#revision, signals };
  }

  #remember(state: SharedState): void {
    if (state[1] === null) this.#told.delete(state[0]);
    else this.#told.set(state[0], state);
  }
}
