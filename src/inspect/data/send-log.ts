import type { SeenSend } from '../types.js';
import type { SendRecord } from './send-record.js';

/** How many live sends are shown. */
const MOST_LIVE = 1_000;

/** The live sends, and the last of those that are over. */
export class SendLog {
  readonly #most: number;
  readonly #live = new Map<number, SendRecord>();
  /** In the order in which they ended. */
  readonly #over = new Map<number, SendRecord>();

  /** @param most - How many to keep of those that are over. */
  constructor(most: number) {
    this.#most = most;
  }

  begin(send: SendRecord): void {
    this.#live.set(send.id, send);
  }

  end(send: SendRecord): void {
    this.#live.delete(send.id);
    this.#over.set(send.id, send);
    const [oldest] = this.#over.keys();
    if (this.#over.size > this.#most && oldest !== undefined) this.#over.delete(oldest);
  }

  get(id: number): SendRecord | undefined {
    return this.#over.get(id) ?? this.#live.get(id);
  }

  /** Returns those that are not over, the oldest first. */
  live(): SeenSend[] {
    return [...this.#live.values()].slice(0, MOST_LIVE).map((send) => send.seen());
  }

  /** Returns the newest first. @param signalIds - Default: of all signals. */
  newest(signalIds: readonly number[] | undefined, limit: number | undefined): SeenSend[] {
    const all = [...this.#over.values(), ...this.#live.values()];
    const chosen = signalIds === undefined ? all : all.filter(({ signal }) => signalIds.includes(signal.id));
    const newest = chosen.sort((a, b) => b.id - a.id).slice(0, limit);
    return newest.map((send) => send.seen());
  }
}
