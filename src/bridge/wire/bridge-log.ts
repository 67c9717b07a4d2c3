import { reportError } from '../../internal/report-error.js';
import { BadInputError } from '../errors.js';
import type { BridgeOptions } from '../types.js';

/** The node that bad input comes from. */
export interface Source {
  readonly from: string;
}

/** Tells the `onError` of a bridge what went wrong: bad input once per kind and node, all else each time. */
export class BridgeLog {
  readonly #onError: BridgeOptions['onError'];
  /** Others under the name of this node. */
  readonly self: Source;
  /** The kinds that have been reported, by node. A node may come and go as often as it likes: nothing is forgotten. */
  readonly #reported = new Map<string, Set<string>>();
  readonly #mostNodes: number;
  /** The kinds of all that are not known here, and of nodes beyond the limit: made-up names do not add up. */
  readonly #unknown = new Set<string>();

  /** @param mostNodes - How many nodes are told apart. */
  constructor(onError: BridgeOptions['onError'], node: string, mostNodes: number) {
    this.#onError = onError;
    this.self = { from: node };
    this.#mostNodes = mostNodes;
  }

  report(error: unknown): void {
    reportError(this.#onError, error, undefined, () => `Failure in the bridge of node "${this.self.from}"`);
  }

  /** @param source - The node that it came from, if that is a node known here. */
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
