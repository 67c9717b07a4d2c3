import type { Member } from './member.js';
import { stopTogether } from './stop.js';

/** Starts a bus and those connected to it; waits for a stop that is under way. */
export function start(member: Member): Promise<void> {
  const family = [...member.family()];
  const stops = family.flatMap(({ stop }) => stop ?? []);
  if (stops.length === 0) {
    for (const one of family) if (!one.live) one.begin();
    return Promise.resolve();
  }
  return (member.starting ??= Promise.allSettled(stops).then(() => {
    member.starting = undefined;
    return start(member);
  }));
}

/** Stops a bus and those connected to it; joins a stop that is under way. */
export function stop(member: Member, timeoutMs: number): Promise<void> {
  // Whoever is called last decides.
  if (member.starting !== undefined) return member.starting.then(() => stop(member, timeoutMs));
  const family = [...member.family()];
  const running = family.filter(({ phase }) => phase === 'running');
  if (running.length > 0) {
    const stopped = stopTogether(running, timeoutMs);
    for (const one of running) one.stop = stopped;
    const forget = (): void => {
      for (const one of running) one.stop = undefined;
    };
    void stopped.then(forget, forget);
  }
  const stops = new Set(family.flatMap((one) => one.stop ?? []));
  return Promise.all(stops).then(() => undefined);
}

/** Connects a bus to another, which starts and stops it from now on. A cycle, or what is known already, changes nothing. */
export function join(parent: Member, child: Member): void {
  parent.network.join(child.network);
  if (child.family().has(parent)) return;
  parent.children.add(child);
  if (parent.phase === 'running') void start(child);
}
