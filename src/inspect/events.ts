import type { ServerResponse } from 'node:http';
import { unref } from '../internal/timer.js';
import type { InspectorData, Position } from './inspector-data.js';

/**
 * Sends changes of the data to one client of `/events`, until its connection closes. The process holds at most one
 * message for a client: until that has been read, changes are skipped, and a snapshot follows.
 *
 * @param signalId - The signal whose receivers the client shows.
 */
export function streamEvents(
  response: ServerResponse,
  data: InspectorData,
  signalId: number | undefined,
  updateEveryMs: number,
): void {
  let position: Position | undefined;
  const sendUpdate = (): void => {
    const update = data.update(position, signalId);
    if (update === undefined) return;
    const unread = response.writableLength > 0;
    position = unread ? undefined : update.position;
    if (!unread) response.write(`data: ${JSON.stringify(update.message)}\n\n`);
  };
  const { socket } = response.req;
  const timer = setInterval(() => {
    try {
      sendUpdate();
    } catch {
      // An error in a timer would end the process. The client sees that its connection is closed.
      socket.destroy();
    }
  }, updateEveryMs);
  unref(timer);
  // A response that waits for one before it on its connection does not report that this has closed.
  socket.once('close', () => clearInterval(timer));
  sendUpdate();
}
