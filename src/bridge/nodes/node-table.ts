import type { FanOutCall } from '../../far/fan-out-call.js';
import type { Heard } from '../../far/index.js';
import type { Source } from '../wire/bridge-log.js';
import type { From, Message, SharedState } from '../wire/envelope.js';
import { dropOldest } from '../../internal/fifo.js';
import { SeenCalls } from './seen-calls.js';

/** The audience of another node for a signal that this node shares, too. */
export interface PeerSignal {
  readonly heard: Heard;
  readonly group: string | null;
}

/** A pending call of another node. */
export interface IncomingCall {
  readonly controller: AbortController | undefined;
  /** Called with the answer of the caller of a serial send: whether it stops. */
  go: ((stop: boolean) => void) | undefined;
  /** Called when the call has been answered or given up. */
  readonly end: () => void;
}

/** One run of another node. */
export class RemoteNode implements From, Source {
  readonly from: string;
  readonly run: string;
  readonly born: number;
  /** The minor version of its messages. */
  readonly minor: number;
  everyMs = 0;
  revision = -1;
  /**
   * The revision of the last `hello` to all that this node has not answered; 0 if it has. Its earlier state may lack
   * signals that are shared here since.
   */
  owes = 0;
  /** Whether it has got a `hello` of its own and has not answered it. */
  asked = false;
  readonly signals = new Map<string, PeerSignal>();
  /** The run whose name it has taken. */
  readonly former: string | undefined;
  /** Milliseconds since its last message, counted by this node's timer, so that pauses of this node do not count. */
  silentMs = 0;
  /** The number of consecutive unanswered pings. */
  pings = 0;
  lost = false;
  /** Whether it has said `bye`. It gets no new calls then. */
  left = false;
  /** Whether it has ever sent a second message. One that has not may be invented. */
  confirmed = false;
  readonly seenCalls = new SeenCalls();
  /** The calls to it that it has not answered. */
  readonly calls = new Map<number, FanOutCall<RemoteNode>>();
  /** Its calls that this node has not answered. */
  readonly deliveries = new Map<number, IncomingCall>();
  /** The number of its emits with running receivers here. */
  emits = 0;

  constructor({ from, run, minor }: Message, born: number, former?: RemoteNode) {
    this.from = from;
    this.run = run;
    this.minor = minor;
    this.born = born;
    this.former = former?.run;
  }

  isAlive(): void {
    this.silentMs = 0;
    this.pings = 0;
  }

  /** Its state may be another one when it sends again. */
  forgetState(): void {
    this.revision = -1;
    this.owes = 0;
    this.asked = false;
    this.signals.clear();
    this.isAlive();
  }
}

/** How many silent nodes are remembered at most. */
const MOST_SILENT = 1_000;

/** The other live nodes, at most `limit`. */
export class NodeTable {
  readonly #peers = new Map<string, RemoteNode>();
  /** The nodes that were lost only because they were silent, the last one lost last. They may send again. */
  readonly #silent = new Map<string, RemoteNode>();
  /** The nodes with a single message since they were added, which may be invented or repeated. */
  readonly #doubtful = new Set<RemoteNode>();
  readonly #limit: number;
  #ordered: readonly RemoteNode[] | undefined;
  /** Changes whenever a node or its audience changes. */
  version = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#peers.size;
  }

  get full(): boolean {
    return this.#peers.size >= this.#limit;
  }

  /** A node that has been doubtful for a heartbeat, and so may be replaced. */
  get replaceable(): RemoteNode | undefined {
    const [oldest] = this.#doubtful;
    return oldest !== undefined && oldest.silentMs > 0 ? oldest : undefined;
  }

  isDoubtful(peer: RemoteNode): boolean {
    return this.#doubtful.has(peer);
  }

  /** Notes a message of a known node. */
  hearFrom(peer: RemoteNode): void {
    peer.confirmed = true;
    this.#doubtful.delete(peer);
    peer.isAlive();
  }

  /** The nodes in the order in which they started, which is the same at all nodes. */
  get all(): readonly RemoteNode[] {
    return (this.#ordered ??= [...this.#peers.values()].sort(byAge));
  }

  named(name: string): RemoteNode | undefined {
    return this.#peers.get(name);
  }

  /** Returns the run of the node that sent a message, if it is known. */
  from(message: From): RemoteNode | undefined {
    return runIn(message, this.#peers);
  }

  /** Returns the run of the node that sent a message, if it was lost only because it was silent. */
  silent(message: From): RemoteNode | undefined {
    return runIn(message, this.#silent);
  }

  add(peer: RemoteNode): void {
    peer.lost = false;
    this.#silent.delete(peer.from);
    this.#peers.set(peer.from, peer);
    this.#doubtful.add(peer);
    this.#changed();
  }

  /** Remembers a node that is lost now, because it was silent, unless it may be invented. */
  remember(peer: RemoteNode): void {
    if (!peer.confirmed) return;
    peer.forgetState();
    this.#silent.set(peer.from, peer);
    dropOldest(this.#silent, Math.min(MOST_SILENT, this.#limit));
  }

  delete(peer: RemoteNode): void {
    peer.lost = true;
    this.#doubtful.delete(peer);
    this.#peers.delete(peer.from);
    this.#changed();
  }

  /** Stores the audience of a node for the signals that are shared here. */
  note(peer: RemoteNode, signals: readonly SharedState[], isShared: (signal: string) => boolean): void {
    for (const [signal, heard, group] of signals) {
      if (heard === null) peer.signals.delete(signal);
      else if (isShared(signal)) peer.signals.set(signal, { heard, group });
    }
    this.version += 1;
  }

  /** Whether the stored state of the node is the same. */
  isNoted(peer: RemoteNode, signals: readonly SharedState[], isShared: (signal: string) => boolean): boolean {
    const shared = signals.filter(([signal, heard]) => heard !== null && isShared(signal));
    const isKnown = ([signal, heard, group]: SharedState): boolean => {
      const known = peer.signals.get(signal);
      return known?.heard === heard && known.group === group;
    };
    return peer.signals.size === shared.length && shared.every(isKnown);
  }

  /** Forgets a signal that is no longer shared here. */
  drop(signal: string): void {
    for (const peer of this.#peers.values()) peer.signals.delete(signal);
    this.version += 1;
  }

  #changed(): void {
    this.#ordered = undefined;
    this.version += 1;
  }
}

function runIn({ from, run }: From, nodes: ReadonlyMap<string, RemoteNode>): RemoteNode | undefined {
  const node = nodes.get(from);
  return node?.run === run ? node : undefined;
}

function byAge(a: RemoteNode, b: RemoteNode): number {
  return a.born - b.born || (a.from < b.from ? -1 : 1);
}
