import type { ErrorNote, ReceiverRow, Tally } from '../types.js';
import { Durations } from './durations.js';
import type { KnownReceiver } from './known-receiver.js';

/** Counts what has begun, what has ended and how long it took. */
export class CallTally {
  /** How many have begun. */
  count = 0;
  failures = 0;
  inFlight = 0;
  readonly #durations = new Durations();

  begin(): void {
    this.count += 1;
    this.inFlight += 1;
  }

  end(ms: number): void {
    this.inFlight -= 1;
    this.#durations.add(ms);
  }

  /** Ended without a duration that says anything. */
  giveUp(): void {
    this.inFlight -= 1;
  }

  get row(): Tally {
    const { failures, inFlight } = this;
    return { failures, inFlight, p50Ms: this.#durations.percentile(0.5), p99Ms: this.#durations.percentile(0.99) };
  }
}

/** The calls of one receiver by the sends of one signal. */
export class ReceiverTally extends CallTally {
  readonly id: number;
  readonly known: KnownReceiver;
  /** Whether it is connected to ANY. */
  readonly any: boolean;
  lastFailure: ErrorNote | null = null;

  constructor(id: number, known: KnownReceiver, any: boolean) {
    super();
    this.id = id;
    this.known = known;
    this.any = any;
  }

  failed(note: ErrorNote): void {
    this.failures += 1;
    this.lastFailure = note;
  }

  receiverRow(filtered: boolean): ReceiverRow {
    const { name, kind, site } = this.known;
    const { id, any, lastFailure, count: calls } = this;
    return { id, name, kind, filtered, any, calls, site, lastFailure, ...this.row };
  }
}
