import { CallSite } from '../internal/call-site.js';
import { captureAsyncContext } from '../internal/async-context.js';
import { Timer } from '../internal/timer.js';
import { BusValues } from './bus-values.js';
import { allDone } from './calls.js';
import { BusShutdownError, type StillRunning, type Undelivered } from './errors.js';
import type { BusState } from './bus-state.js';

/** Starts a bus and its descendants. Waits for a pending stop first. */
export async function start(member: BusState): Promise<void> {
  want(member, true);
  while (stopsOf(member).length > 0) await Promise.allSettled(stopsOf(member));
  for (const one of member.family()) if (one.wanted && !one.live) one.enter('running');
}

/**
 * Notes for each bus whether it was last started or stopped. The last call wins, because starts and stops of single
 * descendants may follow while a stop is pending.
 */
function want(member: BusState, wanted: boolean): void {
  for (const one of member.family()) one.wanted = wanted;
}

/** Stops a bus and its descendants. Joins pending stops. */
export function stop(member: BusState, timeoutMs: number): Promise<void> {
  want(member, false);
  const running = member.family().filter(({ phase }) => phase === 'running');
  // Its own stop comes first: the errors of the other stops already reach their callers.
  return allDone([stopTogether(running, timeoutMs), ...stopsOf(member)]);
}

/** Connects a bus to a parent, which starts and stops it from now on. A cycle or a known child changes nothing. */
export function join(parent: BusState, child: BusState): void {
  const network = new Set([...parent.network, ...child.network]);
  const managers = [...new Set([...network].map(({ manager }) => manager))];
  const idling = new Set([...parent.idling, ...child.idling]);
  for (const member of network) Object.assign(member, { network, managers, idling });
  if (child.family().includes(parent)) return;
  parent.children.add(child);
  if (parent.wanted) void start(child);
}

/** Returns the pending stops that `start` and `stop` wait for. */
export function stopsOf(member: BusState): Promise<void>[] {
  return member.family().flatMap(({ stop }) => stop ?? []);
}

/**
 * Stops running buses together. They are drained when none of them has work at the same moment, because the work of one
 * bus may publish to another. Then their injected values are disposed.
 *
 * @returns Their `stop`. Rejects with a BusShutdownError after `timeoutMs`; the buses are then stopped as well.
 */
function stopTogether(members: readonly BusState[], timeoutMs: number): Promise<void> {
  const caller = new CallSite(timeoutMs);
  const within = captureAsyncContext();
  const stop = new Promise<void>((resolve, reject) => {
    const timer = new Timer(timeoutMs, () => reject(caller.blame(giveUpWork(members, timeoutMs))));
    const onIdle = (): void => {
      if (members.some(({ work }) => work.size > 0)) return;
      // In the same turn, so payloads published from here on are kept for the next start.
      for (const member of members) member.enter('stopped');
      // `onIdle` runs at the end of the last call, in the context of that call.
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

/**
 * Stops the buses at once and empties their queues. Returns the error that lists undelivered payloads and running
 * callees.
 */
function giveUpWork(members: readonly BusState[], timeoutMs: number): BusShutdownError {
  const drained = members.every(({ live }) => !live); // a disposal is still pending
  const running = members.flatMap(stillRunning); // abandoned below
  for (const member of members) member.enter('stopped');
  const undelivered: Undelivered[] = [];
  if (!drained) for (const member of members) member.giveUp(undelivered);
  if (!drained) void disposeValues(members);
  return new BusShutdownError(timeoutMs, undelivered, running);
}

function disposeValues(members: readonly BusState[]): Promise<unknown> {
  const disposals = members.map((member) => {
    const { values } = member;
    member.values = new BusValues(member); // for the next start
    return values.dispose();
  });
  return Promise.all(disposals);
}

function stillRunning({ parts }: BusState): StillRunning[] {
  return [...parts].filter(({ calls }) => calls > 0).map(({ topic, name }) => ({ topic, name }));
}
