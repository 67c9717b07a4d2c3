import type { FarCall, FarReceivers, FarSend } from './far.js';
import { Home, type PendingSend } from './home.js';
import type { Limits } from './limits.js';
import type { FarResult, SendResult } from './types.js';

/** A result from here or from elsewhere. */
export type AnyResult = SendResult | FarResult;

/** Makes the calls of a send that are made here; what is late of them is counted in the home it is given. */
export type CallHere<T> = (home: Home) => T;

interface Place {
  readonly name: string;
}
/** The calls of a send, each with the places that it reaches. */
type Places = ReadonlyMap<FarCall, readonly Place[]>;

/**
 * The part of one send that goes to receivers elsewhere. Sends of signals that have none pay nothing for it.
 *
 * With it a send still counts as one that is pending: what it does here is counted in a home of its own.
 */
export class FarPart implements PendingSend {
  readonly #home: Home;
  readonly #here: Home;
  readonly #calls: readonly FarCall[];
  readonly #reverse: boolean;
  /** The places that have been called and have not answered. */
  readonly #open = new Set<Place>();
  readonly #places: Places;

  private constructor(home: Home, places: Places, reverse: boolean) {
    this.#home = home;
    this.#here = new Home(home.failures);
    this.#places = places;
    this.#calls = [...places.keys()];
    this.#reverse = reverse;
  }

  /**
   * Makes a send ready for all that its signal is attached to.
   *
   * @returns undefined when it reaches nobody there.
   * @throws What one of them finds wrong with the kwargs.
   */
  static of(home: Home, far: readonly FarReceivers[], send: FarSend, limits: Limits | undefined): FarPart | undefined {
    const filtered = send.senders.length > 0 || send.keys.length > 0;
    const places = new Map<FarCall, Place[]>();
    for (const receivers of send.reverse ? [...far].reverse() : far) {
      const names = receivers.reach(filtered).map((name) => ({ name }));
      const call = receivers.prepare(send);
      if (call !== undefined) places.set(call, names);
    }
    if (places.size === 0) return undefined;
    limits?.onAbort((reason) => {
      for (const call of places.keys()) call.abort(reason);
    });
    return new FarPart(home, places, send.reverse);
  }

  *running(): Generator<{ readonly name: unknown }, void> {
    yield* this.#here.running();
    yield* this.#open;
  }

  /** Passes an emit on, then has it called here. */
  emit(callHere: CallHere<void>): void {
    const started = this.#calls.flatMap((call) => call.start() ?? []);
    if (started.length === 0) callHere(this.#home);
    else
      void this.#whilePending(() => {
        callHere(this.#here);
        return Promise.all([this.#here.drain(), ...started]);
      });
  }

  /** Passes the send on, then has it called here; all at once. */
  send(callHere: CallHere<Promise<AnyResult[]>>): Promise<AnyResult[]> {
    return this.#whilePending(async () => {
      const elsewhere = this.#calls.map((call) => this.#start(call));
      const here = callHere(this.#here);
      return (await Promise.all(this.#inOrder(here, elsewhere))).flat();
    });
  }

  /** Has it called here, then elsewhere, one transport after the other, until `stop` has been reached. */
  sendSerially(callHere: CallHere<Promise<AnyResult[]>>, stop: Stop): Promise<AnyResult[]> {
    return this.#whilePending(async () => {
      const results: AnyResult[] = [];
      const elsewhere = this.#calls.map((call) => () => this.#start(call));
      for (const next of this.#inOrder(() => callHere(this.#here), elsewhere)) {
        if (!stop.reached) results.push(...(await next()));
      }
      stop.rethrow();
      return results;
    });
  }

  #inOrder<T>(here: T, elsewhere: readonly T[]): T[] {
    return this.#reverse ? [...elsewhere, here] : [here, ...elsewhere];
  }

  async #start(call: FarCall): Promise<readonly AnyResult[]> {
    const places = this.#places.get(call) ?? [];
    for (const place of places) this.#open.add(place);
    try {
      return (await call.start()) ?? [];
    } finally {
      for (const place of places) this.#open.delete(place);
    }
  }

  async #whilePending<T>(run: () => Promise<T>): Promise<T> {
    this.#home.add(this);
    try {
      return await run();
    } finally {
      this.#home.delete(this);
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
