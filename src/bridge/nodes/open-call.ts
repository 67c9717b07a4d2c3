import type { FarResult } from '../../contract/signals.js';
import type { RemoteNode } from './node-table.js';

/** The receiver name in the result of a node that did not answer. */
const UNKNOWN = '(unknown)';

export interface OpenCallOptions {
  readonly id: number;
  readonly peer: RemoteNode;
  readonly signal: string;
  /**
   * Called with each result of a serial send as it arrives. `last` is true for the rejected result of a missing answer.
   */
  readonly onResult?: ((result: FarResult, last: boolean) => void) | undefined;
  /** Called with the reason of a missing answer. */
  readonly onFail: (reason: unknown, node: string) => void;
  /** Called once, with all results. */
  readonly onDone: (results: readonly FarResult[]) => void;
}

/** A pending call to one node. */
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

  /** Settles the call without an answer. One rejected result replaces the missing ones. */
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
