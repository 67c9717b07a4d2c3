/** What has gone wrong where all is to be done, whatever becomes of the rest. */
export class Failures {
  readonly reasons = new Set<unknown>();

  /** Resolves, never rejects, when all are done. */
  async each<T>(items: readonly T[], task: (item: T) => PromiseLike<unknown> | undefined): Promise<void> {
    const outcomes = await Promise.allSettled(items.map(async (item) => task(item)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.reasons.add(outcome.reason);
  }

  /** Throws what has gone wrong, if anything has: an AggregateError if it was more than one thing. */
  rethrow(message: string): void {
    const reasons = [...this.reasons];
    if (reasons.length > 1) throw new AggregateError(reasons, message);
    if (reasons.length > 0) throw reasons[0];
  }
}
