import { Timer } from '../timer.js';
import { BusShutdownError, type StillRunning, type Undelivered } from './errors.js';
import type { Member } from './member.js';
import type { WaitingPublish } from './part.js';

const DONE = Promise.resolve();

/** Starts a bus and those connected to it; waits for a stop that is under way. */
export function start(member: Member): Promise<void> {
  const begin = async (): Promise<void> => {
    for (let stops = stopsOf(member); stops.length > 0; stops = stopsOf(member)) await Promise.allSettled(stops);
    for (const one of member.family()) if (!one.live) one.enter('running');
  };
  return member.lastTurn === undefined && stopsOf(member).length === 0 ? begin() : inTurn(member, begin);
}

/** Stops a bus and those connected to it; joins a stop that is under way. */
export function stop(member: Member, timeoutMs: number): Promise<void> {
  const end = async (): Promise<void> => {
    const running = [...member.family()].filter(({ phase }) => phase === 'running');
    if (running.length > 0) stopTogether(running, timeoutMs);
    await Promise.all(stopsOf(member));
  };
  return member.lastTurn === undefined ? end() : inTurn(member, end);
}

/** Connects a bus to another, which starts and stops it from now on. A cycle, or what is known already, changes nothing. */
export function join(parent: Member, child: Member): void {
  if (parent.network !== child.network) {
    const members = [...parent.network.members, ...child.network.members];
    const network = { members, managers: [...new Set(members.map(({ manager }) => manager))] };
    for (const member of members) member.network = network;
  }
  if (child.family().has(parent)) return;
  parent.children.add(child);
  if (parent.phase === 'running') void start(child);
}

function stopsOf(member: Member): Promise<void>[] {
  return [...member.family()].flatMap(({ stop }) => stop ?? []);
}

/** Whoever is called last decides: a start that waits for a stop comes before the stop that is called after it. */
function inTurn(member: Member, act: () => Promise<void>): Promise<void> {
  const turn = (member.lastTurn ?? DONE).then(act);
  const forget = (): void => {
    if (member.lastTurn === ended) member.lastTurn = undefined;
  };
  const ended = (member.lastTurn = turn.then(forget, forget));
  return turn;
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
      enterStopped(members);
      void disposeValues(members).then(() => {
        timer.stop();
        resolve();
      });
    };
    for (const member of members) member.enter('stopping', onIdle);
    onIdle();
  });
  const forget = (): void => {
    for (const member of members) member.stop = undefined;
  };
  for (const member of members) member.stop = stop;
  void stop.then(forget, forget);
}

/** Stops them as they are: empties their queues, and tells of all that is left and who has not come back. */
function giveUp(members: readonly Member[], timeoutMs: number): BusShutdownError {
  const drained = members.every(({ live }) => !live); // it is a disposal that takes so long
  enterStopped(members);
  const undelivered: Undelivered[] = [];
  const waiting: WaitingPublish[] = [];
  for (const part of drained ? [] : members.flatMap(({ parts }) => [...parts])) {
    const left = part.giveUp();
    if (left === undefined) continue;
    undelivered.push({ topic: left.topic, subscriber: part.name, payloads: left.payloads });
    waiting.push(...left.waiting);
  }
  const error = new BusShutdownError(timeoutMs, undelivered, members.flatMap(stillRunning));
  for (const { reject } of waiting) reject(error);
  if (!drained) void disposeValues(members);
  return error;
}

function enterStopped(members: readonly Member[]): void {
  for (const member of members) member.enter('stopped');
}

async function disposeValues(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(({ values }) => values.dispose()));
}

function stillRunning({ parts, values }: Member): StillRunning[] {
  return [
    ...[...parts].filter(({ calls }) => calls > 0).map(({ topic, name }) => ({ topic, name })),
    ...values.awaited.map((name) => ({ topic: undefined, name })),
  ];
}
