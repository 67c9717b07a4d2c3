import { DISPOSE } from '../internal/dispose.js';
import type { SendWatcher, SignalManager } from '../contract/signals.js';
import type { ManagerClosedError } from '../signals/errors.js';
import { managers, onManager } from './registry.js';

/** Watches all managers of this thread, those made later too, until the returned object is disposed. */
export function watchManagers(watcher: SendWatcher): Disposable {
  // Weak, so that a tool keeps no manager alive.
  const watches = new WeakMap<SignalManager, Disposable>();
  const added = onManager((manager) => {
    const watch = watchUnlessClosed(manager, watcher);
    if (watch !== undefined) watches.set(manager, watch);
  });
  return {
    [DISPOSE]: () => {
      added[DISPOSE]();
      for (const manager of managers()) watches.get(manager)?.[DISPOSE]();
    },
  };
}

/** Watches a manager. Does nothing if it is closing, because it has no more sends to watch. */
export function watchUnlessClosed(manager: SignalManager, watcher: SendWatcher): Disposable | undefined {
  try {
    return manager.watch(watcher);
  } catch (error) {
    // Not `instanceof`, because the manager may be of another copy.
    if ((error as Partial<ManagerClosedError>).code === 'ERR_MANAGER_CLOSED') return undefined;
    throw error;
  }
}
