import { reportError } from '../../internal/report-error.js';
import { BadInputError } from '../errors.js';
import type { BridgeOptions } from '../types.js';

/** The node that sent bad input. */
export interface Source {
  readonly from: string;
}

/** Reports failures to the `onError` of a bridge: bad input once per kind and node, everything else each time. */
export class BridgeLog {
  readonly #onError: BridgeOptions['onError'];
  readonly #node: string;
  /**
   * The reported kinds by node. They are kept when a node leaves, so that a node that returns is not reported again.
   */
  readonly #reported = new Map<string, Set<string>>();
  readonly #mostNodes: number;
  /** The reported kinds of unknown nodes, and of nodes beyond the limit, so that invented names take no memory. */
  readonly #unknown = new Set<string>();

  /** @param mostNodes - How many nodes have kinds of their own. */
  constructor(onError: BridgeOptions['onError'], node: string, mostNodes: number) {
    this.#onError = onError;
    this.#node = node;
    this.#mostNodes = mostNodes;
  }

  report(error: unknown): void {
    reportError(this.#onError, error, undefined, () => `Failure in the bridge of node "${this.#node}"`);
  }

  /** @param source - The node that sent it, if it is known. */
  badInput(kind: string, source: Source | undefined, cause?: unknown): void {
    const kinds = this.#kindsOf(source);
    if (kinds.has(kind)) return;
    kinds.add(kind);
    this.report(new BadInputError(kind, source?.from, cause === undefined ? undefined : { cause }));
  }

  #kindsOf(source: Source | undefined): Set<string> {
    if (source === undefined) return this.#unknown;
    const known = this.#reported.get(source.from);
    if (known !== undefined || this.#reported.size >= this.#mostNodes) return known ?? this.#unknown;
    const kinds = new Set<string>();
    this.#reported.set(source.from, kinds);
    return kinds;
  }
}
