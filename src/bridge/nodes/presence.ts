import type { BridgeLog } from '../wire/bridge-log.js';
import type { Message, MessageOf, SharedState } from '../wire/envelope.js';
import { Announcements, type AnnouncementsOptions } from './announcements.js';
import { EngineSilentError } from '../errors.js';
import type { Engine } from '../types.js';
import { RemoteNode } from './node-table.js';
import { soon, withinTime, unref } from '../../internal/timer.js';

/** How many signs of life may be missed. */
const MISSED = 3;
/**
 * The longest interval of signs of life, unless there are too many nodes. A node that announces a longer one is not
 * believed.
 */
export const LONGEST_HEARTBEAT_MS = 60_000;
/** The largest number of pending calls in one ping. The others follow when these are answered. */
const MOST_ASKED = 1_000;

export interface PresenceOptions extends AnnouncementsOptions {
  readonly engine: Engine;
  readonly log: BridgeLog;
  /** The time limit for the engine to accept a message. A client whose server is away may never settle. */
  readonly patienceMs: number;
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
 * If a node announces a revision that this one does not expect, is not known or still owes its answer, this node asks
 * it for its state. So all nodes come to know each other, also after a partition or a restart of the engine, and no
 * node has to detect either.
 */
export class Presence extends Announcements<PresenceOptions> {
  #timer: ReturnType<typeof setInterval> | undefined;
  #sinceBeatMs = 0;
  /** Milliseconds since a message of this node last came back. */
  #unheardMs = 0;
  /** The number of signs of life since then. It is not counted before that, and after a report. */
  #unheardBeats = -Infinity;
  #stopped = false;
  /** Whether the engine did not accept the message that this node leaves. */
  #isAway = false;
  /** Called whenever a node has answered or is lost. */
  #onAnswer: (() => void) | undefined;

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.options.heartbeatMs);
    // The connection of the engine keeps the process alive, not this timer.
    unref(this.#timer);
  }

  /**
   * Announces that this node shares nothing any more, and resolves when each node has answered or is lost. Then no call
   * is on its way.
   */
  async leave(): Promise<void> {
    const { peers, patienceMs } = this.options;
    const isTold = this.announceEnd()?.then(() => true);
    if (isTold === undefined) return;
    this.#isAway = !(await withinTime(isTold, patienceMs, () => false));
    if (this.#isAway) return;
    while (peers.all.some(({ owes }) => owes > 0)) await new Promise<void>((resolve) => (this.#onAnswer = resolve));
  }

  /** Says `bye` to all. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    const isTold = this.sayBye();
    if (!this.#isAway) await withinTime(isTold, this.options.patienceMs, () => undefined);
  }

  /** Called when a message of this node has come back: the engine works. */
  hearItself(): void {
    this.#unheardMs = 0;
    this.#unheardBeats = 0;
  }

  receive(message: Message): void {
    const { peers } = this.options;
    const peer = peers.from(message);
    if (peer !== undefined) peers.hearFrom(peer);
    // After its `bye` a node answers no message, or others would take it for one that has returned.
    if (this.#stopped && message.type !== 'bye') return;
    switch (message.type) {
      case 'hello':
        this.#learn(message);
        this.answer(message, message.revision);
        break;
      case 'here':
        this.#learn(message);
        break;
      case 'change':
        if (peer?.revision !== message.revision - 1) this.ask(message);
        else this.#note(peer, message.revision, message.signals);
        break;
      case 'beat':
        if (peer?.revision !== message.revision || peer.owes > 0) {
          // A revision higher than the node's own did not come from that node, so its next answer counts.
          if (peer !== undefined && message.revision < peer.revision) peer.revision = -1;
          this.ask(message);
        } else peer.everyMs = message.everyMs;
        break;
      case 'bye':
        if (peer !== undefined) {
          peer.left = true;
          this.lose([peer]);
        }
        break;
      default:
        if (peer === undefined) this.#returned(message);
    }
  }

  /** A node that was lost because it was silent goes on with its calls. Its state is asked for. */
  #returned(message: Message): void {
    const { peers } = this.options;
    const silent = peers.silent(message);
    const peer = silent && this.#add(silent);
    if (peer === undefined) return;
    peer.owes = this.revision;
    this.ask(peer);
  }

  /** Loses nodes that have only been silent. They are known again when they send. */
  #loseSilent(silent: readonly RemoteNode[]): void {
    for (const peer of silent) this.options.peers.remember(peer);
    this.lose(silent);
  }

  /** Removes nodes, then gives up the calls to them, so that a serial send does not go on to one that is lost, too. */
  lose(lost: readonly RemoteNode[]): void {
    if (lost.length === 0) return;
    const { peers, onLost, onChange } = this.options;
    for (const peer of lost) peers.delete(peer);
    for (const peer of lost) onLost(peer);
    onChange();
    this.#onAnswer?.();
  }

  #learn(message: MessageOf<'hello' | 'here'>): void {
    const { peers } = this.options;
    const isKnown = peers.from(message) !== undefined;
    const peer = this.#peerOf(message);
    if (peer === undefined) return;
    // A new node may have sent this before `ready` asked, so it may lack receivers that were connected since.
    if (!isKnown && this.options.isAsking()) peer.owes = this.revision;
    if (message.revision < peer.revision) {
      // A change has overtaken the answer. Only another answer has the rest of the state.
      if (peer.owes > 0) this.ask(message);
      return;
    }
    if (message.revision === peer.revision && !this.#believes(peer, message)) {
      this.ask(message);
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
    if (!isKnown && peer.owes > 0) this.ask(message);
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
    const { peers } = this.options;
    const named = peers.named(message.from);
    if (named?.run === message.run) return named;
    if (named !== undefined) {
      if (named.former === message.run && !peers.isDoubtful(named) && message.born <= named.born) return undefined;
      this.lose([named]);
    }
    return this.#add(peers.silent(message) ?? new RemoteNode(message, message.born, named));
  }

  /** Adds a node, in a full table in place of one that may be invented. */
  #add(peer: RemoteNode): RemoteNode | undefined {
    const { peers, log } = this.options;
    if (peers.full) {
      log.badInput('more nodes than maxNodes', undefined);
      const { replaceable } = peers;
      if (replaceable === undefined) return undefined;
      this.#loseSilent([replaceable]);
    }
    peers.add(peer);
    return peer;
  }

  /**
   * Whether other signals for a known revision are accepted: only as an answer, because any node may have sent them.
   */
  #believes(peer: RemoteNode, message: MessageOf<'hello' | 'here'>): boolean {
    if (message.type === 'here' && (peer.asked || peer.owes > 0)) return true;
    return this.options.peers.isNoted(peer, message.signals, this.options.isShared);
  }

  #note(peer: RemoteNode, revision: number, signals: readonly SharedState[]): void {
    peer.revision = revision;
    this.options.peers.note(peer, signals, this.options.isShared);
    this.options.onChange();
  }

  #tick(): void {
    const { peers, heartbeatMs } = this.options;
    this.flush();
    this.#sinceBeatMs += heartbeatMs;
    this.#unheardMs += heartbeatMs;
    if (this.#sinceBeatMs >= this.everyMs) {
      this.#sinceBeatMs = 0;
      this.#watchItself();
      this.beat();
      this.#unheardBeats += 1;
    }
    this.#loseSilent(peers.all.filter((peer) => this.#watch(peer)));
  }

  /** Reports an engine that loses the messages of this node, once until they come back. */
  #watchItself(): void {
    const { engine, log } = this.options;
    if (this.#unheardBeats <= MISSED) return;
    // Later, because a fake clock may pass several heartbeats before a message can arrive.
    soon(() => {
      if (this.#unheardBeats <= MISSED) return;
      this.#unheardBeats = -Infinity;
      log.report(new EngineSilentError(engine.name, this.#unheardMs));
    });
  }

  /** Counts the silence of a node, and asks about its pending calls. @returns Whether it is silent for too long. */
  #watch(peer: RemoteNode): boolean {
    // If many nodes have just joined, the announced interval of this node may be too short by now.
    const { heartbeatMs, post } = this.options;
    peer.silentMs += heartbeatMs;
    const everyMs = Math.max(Math.min(peer.everyMs, LONGEST_HEARTBEAT_MS), this.everyMs);
    if (peer.pings >= MISSED || peer.silentMs > (MISSED + 1) * everyMs) return true;
    if (peer.calls.size > 0 && peer.silentMs >= heartbeatMs) {
      peer.pings += 1;
      void post.to(peer, { type: 'ping', calls: [...peer.calls.keys()].slice(0, MOST_ASKED) });
    }
    return false;
  }
}
