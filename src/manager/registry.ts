import { checkFunction } from '../internal/check.js';
import { DISPOSE } from '../internal/dispose.js';
import { processShared } from '../internal/process-shared.js';
import { onCollected } from '../internal/weak-key-map.js';
import { ANY } from '../signals/tokens.js';
import type { Receiver, SignalManager } from '../contract/signals.js';
import { watchHostOf } from '../watch/watch-host.js';

/**
 * The managers of this thread. All copies of this major version share this object, so its fields stay as they are until
 * 2.0. It has no methods, so that each copy runs its own code.
 */
interface Registry {
  /** In creation order. */
  readonly managers: Set<WeakRef<SignalManager>>;
  /** The functions of `onManager`. */
  readonly seen: Set<(manager: SignalManager) => void>;
}

const registry = processShared<Registry>('managers', () => ({ managers: new Set(), seen: new Set() }));

/**
 * Returns the live managers of this thread, in creation order: those of other copies of this major version, and the
 * shared manager if it has been used. They are held weakly. A manager disappears when its `close` is done.
 *
 * @example
 * ```ts
 * import { SignalManager, managers } from 'signalbox';
 *
 * const orders = new SignalManager({ name: 'orders' });
 * console.log(managers().includes(orders)); //=> true
 * ```
 */
export function managers(): SignalManager[] {
  return [...registry.managers].flatMap((ref) => ref.deref() ?? []);
}

/**
 * Calls `seen` with each of {@link managers} before it returns, and with each later manager during its construction,
 * until the returned object is disposed. An error of `seen` goes to the `onError` of that manager with the source
 * `'watcher'`.
 *
 * @throws TypeError unless `seen` is a function.
 *
 * @example
 * ```ts
 * import { onManager } from 'signalbox';
 *
 * const watching = onManager((manager) => {
 *   manager.watch({ onSend: ({ signalName }) => void console.log('sent', signalName) });
 * });
 * watching[Symbol.dispose](); // later managers are not watched
 * ```
 */
export function onManager(seen: (manager: SignalManager) => void): Disposable {
  checkFunction(seen, 'seen');
  const known = managers();
  // A function of its own, because the same one may be given twice.
  const show = (manager: SignalManager): void => {
    try {
      seen(manager);
    } catch (error) {
      watchHostOf(manager)?.report(error, seen as Receiver, { signal: ANY, sender: undefined });
    }
  };
  registry.seen.add(show);
  for (const manager of known) show(manager);
  return {
    [DISPOSE]: () => {
      registry.seen.delete(show);
    },
  };
}

/** Adds a manager that is being constructed. @returns What removes it. */
export function register(manager: SignalManager): () => void {
  const ref = new WeakRef(manager);
  const remove = (): void => {
    registry.managers.delete(ref);
  };
  registry.managers.add(ref);
  onCollected.register(manager, remove);
  for (const show of [...registry.seen]) if (registry.seen.has(show)) show(manager);
  return remove;
}
