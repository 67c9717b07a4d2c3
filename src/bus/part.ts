import { nameOfReceiver } from '../tokens.js';
import type { Call, Callee } from './calls.js';
import type { Member } from './member.js';
import type { AnyFunction } from './types.js';

/** What a bus calls again and again: a subscriber or a periodic task. */
export abstract class Part implements Callee {
  readonly member: Member;
  readonly topic: string | undefined;
  readonly name: string;
  readonly fn: AnyFunction;
  readonly thisArg: unknown;
  readonly abortSignal: AbortSignal | undefined;
  calls = 0;

  constructor(
    member: Member,
    topic: string | undefined,
    fn: AnyFunction,
    thisArg: unknown,
    abortSignal: AbortSignal | undefined,
  ) {
    this.member = member;
    this.topic = topic;
    this.name = nameOfReceiver(fn);
    this.fn = fn;
    this.thisArg = thisArg;
    this.abortSignal = abortSignal;
  }

  /** It gets nothing new. */
  get aborted(): boolean {
    return this.abortSignal?.aborted === true;
  }

  /** How many payloads wait for it. */
  abstract readonly queued: number;

  /** Lets payloads come, until an abort. */
  protected connect?(): void;

  abstract invoke(unit: unknown): unknown;

  abstract turn(afterCall?: boolean): void;

  ended({ position, count }: Call, failed: boolean, error: unknown): void {
    this.calls -= 1;
    this.#goOn(true);
    if (failed) this.report(error, position); // last: whoever is told may stop or start the bus
    this.member.done(count);
  }

  /** From now on it is a part of its bus, until an abort. */
  join(): void {
    this.connect?.();
    this.member.parts.add(this);
    this.abortSignal?.addEventListener('abort', () => this.#goOn(), { once: true });
    this.#goOn(); // aborted already, it leaves
  }

  protected report(error: unknown, position: number | undefined): void {
    const source = this.topic === undefined ? 'periodic task' : 'subscriber';
    this.member.report(error, source, this.name, this.topic, position);
  }

  #goOn(afterCall = false): void {
    this.turn(afterCall);
    if (this.aborted && this.calls + this.queued === 0) this.member.parts.delete(this);
  }
}
