import { CallSite } from '../internal/call-site.js';
import { checkKnown, checkMilliseconds } from '../internal/check.js';
import { nameOfReceiver } from '../internal/printing.js';
import { DrainTimeoutError, type SignalManager } from '../index.js';
import { type Settling, watchHostOf } from '../watch/watch-host.js';
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
    const waiting = { on: true };
    const stop = afterRealTime(timeoutMs, () => {
      waiting.on = false;
      reject(caller.blame(new DrainTimeoutError(undoneOf(managers), timeoutMs)));
    });
    whenQuiet(managers, begun, waiting).then(() => {
      stop();
      resolve();
    }, reject);
  });
}

async function whenQuiet(
  managers: readonly SignalManager[],
  begun: () => number,
  waiting: { readonly on: boolean },
): Promise<void> {
  let farBefore = 0;
  while (waiting.on) {
    const before = begun();
    await Promise.all(managers.map((manager) => manager.drain()));
    const counts = await Promise.all(settlingOf(managers).map((each) => each.settle()));
    await turn();
    const far = counts.reduce((sum, count) => sum + count, 0);
    if (begun() === before && far === farBefore && undoneOf(managers).length === 0) return;
    farBefore = far;
  }
}

function settlingOf(managers: readonly SignalManager[]): Settling[] {
  return managers.flatMap((manager) => [...(watchHostOf(manager)?.settling ?? [])]);
}

function undoneOf(managers: readonly SignalManager[]): string[] {
  const running = managers.flatMap((manager) => watchHostOf(manager)?.running() ?? []);
  return [...running.map(nameOfReceiver), ...settlingOf(managers).flatMap((each) => each.undone())];
}
