import { CallSite } from '../internal/call-site.js';
import { Timer } from '../internal/timer.js';
import { BridgeClosedError, NotReadyError } from './errors.js';
import type { BridgeParts } from './bridge-signal.js';
import type { CheckedReadyOptions } from './options.js';

/** Waits for other nodes to share what this one shares. */
export class Readiness {
  readonly #parts: BridgeParts;
  readonly #shared: ReadonlyMap<string, unknown>;
  readonly #ask: () => Promise<void>;
  readonly #waiting = new Set<() => void>();

  /**
   * @param shared - The signals that this node shares, by name.
   * @param ask - Asks the other nodes for their signals, and resolves when the question is published.
   */
  constructor(parts: BridgeParts, shared: ReadonlyMap<string, unknown>, ask: () => Promise<void>) {
    this.#parts = parts;
    this.#shared = shared;
    this.#ask = ask;
  }

  /** Whether `ready` waits for other nodes. */
  get isAsking(): boolean {
    return this.#waiting.size > 0;
  }

  of({ nodes, timeoutMs }: CheckedReadyOptions): Promise<void> {
    const { node, closing } = this.#parts;
    const caller = new CallSite(timeoutMs);
    return new Promise<void>((resolve, reject) => {
      let asked = nodes <= 1;
      const review = (): void => {
        if (closing()) end(() => reject(new BridgeClosedError(node)));
        else if (asked && this.#sharing.length >= nodes) end(resolve);
      };
      const timer = new Timer(timeoutMs, () => {
        end(() => reject(caller.blame(new NotReadyError(this.#sharing, nodes, timeoutMs))));
      });
      const end = (settle: () => void): void => {
        timer.stop();
        this.#waiting.delete(review);
        settle();
      };
      this.#waiting.add(review);
      review();
      if (asked) return;
      // The known state of the others may be outdated, so only nodes that have answered count.
      void this.#ask().then(() => {
        asked = true;
        review();
      });
    });
  }

  /** Called when the shared signals of any node, or the state of the bridge, have changed. */
  review(): void {
    for (const review of [...this.#waiting]) review();
  }

  /** The nodes that share all signals of this one and owe no answer, this one first. */
  get #sharing(): string[] {
    const { node, peers } = this.#parts;
    const names = [...this.#shared.keys()];
    const sharing = peers.all.filter(({ owes, signals }) => owes === 0 && names.every((name) => signals.has(name)));
    return [node, ...sharing.map(({ from }) => from)];
  }
}
