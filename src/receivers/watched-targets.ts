import type { ReceiverEntry } from './receiver-entry.js';

/**
 * Tells the entries of one table that their target, which they hold weakly, has been collected.
 *
 * Entries that have left stay registered until they outnumber the others, which a new registry then watches. Tokens to
 * unregister each would take another 40 bytes per receiver.
 */
export class WatchedTargets {
  readonly #remaining: () => Iterable<ReceiverEntry>;
  #registry: FinalizationRegistry<WeakRef<ReceiverEntry>> | undefined;
  /** The number of targets that the registry has been given. */
  #registered = 0;
  #live = 0;

  /** @param remaining - Returns the entries that hold their target weakly. */
  constructor(remaining: () => Iterable<ReceiverEntry>) {
    this.#remaining = remaining;
  }

  watch(entry: ReceiverEntry, target: object): void {
    this.#live += 1;
    if (this.#registered > 2 * this.#live + 8) {
      this.#forget();
      for (const each of this.#remaining()) this.#register(each, each.target);
    }
    this.#register(entry, target);
  }

  /** To be called once for each `watch`, when its entry no longer holds its target weakly. */
  unwatch(): void {
    this.#live -= 1;
    if (this.#live === 0) this.#forget();
  }

  #forget(): void {
    this.#registry = undefined;
    this.#registered = 0;
  }

  #register(entry: ReceiverEntry, target: object | undefined): void {
    if (target === undefined) return;
    this.#registry ??= new FinalizationRegistry((ref) => ref.deref()?.collected());
    this.#registered += 1;
    // The entry must not be held, because it may hold what it waits for.
    this.#registry.register(target, new WeakRef(entry));
  }
}
