import { farHostOf } from '../send/far-hook.js';
import type { SignalManager } from '../index.js';

/**
 * Calls back once when the manager is closed and its pending sends are over. A `close` that times out does not count,
 * because the manager keeps its receivers then.
 *
 * @returns A function that removes the callback.
 */
export function whenClosed(manager: SignalManager, callback: () => void): () => void {
  const host = farHostOf(manager);
  let waiting = true;
  const finish = (): void => {
    if (!waiting || !host.closed) return;
    stop();
    callback();
  };
  const end = host.onClose(() => {
    if (manager.pending === 0) finish();
    // Resolves before `close` does, which drains after this.
    else void manager.drain().then(finish);
  });
  const stop = (): void => {
    waiting = false;
    end();
  };
  return stop;
}
