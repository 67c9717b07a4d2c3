import type { SignalManager } from '../contract/signals.js';
import { type Round, type Settling, watchHostOf } from './watch-host.js';

/**
 * Resolves when nothing of these managers is pending and two rounds in a row have counted the same.
 *
 * @param between - Called after each round. Its count must not change either.
 * @returns The count; undefined if the round was aborted first.
 */
export async function whenQuiet(
  managers: readonly SignalManager[],
  round: Round,
  between: () => Promise<number> = () => Promise.resolve(0),
): Promise<number | undefined> {
  let before = 0;
  for (;;) {
    await Promise.all(managers.map((manager) => manager.drain()));
    const counts = await Promise.all(settlingOf(managers).map((each) => each.settle(round)));
    const count = counts.reduce((sum, each) => sum + each, await between());
    if (round.abortSignal.aborted) return undefined;
    if (count === before && isQuiet(managers)) return count;
    before = count;
  }
}

/** Returns the parts of an app that are to settle: buses, threads and nodes. */
export function settlingOf(managers: readonly SignalManager[]): readonly Settling[] {
  return managers.flatMap((manager) => [...(watchHostOf(manager)?.settling ?? [])]);
}

function isQuiet(managers: readonly SignalManager[]): boolean {
  return (
    managers.every(({ pending }) => pending === 0) && settlingOf(managers).every((each) => each.undone().length === 0)
  );
}
