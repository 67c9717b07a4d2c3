import type { FarCall, FarReceivers, FarSend } from './index.js';
import { PendingSends, type PendingSend } from '../dispatch/pending-sends.js';
import type { Limits } from '../dispatch/limits.js';
import type { Context } from '../signals/context.js';
import type { FarResult, SendResult } from '../contract/signals.js';

/** A result from here or from elsewhere. */
export type AnyResult = SendResult | FarResult;

/** Makes the calls of a send that are made here; what is late of them is counted in the home it is given. */
export type CallHere<T> = (home: PendingSends) => T;

interface Place {
  readonly name: string;
}
/** One call of a send, and what it goes to. */
interface FarTarget {
  readonly call: FarCall;
  readonly receivers: FarReceivers;
}

/**
 * The part of one send that goes to receivers elsewhere. Sends of signals that have none pay nothing for it.
 *
 * With it a send still counts as one that is pending: what it does here is counted in a home of its own.
 */
export class FarPart implements PendingSend {
  readonly #home: PendingSends;
  readonly #context: Context;
  #here: PendingSends | undefined;
  readonly #parts: readonly FarTarget[];
  readonly #send: FarSend;
  /** The places that have been called and have not answered. */
  #open: Set<Place> | undefined;

  private constructor(home: PendingSends, context: Context, parts: readonly FarTarget[], send: FarSend) {
    this.#home = home;
    this.#context = context;
    this.#parts = parts;
    this.#send = send;
  }

  /**
   * Makes a send ready for all that its signal is attached to.
   *
   * @returns undefined when it reaches nobody there.
   * @throws What one of them finds wrong with the kwargs.
   */
  static of(
    home: PendingSends,
    context: Context,
    far: readonly FarReceivers[],
    send: FarSend,
    limits: Limits | undefined,
  ): FarPart | undefined {
    const parts: FarTarget[] = [];
    for (const receivers of send.reverse ? [...far].reverse() : far) {
      const call = receivers.prepare(send);
      if (call !== undefined) parts.push({ call, receivers });
    }
    if (parts.length === 0) return undefined;
    limits?.onAbort((reason) => {
      for (const { call } of parts) call.abort(reason);
    });
    return new FarPart(home, context, parts, send);
  }

  *running(): Generator<{ readonly name: unknown }, void> {
    yield* this.#here?.running() ?? [];
    yield* this.#open ?? [];
  }

  /** Passes an emit on, then has it called here. */
  emit(callHere: CallHere<void>): void {
    let started: Promise<readonly FarResult[]>[] | undefined;
    for (const { call } of this.#parts) {
      const result = call.start();
      if (result !== undefined) (started ??= []).push(result);
    }
    if (started === undefined) {
      callHere(this.#home);
      return;
    }
    const waited = started;
    void this.#whilePending((here) => {
      callHere(here);
      return Promise.all([here.drain(), ...waited]);
    });
  }

  /** Passes the send on, then has it called here; all at once. */
  send(callHere: CallHere<Promise<AnyResult[]>>): Promise<AnyResult[]> {
    return this.#whilePending(async (home) => {
      const elsewhere = this.#parts.map((part) => this.#start(part));
      const here = callHere(home);
      return (await Promise.all(this.#inOrder(here, elsewhere))).flat();
    });
  }

  /** Has it called here, then elsewhere, one transport after the other, until `stop` has been reached. */
  sendSerially(callHere: CallHere<Promise<AnyResult[]>>, stop: Stop): Promise<AnyResult[]> {
    return this.#whilePending(async (home) => {
      const results: AnyResult[] = [];
      const elsewhere = this.#parts.map((part) => () => this.#start(part));
      for (const next of this.#inOrder(() => callHere(home), elsewhere)) {
        if (stop.reached) break;
        for (const result of await next()) results.push(result);
      }
      stop.rethrow();
      return results;
    });
  }

  #inOrder<T>(here: T, elsewhere: readonly T[]): T[] {
    return this.#send.reverse ? [...elsewhere, here] : [here, ...elsewhere];
  }

  async #start({ call, receivers }: FarTarget): Promise<readonly AnyResult[]> {
    const open = (this.#open ??= new Set());
    const { senders, keys } = this.#send;
    const filtered = senders.length > 0 || keys.length > 0;
    const places = receivers.reach(filtered, this.#send).map((name) => ({ name }));
    for (const place of places) open.add(place);
    try {
      return (await call.start()) ?? [];
    } finally {
      for (const place of places) open.delete(place);
    }
  }

  async #whilePending<T>(run: (here: PendingSends) => Promise<T>): Promise<T> {
    const home = this.#home;
    const here = (this.#here = new PendingSends(home.failures, home));
    let settled: Promise<T>;
    home.begin(this.#context);
    try {
      settled = run(here);
    } finally {
      home.calling -= 1;
    }
    home.add(this);
    try {
      return await settled;
    } finally {
      home.delete(this);
    }
  }
}

/** Asks `until` about the results of a serial send from here and from elsewhere, where it must not throw. */
export class Stop {
  reached = false;
  #thrown: { readonly error: unknown } | undefined;
  readonly #until: (result: SendResult) => boolean;

  constructor(until: (result: SendResult) => boolean = () => false) {
    this.#until = until;
  }

  readonly here = (result: SendResult): boolean => (this.reached = this.#until(result));

  readonly elsewhere = (result: FarResult): boolean => {
    try {
      return (this.reached = this.#until(result as AnyResult as SendResult));
    } catch (error) {
      this.#thrown = { error };
      return (this.reached = true);
    }
  };

  rethrow(): void {
    if (this.#thrown !== undefined) throw this.#thrown.error;
  }
}
