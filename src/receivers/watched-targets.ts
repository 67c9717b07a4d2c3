import type { ReceiverEntry } from './receiver-entry.js';

/** How many entries of a table the common registry watches: a registry costs more than the tokens of a few entries. */
const MOST_IN_COMMON = 16;

const tellCollected = (ref: WeakRef<ReceiverEntry>): void => ref.deref()?.collected();
const common = new FinalizationRegistry(tellCollected);

/**
 * Tells the entries of one table that their target, which they hold weakly, has been collected.
 *
 * Most tables have few such entries, which one registry watches for all tables. A table with more has a registry of its
 * own: entries that have left stay registered until they outnumber the others, which a new registry then watches. So
 * they need no tokens to unregister, which would take another 40 bytes per receiver.
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
      // Some may also be in the common registry. To be told twice does no harm.
      for (const each of this.#remaining()) this.#register(each, each.target);
    }
    if (this.#live > MOST_IN_COMMON) this.#register(entry, target);
    else common.register(target, new WeakRef(entry), entry);
  }

  /** To be called once for each `watch`, when its entry no longer holds its target weakly. */
  unwatch(entry: ReceiverEntry): void {
    common.unregister(entry);
    this.#live -= 1;
    if (this.#live === 0) this.#forget();
  }

  #forget(): void {
    this.#registry = undefined;
    this.#registered = 0;
  }

  #register(entry: ReceiverEntry, target: object | undefined): void {
    if (target === undefined) return;
    this.#registry ??= new FinalizationRegistry(tellCollected);
    this.#registered += 1;
    // The entry must not be held, because it may hold what it waits for.
    this.#registry.register(target, new WeakRef(entry));
  }
}
