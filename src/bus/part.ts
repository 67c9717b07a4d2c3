import { nameOfReceiver } from '../tokens.js';
import { type Call, type Callee, type Failure, callSoon } from './calls.js';
import type { Member } from './member.js';
import type { AnyFunction, BusErrorReport } from './types.js';

/** A publish that waits for room in a queue. */
export interface WaitingPublish {
  readonly payload: unknown;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** What a stop gives up waiting for. */
export interface Left {
  readonly topic: string;
  /** The payloads of the publishes that wait, too. */
  readonly payloads: readonly unknown[];
  readonly waiting: readonly WaitingPublish[];
}

/** What a bus calls again and again: a subscriber or a periodic task. */
export abstract class Part implements Callee {
  readonly member: Member;
  readonly topic: string | undefined;
  readonly name: string;
  /** How many calls are not over. */
  calls = 0;
  /** It gets nothing new. */
  aborted = false;

  constructor(member: Member, topic: string | undefined, fn: AnyFunction) {
    this.member = member;
    this.topic = topic;
    this.name = nameOfReceiver(fn);
  }

  abstract invoke(unit: unknown): unknown;

  /** Does what is due in the phase that its bus is in now. */
  abstract turn(): void;

  /** A call is over: what comes next? */
  protected abstract next(): void;

  protected abstract reportOf(call: Call): BusErrorReport;

  /** Gives up what it holds, if that is anything; what has been called is not. */
  giveUp(): Left | undefined {
    return undefined;
  }

  ended(call: Call, failure: Failure | undefined): void {
    this.calls -= 1;
    if (failure !== undefined) this.member.report(failure.error, this.reportOf(call));
    this.next();
    this.member.done(call.count);
  }

  /** From now on it is a part of its bus, until an abort. */
  protected join(abortSignal: AbortSignal | undefined, onAbort?: () => void): void {
    this.member.parts.add(this);
    abortSignal?.addEventListener(
      'abort',
      () => {
        this.aborted = true;
        onAbort?.();
        this.turn();
      },
      { once: true },
    );
    this.turn();
  }

  /** The work that this is has been counted. */
  protected call(unit?: unknown, count?: number, position?: number): void {
    this.calls += 1;
    callSoon(this, unit, count, position);
  }

  protected leaveOnceDone(queued = 0): void {
    if (this.aborted && this.calls === 0 && queued === 0) this.member.parts.delete(this);
  }
}
