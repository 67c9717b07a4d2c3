import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE, CLOSE_V8, GIVE_UP, START } from './expressions.js';
import { handlesSigusr1, hasPort, isTaken, v8PortOf } from './ports.js';
import type { Access } from './snapshot.js';
import { V8Session, v8TargetAt } from './v8-session.js';

/** How long a process has to do what it is asked for. */
const START_LIMIT_MS = 10_000;
/** How long for what does not have to be waited for. */
const SHORT_MS = 500;
const ASK_EVERY_MS = 50;

/**
 * Starts an inspector in a process that was not prepared for it.
 *
 * @throws If the process does not exist, is not ours, does not answer in time, or has no signalbox.
 */
export async function startInspector(pid: number): Promise<Access> {
  const url = await within(pid, async (session) => {
    try {
      return String(await session.evaluate(START, START_LIMIT_MS));
    } catch (error) {
      // It may still start, when the process is no longer busy.
      await session.evaluate(GIVE_UP, SHORT_MS).catch(() => undefined);
      throw error;
    }
  });
  return { url, token: new URL(url).hash.slice(1) };
}

/** Ends the inspector of a process. @throws If it has none. */
export async function closeInspector(pid: number): Promise<void> {
  await within(pid, (session) => session.evaluate(CLOSE, START_LIMIT_MS));
}

/** Opens V8's inspector in the process, unless it is open, and closes it again. */
async function within<T>(pid: number, use: (session: V8Session) => Promise<T>): Promise<T> {
  checkAlive(pid);
  const port = v8PortOf(pid);
  const wasOpen = hasPort(pid, port);
  if (!wasOpen) await openV8(pid, port);
  const session = await V8Session.open(await v8TargetAt(port));
  try {
    return await use(session);
  } finally {
    if (!wasOpen) await session.evaluate(CLOSE_V8, SHORT_MS).catch(() => undefined);
    session.close();
  }
}

async function openV8(pid: number, port: number): Promise<void> {
  // Another process must not be told anything.
  if (await isTaken(port)) throw new Error(`port ${port}, which process ${pid} needs, belongs to another process`);
  // Any other process would be ended by it.
  if (!handlesSigusr1(pid)) throw new Error(`process ${pid} is not a Node process that takes SIGUSR1`);
  process.kill(pid, 'SIGUSR1');
  const end = Date.now() + START_LIMIT_MS;
  while (!hasPort(pid, port)) {
    checkAlive(pid);
    if (Date.now() > end) throw new Error(`process ${pid} does not open V8's inspector`);
    await sleep(ASK_EVERY_MS);
  }
}

function checkAlive(pid: number): void {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(code === 'EPERM' ? `no permission to enter process ${pid}` : `no process ${pid}`, { cause: error });
  }
}
