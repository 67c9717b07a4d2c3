import type { Heard } from '../../far/index.js';
import type { BridgeLog } from '../wire/bridge-log.js';
import type { From, Message, MessageOf, SharedState, StateBody } from '../wire/envelope.js';
import { RemoteNode, type NodeTable } from './node-table.js';
import type { Publisher } from '../wire/publisher.js';
import { withinTime, soon, unref } from '../../internal/timer.js';

/** Limits the signs of life that each node gets to a hundred per second. With more nodes they are less frequent. */
const MS_PER_NODE = 10;
/** How many signs of life may be missed. */
const MISSED = 3;
/**
 * The longest interval of signs of life, unless there are too many nodes. A node that announces a longer one is not
 * believed.
 */
export const LONGEST_HEARTBEAT_MS = 60_000;
/** The largest number of pending calls in one ping. The others follow when these are answered. */
const MOST_ASKED = 1_000;

const RANK: Readonly<Record<Heard, number>> = { nothing: 0, filtered: 1, everything: 2 };

export interface PresenceOptions {
  readonly post: Publisher;
  readonly peers: NodeTable;
  readonly log: BridgeLog;
  readonly born: number;
  readonly heartbeatMs: number;
  /** Returns the signals that this node shares. */
  readonly states: () => ReadonlyMap<string, SharedState>;
  readonly isShared: (signal: string) => boolean;
  readonly onLost: (peer: RemoteNode) => void;
  /** Called when another node or its audience has changed. */
  readonly onChange: () => void;
  /** Whether `ready` waits for other nodes. */
  readonly isAsking: () => boolean;
}

/**
 * Keeps track of the other nodes and their audiences.
 *
 * A node that starts, shares more signals or needs the current state of the others sends `hello` to all, with all its
 * signals. Each node answers with `here`, so there are as many messages as nodes. A `change` goes to all and is counted
 * by `revision`. A sign of life (`beat`) has only the revision. A node that does not know the revision or the sender,
 * or still waits for its answer, sends `hello` to that node alone. So all nodes come to know each other, also after a
 * partition or a restart of the engine, and no node has to detect either.
 */
export class Presence {
  readonly #options: PresenceOptions;
  /** The state that the other nodes have been told. */
  readonly #told = new Map<string, SharedState>();
  readonly #changed = new Set<string>();
  #revision = 0;
  #flushing = false;
  #falling: ReturnType<typeof setTimeout> | undefined;
  #hello: Promise<void> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #sinceBeatMs = 0;
  #stopped = false;
  /** The state that the other nodes had been told when this node began to leave. */
  #toldBefore: ReadonlyMap<string, SharedState> = new Map();
  /** Whether the engine did not accept the message that this node leaves. */
  #isAway = false;
  /** Called whenever a node has answered or is lost. */
  #onAnswer: (() => void) | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#options.heartbeatMs);
    // The connection of the engine keeps the process alive, not this timer.
    unref(this.#timer);
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
    for (const peer of this.#options.peers.all) peer.owes = this.#revision;
    return this.#options.post.toAll({ type: 'hello', ...this.#state() });
  }

  /** Called when the audience of a signal, or whether it is shared, has changed. */
  review(signal: string): void {
    this.#changed.add(signal);
    const [, heard, group] = this.#options.states().get(signal) ?? [];
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
    const states = this.#options.states();
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
    void this.#options.post.toAll({ type: 'change', revision: this.#revision, signals });
  }

  /**
   * Whether a node's sends of a signal to all include this node, by what that node has been told: this node shares it
   * without a group. If that node has not yet answered the announcement that this one leaves, the state before counts,
   * too.
   */
  getsAll(signal: string, peer: RemoteNode): boolean {
    const told = peer.owes > 0 ? (this.#told.get(signal) ?? this.#toldBefore.get(signal)) : this.#told.get(signal);
    return told?.[2] === null;
  }

  /**
   * Announces that this node shares nothing any more, and resolves when each node has answered or is lost. Then no call
   * is on its way.
   *
   * It sends a `hello`, because the answer to that arrives after all earlier messages of its node.
   *
   * @param patienceMs - The time limit for the engine to accept it. A client whose server is away may never settle.
   */
  async leave(patienceMs: number): Promise<void> {
    const { peers } = this.#options;
    // Nodes that have been told nothing send nothing.
    if (this.#revision === 0 && this.#told.size === 0) return;
    this.#toldBefore = new Map(this.#told);
    this.#told.clear();
    this.#changed.clear();
    const isTold = this.#sayHello().then(() => true);
    this.#isAway = !(await withinTime(isTold, patienceMs, () => false));
    if (this.#isAway) return;
    while (peers.all.some(({ owes }) => owes > 0)) await new Promise<void>((resolve) => (this.#onAnswer = resolve));
  }

  /**
   * Says `bye` to all. Waits for the engine within a time limit, because a client whose server is away may never
   * settle.
   */
  async stop(patienceMs: number): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#falling);
    const isTold = this.#options.post.toAll({ type: 'bye' });
    if (!this.#isAway) await withinTime(isTold, patienceMs, () => undefined);
  }

  receive(message: Message): void {
    const peer = this.#options.peers.from(message);
    if (peer !== undefined) this.#options.peers.hearFrom(peer);
    // After its `bye` a node answers no message, or others would take it for one that has returned.
    if (this.#stopped && message.type !== 'bye') return;
    switch (message.type) {
      case 'hello':
        this.#learn(message);
        void this.#options.post.to(message, { type: 'here', ...this.#state(), answers: message.revision });
        break;
      case 'here':
        this.#learn(message);
        break;
      case 'change':
        if (peer?.revision !== message.revision - 1) this.#ask(message);
        else this.#note(peer, message.revision, message.signals);
        break;
      case 'beat':
        if (peer?.revision !== message.revision || peer.owes > 0) {
          // A revision higher than the node's own did not come from that node, so its next answer counts.
          if (peer !== undefined && message.revision < peer.revision) peer.revision = -1;
          this.#ask(message);
        } else peer.everyMs = message.everyMs;
        break;
      case 'bye':
        if (peer !== undefined) {
          peer.left = true;
          this.lose(peer);
        }
        break;
      default:
        if (peer === undefined) this.#returned(message);
    }
  }

  /** A node that was lost because it was silent goes on with its calls. Its state is asked for. */
  #returned(message: Message): void {
    const silent = this.#options.peers.silent(message);
    const peer = silent && this.#add(silent);
    if (peer === undefined) return;
    peer.owes = this.#revision;
    this.#ask(peer);
  }

  lose(peer: RemoteNode): void {
    const { peers, onLost, onChange } = this.#options;
    peers.delete(peer);
    onLost(peer);
    onChange();
    this.#onAnswer?.();
  }

  #learn(message: MessageOf<'hello' | 'here'>): void {
    const isKnown = this.#options.peers.from(message) !== undefined;
    const peer = this.#peerOf(message);
    if (peer === undefined) return;
    // A new node may have sent this before `ready` asked, so it may lack receivers that were connected since.
    if (!isKnown && this.#options.isAsking()) peer.owes = this.#revision;
    if (message.revision < peer.revision) {
      // A change has overtaken the answer. Only another answer has the rest of the state.
      if (peer.owes > 0) this.#ask(message);
      return;
    }
    if (message.revision === peer.revision && !this.#believes(peer, message)) {
      this.#ask(message);
      return;
    }
    if (message.type === 'here') {
      peer.asked = false;
      if ((message.answers ?? Infinity) >= peer.owes) peer.owes = 0;
    }
    peer.isAlive();
    peer.everyMs = message.everyMs;
    peer.signals.clear();
    this.#note(peer, message.revision, message.signals);
    if (!isKnown && peer.owes > 0) this.#ask(message);
    this.#onAnswer?.();
  }

  /**
   * Returns the run of the node that sent a message, and adds it if it is new; undefined for a run that has been
   * replaced.
   *
   * Clocks differ and may be set back, so a new run takes the name at once. A replaced run that sends again gets the
   * name back if the new run has sent nothing since. If both are alive, the run that started later keeps it.
   */
  #peerOf(message: MessageOf<'hello' | 'here'>): RemoteNode | undefined {
    const { peers } = this.#options;
    const named = peers.named(message.from);
    if (named?.run === message.run) return named;
    if (named !== undefined) {
      if (named.former === message.run && !peers.isDoubtful(named) && message.born <= named.born) return undefined;
      this.lose(named);
    }
    return this.#add(peers.silent(message) ?? new RemoteNode(message, message.born, named));
  }

  /** Adds a node, in a full table in place of one that may be invented. */
  #add(peer: RemoteNode): RemoteNode | undefined {
    const { peers, log } = this.#options;
    if (peers.full) {
      log.badInput('more nodes than maxNodes', undefined);
      const { replaceable } = peers;
      if (replaceable === undefined) return undefined;
      this.lose(replaceable);
    }
    peers.add(peer);
    return peer;
  }

  /**
   * Whether other signals for a known revision are accepted: only as an answer, because any node may have sent them.
   */
  #believes(peer: RemoteNode, message: MessageOf<'hello' | 'here'>): boolean {
    if (message.type === 'here' && (peer.asked || peer.owes > 0)) return true;
    return this.#options.peers.isNoted(peer, message.signals, this.#options.isShared);
  }

  #note(peer: RemoteNode, revision: number, signals: readonly SharedState[]): void {
    peer.revision = revision;
    this.#options.peers.note(peer, signals, this.#options.isShared);
    this.#options.onChange();
  }

  #ask(node: From): void {
    const peer = this.#options.peers.from(node);
    if (peer !== undefined) peer.asked = true;
    void this.#options.post.to(node, { type: 'hello', ...this.#state() });
  }

  /** Returns the state of this node, and stores it as told. */
  #state(): StateBody {
    const { born, states } = this.#options;
    this.flush();
    const signals = [...states().values()];
    for (const state of signals) this.#remember(state);
    return { born, everyMs: this.#everyMs, revision: this.#revision, signals };
  }

  #remember(state: SharedState): void {
    if (state[1] === null) this.#told.delete(state[0]);
    else this.#told.set(state[0], state);
  }

  get #everyMs(): number {
    return Math.ceil(Math.max(this.#options.heartbeatMs, MS_PER_NODE * (this.#options.peers.size + 1)));
  }

  #tick(): void {
    const { peers, born, heartbeatMs, post } = this.#options;
    this.flush();
    this.#sinceBeatMs += heartbeatMs;
    if (this.#sinceBeatMs >= this.#everyMs) {
      this.#sinceBeatMs = 0;
      void post.toAll({ type: 'beat', born, everyMs: this.#everyMs, revision: this.#revision });
    }
    for (const peer of peers.all) this.#watch(peer);
  }

  #watch(peer: RemoteNode): void {
    // If many nodes have just joined, the announced interval of this node may be too short by now.
    const { peers, heartbeatMs, post } = this.#options;
    peer.silentMs += heartbeatMs;
    const everyMs = Math.max(Math.min(peer.everyMs, LONGEST_HEARTBEAT_MS), this.#everyMs);
    if (peer.pings >= MISSED || peer.silentMs > (MISSED + 1) * everyMs) {
      peers.remember(peer);
      this.lose(peer);
    } else if (peer.calls.size > 0 && peer.silentMs >= heartbeatMs) {
      peer.pings += 1;
      void post.to(peer, { type: 'ping', calls: [...peer.calls.keys()].slice(0, MOST_ASKED) });
    }
  }
}
