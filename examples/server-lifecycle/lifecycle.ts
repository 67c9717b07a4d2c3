/**
 * Start in order, run until SIGTERM, stop in reverse. This file knows the signals and none of the resources.
 */
import { once } from 'node:events';

import { failures } from 'signalbox';

import { serverStart, serverStop, type ServerSettings } from './signals.js';

/** Runs the server from start to SIGTERM and resolves with whether everything could be closed in time. */
export async function runServer(settings: ServerSettings): Promise<boolean> {
  // Asked for before the start, so that a SIGTERM during the start is not missed.
  const terminated = once(process, 'SIGTERM');
  await startServer(settings);
  await terminated;
  return stopServer('SIGTERM', settings.stopTimeoutMs);
}

/** Opens one resource after the other. If one fails, those already open are closed and an error is thrown. */
async function startServer(settings: ServerSettings): Promise<void> {
  const results = await serverStart.sendSerial(settings, {
    until: (result) => result.status === 'rejected',
    // A resource that fails to open is no surprise to report: it is thrown below.
    expected: [Error],
  });
  const [failure] = failures(results);
  if (failure === undefined) return;
  await stopServer('failed start', settings.stopTimeoutMs);
  throw new Error('A resource could not be opened.', { cause: failure.reason });
}

/** Closes what is open, last opened first. One that fails or takes too long does not keep the others from closing. */
async function stopServer(reason: string, timeoutMs: number): Promise<boolean> {
  console.log(`stopping: ${reason}`);
  const results = await serverStop.sendSerial({ reason }, { reverse: true, timeoutMs });
  return failures(results).length === 0;
}
