import { CallSite } from '../internal/call-site.js';
import { DrainTimeoutError, SendDepthError } from '../signals/errors.js';
import type { FailureLog } from '../signals/failure-log.js';
import { Timer } from '../internal/timer.js';
import { nameOfSignal } from '../signals/tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { SendContext } from '../contract/signals.js';
import { nameOfReceiver } from '../internal/printing.js';

/** A pending send. */
export interface PendingSend {
  /**
   * The receivers that have been called and have not settled. Remote receivers are represented by their thread or node.
   */
  running(): Iterable<{ readonly name: unknown }>;
  /** The pending sends form a linked list: a Set costs more than the rest of a send. */
  before?: PendingSend | undefined;
  after?: PendingSend | undefined;
}

/** Sends nested deeper than this fail. */
const MOST_NESTED = 500;
/** From this depth on, the signals of nested sends are noted for the error message. */
const NOTED_FROM = 10;
/**
 * How many small calls must still fit on the stack when a send starts deeper than NOTED_FROM. If the stack overflowed
 * inside an async receiver, the error would become a rejection, and the enclosing sends would continue.
 */
const ROOM_FOR_NEXT = 1000;
/** If this many calls still fit on the stack, a single receiver has overflowed it by itself. */
const ROOM_FOR_ALL = 4000;

/** The pending sends of a manager, the drains that wait for them, and the log of their failures. */
export class PendingSends {
  readonly failures: FailureLog;
  /** The instance of the manager, which counts how deep sends are nested. Part of a send may have another instance. */
  readonly top: PendingSends;
  /**
   * How many nested sends are calling receivers now. Each counts itself without a function call, because a call might
   * fail at the end of the stack, when receivers nest too deep.
   */
  calling = 0;
  /** A send must call `nest` if at least this many sends are calling receivers. */
  deepest = NOTED_FROM;
  /**
   * Changes whenever a signal is muted, a receiver is removed or stops being a single plain function, or sends fail.
   */
  stirs = 0;
  /** The error with which all sends that are calling receivers now fail. */
  tooDeep: SendDepthError | undefined;
  /** The signals of the nested sends from depth NOTED_FROM on. */
  #nested: SignalToken[] = [];
  /** Whether `called` has more to do. */
  #alert = false;
  #waiting = 0;
  #latest: PendingSend | undefined;
  #drains: Set<() => void> | undefined;

  constructor(failures: FailureLog, above?: PendingSends) {
    this.failures = failures;
    this.top = above?.top ?? this;
  }

  /** The number of pending sends. */
  get pending(): number {
    return this.calling + this.#waiting;
  }

  /**
   * Notes that a send starts to call receivers. The caller must decrement `calling` itself, without a function call.
   */
  begin(context: Pick<SendContext, 'signal'>): void {
    if (this.calling >= this.deepest) this.nest(context);
    this.calling += 1;
  }

  /** Makes calls of a send, which counts as pending meanwhile. */
  counting<T>(context: Pick<SendContext, 'signal'>, call: () => T): T {
    this.begin(context);
    try {
      return call();
    } finally {
      this.calling -= 1;
    }
  }

  /**
   * Must follow when a send has called its receivers, and has been added if it is still pending. Throws the error if
   * the send fails.
   */
  called(): void {
    if (this.#alert) this.#attend();
  }

  /** Throws if a send that is about to start is nested too deep, or an enclosing send fails for that reason. */
  nest({ signal }: Pick<SendContext, 'signal'>): void {
    if (this.calling === 0) this.#recover(); // the stack overflowed before `#attend` could do this
    if (this.tooDeep !== undefined) throw this.tooDeep;
    this.#nested[this.calling - NOTED_FROM] = signal;
    this.#alert = true;
    if (this.calling > MOST_NESTED) throw this.#fail(signal, false);
    if (!hasRoom(ROOM_FOR_NEXT)) throw this.#fail(signal, true);
  }

  /** Whether an error of a receiver is a failure of the enclosing sends, and not of the receiver. */
  fails(reason: unknown, { signal }: Pick<SendContext, 'signal'>): boolean {
    if (this.tooDeep !== undefined) return reason === this.tooDeep || isEndOfStack(reason);
    if (this.calling <= 1 || !isEndOfStack(reason) || hasRoom(ROOM_FOR_ALL)) return false;
    this.#fail(signal, true);
    return true;
  }

  /**
   * Returns the rejection of a send. If an enclosing send fails with the same error, this rejection need not be
   * handled.
   */
  rejection(error: unknown): Promise<never> {
    const rejected = Promise.reject(error);
    if (this.tooDeep !== undefined) rejected.catch(() => undefined);
    return rejected;
  }

  /**
   * Counts all that `run` does as one pending send.
   *
   * @param run - Gets the home in which its calls of receivers are counted.
   * @param others - Work that the send waits for besides these receivers.
   */
  async countAsOne<T>(
    context: Pick<SendContext, 'signal'>,
    run: (home: PendingSends) => Promise<T>,
    others: () => Iterable<{ readonly name: unknown }>,
  ): Promise<T> {
    const inner = new PendingSends(this.failures, this);
    const send: PendingSend = { running: () => [...inner.running(), ...others()] };
    const settled = this.counting(context, () => run(inner));
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

  /** Does nothing if the send is not in the list. */
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
   * Resolves when no send is pending. Rejects with a DrainTimeoutError after `timeoutMs`.
   *
   * @param site - The call of the verb, if it was called earlier.
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

  /** The receivers that pending sends wait for, oldest send first. */
  running(): { readonly name: unknown }[] {
    const running: Iterable<{ readonly name: unknown }>[] = [];
    for (let send = this.#latest; send !== undefined; send = send.before) running.unshift(send.running());
    return running.flatMap((names) => [...names]);
  }

  #fail(signal: SignalToken, atStackEnd: boolean): SendDepthError {
    const noted = this.#nested.slice(0, Math.max(0, this.calling + 1 - NOTED_FROM));
    // Signals in the cycle are sent repeatedly; the signals that led to it only once.
    const again = noted.filter((each, i) => noted.indexOf(each) < i);
    const names = [...new Set(again.length > 0 ? again : [...noted, signal])].map(nameOfSignal);
    this.tooDeep = new SendDepthError(names, this.calling, atStackEnd);
    this.deepest = 0;
    this.stirs += 1;
    this.#alert = true;
    return this.tooDeep;
  }

  /** Resets the state after the outermost send. */
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

  /** Resolves the drains if no send is pending any more. */
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
    return false; // reading the message threw
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
