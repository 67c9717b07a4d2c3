import type { SignalToken } from '../../index.js';
import { LONGEST_NAME } from './known-receiver.js';
import type { ManagerRecord } from './manager-record.js';
import { SignalRecord } from './signal-record.js';
import { TokenMap } from './token-map.js';

/** How many signals have a row of their own at one time. */
const MOST_SIGNALS = 10_000;

/** The signals that an inspector shows. */
export class SignalRecords {
  readonly #nextId: () => number;
  readonly #all = new Map<number, SignalRecord>();
  readonly #byManager = new WeakMap<ManagerRecord, TokenMap<SignalRecord>>();
  /** The row that the signals beyond the limit share. */
  #others: SignalRecord | undefined;

  constructor(nextId: () => number) {
    this.#nextId = nextId;
  }

  get(id: number): SignalRecord | undefined {
    return this.#all.get(id);
  }

  [Symbol.iterator](): Iterator<SignalRecord> {
    return this.#all.values();
  }

  find(manager: ManagerRecord, token: SignalToken): SignalRecord | undefined {
    return this.#byManager.get(manager)?.get(token);
  }

  /** @param second - The current one. */
  ensure(manager: ManagerRecord, token: SignalToken, name: string, second: number): SignalRecord {
    return this.find(manager, token) ?? this.#add(manager, token, name.slice(0, LONGEST_NAME), second);
  }

  /** Removes the records that show nothing any more. @returns Their ids. */
  sweep(isGone: (record: SignalRecord) => boolean): number[] {
    const gone = [...this.#all.values()].filter((record) => record !== this.#others && isGone(record));
    for (const { id, token, manager } of gone) {
      this.#all.delete(id);
      if (token !== undefined) this.#byManager.get(manager)?.delete(token);
    }
    return gone.map(({ id }) => id);
  }

  #add(manager: ManagerRecord, token: SignalToken, name: string, second: number): SignalRecord {
    const isFull = this.#all.size >= MOST_SIGNALS;
    if (isFull && this.#others !== undefined) return this.#others;
    const made = new SignalRecord(manager, isFull ? '(others)' : name, second, this.#nextId);
    this.#all.set(made.id, made);
    if (isFull) return (this.#others = made);
    const byToken = this.#byManager.get(manager) ?? new TokenMap<SignalRecord>();
    this.#byManager.set(manager, byToken);
    byToken.set(token, made.for(token));
    return made;
  }
}
