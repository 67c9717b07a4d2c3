import { Timer } from '../timer.js';
import { BusShutdownError, type StillRunning, type Undelivered } from './errors.js';
import type { Member } from './member.js';
import type { WaitingPublish } from './subscription.js';

/**
 * Stops running buses together: drained is when none of them has work left, at one moment, since what one still does
 * may be more work for another. Then what was made for them is disposed.
 *
 * @returns Rejects with a BusShutdownError when `timeoutMs` is over before that; they are stopped then, too.
 */
export function stopTogether(members: readonly Member[], timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = new Timer(timeoutMs, () => reject(giveUp(members, timeoutMs)));
    const onIdle = (): void => {
      if (!members.every(({ work }) => work.idle)) return;
      // In the same turn: what is published from here on is kept for the next start.
      for (const member of members) member.end();
      void disposeValues(members).then(() => {
        timer.stop();
        resolve();
      });
    };
    for (const member of members) member.wind();
    for (const { work } of members) work.onIdle = onIdle;
    onIdle();
  });
}

/** Stops them as they are: empties their queues, and tells of all that is left and who has not come back. */
function giveUp(members: readonly Member[], timeoutMs: number): BusShutdownError {
  const drained = members.every(({ live }) => !live);
  for (const member of members) member.end();
  const undelivered: Undelivered[] = [];
  const waiting: WaitingPublish[] = [];
  for (const subscription of members.flatMap(({ subscriptions }) => [...subscriptions])) {
    const left = drained ? undefined : subscription.giveUp();
    if (left === undefined || left.payloads.length === 0) continue;
    undelivered.push({ topic: subscription.topic, subscriber: subscription.name, payloads: left.payloads });
    waiting.push(...left.waiting);
  }
  const error = new BusShutdownError(timeoutMs, undelivered, members.flatMap(stillRunning));
  for (const { reject } of waiting) reject(error);
  if (!drained) void disposeValues(members);
  return error;
}

function stillRunning({ subscriptions, tasks, values }: Member): StillRunning[] {
  return [
    ...[...subscriptions].filter(({ busy }) => busy).map(({ topic, name }) => ({ topic, name })),
    ...[...tasks].filter(({ busy }) => busy).map(({ name }) => ({ topic: undefined, name })),
    ...values.awaited.map((name) => ({ topic: undefined, name })),
  ];
}

async function disposeValues(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(({ values }) => values.dispose()));
}
