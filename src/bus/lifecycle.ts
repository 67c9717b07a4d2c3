import { CallSite } from '../internal/call-site.js';
import { captureAsyncContext } from '../internal/async-context.js';
import { Timer } from '../internal/timer.js';
import { BusValues } from './bus-values.js';
import { allDone } from './calls.js';
import { BusShutdownError, type StillRunning, type Undelivered } from './errors.js';
import type { BusState } from './bus-state.js';

/** Starts a bus and those connected to it; waits for a stop that is under way. */
export async function start(member: BusState): Promise<void> {
  want(member, true);
  while (stopsOf(member).length > 0) await Promise.allSettled(stopsOf(member));
  for (const one of member.family()) if (one.wanted && !one.live) one.enter('running');
}

/** Whoever was called last decides, bus by bus: during a stop, starts and stops of a part of the family may follow. */
function want(member: BusState, wanted: boolean): void {
  for (const one of member.family()) one.wanted = wanted;
}

/** Stops a bus and those connected to it; joins stops that are under way. */
export function stop(member: BusState, timeoutMs: number): Promise<void> {
  want(member, false);
  const running = member.family().filter(({ phase }) => phase === 'running');
  // Its own first: the errors of others have been told to who called those stops.
  return allDone([stopTogether(running, timeoutMs), ...stopsOf(member)]);
}

/** Connects a bus to another, which starts and stops it from now on. A cycle, or what is known already, changes nothing. */
export function join(parent: BusState, child: BusState): void {
  const network = new Set([...parent.network, ...child.network]);
  const managers = [...new Set([...network].map(({ manager }) => manager))];
  for (const member of network) Object.assign(member, { network, managers });
  if (child.family().includes(parent)) return;
  parent.children.add(child);
  if (parent.wanted) void start(child);
}

/** What `start` and `stop` wait for. */
export function stopsOf(member: BusState): Promise<void>[] {
  return member.family().flatMap(({ stop }) => stop ?? []);
}

/**
 * Stops running buses together: drained is when none of them has work left, at one moment, since what one still does
 * may be more work for another. Then what was made for them is disposed.
 *
 * @returns Their `stop`. It rejects with a BusShutdownError when `timeoutMs` is over before that; they are stopped then, too.
 */
function stopTogether(members: readonly BusState[], timeoutMs: number): Promise<void> {
  const caller = new CallSite(timeoutMs);
  const within = captureAsyncContext();
  const stop = new Promise<void>((resolve, reject) => {
    const timer = new Timer(timeoutMs, () => reject(caller.blame(giveUpWork(members, timeoutMs))));
    const onIdle = (): void => {
      if (members.some(({ work }) => work > 0)) return;
      // In the same turn: what is published from here on is kept for the next start.
      for (const member of members) member.enter('stopped');
      // Called at the end of the last call, in its context.
      void within(() => disposeValues(members)).then(() => {
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
  return stop;
}

/** Stops them as they are: empties their queues, and tells of all that is left and who has not come back. */
function giveUpWork(members: readonly BusState[], timeoutMs: number): BusShutdownError {
  const drained = members.every(({ live }) => !live); // it is a disposal that takes so long
  for (const member of members) member.enter('stopped');
  const undelivered: Undelivered[] = [];
  if (!drained) for (const member of members) member.giveUp(undelivered);
  const running = members.flatMap(stillRunning);
  if (!drained) void disposeValues(members);
  return new BusShutdownError(timeoutMs, undelivered, running);
}

function disposeValues(members: readonly BusState[]): Promise<unknown> {
  const disposals = members.map((member) => {
    const { values } = member;
    member.values = new BusValues(member); // those of the next start
    return values.dispose();
  });
  return Promise.all(disposals);
}

function stillRunning({ parts }: BusState): StillRunning[] {
  return [...parts].filter(({ calls }) => calls > 0).map(({ topic, name }) => ({ topic, name }));
}
