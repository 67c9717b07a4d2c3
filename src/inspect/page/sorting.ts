export type SortValue = number | string | null;
export type RowId = number | string;

export interface Sort {
  readonly key: string;
  readonly descending: boolean;
}

/** Returns a sorted copy. Rows without a value come last in both directions; equal ones keep their order. */
export function sorted<Row>(rows: readonly Row[], value: (row: Row) => SortValue, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * compare(left, right);
  });
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** Keeps the order of rows for some time, so that rows do not jump while somebody reads them. */
export class CalmOrder {
  #ids: readonly RowId[] = [];
  #reason = '';
  #sortedAtMs = -Infinity;
  /** When to draw again because the order may be wrong; undefined if it is right, or held. */
  dueInMs: number | undefined;

  /**
   * @param reason - A new one sorts at once: another column, another search.
   * @param held - Whether somebody points at the rows.
   */
  apply<Row extends { readonly id: RowId }>(
    rows: readonly Row[],
    sort: (rows: readonly Row[]) => readonly Row[],
    { reason, held, nowMs, everyMs = 2_000 }: CalmOptions,
  ): readonly Row[] {
    const waitMs = this.#sortedAtMs + everyMs - nowMs;
    this.dueInMs = undefined;
    if ((!held && waitMs <= 0) || reason !== this.#reason || this.#ids.length === 0) {
      const inOrder = sort(rows);
      this.#ids = inOrder.map(({ id }) => id);
      this.#reason = reason;
      this.#sortedAtMs = nowMs;
      return inOrder;
    }
    if (!held) this.dueInMs = waitMs;
    const byId = new Map(rows.map((row) => [row.id, row]));
    const known = this.#ids.flatMap((id) => byId.get(id) ?? []);
    const seen = new Set(this.#ids);
    const inOrder = [...known, ...rows.filter(({ id }) => !seen.has(id))];
    this.#ids = inOrder.map(({ id }) => id);
    return inOrder;
  }
}

export interface CalmOptions {
  readonly reason: string;
  readonly held: boolean;
  readonly nowMs: number;
  readonly everyMs?: number;
}
