import { processShared } from '../internal/process-shared.js';
import { Channel } from './channel.js';
import { ThreadExitedError, ThreadsClosedError } from './errors.js';
import { type SeekMessage, isDoorMessage } from './messages.js';
import type { AttachableWorker } from './types.js';

// How a worker and who attaches it find each other, in either order: on a channel that has the number of its thread. The
// worker says what it has (`seek`); a hub that comes later says that it is there (`offer`), and the worker says it again.

export const doorOf = (threadId: number): string => `door ${threadId}`;

/** One at a time per key, in the order of the calls: so the first `attach` of a worker meets its first `joinThreads`. */
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
 * Attaches a worker: waits until it seeks a hub and has it admitted, until it is ready. One that leaves before, for it has
 * waited long enough, may seek again.
 *
 * @param admit - Resolves with whether it is ready.
 * @param owner - The thread that attaches it.
 * @returns Rejects when the worker ends before, or the owner is closed.
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

/** Told when the hub or the link that attaches is closed. */
export type OnClose = Set<() => void>;

/** Waits until a worker seeks a hub. */
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
