/** Collects the failures of tasks that must all run, even if some fail. */
export class Failures {
  readonly reasons = new Set<unknown>();

  /** Runs the task for all items, and resolves when all have settled. Never rejects. */
  async each<T>(items: readonly T[], task: (item: T) => PromiseLike<unknown> | undefined): Promise<void> {
    const outcomes = await Promise.allSettled(items.map(async (item) => task(item)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.reasons.add(outcome.reason);
  }

  /** Throws the collected failure, if there is one; an AggregateError for several. */
  rethrow(message: string): void {
    const reasons = [...this.reasons];
    if (reasons.length > 1) throw new AggregateError(reasons, message);
    if (reasons.length > 0) throw reasons[0];
  }
}
