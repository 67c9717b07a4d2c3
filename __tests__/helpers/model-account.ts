/** Writes down what happens, so that two accounts are the same exactly when the same has happened. */
export class Account {
  readonly lines: string[] = [];
  readonly #names = new Map<unknown, string>();
  /** Written when a step is over: by then all has its name. */
  readonly #events: (() => string)[] = [];
  readonly #reports: (() => string)[] = [];

  name(what: unknown, name: string): void {
    this.#names.set(what, name);
  }

  /** Something that happens in this order. */
  tell(...what: readonly unknown[]): void {
    this.#events.push(() => this.#nameOf(what));
  }

  /** Something that may happen at any time of a step. @param later - What to write, once the step is over. */
  report(later: () => readonly unknown[]): void {
    this.#reports.push(() => this.#nameOf(later()));
  }

  endStep(): void {
    const reports = this.#reports.splice(0).map((report) => report());
    this.lines.push(...this.#events.splice(0).map((event) => event()), ...reports.sort());
  }

  #nameOf(value: unknown): string {
    if (typeof value === 'string') return value;
    const name = this.#names.get(value);
    if (name !== undefined) return name;
    if (typeof value !== 'object' || value === null) return String(value);
    if (value instanceof Error) return value.name;
    if (Array.isArray(value)) return `[${value.map((each) => this.#nameOf(each)).join(', ')}]`;
    if (isSet(value)) return this.#nameOf([...value].map((each) => this.#nameOf(each)).sort());
    const parts = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => `${key}: ${this.#nameOf(each)}`);
    return `{ ${parts.join(', ')} }`;
  }
}

/** A view of a set, too. */
function isSet(value: object): value is ReadonlySet<unknown> {
  return Symbol.iterator in value && 'has' in value;
}
