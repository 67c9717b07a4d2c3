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

  /** How many payloads wait for it. */
  abstract readonly queued: number;

  /** @returns What undoes it. */
  protected connect?(): () => void;

  abstract invoke(unit: unknown): unknown;

  abstract turn(afterCall?: boolean): void;

  ended({ position, count }: Call, failed: boolean, error: unknown): void {
    this.calls -= 1;
    if (failed) this.report(error, position);
    this.#goOn(true);
    this.member.done(count);
  }

  /** From now on it is a part of its bus, until an abort. */
  join(abortSignal: AbortSignal | undefined): void {
    if (abortSignal?.aborted === true) return;
    const disconnect = this.connect?.();
    this.member.parts.add(this);
    const end = (): void => {
      this.aborted = true;
      disconnect?.();
      this.#goOn(false);
    };
    abortSignal?.addEventListener('abort', end, { once: true });
    this.turn();
  }

  protected report(error: unknown, position: number | undefined): void {
    const source = this.topic === undefined ? 'periodic task' : 'subscriber';
    this.member.report(error, source, this.name, this.topic, position);
  }

  #goOn(afterCall: boolean): void {
    this.turn(afterCall);
    if (this.aborted && this.calls + this.queued === 0) this.member.parts.delete(this);
  }
}
