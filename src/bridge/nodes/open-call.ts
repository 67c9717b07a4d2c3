import type { FarResult } from '../../contract/signals.js';
import type { RemoteNode } from './node-table.js';

/** Stands for the receivers of a node that gave no answer. */
const UNKNOWN = '(unknown)';

export interface OpenCallOptions {
  readonly id: number;
  readonly peer: RemoteNode;
  readonly signal: string;
  /** Told of each result as it comes: of a serial send one by one; the one that stands for what will not come is the last. */
  readonly onResult?: ((result: FarResult, last: boolean) => void) | undefined;
  /** Told why there is no answer. */
  readonly onFail: (reason: unknown, node: string) => void;
  /** Told of all its results, once. */
  readonly onDone: (results: readonly FarResult[]) => void;
}

/** A send that one node has been asked to deliver, until it has answered. */
export class OpenCall {
  readonly #options: OpenCallOptions;
  readonly #results: FarResult[] = [];
  settled = false;

  constructor(options: OpenCallOptions) {
    this.#options = options;
  }

  get id(): number {
    return this.#options.id;
  }

  get peer(): RemoteNode {
    return this.#options.peer;
  }

  get signal(): string {
    return this.#options.signal;
  }

  add(result: FarResult): void {
    if (this.settled) return;
    this.#results.push(result);
    this.#options.onResult?.(result, false);
  }

  answer(results: readonly FarResult[]): void {
    if (this.settled) return;
    this.settled = true;
    this.#options.onDone(this.#results.length === 0 ? results : [...this.#results, ...results]);
  }

  /** There will be no answer, or no more of it: one rejected result stands for what is missing. */
  fail(reason: unknown): void {
    if (this.settled) return;
    this.settled = true;
    const { peer, onResult, onFail, onDone } = this.#options;
    const result: FarResult = { status: 'rejected', reason, receiverName: UNKNOWN, node: peer.from };
    this.#results.push(result);
    onFail(reason, peer.from);
    onResult?.(result, true);
    onDone(this.#results);
  }
}
