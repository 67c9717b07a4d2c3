import { ContextSignal, type Limits, underLimits } from '../dispatch/limits.js';
import type { Until } from '../dispatch/stepwise.js';
import { validTrace } from '../internal/trace-parent.js';
import { NO_LINKS } from '../receivers/link-list.js';
import { UncommonContext, traceWith } from '../signals/context.js';
import { standInFor } from '../signals/failure-log.js';
import type { ParsedFilter } from '../signals/filter.js';
import { kwargsFor } from '../signals/kwargs.js';
import { definitionOf } from '../signals/tokens.js';
import type { AnyResult, DeliveredSend, FarPart, SendHere } from './far-hook.js';
import { farPartOf } from './far-part.js';
import { emitHere, sendHere, sendSeriallyHere, sendSynchronouslyHere } from './local-part.js';
import { checkSendOptions, hurrySignalOf, limitsOf, reportsOf, sendFilterOf } from './options.js';
import type { Outgoing } from './outgoing.js';
import type { SignalTable } from './signal-table.js';
import { WatchedSends } from './watched-sends.js';
import type { EmitOptions, SendOptions, SignalToken } from '../contract/options.js';
import type { SendResult, SerialOptions, WatchedSend } from '../contract/signals.js';
import type { Watchers } from '../watch/watchers.js';
import type { Watching } from '../watch/watching.js';

/**
 * The sends that do more than call receivers: of sticky signals, with receivers of ANY, waits, streams or remote
 * receivers, with limits, serial, synchronous or watched. `SignalState` has the common ones.
 */
export class UncommonSends {
  readonly #signals: SignalTable;
  readonly #watchers: Watchers;
  readonly #watched: WatchedSends;

  constructor(signals: SignalTable, watchers: Watchers) {
    this.#signals = signals;
    this.#watchers = watchers;
    this.#watched = new WatchedSends(signals.home, watchers);
  }

  /** Checks the arguments of an emit. Throws before anything is called. */
  readEmit(
    verb: 'emit' | 'emitAfter',
    signal: SignalToken,
    kwargs: unknown,
    options: EmitOptions | undefined,
  ): Outgoing {
    checkSendOptions(options, verb);
    return this.#read('emit', signal, kwargs, options);
  }

  /** Does nothing but check the arguments if nobody hears the signal and nothing keeps it. */
  emitUncommon(signal: SignalToken, kwargs: unknown, options: EmitOptions | undefined): void {
    if (options === undefined && this.#watched.emit(this.#signals.find(signal), kwargs)) return;
    const send = this.readEmit('emit', signal, kwargs, options);
    const state = this.#signals.find(signal); // now, because accessors and iterators of the options may have connected
    const isUnheard = state === undefined && this.#signals.any === undefined && definitionOf(signal)?.sticky !== true;
    if (isUnheard && !this.#watchers.watchesSends) this.#signals.rememberUnheard(signal);
    else this.emit(send);
  }

  /** Emits with arguments that need no checks. */
  emitUnchecked(signal: SignalToken, kwargs: object): void {
    this.emit(this.#outgoing('emit', signal, kwargs));
  }

  /** Performs a send that has been read, once. */
  emit(send: Outgoing): void {
    this.#perform(send, () => {
      const far = farPartOf(send);
      return () => {
        const emit = emitHere(send);
        if (far === undefined) emit(this.#signals.home);
        else far.emit(emit);
      };
    });
  }

  /**
   * Throws if the kwargs cannot be sent to the current remote receivers.
   *
   * @returns Emits from a timer, and reports an error to `onError`, because no caller could catch it.
   */
  emitLater(send: Outgoing): () => void {
    farPartOf(send);
    return () => {
      try {
        this.emit(send);
      } catch (error) {
        this.#signals.home.failures.report(error, standInFor('elsewhere'), send.context, send.reports);
      }
    };
  }

  send(signal: SignalToken, kwargs: unknown, options: SendOptions | undefined): Promise<SendResult[]> {
    const sent = options === undefined && this.#watched.send(this.#signals.find(signal), kwargs);
    if (sent) return sent;
    checkSendOptions(options, 'send');
    return this.#send(this.#read('send', signal, kwargs, options, limitsOf(options)));
  }

  sendSerially(
    signal: SignalToken,
    kwargs: unknown,
    options: SerialOptions<unknown> | undefined,
    given: SerialOptions<unknown>['until'],
  ): Promise<SendResult[]> {
    const limits = limitsOf(options);
    const hurrySignal = hurrySignalOf(options);
    const until = unlessHurried(given, hurrySignal);
    return this.#sendSerially(this.#read('serial', signal, kwargs, options, limits, hurrySignal), until, until);
  }

  sendSynchronously(
    signal: SignalToken,
    kwargs: unknown,
    options: SendOptions | undefined,
    until: SerialOptions<unknown>['until'],
  ): SendResult[] {
    const send = this.#read('sync', signal, kwargs, options);
    return this.#perform(send, () => () => sendSynchronouslyHere(send, until));
  }

  /** Delivers a send of another thread or node to local receivers. */
  deliver(signal: SignalToken, delivery: DeliveredSend): Promise<SendResult[]> {
    return this.#send(this.#readDelivery(delivery.kind ?? 'send', signal, delivery));
  }

  deliverSerially(signal: SignalToken, delivery: DeliveredSend, until: Until | undefined): Promise<SendResult[]> {
    return this.#sendSerially(this.#readDelivery('serial', signal, delivery), until);
  }

  deliverEmit(signal: SignalToken, delivery: DeliveredSend): void {
    this.emit(this.#read('emit', signal, delivery.kwargs, delivery, undefined, undefined, delivery));
  }

  #send(send: Outgoing): Promise<SendResult[]> {
    return this.#perform(send, () => {
      const far = farPartOf(send);
      return () => {
        const callHere = sendHere(send);
        return this.#run(send, far, () =>
          far === undefined ? callHere(this.#signals.home) : asPublic(far.send(callHere)),
        );
      };
    });
  }

  /** @param untilThere - `until` for remote receivers: a delivery goes no further. */
  #sendSerially(send: Outgoing, until: Until | undefined, untilThere?: SendHere['until']): Promise<SendResult[]> {
    return this.#perform(send, () => {
      const far = farPartOf(send, untilThere);
      return () => {
        const callHere = sendSeriallyHere(send);
        return this.#run(send, far, () => {
          return far === undefined ? callHere(this.#signals.home, until) : asPublic(far.sendSerially(callHere));
        });
      };
    });
  }

  /** Checks the arguments of a send. Throws before anything is called. */
  #read(
    kind: WatchedSend['kind'],
    signal: SignalToken,
    kwargs: unknown,
    options: SendOptions | undefined,
    limits?: Limits,
    hurrySignal?: AbortSignal,
    delivered?: DeliveredSend,
  ): Outgoing {
    const routing = options && sendFilterOf(options); // first, because its accessors and iterators may close the manager
    const checked = this.#check(signal, kwargs);
    return this.#outgoing(kind, signal, checked, options, routing, limits, hurrySignal, delivered);
  }

  #outgoing(
    kind: WatchedSend['kind'],
    signal: SignalToken,
    kwargs: object,
    options?: SendOptions,
    routing?: ParsedFilter,
    limits?: Limits,
    hurrySignal?: AbortSignal,
    delivered?: DeliveredSend,
  ): Outgoing {
    const signals = this.#signals;
    const origin = { token: signal, manager: signals.manager };
    return {
      signals,
      kind,
      signal,
      kwargs,
      options,
      routing,
      limits,
      hurrySignal,
      delivered,
      context: new UncommonContext(origin, routing, limits && new ContextSignal(limits), delivered?.delivery),
      reports: reportsOf(options),
      links: NO_LINKS,
      trace: validTrace(delivered?.trace),
      watch: undefined,
    };
  }

  /** Throws if the signal cannot be sent with these kwargs. @returns The kwargs for the receivers. */
  #check(signal: SignalToken, kwargs: unknown): object {
    this.#signals.checkSendable(signal);
    const given = kwargsFor(signal, kwargs);
    this.#signals.checkOpen(); // again, because accessors of kwargs may close the manager
    return given;
  }

  #readDelivery(kind: WatchedSend['kind'], signal: SignalToken, delivery: DeliveredSend): Outgoing {
    return this.#read(kind, signal, delivery.kwargs, delivery, limitsOf(delivery), undefined, delivery);
  }

  /**
   * Performs one send, in three steps: it chooses the receivers and shows the send to the watchers; calls `prepare`,
   * which may throw; and calls the function that `prepare` returned. The watchers are around the last two.
   */
  #perform<T>(send: Outgoing, prepare: () => () => T): T {
    const { signal, routing } = send;
    // Copied because the `where` of a wait may connect receivers.
    send.links = this.#signals.choose(signal, routing).slice();
    const perform = (): T => {
      traceWith(send.context, send.trace);
      return this.#watched.whole(prepare());
    };
    // Nobody watches the reports of connections.
    if (!this.#watchers.watchesSends || this.#signals.isMeta(signal)) return perform();
    return this.#watched.whileWatched(send, perform);
  }

  #run({ limits, watch }: Outgoing, far: FarPart | undefined, run: () => Promise<SendResult[]>): Promise<SendResult[]> {
    const sent = limits === undefined ? run() : underLimits(limits, run);
    return watch === undefined || far === undefined ? sent : asPart(watch, sent);
  }
}

/** A part of a watched send that is over when its promise settles. */
async function asPart<T>(watch: Watching, sent: Promise<T>): Promise<T> {
  watch.begin();
  try {
    return await sent;
  } catch (error) {
    watch.fail(error);
    throw error;
  } finally {
    watch.over();
  }
}

/** Nobody is left to be stopped after the abort of a `hurrySignal`: all have been called. */
function unlessHurried(
  until: SerialOptions<unknown>['until'],
  hurrySignal: AbortSignal | undefined,
): SerialOptions<unknown>['until'] {
  if (until === undefined || hurrySignal === undefined) return until;
  return (result) => !hurrySignal.aborted && until(result);
}

/**
 * Casts to the public type. Results of remote receivers have no `receiver`, which the public type hides; `farResults`
 * finds them.
 */
function asPublic(results: Promise<AnyResult[]>): Promise<SendResult[]> {
  return results as Promise<SendResult[]>;
}
