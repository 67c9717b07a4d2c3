import { Timer } from '../timer.js';
import { BusValues } from './bus-values.js';
import { BusShutdownError, type StillRunning, type Undelivered } from './errors.js';
import type { Member } from './member.js';

/** Starts a bus and those connected to it; waits for a stop that is under way. */
export async function start(member: Member): Promise<void> {
  member.wanted = true;
  while (stopsOf(member).length > 0) await Promise.allSettled(stopsOf(member));
  begin(member);
}

/** Whoever was called last decides: it may have been a stop. */
function begin(member: Member): void {
  for (const one of member.wanted ? member.family() : []) if (!one.live) one.enter('running');
}

/** Stops a bus and those connected to it; joins a stop that is under way. */
export async function stop(member: Member, timeoutMs: number): Promise<void> {
  member.wanted = false;
  stopTogether(
    [...member.family()].filter(({ phase }) => phase === 'running'),
    timeoutMs,
  );
  await Promise.all(stopsOf(member));
}

/** Connects a bus to another, which starts and stops it from now on. A cycle, or what is known already, changes nothing. */
export function join(parent: Member, child: Member): void {
  const network = new Set([...parent.network, ...child.network]);
  const managers = [...new Set([...network].map(({ manager }) => manager))];
  for (const member of network) Object.assign(member, { network, managers });
  if (child.family().has(parent)) return;
  parent.children.add(child);
  if (parent.phase === 'running') void start(child);
}

function stopsOf(member: Member): Promise<void>[] {
  return [...member.family()].flatMap(({ stop }) => stop ?? []);
}

/**
 * Stops running buses together: drained is when none of them has work left, at one moment, since what one still does
 * may be more work for another. Then what was made for them is disposed.
 *
 * Their `stop` rejects with a BusShutdownError when `timeoutMs` is over before that; they are stopped then, too.
 */
function stopTogether(members: readonly Member[], timeoutMs: number): void {
  const stop = new Promise<void>((resolve, reject) => {
    const timer = new Timer(timeoutMs, () => reject(giveUp(members, timeoutMs)));
    const onIdle = (): void => {
      if (members.some(({ work }) => work > 0)) return;
      // In the same turn: what is published from here on is kept for the next start.
      for (const member of members) member.enter('stopped');
      void disposeValues(members).then(() => {
        timer.stop();
        resolve();
      });
    };
    for (const member of members) member.enter('stopping', onIdle);
    onIdle();
  }).finally(() => {
    for (const member of members) member.stop = undefined;
  });
  for (const member of members) member.stop = stop;
}

/** Stops them as they are: empties their queues, and tells of all that is left and who has not come back. */
function giveUp(members: readonly Member[], timeoutMs: number): BusShutdownError {
  const drained = members.every(({ live }) => !live); // it is a disposal that takes so long
  for (const member of members) member.enter('stopped');
  const undelivered: Undelivered[] = [];
  const refusals: ((reason: unknown) => void)[] = [];
  if (!drained) for (const { parts } of members) for (const part of parts) part.giveUp?.(undelivered, refusals);
  const error = new BusShutdownError(timeoutMs, undelivered, members.flatMap(stillRunning));
  for (const refuse of refusals) refuse(error);
  if (!drained) void disposeValues(members);
  return error;
}

async function disposeValues(members: readonly Member[]): Promise<void> {
  const disposals = members.map((member) => {
    const { values } = member;
    member.values = new BusValues(member); // those of the next start
    return values.dispose();
  });
  await Promise.all(disposals);
}

function stillRunning({ parts }: Member): StillRunning[] {
  return [...parts].filter(({ calls }) => calls > 0).map(({ topic, name }) => ({ topic, name }));
}
