import { emitAll, emitOne, sendAll, sendOne } from '../dispatch/concurrent.js';
import { emitWatched, sendWatched } from '../dispatch/watched.js';
import type { PendingSends } from '../dispatch/pending-sends.js';
import { NO_KWARGS, isKwargs } from '../signals/kwargs.js';
import { receiversOf } from '../receivers/inspect.js';
import type { Link } from '../receivers/link.js';
import type { Links } from '../receivers/link-list.js';
import { Context, traceWith } from '../signals/context.js';
import { goesFar, peersOf } from './far-part.js';
import type { Outgoing } from './outgoing.js';
import type { SignalState } from './signal-state.js';
import { plainNameOf } from '../signals/tokens.js';
import { NO_VALUES } from '../signals/filter.js';
import type { SendResult, WatchedSend } from '../contract/signals.js';
import { countQueues } from '../watch/queues.js';
import type { Watchers } from '../watch/watchers.js';
import type { Watching } from '../watch/watching.js';

/** Calls receivers, and shows their results to watchers. */
type CallWatched<T> = (...args: Parameters<typeof emitWatched>) => T;

/**
 * Shows sends to watchers, and performs them within these. A send without options that would be common but for its
 * watchers, or but for kwargs that are left out, has a faster way of its own.
 */
export class WatchedSends {
  readonly #home: PendingSends;
  readonly #watchers: Watchers;

  constructor(home: PendingSends, watchers: Watchers) {
    this.#home = home;
    this.#watchers = watchers;
  }

  /** Emits if this is such a send. @returns Whether it is. If not, nothing has been done. */
  emit(state: SignalState | undefined, kwargs: unknown = NO_KWARGS): boolean {
    if (state?.emit(kwargs, undefined) === true) return true;
    if (state?.isOnlyWatched !== true || !isKwargs(kwargs)) return false;
    const send = new ChosenSend(state, kwargs);
    const watch = this.#ask('emit', send);
    if (watch === undefined) send.emit();
    else this.#within(watch, emitWatched, send);
    return true;
  }

  /** Sends if this is such a send. Otherwise returns undefined, and nothing has been done. */
  send(state: SignalState | undefined, kwargs: unknown = NO_KWARGS): Promise<SendResult[]> | undefined {
    const sent = state?.send(kwargs, undefined);
    if (sent !== undefined) return sent;
    if (state?.isOnlyWatched !== true || !isKwargs(kwargs)) return undefined;
    const send = new ChosenSend(state, kwargs);
    const watch = this.#ask('send', send);
    return watch === undefined ? send.send() : this.#within(watch, sendWatched, send);
  }

  /** Shows a common send to the watchers. It counts as pending meanwhile; nothing else runs before it is performed. */
  #ask(kind: 'emit' | 'send', send: ChosenSend): Watching | undefined {
    const home = this.#home;
    home.begin(send.context);
    try {
      return this.#watchers.ask(send.described(kind), undefined);
    } finally {
      home.calling -= 1;
    }
  }

  /** Performs a common send within its watchers: one closure, because each takes longer than most watchers. */
  #within<T>(watch: Watching, call: CallWatched<T>, send: ChosenSend): T {
    const home = this.#home;
    const { context } = send;
    let sent: T | undefined;
    try {
      home.calling += 1; // no `begin`: `#ask` has begun at this depth, and what it found fails the send in `run`
      try {
        sent = watch.run(() => {
          if (home.tooDeep !== undefined) throw home.tooDeep;
          home.calling -= 1; // as `#uncounted` does
          try {
            if (watch.send.queues > 0) traceWith(context, watch.trace());
            return call(home, send.fixedLinks(), send.kwargs, context, undefined, send.state, watch);
          } finally {
            home.calling += 1;
          }
        });
      } finally {
        home.calling -= 1;
      }
    } finally {
      this.#ended(sent);
    }
    return sent;
  }

  /**
   * Shows a send to the watchers, and performs it within them. It counts as pending from `onSend` to `onEnd`, so that a
   * `close` in these loses nothing, and a watcher that sends what it watches comes to an end.
   */
  whileWatched<T>(send: Outgoing, perform: () => T): T {
    return this.whole(() =>
      this.#home.counting(send.context, () => {
        const watch = (send.watch = this.#watchers.ask(seenOf(send), send.options?.expected));
        if (watch === undefined) return this.#uncounted(perform);
        return watch.run(() => {
          // It goes to a queue, a thread or a node.
          if (watch.send.queues > 0 || goesFar(send)) send.trace = watch.trace() ?? send.trace;
          return this.#uncounted(perform);
        });
      }),
    );
  }

  /** Calls what counts the send itself, so that a watched send may be nested as deep as any other. */
  #uncounted<T>(call: () => T): T {
    const home = this.#home;
    if (home.tooDeep !== undefined) throw home.tooDeep;
    home.calling -= 1;
    try {
      return call();
    } finally {
      home.calling += 1;
    }
  }

  /** Runs one send as a whole. Throws if it, or a send inside it, is nested too deep. */
  whole<T>(send: () => T): T {
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
}

/** Describes a send for watchers. A `ChosenSend` describes itself. */
function seenOf(send: Outgoing): WatchedSend {
  const { signals, kind, signal, kwargs, context, trace, links, delivered } = send;
  const receivers = receiversOf(links);
  return {
    kind,
    origin: delivered === undefined ? 'local' : 'remote',
    signal,
    signalName: plainNameOf(signal),
    manager: signals.manager,
    kwargs,
    context,
    receivers: receivers.length,
    queues: countQueues(receivers),
    peers: peersOf(send),
    trace,
  };
}

/** A send without options, to the receivers without a filter. Watchers may connect others before these are called. */
class ChosenSend {
  readonly state: SignalState;
  readonly kwargs: object;
  readonly context: Context;
  readonly #links: readonly Link[];
  readonly #end: number;
  readonly #stirs: number;

  constructor(state: SignalState, kwargs: object) {
    this.state = state;
    this.kwargs = kwargs;
    this.context = new Context(state);
    this.#links = state.unfiltered.inOrder();
    this.#end = this.#links.length;
    this.#stirs = state.home.stirs;
  }

  /** Describes it for watchers, by one flat literal: with spreads in it, a send takes microseconds longer. */
  described(kind: 'emit' | 'send'): WatchedSend {
    const { state, kwargs, context } = this;
    const { token: signal, manager, unfiltered, definition } = state;
    const receivers = unfiltered.functions() ?? receiversOf(unfiltered.inOrder());
    return {
      kind,
      origin: 'local',
      signal,
      signalName: definition?.name || plainNameOf(signal),
      manager,
      kwargs,
      context,
      receivers: receivers.length,
      queues: countQueues(receivers),
      peers: NO_VALUES,
      trace: undefined,
    };
  }

  emit(): void {
    const { state, kwargs, context } = this;
    const { home, unfiltered } = state;
    if (home.tooDeep !== undefined) home.called(); // throws: a watcher that sends what it watches has nested too deep
    if (this.isSame() && unfiltered.only !== undefined) emitOne(home, unfiltered.only, kwargs, context);
    else emitAll(home, this.fixed(), kwargs, context, undefined, state);
  }

  send(): Promise<SendResult[]> {
    const { state, kwargs, context } = this;
    const { home, unfiltered } = state;
    if (home.tooDeep !== undefined) home.called();
    if (this.isSame() && unfiltered.only !== undefined) return sendOne(home, unfiltered.only, kwargs, context);
    return sendAll(home, this.fixed(), kwargs, context, undefined, state);
  }

  // Not private: the lookup of a private accessor, or of the brand of a private method, takes longer than the call.

  /** Whether no receiver has come or gone since. */
  isSame(): boolean {
    const links = this.state.unfiltered.inOrder();
    return this.state.home.stirs === this.#stirs && links === this.#links && links.length === this.#end;
  }

  fixedLinks(): readonly Link[] {
    return this.isSame() ? this.#links : this.#links.slice(0, this.#end);
  }

  fixed(): Links {
    return this.isSame() ? this.state.unfiltered : this.fixedLinks();
  }
}
