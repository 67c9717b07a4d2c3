import { type Mute, emitAll, sendAll } from '../dispatch/concurrent.js';
import { StepwiseSend, type Until, sendSerially, sendSynchronously, sendWithin } from '../dispatch/stepwise.js';
import { emitWatched, sendWatched } from '../dispatch/watched.js';
import type { AnyResult, CallHere, DeliveredSend, FarPart, FarSide, SendHere } from './far-hook.js';
import type { PendingSends } from '../dispatch/pending-sends.js';
import { validTrace } from '../internal/trace-parent.js';
import { kwargsFor } from '../signals/kwargs.js';
import { ContextSignal, type Limits, underLimits } from '../dispatch/limits.js';
import { receiversOf } from '../receivers/inspect.js';
import { type Link, receiverOfLink } from '../receivers/link.js';
import { NO_LINKS } from '../receivers/link-list.js';
import type { ParsedFilter } from '../signals/filter.js';
import { UncommonContext, traceWith } from '../signals/context.js';
import { checkSendOptions, hurrySignalOf, inOrderOf, limitsOf, sendFilterOf } from './options.js';
import type { SignalState } from './signal-state.js';
import type { SignalTable } from './signal-table.js';
import { LastSend } from './sticky-send.js';
import type { WatchedSends } from './watched-sends.js';
import { definitionOf, plainNameOf } from '../signals/tokens.js';
import type { EmitOptions, SendOptions, SignalToken } from '../contract/options.js';
import type {
  FarResult,
  SendResult,
  SerialOptions,
  SignalManager,
  TraceParent,
  WatchedSend,
} from '../contract/signals.js';
import { standInFor } from '../signals/failure-log.js';
import { countQueues } from '../watch/queues.js';
import type { Watchers } from '../watch/watchers.js';
import type { Watching } from '../watch/watching.js';

const NOT_MUTED = Object.freeze({ muted: 0 });
const NO_SIDES: readonly FarSide[] = Object.freeze([]);
const NO_NAMES: readonly string[] = Object.freeze([]);

/** The arguments of a send, after their checks. */
interface Given {
  readonly kind: WatchedSend['kind'];
  readonly signal: SignalToken;
  readonly kwargs: object;
  readonly options: SendOptions | undefined;
  readonly routing: ParsedFilter | undefined;
  readonly limits?: Limits | undefined;
  readonly hurrySignal?: AbortSignal | undefined;
  /** Given if it was sent in another thread or node. */
  readonly delivered?: DeliveredSend | undefined;
}

/** One send, whose receivers have been chosen. */
interface Outgoing extends Given {
  readonly context: UncommonContext;
  /** The local receivers, those of ANY included. */
  readonly links: readonly Link[];
  /** The trace that travels with it. */
  trace: TraceParent | undefined;
  /** Undefined if nobody watches it. */
  watch: Watching | undefined;
}

/**
 * The sends that do more than call receivers: of sticky signals, with receivers of ANY, waits, streams or remote
 * receivers, with limits, serial, synchronous or watched. `SignalState` has the common ones.
 */
export class UncommonSends {
  readonly #manager: SignalManager;
  readonly #home: PendingSends;
  readonly #signals: SignalTable;
  readonly #watchers: Watchers;
  readonly #watched: WatchedSends;

  constructor(
    manager: SignalManager,
    home: PendingSends,
    signals: SignalTable,
    watchers: Watchers,
    watched: WatchedSends,
  ) {
    this.#manager = manager;
    this.#home = home;
    this.#signals = signals;
    this.#watchers = watchers;
    this.#watched = watched;
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
    this.#emit({ kind: 'emit', signal, kwargs, options, routing });
  }

  /** Throws if the kwargs cannot be sent to the current remote receivers. */
  checkFar(
    signal: SignalToken,
    kwargs: object,
    routing: ParsedFilter | undefined,
    options: EmitOptions | undefined,
  ): void {
    const given: Given = { kind: 'emit', signal, kwargs, options, routing };
    this.#farPartOf({ ...given, context: this.#contextOf(given), links: NO_LINKS, trace: undefined, watch: undefined });
  }

  /** Emits from a timer, and reports an error to `onError`, because no caller could catch it. */
  emitHeld(
    signal: SignalToken,
    kwargs: object,
    routing: ParsedFilter | undefined,
    options: EmitOptions | undefined,
  ): void {
    const given: Given = { kind: 'emit', signal, kwargs, options, routing };
    try {
      this.#emit(given);
    } catch (error) {
      this.#home.failures.report(error, standInFor('elsewhere'), this.#contextOf(given), options?.expected);
    }
  }

  send(signal: SignalToken, kwargs: unknown, options: SendOptions | undefined): Promise<SendResult[]> {
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
    return this.#sendSerially({ ...this.#read('serial', signal, kwargs, options, limits), hurrySignal }, until, until);
  }

  sendSynchronously(
    signal: SignalToken,
    kwargs: unknown,
    options: SendOptions | undefined,
    until: SerialOptions<unknown>['until'],
  ): SendResult[] {
    return this.#perform(this.#read('sync', signal, kwargs, options, undefined), (send) => () => {
      const links = this.#announced(send);
      const mute = this.#muteOf(send);
      return calling(this.#home, send, () => sendSynchronously(stepwise(this.#home, send, links, mute), until));
    });
  }

  /** Delivers a send of another thread or node to local receivers. */
  deliver(signal: SignalToken, delivery: DeliveredSend): Promise<SendResult[]> {
    return this.#send(this.#readDelivery(delivery.kind ?? 'send', signal, delivery));
  }

  deliverSerially(signal: SignalToken, delivery: DeliveredSend, until: Until | undefined): Promise<SendResult[]> {
    return this.#sendSerially(this.#readDelivery('serial', signal, delivery), until);
  }

  deliverEmit(signal: SignalToken, delivery: DeliveredSend): void {
    this.#emit(this.#read('emit', signal, delivery.kwargs, delivery, undefined, delivery));
  }

  #emit(given: Given): void {
    this.#perform(given, (send) => {
      const far = this.#farPartOf(send);
      return () => {
        const emit = this.#emitHere(send);
        if (far === undefined) emit(this.#home);
        else far.emit(emit);
      };
    });
  }

  #send(given: Given): Promise<SendResult[]> {
    return this.#perform(given, (send) => {
      const far = this.#farPartOf(send);
      return () => {
        const callHere = this.#sendHere(send);
        return this.#run(send, far, () => (far === undefined ? callHere(this.#home) : asPublic(far.send(callHere))));
      };
    });
  }

  /** @param untilThere - `until` for remote receivers: a delivery goes no further. */
  #sendSerially(given: Given, until: Until | undefined, untilThere?: SendHere['until']): Promise<SendResult[]> {
    return this.#perform(given, (send) => {
      const far = this.#farPartOf(send, untilThere);
      return () => {
        const callHere = this.#sendSeriallyHere(send);
        return this.#run(send, far, () => {
          return far === undefined ? callHere(this.#home, until) : asPublic(far.sendSerially(callHere));
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
    limits: Limits | undefined,
    delivered?: DeliveredSend,
  ): Given {
    const given = this.check(signal, kwargs);
    const routing = options === undefined ? undefined : sendFilterOf(options);
    return { kind, signal, kwargs: given, options, routing, limits, delivered };
  }

  #readDelivery(kind: WatchedSend['kind'], signal: SignalToken, delivery: DeliveredSend): Given {
    return this.#read(kind, signal, delivery.kwargs, delivery, limitsOf(delivery), delivery);
  }

  #contextOf({ signal, routing, limits, delivered }: Given): UncommonContext {
    return new UncommonContext(
      { token: signal, manager: this.#manager },
      routing,
      limits && new ContextSignal(limits),
      delivered?.delivery,
    );
  }

  /**
   * Performs one send, in three steps: it chooses the receivers and shows the send to the watchers; calls `prepare`,
   * which may throw; and calls the function that `prepare` returned. The watchers are around the last two.
   */
  #perform<T>(given: Given, prepare: (send: Outgoing) => () => T): T {
    const { kind, signal, kwargs, options, routing, limits, hurrySignal, delivered } = given;
    const send: Outgoing = {
      kind,
      signal,
      kwargs,
      options,
      routing,
      limits,
      hurrySignal,
      delivered,
      context: this.#contextOf(given),
      // Copied because the `where` of a wait may connect receivers.
      links: this.#signals.choose(signal, routing).slice(),
      trace: validTrace(delivered?.trace),
      watch: undefined,
    };
    const perform = (): T => {
      traceWith(send.context, send.trace);
      return this.#watched.whole(prepare(send));
    };
    // Nobody watches the reports of connections.
    if (!this.#watchers.watchesSends || this.#signals.isMeta(signal)) return perform();
    return this.#watched.whileWatched(send.context, () => {
      const watch = (send.watch = this.#watch(send));
      if (watch === undefined) return this.#watched.uncounted(perform);
      return watch.run(() => {
        if (this.#travels(send, watch.send)) send.trace = watch.trace() ?? send.trace;
        return this.#watched.uncounted(perform);
      });
    });
  }

  /** Shows a send to the watchers. */
  #watch(send: Outgoing): Watching | undefined {
    const { kind, signal, kwargs, context, trace, links, options } = send;
    const receivers = receiversOf(links);
    const seen: WatchedSend = {
      kind,
      origin: send.delivered === undefined ? 'local' : 'remote',
      signal,
      signalName: plainNameOf(signal),
      manager: this.#manager,
      kwargs,
      context,
      receivers: receivers.length,
      queues: countQueues(receivers),
      peers: reachedBy(
        this.#sidesOf(send).filter(({ stores }) => stores !== true),
        send,
      ),
      trace,
    };
    return this.#watchers.ask(seen, options?.expected);
  }

  /** Whether a send goes to a thread, a node or a queue. */
  #travels(send: Outgoing, { queues }: WatchedSend): boolean {
    return queues > 0 || reachedBy(this.#sidesOf(send), send).length > 0;
  }

  #run({ limits, watch }: Outgoing, far: FarPart | undefined, run: () => Promise<SendResult[]>): Promise<SendResult[]> {
    const sent = limits === undefined ? run() : underLimits(limits, run);
    return watch === undefined || far === undefined ? sent : asPart(watch, sent);
  }

  /** The transports that a send is passed on by. */
  #sidesOf({ signal, kind, delivered }: Outgoing): readonly FarSide[] {
    if (kind === 'sync' || delivered !== undefined || this.#signals.isMuted(signal)) return NO_SIDES;
    return this.#signals.find(signal)?.far ?? NO_SIDES;
  }

  /** Returns the remote part of a send, if it has one. Throws for kwargs that cannot be sent there. */
  #farPartOf(send: Outgoing, until?: SendHere['until']): FarPart | undefined {
    const { kind, kwargs, options, routing, limits, hurrySignal, trace, watch } = send;
    const sides = this.#sidesOf(send);
    const [first] = sides;
    if (first === undefined || kind === 'sync') return undefined;
    const { timeoutMs, abortSignal, reverse = false, expected = [] } = options ?? {};
    const abortable = abortSignal !== undefined;
    const { senders = [], keys = [] } = routing ?? {};
    // A static `name` may be of any type.
    const names = expected.map(({ name }) => name as unknown).filter((name) => typeof name === 'string');
    const onResult =
      watch &&
      ((result: FarResult): void => {
        watch.result(result);
      });
    return first.begin(
      sides,
      { kwargs, senders, keys, kind, reverse, timeoutMs, abortable, expected: names, trace },
      { home: this.#home, context: send.context, limits, until, hurrySignal, onResult },
    );
  }

  // These functions announce the send, and return a function that calls the local receivers.

  #emitHere(send: Outgoing): CallHere<void> {
    const links = this.#announced(send);
    const mute = this.#muteOf(send);
    const { kwargs, context, options, watch } = send;
    return (home) => {
      if (links.length === 0) return;
      if (watch === undefined) emitAll(home, links, kwargs, context, options?.expected, mute);
      else emitWatched(home, links, kwargs, context, options?.expected, mute, watch);
    };
  }

  #sendHere(send: Outgoing): CallHere<Promise<SendResult[]>> {
    const links = this.#announced(send);
    const mute = this.#muteOf(send);
    const { kwargs, context, options, limits, watch } = send;
    if (limits !== undefined) {
      return (home) => calling(home, send, () => sendWithin(stepwise(home, send, links, mute), limits));
    }
    if (watch === undefined) return (home) => sendAll(home, links, kwargs, context, options?.expected, mute);
    return (home) => sendWatched(home, links, kwargs, context, options?.expected, mute, watch);
  }

  #sendSeriallyHere(send: Outgoing): (home: PendingSends, until: Until | undefined) => Promise<SendResult[]> {
    const links = this.#announced(send);
    const mute = this.#muteOf(send);
    return (home, until) => {
      const inBetween = { until, hurrySignal: send.hurrySignal };
      return calling(home, send, () => sendSerially(stepwise(home, send, links, mute), send.limits, inBetween));
    };
  }

  /** Shows a send to waits and streams. @returns Its receivers, in the order of their calls. */
  #announced(send: Outgoing): readonly Link[] {
    const { signal, options, limits, links } = send;
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
    const { signal, kwargs, context, routing, options } = send;
    const { any } = this.#signals;
    if (definitionOf(signal)?.sticky === true) {
      this.#signals.ensure(signal).last = new LastSend(kwargs, context, routing, options?.expected, links);
    }
    const own = observersOf(this.#signals.find(signal), routing);
    const others = this.#signals.isMeta(signal) ? NO_LINKS : observersOf(any, routing);
    // A wait or stream of several signals may watch both this one and ANY.
    const more = others.filter((other) => own.every((link) => receiverOfLink(link) !== receiverOfLink(other)));
    const observers = [...own, ...more];
    if (observers.length > 0) {
      const shown = new StepwiseSend(this.#home, observers, kwargs, context, options?.expected, NOT_MUTED, undefined);
      sendSynchronously(shown, undefined);
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
  return new StepwiseSend(home, links, send.kwargs, send.context, send.options?.expected, mute, send.watch);
}

/** The names of the threads and nodes that a send may reach. */
function reachedBy(sides: readonly FarSide[], { routing }: Outgoing): readonly string[] {
  if (sides.length === 0) return NO_NAMES;
  const { senders = [], keys = [] } = routing ?? {};
  return sides.flatMap((side) => side.reach(routing !== undefined, { senders, keys }));
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
