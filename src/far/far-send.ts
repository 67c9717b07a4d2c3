import type { PendingSends } from '../dispatch/pending-sends.js';
import { onceAborted, untilAborted } from '../internal/abort.js';
import { captureAsyncContext } from '../internal/async-context.js';
import { argumentError } from '../internal/check.js';
import { hasThenMethod } from '../internal/thenable.js';
import type { AnyResult, CallHere, FarCall, FarPart, FarSend, FarSide, SendHere } from '../send/far-hook.js';
import type { FarResult, SendResult } from '../contract/signals.js';
import type { FarAttachment } from './types.js';

type Reporter = Pick<FarAttachment, 'report'>;

/** A thread or node that a send has called. */
interface Named {
  readonly name: string;
}

/** One call of a send, and the side that makes it. */
interface FarTarget {
  readonly call: FarCall;
  readonly side: FarSide;
}

/** One send to local receivers and remote ones. It counts as one pending send. */
export class SplitSend implements FarPart {
  readonly #send: FarSend;
  readonly #here: SendHere;
  readonly #targets: readonly FarTarget[];
  readonly #stop: Stop | undefined;
  readonly #told: Told | undefined;
  readonly #reporter: Reporter;
  /** The threads and nodes that have been called and have not answered. */
  #pending: Set<Named> | undefined;

  private constructor(
    send: FarSend,
    here: SendHere,
    targets: readonly FarTarget[],
    stop: Stop | undefined,
    told: Told | undefined,
    reporter: Reporter,
  ) {
    this.#send = send;
    this.#here = here;
    this.#targets = targets;
    this.#stop = stop;
    this.#told = told;
    this.#reporter = reporter;
  }

  /** See {@link FarSide.begin}. */
  static of(
    sides: readonly FarSide[],
    options: Omit<FarSend, 'until' | 'onResult'>,
    here: SendHere,
    reporter: Reporter,
  ): SplitSend | undefined {
    const stop = here.until && new Stop(here.until);
    const told = here.onResult && new Told(here.onResult);
    const send: FarSend = { ...options, until: stop?.elsewhere, onResult: told?.tell };
    const targets: FarTarget[] = [];
    for (const side of send.reverse ? [...sides].reverse() : sides) {
      const call = side.prepare(send);
      if (call !== undefined) targets.push({ call, side });
    }
    if (targets.length === 0) return undefined;
    here.limits?.onAbort((reason) => {
      for (const { call } of targets) call.abort(reason);
    });
    return new SplitSend(send, here, targets, stop, told, reporter);
  }

  /** Passes an emit on, then calls the local receivers. */
  emit(callHere: CallHere<void>): void {
    let started: Promise<void>[] | undefined;
    for (const { call } of this.#targets) {
      const result = call.start();
      if (result !== undefined) (started ??= []).push(this.#reporting(result));
    }
    if (started === undefined) {
      callHere(this.#here.home);
      return;
    }
    const waited = started;
    void this.#whilePending((home) => {
      callHere(home);
      return Promise.all([home.drain(), ...waited]);
    });
  }

  /** Passes the send on, then calls the local receivers; waits for all at once. */
  send(callHere: CallHere<Promise<AnyResult[]>>): Promise<AnyResult[]> {
    return this.#whilePending(async (home) => {
      const remote = this.#targets.map((target) => this.#start(target));
      const local = callHere(home);
      return (await Promise.all(this.#inOrder(local, remote))).flat();
    });
  }

  /** Calls the local receivers, then passes the send on to one transport after the other, until `until` is true. */
  sendSerially(callHere: CallHere<Promise<AnyResult[]>>): Promise<AnyResult[]> {
    const { hurrySignal } = this.#here;
    return this.#whilePending(async (home) => {
      const stopListening = hurrySignal && onceAborted(hurrySignal, this.#hurry);
      const parts: Promise<readonly AnyResult[]>[] = [];
      const local = (): Promise<readonly AnyResult[]> => callHere(home, this.#stop?.here);
      const remote = this.#targets.map((target) => () => this.#start(target));
      try {
        for (const next of this.#inOrder(local, remote)) {
          if (this.#stop?.isReached === true) break;
          const part = next();
          parts.push(part);
          await untilAborted(part, hurrySignal);
        }
        const results = await Promise.all(parts);
        this.#stop?.rethrow();
        return results.flat();
      } finally {
        stopListening?.();
      }
    });
  }

  /** Resolves when an emit has been passed on. It has no results, in which a failure would appear. */
  async #reporting(started: Promise<unknown>): Promise<void> {
    try {
      await started;
    } catch (error) {
      this.#reporter.report(error, 'elsewhere', this.#send);
    }
  }

  readonly #hurry = (): void => {
    for (const { call } of this.#targets) call.hurry?.();
  };

  #inOrder<T>(local: T, remote: readonly T[]): T[] {
    return this.#send.reverse ? [...remote, local] : [local, ...remote];
  }

  async #start({ call, side }: FarTarget): Promise<readonly AnyResult[]> {
    const { senders, keys } = this.#send;
    const filtered = senders.length > 0 || keys.length > 0;
    const called = side.reach(filtered, this.#send).map((name) => ({ name }));
    const pending = (this.#pending ??= new Set());
    for (const each of called) pending.add(each);
    try {
      const results = (await call.start()) ?? [];
      if (this.#told !== undefined) results.forEach(this.#told.tell);
      return results;
    } finally {
      for (const each of called) pending.delete(each);
    }
  }

  #whilePending<T>(run: (home: PendingSends) => Promise<T>): Promise<T> {
    const { home, context } = this.#here;
    return home.countAsOne(context, run, () => this.#pending ?? []);
  }
}

/** Shows each remote result to the watchers once, as soon as the transport tells of it. */
class Told {
  readonly #results = new WeakSet<FarResult>();
  readonly #onResult: (result: FarResult) => void;

  constructor(onResult: (result: FarResult) => void) {
    this.#onResult = onResult;
  }

  readonly tell = (result: FarResult): void => {
    if (this.#results.has(result)) return;
    this.#results.add(result);
    this.#onResult(result);
  };
}

/**
 * Calls `until` with the results of a serial send, local and remote ones, until it is true; with remote ones it must not
 * throw.
 */
class Stop {
  isReached = false;
  #thrown: { readonly error: unknown } | undefined;
  readonly #until: (result: SendResult) => unknown;
  /** Remote results arrive in the async context of a transport, and `until` is a function of the sender. */
  readonly #within = captureAsyncContext();

  constructor(until: (result: SendResult) => unknown) {
    this.#until = until;
  }

  readonly here = (result: SendResult): boolean => {
    if (this.isReached) return true;
    const stop = this.#until(result);
    // A transport cannot wait for it.
    if (hasThenMethod(stop)) throw argumentError('until(result)', 'a boolean', stop);
    return (this.isReached = Boolean(stop));
  };

  readonly elsewhere = (result: FarResult): boolean => {
    try {
      return this.#within(() => this.here(result as AnyResult as SendResult));
    } catch (error) {
      this.#thrown = { error };
      return (this.isReached = true);
    }
  };

  rethrow(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }
}
