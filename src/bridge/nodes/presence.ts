import type { Heard } from '../../far/index.js';
import type { BridgeLog } from '../wire/bridge-log.js';
import type { From, Message, MessageOf, SharedState, StateBody } from '../wire/envelope.js';
import { withinTime } from '../../internal/within-time.js';
import { RemoteNode, type NodeTable } from './node-table.js';
import type { Publisher } from '../wire/publisher.js';
import { soon } from '../../internal/soon.js';
import { unref } from '../../internal/unref.js';

/** Each node hears a hundred signs of life per second at most: with many nodes they come less often. */
const MS_PER_NODE = 10;
/** Signs of life that may be missed. */
const MISSED = 3;
/** No node gives its signs of life more rarely, unless there are too many nodes, and none is believed that it does. */
export const LONGEST_HEARTBEAT_MS = 60_000;
/** How many open calls are asked about at once; the others' turn comes when these are answered. */
const MOST_ASKED = 1_000;

const RANK: Readonly<Record<Heard, number>> = { nothing: 0, filtered: 1, everything: 2 };

export interface PresenceOptions {
  readonly post: Publisher;
  readonly peers: NodeTable;
  readonly log: BridgeLog;
  readonly born: number;
  readonly heartbeatMs: number;
  /** What this node shares. */
  readonly states: () => ReadonlyMap<string, SharedState>;
  readonly isShared: (signal: string) => boolean;
  readonly onLost: (peer: RemoteNode) => void;
  /** Another node, or what it hears, has changed. */
  readonly onChange: () => void;
  /** Whether `ready` waits for other nodes. */
  readonly isAsking: () => boolean;
}

/**
 * Who is there, and what is heard where.
 *
 * A node that comes, shares more or wants to be sure of the others says `hello` to all with all that it shares, and each
 * answers it with `here`: as many messages as there are nodes. A change goes to all, counted by `revision`. A sign of life
 * (`beat`) tells nothing but the revision; who does not know it, does not know the node, or still waits for its answer, says
 * `hello` to that node alone. So everybody ends up knowing everybody, after a partition or a restart of the engine as well,
 * without anybody noticing that there was one.
 */
export class Presence {
  readonly #options: PresenceOptions;
  /** What the others have been told. */
  readonly #told = new Map<string, SharedState>();
  readonly #changed = new Set<string>();
  #revision = 0;
  #flushing = false;
  #falling: ReturnType<typeof setTimeout> | undefined;
  #hello: Promise<void> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #sinceBeatMs = 0;
  #stopped = false;
  /** What the others had been told when this node began to leave. */
  #toldBefore: ReadonlyMap<string, SharedState> = new Map();
  /** Whether the engine has not even taken that this node leaves. */
  #isAway = false;
  /** Called whenever a node has answered, or is lost. */
  #onAnswer: (() => void) | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#options.heartbeatMs);
    // What keeps a process alive is the engine's connection.
    unref(this.#timer);
  }

  /** Tells all of what is shared here, and asks them for what they share. All that is shared in one turn goes together. */
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

  /** What is heard of a signal here, or whether it is shared, has changed. */
  review(signal: string): void {
    this.#changed.add(signal);
    const [, heard, group] = this.#options.states().get(signal) ?? [];
    const told = this.#told.get(signal)?.[1] ?? 'nothing';
    // What is heard no more can wait for the next sign of life: it may soon be heard again. In a group it waits for this turn
    // alone: another node is to have its own.
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

  /** Tells of all changes now: before anything that is sent after them. */
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
   * Whether a node's sends of a signal to all are for this node, too, as that node has been told: it shares it, in no group. A
   * node that has not answered yet that this one leaves may have sent before it was told.
   */
  getsAll(signal: string, peer: RemoteNode): boolean {
    const told = peer.owes > 0 ? (this.#told.get(signal) ?? this.#toldBefore.get(signal)) : this.#told.get(signal);
    return told?.[2] === null;
  }

  /**
   * Tells all that nothing is shared here any more, and resolves when each has answered or is lost: then no call is on its way.
   *
   * It is a `hello`, for that has an answer, which comes after all that its node has sent before.
   *
   * @param patienceMs - How long the engine has to take it: a client whose server is away may hold that back for ever.
   */
  async leave(patienceMs: number): Promise<void> {
    const { peers } = this.#options;
    // Who has never been told anything sends nothing.
    if (this.#revision === 0 && this.#told.size === 0) return;
    this.#toldBefore = new Map(this.#told);
    this.#told.clear();
    this.#changed.clear();
    const isTold = this.#sayHello().then(() => true);
    this.#isAway = !(await withinTime(isTold, patienceMs, () => false));
    if (this.#isAway) return;
    while (peers.all.some(({ owes }) => owes > 0)) await new Promise<void>((resolve) => (this.#onAnswer = resolve));
  }

  /** Says goodbye to all. A client whose server is away may hold that back for ever: then it is not waited for. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#falling);
    const isTold = this.#options.post.toAll({ type: 'bye' });
    if (!this.#isAway) await withinTime(isTold, patienceMs, () => undefined);
  }

  receive(message: Message): void {
    // After its goodbye a node answers nobody: they would take it for one that has come back.
    if (this.#stopped && message.type !== 'bye') return;
    const peer = this.#options.peers.from(message);
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
          // What was said of a revision that it has not come to was not said by that node: its answer counts.
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
    }
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
    // A new node may have said this before `ready` asked, and may lack what has been connected there since.
    if (!isKnown && this.#options.isAsking()) peer.owes = this.#revision;
    if (message.revision < peer.revision) {
      // A change has overtaken the answer: what else is in it, only another answer says.
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
   * The run of a node that a message is from, which is known from now on; undefined for one that has been replaced.
   *
   * Clocks differ, and may be put back: a run that is new here takes the name at once. One that has been replaced, and speaks
   * again, gets it back if the other one has said nothing since; if both are alive, the one that began later keeps it.
   */
  #peerOf(message: MessageOf<'hello' | 'here'>): RemoteNode | undefined {
    const { peers, log } = this.#options;
    const named = peers.named(message.from);
    if (named?.run === message.run) return named;
    if (named !== undefined) {
      if (named.former === message.run && !peers.isDoubtful(named) && message.born <= named.born) return undefined;
      this.lose(named);
    }
    if (peers.full) {
      log.badInput('more nodes than maxNodes', undefined);
      const { replaceable } = peers;
      if (replaceable === undefined) return undefined;
      this.lose(replaceable);
    }
    const peer = new RemoteNode(message, message.born, named);
    peers.add(peer);
    return peer;
  }

  /** What a node says anew of a revision that is known is believed if it was asked: anybody may have said it. */
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

  /** All that is shared here, which is then what has been told. */
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
    // With many nodes that have just joined, what this one said of its next sign of life may be too little by now.
    const { heartbeatMs, post } = this.#options;
    peer.silentMs += heartbeatMs;
    const everyMs = Math.max(Math.min(peer.everyMs, LONGEST_HEARTBEAT_MS), this.#everyMs);
    if (peer.pings >= MISSED || peer.silentMs > (MISSED + 1) * everyMs) this.lose(peer);
    else if (peer.calls.size > 0 && peer.silentMs >= heartbeatMs) {
      peer.pings += 1;
      void post.to(peer, { type: 'ping', calls: [...peer.calls.keys()].slice(0, MOST_ASKED) });
    }
  }
}
