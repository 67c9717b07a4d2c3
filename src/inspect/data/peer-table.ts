import type { FarResult } from '../../index.js';
import type { PeerRow } from '../types.js';

const MOST_PEERS = 10_000;

type Peer = { -readonly [K in keyof PeerRow]: PeerRow[K] };

/** The threads and nodes that hear signals, or have given results. */
export class PeerTable {
  readonly #peers = new Map<string, Peer>();

  get rows(): PeerRow[] {
    return Array.from(this.#peers.values(), (peer) => ({ ...peer }));
  }

  count({ status, thread, node }: FarResult): void {
    const name = thread ?? node;
    const peer = name === undefined ? undefined : this.#ensure(name);
    if (peer === undefined) return;
    peer.kind = thread === undefined ? 'node' : 'thread';
    peer.results += 1;
    if (status === 'rejected') peer.failures += 1;
  }

  /** @returns Whether that has changed anything. */
  add(names: Iterable<string>): boolean {
    const { size } = this.#peers;
    for (const name of names) this.#ensure(name);
    return this.#peers.size > size;
  }

  /** Those without a result are shown only while they hear a signal. @returns Whether that has changed anything. */
  keep(hearing: ReadonlySet<string>): boolean {
    const { size } = this.#peers;
    for (const { name, results } of this.#peers.values()) {
      if (!hearing.has(name) && (results === 0 || this.#peers.size > MOST_PEERS)) this.#peers.delete(name);
    }
    return this.#peers.size < size;
  }

  #ensure(name: string): Peer | undefined {
    const known = this.#peers.get(name);
    if (known !== undefined || this.#peers.size >= 2 * MOST_PEERS) return known;
    const made: Peer = { name, kind: null, results: 0, failures: 0 };
    this.#peers.set(name, made);
    return made;
  }
}
