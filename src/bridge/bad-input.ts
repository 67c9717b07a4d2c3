import { tell } from '../tell.js';
import { BadInputError } from './errors.js';
import type { BridgeOptions } from './types.js';

/** Tells the `onError` of a bridge what went wrong: bad input once per kind and node, all else each time. */
export class BridgeLog {
  readonly #onError: BridgeOptions['onError'];
  readonly #node: string;
  /** The kinds that have been told of, by node; '' for all that are not known, so that made-up names do not add up. */
  readonly #told = new Map<string, Set<string>>();

  constructor(onError: BridgeOptions['onError'], node: string) {
    this.#onError = onError;
    this.#node = node;
  }

  report(error: unknown): void {
    tell(this.#onError, error, undefined, () => `Failure in the bridge of node "${this.#node}"`);
  }

  /** @param node - The node that it came from, if that is a node known here. */
  badInput(kind: string, node: string | undefined, cause?: unknown): void {
    const kinds = this.#told.get(node ?? '') ?? new Set();
    if (kinds.has(kind)) return;
    this.#told.set(node ?? '', kinds.add(kind));
    this.report(new BadInputError(kind, node, cause === undefined ? undefined : { cause }));
  }

  forget(node: string): void {
    this.#told.delete(node);
  }
}
