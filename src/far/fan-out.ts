import { ReceiverTimeoutError } from '../signals/errors.js';
import { Timer } from '../internal/timer.js';
import type { FarSend } from '../send/far-hook.js';
import type { FarResult } from '../contract/signals.js';
import { FanOutCall, type FanOutCallOwner } from './fan-out-call.js';
import type { FarAttachment } from './types.js';

/** A target counts the time limit of a send itself, and has this much more for the way there and back. */
const GRACE_MS = 250;
/** Names the receivers of a target in the result that stands for missing ones. */
const MISSING_NAME = '(no answer)';

/** In what the sends of the transports differ. */
export interface FanOutRules {
  /** Names all receivers of a target in a time-out error. */
  readonly allOf: (name: string) => string;
  /** The field of a result that names the target. */
  readonly place: 'node' | 'thread';
  /** Which targets an abort is reported for: all that have not answered, or those in which no receiver is running. */
  readonly reportsAbort: 'all' | 'idle';
  /** After `until` was true: whether the send waits for the target's last answer. */
  readonly waitsAfterUntil: boolean;
}

/** How the calls of a send go to its targets. */
export interface FanOutTransport<T> {
  readonly rules: FanOutRules;
  nameOf(target: T): string;
  /** Asked at the target's turn: undefined if it can be asked, `'left'` if it is skipped, or why its call fails. */
  absenceOf(target: T): 'left' | Error | undefined;
  /** Asks the targets of these calls, and has their answers come to the calls. */
  ask(calls: readonly FanOutCall<T>[]): void;
  /** After a step: the target may go on with its next receiver, or has to stop. */
  goOn(call: FanOutCall<T>, stop: boolean): void;
  /** The targets of these calls need not go on. */
  tellAbort(calls: readonly FanOutCall<T>[], reason: unknown): void;
  /** The call has settled, or its answer is not needed. */
  release(call: FanOutCall<T>): void;
  /** The send has settled. */
  end(): void;
}

export interface FanOutOptions<T> {
  readonly signal: string;
  readonly send: FarSend;
  /** In the order of their results. */
  readonly targets: readonly T[];
  readonly attachment: Pick<FarAttachment, 'report'>;
  /** The limit of a target if the send has none. */
  readonly timeoutMs: number;
}

/** One send to other threads or nodes: to all at once or, if it is serial, to one after the other. */
export class FanOut<T> implements FanOutCallOwner<T> {
  readonly #options: FanOutOptions<T>;
  readonly #transport: FanOutTransport<T>;
  readonly #calls: readonly FanOutCall<T>[];
  /** How many calls had their turn. */
  #begun = 0;
  #pending = 0;
  #isAdvancing = false;
  #isStopped = false;
  #isHurried = false;
  #isFinished = false;
  /** The call whose target waits for `until` between two receivers. */
  #between: FanOutCall<T> | undefined;
  #timer: Timer | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #resolve: ((results: readonly FarResult[]) => void) | undefined;

  constructor(options: FanOutOptions<T>, transport: FanOutTransport<T>) {
    this.#options = options;
    this.#transport = transport;
    this.#calls = options.targets.map((target) => new FanOutCall(target, this));
  }

  get signal(): string {
    return this.#options.signal;
  }

  start(): Promise<readonly FarResult[]> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (this.#aborted === undefined) this.#advance();
      else this.#giveUp(this.#aborted.reason);
    });
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    if (this.#resolve === undefined || this.#isFinished) return;
    const pending = this.#calls.filter((call) => call.isPending);
    if (pending.length > 0) this.#transport.tellAbort(pending, reason);
    this.#giveUp(reason);
  }

  /** Asks the targets that are left at once. */
  hurry(): void {
    this.#isHurried = true;
    if (this.#resolve !== undefined) this.#advance();
  }

  resulted(result: FarResult): void {
    this.#options.send.onResult?.(result);
  }

  stepped(call: FanOutCall<T>, results: readonly FarResult[]): void {
    const { kind, until } = this.#options.send;
    if (kind === 'serial') this.#watch();
    if (until === undefined) return;
    this.#between = call;
    this.#review(results);
    this.#between = undefined;
    // `until` may have aborted the send.
    if (call.isSettled || this.#isFinished) return;
    this.#transport.goOn(call, this.#isStopped);
    if (this.#isStopped && !this.#transport.rules.waitsAfterUntil) this.#finish();
  }

  answered(call: FanOutCall<T>): void {
    this.#settled(call);
  }

  failed(call: FanOutCall<T>, reason: unknown): void {
    this.#fail(call, reason);
  }

  /** Asks the next target, or all of them, as long as no call is pending or the send is hurried. */
  #advance(): void {
    // An answer may come while its target is being asked.
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      while (!this.#isFinished) {
        const isDone = this.#isStopped || this.#begun === this.#calls.length;
        if (this.#pending > 0 && (isDone || !this.#isHurried)) break;
        if (isDone) this.#finish();
        else this.#ask();
      }
    } finally {
      this.#isAdvancing = false;
    }
  }

  #ask(): void {
    const inTurn = this.#options.send.kind === 'serial' && !this.#isHurried;
    const end = inTurn ? this.#begun + 1 : this.#calls.length;
    const calls = this.#calls.slice(this.#begun, end);
    this.#begun = end;
    const asked = calls.filter((call) => this.#isPresent(call));
    for (const call of asked) call.isAsked = true;
    this.#pending += asked.length;
    if (asked.length === 0) return;
    this.#transport.ask(asked);
    if (this.#pending > 0) this.#watch();
  }

  /** Settles the call of a target that cannot be asked any more. */
  #isPresent(call: FanOutCall<T>): boolean {
    const absence = this.#transport.absenceOf(call.target);
    if (absence === undefined) return true;
    if (absence === 'left') call.isSettled = true;
    else this.#fail(call, absence);
    return false;
  }

  /** Gives up targets that are silent for too long; each step of a serial send is a sign of life. */
  #watch(): void {
    this.#timer?.stop();
    const { send, timeoutMs, signal } = this.#options;
    const { rules } = this.#transport;
    const limitMs = send.timeoutMs ?? timeoutMs;
    this.#timer = new Timer(send.timeoutMs === undefined ? limitMs : limitMs + GRACE_MS, () => {
      for (const call of this.#calls.filter(({ isPending }) => isPending)) {
        const name = rules.allOf(this.#transport.nameOf(call.target));
        const error = new ReceiverTimeoutError(name, `"${signal}"`, limitMs);
        this.#transport.tellAbort([call], error);
        this.#fail(call, error);
      }
    });
  }

  #fail(call: FanOutCall<T>, reason: unknown, isReported = true): void {
    const { rules } = this.#transport;
    const { send, attachment } = this.#options;
    const name = this.#transport.nameOf(call.target);
    const missing: FarResult = { status: 'rejected', reason, receiverName: MISSING_NAME, [rules.place]: name };
    call.results.push(missing);
    this.resulted(missing);
    call.isSettled = true;
    if (isReported) attachment.report(reason, name, send);
    this.#review([missing]);
    this.#settled(call);
  }

  /** Asks `until`, which stops the send for good once it has been true. */
  #review(results: readonly FarResult[]): void {
    const { until } = this.#options.send;
    if (until !== undefined) this.#isStopped ||= results.some((result) => until(result));
  }

  #settled(call: FanOutCall<T>): void {
    if (!call.isAsked) return;
    this.#transport.release(call);
    this.#pending -= 1;
    this.#advance();
  }

  /** The threads and nodes in which receivers are running report the abort themselves. */
  #giveUp(reason: unknown): void {
    const { reportsAbort } = this.#transport.rules;
    this.#isAdvancing = true; // no target is asked any more
    for (const call of this.#calls) {
      if (call.isSettled) continue;
      if (!call.isAsked && (this.#isStopped || !this.#isPresent(call))) continue;
      this.#fail(call, reason, reportsAbort === 'all' || !call.isAsked || call === this.#between);
    }
    this.#finish();
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#timer?.stop();
    for (const call of this.#calls) {
      if (!call.isPending) continue;
      call.isSettled = true;
      this.#transport.release(call);
    }
    this.#resolve?.(this.#calls.flatMap(({ results }) => results));
    this.#transport.end();
  }
}
