import type { FarCall, FarReceivers, FarSend, Heard } from '../../src/far/index.js';
import type { FarResult } from '../../src/index.js';
import { type Deferred, deferred } from './promises.js';

export const farResult = (place: string, value: unknown): FarResult => ({
  status: 'fulfilled',
  value,
  receiverName: `receiver of ${place}`,
  thread: place,
});

export const noAnswer = (place: string, reason: unknown): FarResult => ({
  status: 'rejected',
  reason,
  receiverName: place,
  thread: place,
});

/** A transport to places that do not exist: it notes what it is given, and answers when a test says so. */
export class Elsewhere implements FarReceivers {
  readonly places: Map<string, Heard>;
  readonly prepared: FarSend[] = [];
  readonly started: FarSend[] = [];
  readonly aborted: unknown[] = [];
  readonly told: Heard[] = [];
  /** How many sends have been hurried. */
  hurried = 0;
  /** What `prepare` throws. */
  refusal: Error | undefined;
  /** Has `start` return nothing, as for an emit that nobody waits for. */
  silent = false;
  readonly #answers: Deferred<readonly FarResult[]>[] = [];

  constructor(places: Record<string, Heard> = { far: 'everything' }) {
    this.places = new Map(Object.entries(places));
  }

  reach(filtered: boolean): readonly string[] {
    return [...this.places].flatMap(([name, heard]) => {
      return heard === 'everything' || (heard === 'filtered' && filtered) ? [name] : [];
    });
  }

  prepare(send: FarSend): FarCall | undefined {
    if (this.refusal !== undefined) throw this.refusal;
    this.prepared.push(send);
    if (this.reach(send.senders.length + send.keys.length > 0).length === 0) return undefined;
    const answer = deferred<readonly FarResult[]>();
    return {
      start: () => {
        this.started.push(send);
        this.#answers.push(answer);
        return this.silent ? undefined : answer.promise;
      },
      abort: (reason) => {
        this.aborted.push(reason);
        answer.resolve([...this.places.keys()].map((name) => noAnswer(name, reason)));
      },
      hurry: () => {
        this.hurried += 1;
      },
    };
  }

  heard(heard: Heard): void {
    this.told.push(heard);
  }

  /** Answers the oldest send that has none. */
  answer(...results: FarResult[]): void {
    this.#answers.shift()?.resolve(results);
  }
}
