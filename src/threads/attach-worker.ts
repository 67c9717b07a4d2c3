import { processShared } from '../internal/process-shared.js';
import { Channel } from './channel.js';
import { ThreadExitedError, ThreadsClosedError } from './errors.js';
import { type SeekMessage, isDoorMessage } from './messages.js';
import type { AttachableWorker } from './types.js';

// A worker and the thread that attaches it meet on a channel named after the worker's thread number. The worker posts
// `seek` with its signals. If the other thread comes later, it posts `offer`, and the worker posts `seek` again.

export const doorOf = (threadId: number): string => `door ${threadId}`;

/**
 * Runs one task at a time per key, in the order of the calls. So the first `attach` of a worker meets its first
 * `joinThreads`.
 */
export function inTurn<T>(key: object, task: () => Promise<T>): Promise<T> {
  const turns = processShared('thread turns', () => new WeakMap<object, Promise<unknown>>());
  const turn = (turns.get(key) ?? Promise.resolve()).then(task);
  turns.set(
    key,
    turn.catch(() => undefined),
  );
  return turn;
}

/**
 * Attaches a worker: waits for its `seek`, has it admitted, and waits until it is ready. If the worker times out first
 * and leaves, this waits for its next `seek`.
 *
 * @param admit - Resolves with whether the worker is ready.
 * @param owner - The thread that attaches it.
 * @returns Rejects if the worker exits first or the owner is closed.
 */
export function attachWorker(
  worker: AttachableWorker,
  name: string | undefined,
  owner: { readonly name: string; checkOpen(): void },
  onClose: OnClose,
  admit: (seek: SeekMessage) => Promise<boolean>,
): Promise<void> {
  const called = name ?? (worker.threadId < 0 ? '(unnamed)' : `worker-${worker.threadId}`);
  return inTurn(worker, async () => {
    let ready = false;
    while (!ready) {
      owner.checkOpen();
      const seek = await seekOf(worker, called, owner.name, onClose);
      ready = await admit({ ...seek, name: name ?? seek.name });
    }
  });
}

/** The callbacks for the close of the hub or link that attaches. */
export type OnClose = Set<() => void>;

/** Waits for the `seek` of a worker. */
function seekOf(worker: AttachableWorker, name: string, thread: string, onClose: OnClose): Promise<SeekMessage> {
  return new Promise((resolve, reject) => {
    if (worker.threadId < 0) {
      reject(new ThreadExitedError(name));
      return;
    }
    const settle = (outcome: () => void): void => {
      worker.off('exit', onExit);
      onClose.delete(onClosed);
      door.close();
      outcome();
    };
    const onExit = (): void => settle(() => reject(new ThreadExitedError(name)));
    const onClosed = (): void => settle(() => reject(new ThreadsClosedError(thread)));
    const door = new Channel(doorOf(worker.threadId), (message) => {
      if (isDoorMessage(message) && message.type === 'seek') settle(() => resolve(message));
    });
    worker.once('exit', onExit);
    onClose.add(onClosed);
    door.post({ type: 'offer' });
  });
}
