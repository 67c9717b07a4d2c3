/** Counted and noted by extensions in the course of a crawl. */
export class StatsCollector {
  private readonly entries = new Map<string, number | string>();

  increment(name: string): void {
    const count = this.entries.get(name);
    this.entries.set(name, typeof count === 'number' ? count + 1 : 1);
  }

  set(name: string, value: number | string): void {
    this.entries.set(name, value);
  }

  toJSON(): Record<string, number | string> {
    return Object.fromEntries(this.entries);
  }
}
