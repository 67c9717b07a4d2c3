import { nameOfReceiver } from '../tokens.js';
import { type Call, type Callee, type Failure, callSoon } from './calls.js';
import type { Undelivered } from './errors.js';
import type { Member } from './member.js';
import type { AnyFunction, BusErrorReport } from './types.js';

/** What a bus calls again and again: a subscriber or a periodic task. */
export abstract class Part implements Callee {
  readonly member: Member;
  readonly topic: string | undefined;
  readonly name: string;
  readonly fn: AnyFunction;
  readonly thisArg: unknown;
  /** How many calls are not over. */
  calls = 0;
  /** It gets nothing new. */
  aborted = false;

  constructor(member: Member, topic: string | undefined, fn: AnyFunction, thisArg: unknown) {
    this.member = member;
    this.topic = topic;
    this.name = nameOfReceiver(fn);
    this.fn = fn;
    this.thisArg = thisArg;
  }

  abstract invoke(unit: unknown): unknown;

  /** Does what is due in the phase that its bus is in now. */
  abstract turn(afterCall?: boolean): void;

  /** Gives up what it holds, as an entry of `undelivered`, and the publishes that wait: `refusals` rejects them. */
  abstract giveUp(undelivered: Undelivered[], refusals: ((reason: unknown) => void)[]): void;

  protected abstract reportOf(position: number): BusErrorReport;

  ended({ position, count }: Call, failure: Failure | undefined): void {
    this.calls -= 1;
    if (failure !== undefined) this.member.report(failure.error, this.reportOf(position));
    this.turn(true);
    this.member.done(count);
  }

  /** From now on it is a part of its bus, until an abort. */
  protected join(abortSignal: AbortSignal | undefined, onAbort?: () => void): void {
    this.member.parts.add(this);
    const end = (): void => {
      this.aborted = true;
      onAbort?.();
      this.turn();
    };
    abortSignal?.addEventListener('abort', end, { once: true });
    this.turn();
  }

  /** What this is work for has been counted. */
  protected call(unit?: unknown, count?: number, position?: number): void {
    this.calls += 1;
    callSoon(this, unit, count, position);
  }

  protected leaveOnceDone(queued: number): void {
    if (this.aborted && this.calls + queued === 0) this.member.parts.delete(this);
  }
}
