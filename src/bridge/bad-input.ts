import { tell } from '../tell.js';
import { BadInputError } from './errors.js';
import type { BridgeOptions } from './types.js';

/** Where bad input comes from. What has been told of it is kept with it, and so forgotten with it. */
export interface Source {
  readonly from: string | undefined;
  /** The kinds of bad input that have been told of. */
  readonly told: Set<string>;
}

/** Tells the `onError` of a bridge what went wrong: bad input once per kind and node, all else each time. */
export class BridgeLog {
  readonly #onError: BridgeOptions['onError'];
  /** Others under the name of this node. */
  readonly self: Source;
  /** All that are not known here: made-up names do not add up. */
  readonly #unknown: Source = { from: undefined, told: new Set() };

  constructor(onError: BridgeOptions['onError'], node: string) {
    this.#onError = onError;
    this.self = { from: node, told: new Set() };
  }

  report(error: unknown): void {
    tell(this.#onError, error, undefined, () => `Failure in the bridge of node "${this.self.from}"`);
  }

  /** @param source - The node that it came from, if that is a node known here. */
  badInput(kind: string, source: Source | undefined, cause?: unknown): void {
    const { from, told } = source ?? this.#unknown;
    if (told.has(kind)) return;
    told.add(kind);
    this.report(new BadInputError(kind, from, cause === undefined ? undefined : { cause }));
  }
}
