import { type Mute, emitAll, sendAll } from '../dispatch/concurrent.js';
import { StepwiseSend, type Until, sendSerially, sendSynchronously, sendWithin } from '../dispatch/stepwise.js';
import type { AnyResult, CallHere, DeliveredSend, FarPart, FarSend } from './far-hook.js';
import type { PendingSends } from '../dispatch/pending-sends.js';
import { kwargsFor } from '../signals/kwargs.js';
import { ContextSignal, type Limits, underLimits } from '../dispatch/limits.js';
import { type Link, receiverOfLink } from '../receivers/link.js';
import { NO_LINKS } from '../receivers/link-list.js';
import type { ParsedFilter } from '../signals/filter.js';
import { UncommonContext } from '../signals/context.js';
import { checkSendOptions, hurrySignalOf, inOrderOf, limitsOf, sendFilterOf } from './options.js';
import type { SignalState } from './signal-state.js';
import type { SignalTable } from './signal-table.js';
import { LastSend } from './sticky-send.js';
import { definitionOf } from '../signals/tokens.js';
import type { EmitOptions, SendOptions, SignalToken } from '../contract/options.js';
import type { SendResult, SerialOptions, SignalManager } from '../contract/signals.js';
import { standInFor } from '../signals/failure-log.js';

const NOT_MUTED = Object.freeze({ muted: 0 });

/** One send with checked arguments. */
interface Outgoing {
  readonly signal: SignalToken;
  readonly kwargs: object;
  readonly options: SendOptions | undefined;
  readonly routing: ParsedFilter | undefined;
  readonly context: UncommonContext;
  readonly limits?: Limits | undefined;
}

/**
 * The sends that do more than call receivers: of sticky signals, with receivers of ANY, waits, streams or remote
 * receivers, with limits, serial or synchronous. `SignalState` has the common ones.
 */
export class UncommonSends {
  readonly #manager: SignalManager;
  readonly #home: PendingSends;
  readonly #signals: SignalTable;

  constructor(manager: SignalManager, home: PendingSends, signals: SignalTable) {
    this.#manager = manager;
    this.#home = home;
    this.#signals = signals;
  }

  /** Throws for what is not one signal, and when the manager is closed. */
  checkSignal(signal: SignalToken): void {
    this.#signals.checkOpen();
    this.#signals.checkSendable(signal);
  }

  /** Throws if the signal cannot be sent with these kwargs. @returns The kwargs for the receivers. */
  check(signal: SignalToken, kwargs: unknown): object {
    this.checkSignal(signal);
    return kwargsFor(signal, definitionOf(signal), kwargs);
  }

  /** Emits, with checked arguments. */
  emit(signal: SignalToken, kwargs: object, routing: ParsedFilter | undefined, options: EmitOptions | undefined): void {
    const context = this.#contextOf(signal, routing);
    const send = { signal, kwargs, options, routing, context };
    const far = this.#farPartOf(send, 'emit');
    this.#whole(() => {
      const emit = this.#emitHere(send);
      if (far === undefined) emit(this.#home);
      else far.emit(emit);
    });
  }

  /** Throws if the kwargs cannot be sent to the current remote receivers. */
  checkFar(
    signal: SignalToken,
    kwargs: object,
    routing: ParsedFilter | undefined,
    options: EmitOptions | undefined,
  ): void {
    const context = this.#contextOf(signal, routing);
    this.#farPartOf({ signal, kwargs, options, routing, context }, 'emit');
  }

  /** Emits from a timer, and reports an error to `onError`, because no caller could catch it. */
  emitHeld(
    signal: SignalToken,
    kwargs: object,
    routing: ParsedFilter | undefined,
    options: EmitOptions | undefined,
  ): void {
    try {
      this.emit(signal, kwargs, routing, options);
    } catch (error) {
      const context = this.#contextOf(signal, routing);
      this.#home.failures.report(error, standInFor('elsewhere'), context, options?.expected);
    }
  }

  send(signal: SignalToken, kwargs: unknown, options: SendOptions | undefined): Promise<SendResult[]> {
    checkSendOptions(options, 'send');
    const send = this.#read(signal, kwargs, options, limitsOf(options));
    const far = this.#farPartOf(send, 'send');
    return this.#whole(() => {
      const callHere = this.#sendHere(send);
      return this.#run(send, () => (far === undefined ? callHere(this.#home) : asPublic(far.send(callHere))));
    });
  }

  sendSerially(
    signal: SignalToken,
    kwargs: unknown,
    options: SerialOptions<unknown> | undefined,
    given: SerialOptions<unknown>['until'],
  ): Promise<SendResult[]> {
    const send = this.#read(signal, kwargs, options, limitsOf(options));
    const hurrySignal = hurrySignalOf(options);
    const until = unlessHurried(given, hurrySignal);
    const far = this.#farPartOf(send, 'serial', until, hurrySignal);
    return this.#whole(() => {
      const callHere = this.#sendSeriallyHere(send, hurrySignal);
      return this.#run(send, () => {
        return far === undefined ? callHere(this.#home, until) : asPublic(far.sendSerially(callHere));
      });
    });
  }

  sendSynchronously(
    signal: SignalToken,
    kwargs: unknown,
    options: SendOptions | undefined,
    until: SerialOptions<unknown>['until'],
  ): SendResult[] {
    const send = this.#read(signal, kwargs, options, undefined);
    return this.#whole(() => {
      const links = this.#chooseAll(send);
      const mute = this.#muteOf(send);
      return calling(this.#home, send, () => sendSynchronously(stepwise(this.#home, send, links, mute), until));
    });
  }

  /** Delivers a send of another thread or node to local receivers. */
  deliver(signal: SignalToken, delivery: DeliveredSend): Promise<SendResult[]> {
    const send = this.#readDelivery(signal, delivery);
    return this.#whole(() => {
      const callHere = this.#sendHere(send);
      return this.#run(send, () => callHere(this.#home));
    });
  }

  deliverSerially(signal: SignalToken, delivery: DeliveredSend, until: Until | undefined): Promise<SendResult[]> {
    const send = this.#readDelivery(signal, delivery);
    return this.#whole(() => {
      const callHere = this.#sendSeriallyHere(send);
      return this.#run(send, () => callHere(this.#home, until));
    });
  }

  deliverEmit(signal: SignalToken, delivery: DeliveredSend): void {
    const send = this.#read(signal, delivery.kwargs, delivery, undefined, delivery.delivery);
    this.#whole(() => {
      this.#emitHere(send)(this.#home);
    });
  }

  /** Checks the arguments of a send. Throws before anything is called. */
  #read(
    signal: SignalToken,
    kwargs: unknown,
    options: SendOptions | undefined,
    limits: Limits | undefined,
    delivery?: DeliveredSend['delivery'],
  ): Outgoing {
    const given = this.check(signal, kwargs);
    const routing = options === undefined ? undefined : sendFilterOf(options);
    const context = this.#contextOf(signal, routing, limits, delivery);
    return { signal, kwargs: given, options, routing, context, limits };
  }

  #readDelivery(signal: SignalToken, delivery: DeliveredSend): Outgoing {
    return this.#read(signal, delivery.kwargs, delivery, limitsOf(delivery), delivery.delivery);
  }

  #contextOf(
    signal: SignalToken,
    routing: ParsedFilter | undefined,
    limits?: Limits,
    delivery?: DeliveredSend['delivery'],
  ): UncommonContext {
    return new UncommonContext(
      { token: signal, manager: this.#manager },
      routing,
      limits && new ContextSignal(limits),
      delivery,
    );
  }

  /** Runs one send as a whole. Throws if it, or a send inside it, is nested too deep. */
  #whole<T>(send: () => T): T {
    let sent: T | undefined;
    try {
      return (sent = send());
    } finally {
      this.#ended(sent);
    }
  }

  #ended(sent: unknown): void {
    try {
      this.#home.called();
    } catch (error) {
      if (sent instanceof Promise) sent.catch(() => undefined); // not used: the send fails with `error`
      throw error;
    }
  }

  #run(send: Outgoing, run: () => Promise<SendResult[]>): Promise<SendResult[]> {
    return send.limits === undefined ? run() : underLimits(send.limits, run);
  }

  /** Returns the remote part of a send, if it has one. Throws for kwargs that cannot be sent there. */
  #farPartOf(
    send: Outgoing,
    kind: FarSend['kind'],
    until?: SerialOptions<unknown>['until'],
    hurrySignal?: AbortSignal,
  ): FarPart | undefined {
    const { signal, kwargs, options, routing, limits } = send;
    const far = this.#signals.find(signal)?.far;
    if (far === undefined || this.#signals.isMuted(signal)) return undefined;
    const { timeoutMs, abortSignal, reverse = false, expected = [] } = options ?? {};
    const abortable = abortSignal !== undefined;
    const { senders = [], keys = [] } = routing ?? {};
    // A static `name` may be of any type.
    const names = expected.map(({ name }) => name as unknown).filter((name) => typeof name === 'string');
    return far[0]?.begin(
      far,
      { kwargs, senders, keys, kind, reverse, timeoutMs, abortable, expected: names },
      { home: this.#home, context: send.context, limits, until, hurrySignal },
    );
  }

  // These functions choose the local receivers at once, and return a function that calls them.

  #emitHere(send: Outgoing): CallHere<void> {
    const links = this.#chooseAll(send);
    const mute = this.#muteOf(send);
    return (home) => {
      if (links.length > 0) emitAll(home, links, send.kwargs, send.context, send.options?.expected, mute);
    };
  }

  #sendHere(send: Outgoing): CallHere<Promise<SendResult[]>> {
    const { limits } = send;
    const links = this.#chooseAll(send);
    const mute = this.#muteOf(send);
    if (limits === undefined) {
      return (home) => sendAll(home, links, send.kwargs, send.context, send.options?.expected, mute);
    }
    return (home) => calling(home, send, () => sendWithin(stepwise(home, send, links, mute), limits));
  }

  #sendSeriallyHere(
    send: Outgoing,
    hurrySignal?: AbortSignal,
  ): (home: PendingSends, until: Until | undefined) => Promise<SendResult[]> {
    const links = this.#chooseAll(send);
    const mute = this.#muteOf(send);
    return (home, until) => {
      const inBetween = { until, hurrySignal };
      return calling(home, send, () => sendSerially(stepwise(home, send, links, mute), send.limits, inBetween));
    };
  }

  /** Chooses the receivers of a send, those of ANY included, and shows the send to waits and streams. */
  #chooseAll(send: Outgoing): readonly Link[] {
    const { signal, routing, options, limits } = send;
    // Copied because the `where` of a wait may connect receivers.
    const links = this.#signals.choose(signal, routing).slice();
    if (limits?.aborted !== true && !this.#signals.isMuted(signal)) this.#counted(send, links);
    return inOrderOf(options, links);
  }

  /**
   * Announces a send, which counts as pending meanwhile. It does not call `called` at the end, because the receivers
   * are called next.
   */
  #counted(send: Outgoing, links: readonly Link[]): void {
    const home = this.#home;
    home.begin(send.context);
    try {
      this.#announce(send, links);
      if (home.tooDeep !== undefined) throw home.tooDeep;
    } finally {
      home.calling -= 1;
    }
  }

  /** Keeps the send of a sticky signal, and shows it to waits and streams, before any receiver is called. */
  #announce(send: Outgoing, links: readonly Link[]): void {
    const { signal, kwargs, context, routing } = send;
    const { any } = this.#signals;
    if (definitionOf(signal)?.sticky === true) {
      this.#signals.ensure(signal).last = new LastSend(kwargs, context, routing, send.options?.expected, links);
    }
    const own = observersOf(this.#signals.find(signal), routing);
    const others = this.#signals.isMeta(signal) ? NO_LINKS : observersOf(any, routing);
    // A wait or stream of several signals may watch both this one and ANY.
    const more = others.filter((other) => own.every((link) => receiverOfLink(link) !== receiverOfLink(other)));
    const observers = [...own, ...more];
    if (observers.length > 0) {
      sendSynchronously(stepwise(this.#home, send, observers, NOT_MUTED), undefined);
    }
  }

  /** Read after waits and streams have seen the send, because they may have created the state of the signal. */
  #muteOf({ signal }: Outgoing): Mute {
    return this.#signals.find(signal) ?? NOT_MUTED;
  }
}

/** Returns the waits and streams of a signal that see a send with this routing. */
function observersOf(state: SignalState | undefined, routing: ParsedFilter | undefined): readonly Link[] {
  return state?.muted === 0 ? (state.observers?.choose(routing) ?? NO_LINKS) : NO_LINKS;
}

function stepwise(home: PendingSends, send: Outgoing, links: readonly Link[], mute: Mute): StepwiseSend {
  return new StepwiseSend(home, links, send.kwargs, send.context, send.options?.expected, mute);
}

/** Nobody is left to be stopped after the abort of a `hurrySignal`: all have been called. */
function unlessHurried(
  until: SerialOptions<unknown>['until'],
  hurrySignal: AbortSignal | undefined,
): SerialOptions<unknown>['until'] {
  if (until === undefined || hurrySignal === undefined) return until;
  return (result) => !hurrySignal.aborted && until(result);
}

/** Runs a part of a send that calls receivers. It counts as pending meanwhile. */
function calling<T>(home: PendingSends, { context }: Outgoing, call: () => T): T {
  home.begin(context);
  try {
    return call();
  } finally {
    home.calling -= 1;
    home.called();
  }
}

/**
 * Casts to the public type. Results of remote receivers have no `receiver`, which the public type hides; `farResults`
 * finds them.
 */
function asPublic(results: Promise<AnyResult[]>): Promise<SendResult[]> {
  return results as Promise<SendResult[]>;
}
