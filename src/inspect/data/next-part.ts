import type { Position } from '../inspector-data.js';
import type { SignalRecord } from './signal-record.js';

/** How many rows a message has at most: about 50 kB. */
const MOST_ROWS = 150;
/** How many messages a change takes at most, so that rows stay new in a process with very many signals. */
const MOST_PARTS = 8;

/** The next rows that a reader needs, and how far it has come with them. */
interface Part {
  readonly records: readonly SignalRecord[];
  readonly position: Position;
}

/**
 * Returns the records that have changed since a position, or the next part of them. The parts of a change go through the
 * signals in the order of their ids, so each one has its turn, however often the others change meanwhile.
 *
 * @param version - The present one.
 */
export function nextPart(all: readonly SignalRecord[], since: Position, version: number): Part {
  const { begunAt, afterId } = since.part ?? { begunAt: version, afterId: 0 };
  const changed = all.filter((record) => record.id > afterId && record.changed > since.version);
  const records = changed.slice(0, Math.max(MOST_ROWS, Math.ceil(all.length / MOST_PARTS)));
  const last = records.at(-1);
  if (last === undefined || records.length === changed.length) return { records, position: { version: begunAt } };
  return { records, position: { version: since.version, part: { begunAt, afterId: last.id } } };
}
