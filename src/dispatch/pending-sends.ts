import { CallSite } from '../internal/call-site.js';
import { DrainTimeoutError, SendDepthError } from '../signals/errors.js';
import type { FailureLog } from '../signals/failure-log.js';
import { Timer } from '../internal/timer.js';
import { nameOfReceiver, nameOfSignal } from '../signals/tokens.js';
import type { SendContext, SignalToken } from '../contract/signals.js';

/** A send that waits for receivers. */
export interface PendingSend {
  /** The receivers that have been called and have not settled; of those elsewhere, the places. */
  running(): Iterable<{ readonly name: unknown }>;
  /** Its neighbours among the sends that wait: these are linked to each other, for a Set costs more than all the rest. */
  before?: PendingSend | undefined;
  after?: PendingSend | undefined;
}

/** Sends nested deeper than this fail. */
const MOST_NESTED = 500;
/** From here on the signals of nested sends are noted, for the message of the error. */
const NOTED_FROM = 10;
/**
 * How many small calls the stack must have room for where a send is nested that deep: at its end an async receiver turns
 * the error into a rejection, and the sends around it would go on.
 */
const ROOM_FOR_NEXT = 1000;
/** Where the stack still has room for so many, one receiver alone has reached its end. */
const ROOM_FOR_ALL = 4000;

/** The sends of a manager that have not settled, who waits for them to do so, and where failures are told. */
export class PendingSends {
  readonly failures: FailureLog;
  /** The home of the manager, which counts how deep sends are nested; a part of a send may have one of its own. */
  readonly top: PendingSends;
  /**
   * How many sends are calling their receivers right now, one inside the other. Each counts itself, without a call: at the
   * end of the stack, where receivers nest too deep, a call might fail.
   */
  calling = 0;
  /** A send that starts while as many are calling their receivers has to ask (`nest`). */
  deepest = NOTED_FROM;
  /** Another number whenever a signal is muted, a receiver leaves or is no longer a plain function alone, or sends fail. */
  stirs = 0;
  /** Why the sends that are calling their receivers now all fail. */
  tooDeep: SendDepthError | undefined;
  /** The signals of the nested sends, from the first one that has to ask. */
  #nested: SignalToken[] = [];
  /** Whether there is more to do when a send has called its receivers. */
  #alert = false;
  #waiting = 0;
  #latest: PendingSend | undefined;
  #drains: Set<() => void> | undefined;

  constructor(failures: FailureLog, above?: PendingSends) {
    this.failures = failures;
    this.top = above?.top ?? this;
  }

  /** How many sends have not settled. */
  get pending(): number {
    return this.calling + this.#waiting;
  }

  /** A send starts to call somebody. To be counted back by the caller, without a call. */
  begin(context: Pick<SendContext, 'signal'>): void {
    if (this.calling >= this.deepest) this.nest(context);
    this.calling += 1;
  }

  /** A send has called its receivers; what is still to come of it has been added. Throws why it fails, if it does. */
  called(): void {
    if (this.#alert) this.#attend();
  }

  /** Throws when a send that is about to start is nested too deep, or one around it fails for that. */
  nest({ signal }: Pick<SendContext, 'signal'>): void {
    if (this.calling === 0) this.#recover(); // the stack ended where that should have been done
    if (this.tooDeep !== undefined) throw this.tooDeep;
    this.#nested[this.calling - NOTED_FROM] = signal;
    this.#alert = true;
    if (this.calling > MOST_NESTED) throw this.#fail(signal, false);
    if (!hasRoom(ROOM_FOR_NEXT)) throw this.#fail(signal, true);
  }

  /** Whether what a receiver has thrown is a failure of the sends around it, and not its own. */
  fails(reason: unknown, { signal }: Pick<SendContext, 'signal'>): boolean {
    const ended = isEndOfStack(reason);
    if (this.tooDeep === undefined && ended && this.calling > 1 && !hasRoom(ROOM_FOR_ALL)) this.#fail(signal, true);
    return this.tooDeep !== undefined && (ended || reason === this.tooDeep);
  }

  /** The rejection of a send. While one around it fails for the same reason, nobody else has to handle it. */
  rejection(error: unknown): Promise<never> {
    const rejected = Promise.reject(error);
    if (this.tooDeep !== undefined) rejected.catch(() => undefined);
    return rejected;
  }

  /**
   * Counts all that `run` does as one pending send.
   *
   * @param run - Gets the home in which its calls of receivers are counted.
   * @param others - What it waits for besides these receivers.
   */
  async countAsOne<T>(
    context: Pick<SendContext, 'signal'>,
    run: (home: PendingSends) => Promise<T>,
    others: () => Iterable<{ readonly name: unknown }>,
  ): Promise<T> {
    const inner = new PendingSends(this.failures, this);
    const send: PendingSend = { running: () => [...inner.running(), ...others()] };
    let settled: Promise<T>;
    this.begin(context);
    try {
      settled = run(inner);
    } finally {
      this.calling -= 1;
    }
    this.add(send);
    try {
      return await settled;
    } finally {
      this.delete(send);
    }
  }

  add(send: PendingSend): void {
    this.#waiting += 1;
    send.before = this.#latest;
    if (this.#latest !== undefined) this.#latest.after = send;
    this.#latest = send;
  }

  /** Does nothing for a send that does not wait any more. */
  delete(send: PendingSend): void {
    const { before, after } = send;
    if (after === undefined && send !== this.#latest) return;
    this.#waiting -= 1;
    if (before !== undefined) before.after = after;
    if (after === undefined) this.#latest = before;
    else after.before = before;
    send.before = send.after = undefined;
    if (this.#drains !== undefined) this.#notice();
  }

  /**
   * Resolves when no send is pending; rejects with a DrainTimeoutError when that takes longer than `timeoutMs`.
   *
   * @param site - Where the verb was called, if that is not being called now.
   */
  drain(timeoutMs = Infinity, site?: CallSite): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    const caller = site ?? new CallSite(timeoutMs);
    const drains = (this.#drains ??= new Set());
    this.#alert = true;
    return new Promise((resolve, reject) => {
      const timer = new Timer(timeoutMs, () => {
        drains.delete(done);
        reject(caller.blame(new DrainTimeoutError(this.running().map(nameOfReceiver), timeoutMs)));
      });
      const done = (): void => {
        timer.stop();
        resolve();
      };
      drains.add(done);
    });
  }

  /** Whom the sends wait for, the oldest send first. */
  running(): { readonly name: unknown }[] {
    const running: Iterable<{ readonly name: unknown }>[] = [];
    for (let send = this.#latest; send !== undefined; send = send.before) running.unshift(send.running());
    return running.flatMap((names) => [...names]);
  }

  #fail(signal: SignalToken, atStackEnd: boolean): SendDepthError {
    const noted = this.#nested.slice(0, Math.max(0, this.calling + 1 - NOTED_FROM));
    // What led there is sent once, what goes round is sent again.
    const again = noted.filter((each, i) => noted.indexOf(each) < i);
    const names = [...new Set(again.length > 0 ? again : [...noted, signal])].map(nameOfSignal);
    this.tooDeep = new SendDepthError(names, this.calling, atStackEnd);
    this.deepest = 0;
    this.stirs += 1;
    this.#alert = true;
    return this.tooDeep;
  }

  /** The outermost send is over. */
  #recover(): void {
    this.tooDeep = undefined;
    this.deepest = NOTED_FROM;
    this.#nested = [];
  }

  #attend(): void {
    const { tooDeep } = this;
    if (this.calling === 0) this.#recover();
    this.#alert = this.calling > 0 || this.#drains !== undefined;
    this.#notice();
    if (tooDeep !== undefined) throw tooDeep;
  }

  /** The count may have become 0. */
  #notice(): void {
    if (this.pending > 0 || this.#drains === undefined) return;
    const drains = this.#drains;
    this.#drains = undefined;
    for (const resolve of drains) resolve();
  }
}

function isEndOfStack(reason: unknown): boolean {
  try {
    return reason instanceof Error && /Maximum call stack|too much recursion/.test(reason.message);
  } catch {
    return false; // a message that can't be read
  }
}

function hasRoom(calls: number): boolean {
  try {
    return descend(calls);
  } catch {
    return false;
  }
}

function descend(calls: number): boolean {
  return calls === 0 || descend(calls - 1);
}
