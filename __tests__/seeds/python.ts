/**
 * Python's way of printing, as far as the documents need it.
 *
 * A Python set prints its members in arbitrary order, and so did a dict when the documents were written; here both print
 * in the order of insertion.
 */

/** `'text'`, `None`, and an object as its own `toString` says. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  return typeof value === 'string' ? `'${value}'` : (value as { toString(): string }).toString();
}

/** `set()`, `{'a', 'b'}` */
export function reprSet(members: Iterable<unknown>): string {
  const printed = Array.from(members, repr);
  return printed.length === 0 ? 'set()' : `{${printed.join(', ')}}`;
}

/** `{}`, `{'a': 'b'}` */
export function reprDict(entries: object): string {
  return `{${Object.entries(entries)
    .map(([name, value]) => `${repr(name)}: ${repr(value)}`)
    .join(', ')}}`;
}

export interface Printer {
  /** Python's `print`: the values with a space between two. */
  readonly print: (...values: readonly unknown[]) => void;
  readonly lines: string[];
}

export function createPrinter(): Printer {
  const lines: string[] = [];
  return { lines, print: (...values) => lines.push(values.map(String).join(' ')) };
}
