import { checkFunction, checkObject } from '../internal/check.js';
import { DISPOSE } from '../internal/dispose.js';
import {
  type Audience,
  type DeliveredOptions,
  type FarCall,
  type FarHost,
  type FarPart,
  type FarReceivers,
  type FarSend,
  type FarSide,
  type Heard,
  type SendHere,
  farHostOf,
} from '../send/far-hook.js';
import { classNamed } from './error-class-by-name.js';
import { explainFar } from './explain-far.js';
import { SplitSend } from './far-send.js';
import type { FarAttachment, FarDelivery } from './types.js';
import type { Filter, SendOptions, SignalToken } from '../contract/options.js';
import type { Explanation, SendResult } from '../contract/signals.js';
import type { SignalManager } from '../index.js';
import { standInFor } from '../signals/failure-log.js';

/**
 * Lets receivers in other threads, or on other hosts, take part in the sends of a signal. For those who write a transport:
 * `signalbox/threads` and `signalbox/bridge` are built on it.
 *
 * `send`, `sendSerial`, `emit` and `emitAfter` pass every send on to `far`. The remote results come after the local ones
 * (before them, in a reverse send). `sendSync` and `receivers` are about local receivers only.
 *
 * @returns An object that delivers the sends of other threads or nodes here, and detaches when it is disposed.
 * @throws TypeError for anything that is not a manager, one signal or {@link FarReceivers}; `ManagerClosedError`
 * after `close()`.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { type FarReceivers, attachFar } from 'signalbox/far';
 *
 * const saved = Symbol('saved');
 * const [here, there] = [new SignalManager(), new SignalManager()];
 * const nobody: FarReceivers = { reach: () => [], prepare: () => undefined, heard: () => undefined };
 * const attached = attachFar(there, saved, nobody);
 * attachFar(here, saved, {
 *   reach: () => (attached.heard === 'everything' ? ['there'] : []),
 *   prepare: (send) => {
 *     const controller = new AbortController();
 *     return {
 *       start: async () => {
 *         const results = await attached.deliver({ ...send, abortSignal: controller.signal });
 *         return results.map(({ receiver, ...result }) => ({ ...result, receiverName: receiver.name, node: 'there' }));
 *       },
 *       abort: (reason) => controller.abort(reason),
 *     };
 *   },
 *   heard: () => undefined,
 * });
 * there.connect(() => 'saved there', saved);
 * console.log((await here.send(saved)).map(({ status }) => status)); //=> [ 'fulfilled' ]
 * ```
 */
export function attachFar(manager: SignalManager, signal: SignalToken, far: FarReceivers): FarAttachment {
  const host = farHostOf(manager);
  checkFar(far);
  return new Attachment(host, signal, far);
}

/** A transport is called when one of these changes. */
const SEEN = ['heard', 'attended', 'receiving', 'followed'] as const satisfies readonly (keyof Audience)[];

class Attachment implements FarAttachment, FarSide {
  readonly #host: FarHost;
  readonly #signal: SignalToken;
  readonly #far: FarReceivers;
  readonly #detach: () => void;
  /** The audience that the transport has been told of. Undefined while it is being attached. */
  #told: Audience | undefined;

  constructor(host: FarHost, signal: SignalToken, far: FarReceivers) {
    this.#host = host;
    this.#signal = signal;
    this.#far = far;
    this.#detach = host.attach(signal, this);
    this.#told = host.audience(signal);
  }

  get heard(): Heard {
    return this.#host.audience(this.#signal).heard;
  }

  get attended(): boolean {
    return this.#host.audience(this.#signal).attended;
  }

  get receiving(): boolean {
    return this.#host.audience(this.#signal).receiving;
  }

  get followed(): boolean {
    return this.#host.audience(this.#signal).followed;
  }

  reachChanged(): void {
    this.#host.reachChanged(this.#signal);
  }

  calls(send: Pick<FarSend, 'senders' | 'keys'>): boolean {
    return this.#host.calls(this.#signal, send);
  }

  deliver(delivery: FarDelivery): Promise<SendResult[]> {
    try {
      return this.#host.deliver(this.#signal, localOf(delivery));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  deliverSerially(
    delivery: FarDelivery,
    until?: (result: SendResult) => boolean | PromiseLike<boolean>,
  ): Promise<SendResult[]> {
    try {
      return this.#host.deliverSerially(this.#signal, localOf(delivery), until);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  deliverEmit(delivery: FarDelivery): void {
    try {
      this.#host.deliverEmit(this.#signal, localOf(delivery));
    } catch (error) {
      this.report(error, 'elsewhere', delivery);
    }
  }

  report(error: unknown, name: string, send: Partial<FarDelivery> = {}): void {
    const context = { signal: this.#signal, sender: send.senders?.[0] };
    this.#host.report(error, standInFor(name), context, localOf(send));
  }

  hold(name: string): () => void {
    return this.#host.hold(name);
  }

  [DISPOSE](): void {
    this.#detach();
  }

  get stores(): boolean {
    return this.#far.stores === true;
  }

  reach(filtered: boolean, send?: Pick<FarSend, 'senders' | 'keys'>): readonly string[] {
    return this.#far.reach(filtered, send);
  }

  prepare(send: FarSend): FarCall | undefined {
    return this.#far.prepare(send);
  }

  begin(sides: readonly FarSide[], send: Omit<FarSend, 'until' | 'onResult'>, here: SendHere): FarPart | undefined {
    return SplitSend.of(sides, send, here, this);
  }

  explain(filter: Pick<FarSend, 'senders' | 'keys'> | undefined, muted: boolean): Explanation[] {
    return explainFar(this.#far, filter, muted);
  }

  audienceChanged(): void {
    const told = this.#told;
    if (told === undefined) return;
    const now = (this.#told = this.#host.audience(this.#signal));
    if (SEEN.some((name) => now[name] !== told[name])) this.#far.heard(now.heard);
  }
}

type Local<T> = Omit<T, keyof Filter | 'expected'> & Filter & Pick<SendOptions, 'expected'>;

/** Returns the options of a send as the manager takes them: error classes cross by their names. */
function localOf<T extends DeliveredOptions>(send: T): Local<T> {
  const { expected = [] } = send;
  // The manager checks the senders and keys.
  const options = send as Omit<T, keyof Filter | 'expected'> & Filter;
  return expected.length === 0 ? options : { ...options, expected: expected.map(classNamed) };
}

function checkFar(far: FarReceivers): void {
  checkObject(far, 'far');
  const { reach, prepare, heard } = far as { readonly [K in keyof FarReceivers]: unknown };
  checkFunction(reach, 'far.reach');
  checkFunction(prepare, 'far.prepare');
  checkFunction(heard, 'far.heard');
}
