import { DISPOSE } from '../internal/dispose.js';
import { SignalManager, sharedManager } from '../index.js';
import { isolations, watchHostOf } from '../watch/watch-host.js';

/**
 * Makes a new manager the shared one until it is disposed, in all copies of the library, so that tests do not share
 * receivers. `sharedManager()`, the functions `connect`, `disconnect`, `send` and `emit`, and every Signal without a
 * manager use it, even a Signal that has been used before.
 *
 * Disposing brings back the previous shared manager with its connections. Isolations nest; disposing an outer one first
 * removes only that one.
 *
 * @example
 * ```ts
 * import { Signal, sharedManager } from 'signalbox';
 * import { isolateSharedManager } from 'signalbox/testing';
 *
 * const saved = new Signal({ name: 'saved' });
 * saved.connect(() => console.log('of the app'));
 * {
 *   using isolation = isolateSharedManager();
 *   console.log(saved.hasReceivers()); //=> false
 * }
 * console.log(saved.hasReceivers()); //=> true
 * ```
 */
export function isolateSharedManager(): Disposable {
  const manager = new SignalManager({ name: 'isolated' });
  setReplaced(true);
  isolations.push(manager);
  return {
    [DISPOSE]: () => {
      const index = isolations.indexOf(manager);
      if (index === -1) return;
      const isCurrent = index === isolations.length - 1;
      if (isCurrent) setReplaced(true);
      isolations.splice(index, 1);
      if (isCurrent) setReplaced(false);
    },
  };
}

/** Signals cache what they look up in their manager, so the shared manager must learn that it is not theirs any more. */
function setReplaced(replaced: boolean): void {
  watchHostOf(sharedManager())?.setReplaced(replaced);
}
