import type { FarAttachment, Heard } from '../far/index.js';
import type { PeerCard } from './messages.js';

/** Another thread that shares signals. */
export interface RemoteThread {
  readonly id: number;
  readonly name: string;
  readonly card: PeerCard;
}

/**
 * The audience of a thread for a signal, as numbers in shared memory. So all threads see a change at once, whatever
 * messages are pending.
 */
const LEVELS: readonly Heard[] = ['nothing', 'filtered', 'everything'];
const FILTERED = LEVELS.indexOf('filtered');
const EVERYTHING = LEVELS.indexOf('everything');
/** The bits of the audience in the byte of a signal. */
const LEVEL = 3;
/** Another bit: the thread wants a message when another thread begins or ceases to hear the signal. */
const FOLLOWED = 4;

/** Returns the byte of a signal that this thread shares. */
export function levelOf({ heard, followed }: Pick<FarAttachment, 'heard' | 'followed'>): number {
  return LEVELS.indexOf(heard) | (followed ? FOLLOWED : 0);
}

interface AudienceSlot {
  readonly peer: RemoteThread;
  readonly levels: Uint8Array;
  readonly index: number;
}

/** The other threads, in joining order. */
export class Roster {
  readonly #peers = new Map<number, RemoteThread>();
  readonly #shares = new Map<string, AudienceSlot[]>();

  get peers(): readonly RemoteThread[] {
    return [...this.#peers.values()];
  }

  get(id: number): RemoteThread | undefined {
    return this.#peers.get(id);
  }

  named(name: string): RemoteThread | undefined {
    return this.peers.find((peer) => peer.name === name);
  }

  add(card: PeerCard): void {
    const peer = { id: card.id, name: card.name, card };
    const levels = new Uint8Array(card.levels);
    this.#peers.set(card.id, peer);
    card.signals.forEach((signal, index) => {
      const shares = this.#shares.get(signal) ?? [];
      this.#shares.set(signal, [...shares, { peer, levels, index }]);
    });
  }

  remove(id: number): RemoteThread | undefined {
    const peer = this.#peers.get(id);
    if (peer === undefined) return undefined;
    this.#peers.delete(id);
    for (const [signal, shares] of this.#shares) {
      const left = shares.filter((share) => share.peer !== peer);
      if (left.length > 0) this.#shares.set(signal, left);
      else this.#shares.delete(signal);
    }
    return peer;
  }

  /** Returns the threads that a send of this signal may reach. */
  reach(signal: string, filtered: boolean): readonly RemoteThread[] {
    const needed = filtered ? FILTERED : EVERYTHING;
    const reached: RemoteThread[] = [];
    for (const { peer, levels, index } of this.#shares.get(signal) ?? []) {
      if ((Atomics.load(levels, index) & LEVEL) >= needed) reached.push(peer);
    }
    return reached;
  }

  /** Returns the threads that share any of these signals. */
  sharing(signals: readonly string[]): readonly RemoteThread[] {
    const sharing = new Set(signals.flatMap((signal) => this.#shares.get(signal) ?? []).map(({ peer }) => peer));
    return [...sharing];
  }

  /** Returns the numbers of the threads that follow the audience of this signal. */
  followers(signal: string): readonly number[] {
    const slots = this.#shares.get(signal) ?? [];
    return slots
      .filter(({ levels, index }) => (Atomics.load(levels, index) & FOLLOWED) !== 0)
      .map(({ peer }) => peer.id);
  }
}
