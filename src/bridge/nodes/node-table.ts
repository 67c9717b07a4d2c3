import type { Heard } from '../../far/index.js';
import type { Source } from '../wire/bridge-log.js';
import type { From, SharedState } from '../wire/envelope.js';
import type { OpenCall } from './open-call.js';
import type { IncomingCall } from './incoming-calls.js';
import { SeenCalls } from './seen-calls.js';

/** What a node hears of a signal that this one shares, too. */
export interface PeerSignal {
  readonly heard: Heard;
  readonly group: string | null;
}

/** Another node: one run of it. */
export class RemoteNode implements From, Source {
  readonly from: string;
  readonly run: string;
  readonly born: number;
  everyMs = 0;
  revision = -1;
  /**
   * The revision of the last `hello` to all, until it has answered that; then 0. What it said of itself before may lack what is
   * shared here since.
   */
  owes = 0;
  /** Whether it has been asked, alone, and has not answered. */
  asked = false;
  readonly signals = new Map<string, PeerSignal>();
  /** The run that it has taken the name from. */
  readonly former: string | undefined;
  /** Milliseconds since it was last heard of, as this node counts them: its own pauses do not count. */
  silentMs = 0;
  /** How many pings in a row it has not answered. */
  pings = 0;
  lost = false;
  /** It has said goodbye: what it had not been asked by then, it is not asked. */
  left = false;
  readonly seenCalls = new SeenCalls();
  /** What it has been asked and has not answered. */
  readonly calls = new Map<number, OpenCall>();
  /** What it has asked and has not been answered. */
  readonly deliveries = new Map<number, IncomingCall>();
  /** How many of its emits are in hand here. */
  emits = 0;

  constructor({ from, run }: From, born: number, former?: RemoteNode) {
    this.from = from;
    this.run = run;
    this.born = born;
    this.former = former?.run;
  }

  isAlive(): void {
    this.silentMs = 0;
    this.pings = 0;
  }
}

/** The other nodes that are known to live, at most `limit`. */
export class NodeTable {
  readonly #peers = new Map<string, RemoteNode>();
  /** Those that have said one thing only, and may be made up. */
  readonly #doubtful = new Set<RemoteNode>();
  readonly #limit: number;
  #ordered: readonly RemoteNode[] | undefined;
  /** Another number whenever a node, or what one hears, has changed. */
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

  /** One that has been doubtful for a heartbeat: its place may be taken. */
  get replaceable(): RemoteNode | undefined {
    const [oldest] = this.#doubtful;
    return oldest !== undefined && oldest.silentMs > 0 ? oldest : undefined;
  }

  isDoubtful(peer: RemoteNode): boolean {
    return this.#doubtful.has(peer);
  }

  /** A message has come from a node that was known before. */
  hearFrom(peer: RemoteNode): void {
    this.#doubtful.delete(peer);
    peer.isAlive();
  }

  /** In the order in which they began, which is the same at all nodes. */
  get all(): readonly RemoteNode[] {
    return (this.#ordered ??= [...this.#peers.values()].sort(byAge));
  }

  named(name: string): RemoteNode | undefined {
    return this.#peers.get(name);
  }

  /** The very run of a node that a message is from, if it is known. */
  from({ from, run }: From): RemoteNode | undefined {
    const peer = this.#peers.get(from);
    return peer?.run === run ? peer : undefined;
  }

  add(peer: RemoteNode): void {
    this.#peers.set(peer.from, peer);
    this.#doubtful.add(peer);
    this.#changed();
  }

  delete(peer: RemoteNode): void {
    peer.lost = true;
    this.#doubtful.delete(peer);
    this.#peers.delete(peer.from);
    this.#changed();
  }

  /** Takes note of what a node hears; of signals that are not shared here, nothing is kept. */
  note(peer: RemoteNode, signals: readonly SharedState[], isShared: (signal: string) => boolean): void {
    for (const [signal, heard, group] of signals) {
      if (heard === null) peer.signals.delete(signal);
      else if (isShared(signal)) peer.signals.set(signal, { heard, group });
    }
    this.version += 1;
  }

  /** Whether that is what is known of the node already. */
  isNoted(peer: RemoteNode, signals: readonly SharedState[], isShared: (signal: string) => boolean): boolean {
    const shared = signals.filter(([signal, heard]) => heard !== null && isShared(signal));
    const isKnown = ([signal, heard, group]: SharedState): boolean => {
      const known = peer.signals.get(signal);
      return known?.heard === heard && known.group === group;
    };
    return peer.signals.size === shared.length && shared.every(isKnown);
  }

  /** The signal is not shared here any more. */
  drop(signal: string): void {
    for (const peer of this.#peers.values()) peer.signals.delete(signal);
    this.version += 1;
  }

  #changed(): void {
    this.#ordered = undefined;
    this.version += 1;
  }
}

function byAge(a: RemoteNode, b: RemoteNode): number {
  return a.born - b.born || (a.from < b.from ? -1 : 1);
}
