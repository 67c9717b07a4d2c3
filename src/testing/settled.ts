import { CallSite } from '../internal/call-site.js';
import { checkKnown, checkMilliseconds } from '../internal/check.js';
import { nameOfReceiver } from '../internal/printing.js';
import { DrainTimeoutError, type SignalManager } from '../index.js';
import { nameOfSignal } from '../signals/tokens.js';
import { watchHostOf } from '../watch/watch-host.js';
import { settlingOf, whenQuiet } from '../watch/when-quiet.js';
import { afterRealTime, turn } from './real-time.js';
import type { RecordedSend } from './types.js';

/**
 * Resolves when these managers, their buses, and the threads and nodes that share their signals have nothing left to do.
 *
 * @param sends - The latest sends of these managers.
 * @param begun - Returns how many sends of these managers have begun.
 */
export function settled(
  managers: readonly SignalManager[],
  sends: readonly RecordedSend[],
  begun: () => number,
  options: { readonly timeoutMs?: number | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    checkKnown(options, ['timeoutMs'], 'settled');
    const { timeoutMs = 5_000 } = options;
    checkMilliseconds(timeoutMs, 'timeoutMs');
    const caller = new CallSite(timeoutMs);
    const over = new AbortController();
    // The counts at the last turns. The time may end between a turn and the next send.
    let counts = [begun(), begun()] as const;
    const stop = afterRealTime(timeoutMs, () => {
      const undone = undoneOf(managers);
      const pending = undone.length > 0 ? undone : [newSendsOf(sends, begun() - counts[0])];
      reject(caller.blame(new DrainTimeoutError(pending, timeoutMs)));
      over.abort();
    });
    const oneTurn = async (): Promise<number> => {
      await turn();
      counts = [counts[1], begun()];
      return counts[1];
    };
    whenQuiet(managers, { hops: 2, abortSignal: over.signal }, oneTurn).then(() => {
      stop();
      resolve();
    }, reject);
  });
}

/** Names the signals that were sent last, for an app that is never quiet although no receiver is running. */
function newSendsOf(sends: readonly RecordedSend[], count: number): string {
  const names = sends.slice(Math.max(0, sends.length - count)).map(({ signal }) => nameOfSignal(signal));
  return `none; new sends: ${[...new Set(names)].join(', ') || 'none'}`;
}

function undoneOf(managers: readonly SignalManager[]): string[] {
  const running = managers.flatMap((manager) => watchHostOf(manager)?.running() ?? []);
  const rest = settlingOf(managers).flatMap((each) => [...each.undone(), ...(each.awaited?.() ?? [])]);
  return [...running.map(nameOfReceiver), ...new Set(rest)];
}
