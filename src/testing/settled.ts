import { CallSite } from '../internal/call-site.js';
import { checkKnown, checkMilliseconds } from '../internal/check.js';
import { nameOfReceiver } from '../internal/printing.js';
import { DrainTimeoutError, type SignalManager } from '../index.js';
import { watchHostOf } from '../watch/watch-host.js';
import { settlingOf, whenQuiet } from '../watch/when-quiet.js';
import { afterRealTime, turn } from './real-time.js';

/**
 * Resolves when these managers, their buses, and the threads and nodes that share their signals have nothing left to do.
 *
 * @param begun - Returns how many sends of these managers have begun.
 */
export function settled(
  managers: readonly SignalManager[],
  begun: () => number,
  options: { readonly timeoutMs?: number | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    checkKnown(options, ['timeoutMs'], 'settled');
    const { timeoutMs = 5_000 } = options;
    checkMilliseconds(timeoutMs, 'timeoutMs');
    const caller = new CallSite(timeoutMs);
    const over = new AbortController();
    const stop = afterRealTime(timeoutMs, () => {
      reject(caller.blame(new DrainTimeoutError(undoneOf(managers), timeoutMs)));
      over.abort();
    });
    const oneTurn = async (): Promise<number> => {
      await turn();
      return begun();
    };
    whenQuiet(managers, { hops: 2, abortSignal: over.signal }, oneTurn).then(() => {
      stop();
      resolve();
    }, reject);
  });
}

function undoneOf(managers: readonly SignalManager[]): string[] {
  const running = managers.flatMap((manager) => watchHostOf(manager)?.running() ?? []);
  const rest = settlingOf(managers).flatMap((each) => [...each.undone(), ...(each.awaited?.() ?? [])]);
  return [...running.map(nameOfReceiver), ...new Set(rest)];
}
