import { type Mute, emitAll, sendAll } from '../dispatch/concurrent.js';
import type { PendingSends } from '../dispatch/pending-sends.js';
import { type StepwiseSend, type Until, sendSerially, sendSynchronously, sendWithin } from '../dispatch/stepwise.js';
import { emitWatched, sendWatched } from '../dispatch/watched.js';
import { type Link, receiverOfLink } from '../receivers/link.js';
import { NO_LINKS } from '../receivers/link-list.js';
import type { ParsedFilter } from '../signals/filter.js';
import { definitionOf } from '../signals/tokens.js';
import type { CallHere } from './far-hook.js';
import { inOrderOf } from './options.js';
import type { Outgoing } from './outgoing.js';
import type { SignalState } from './signal-state.js';
import { LastSend } from './sticky-send.js';
import type { SendResult, SerialOptions } from '../contract/signals.js';

// The part of a send that stays here. These functions announce the send: a sticky signal keeps it, and waits and streams
// see it. They return a function that calls the local receivers.

const NOT_MUTED: Mute = Object.freeze({ muted: 0 });

export function emitHere(send: Outgoing): CallHere<void> {
  const links = announced(send);
  const mute = muteOf(send);
  const { kwargs, context, reports, watch } = send;
  return (home) => {
    if (links.length === 0) return;
    if (watch === undefined) emitAll(home, links, kwargs, context, reports, mute);
    else emitWatched(home, links, kwargs, context, reports, mute, watch);
  };
}

export function sendHere(send: Outgoing): CallHere<Promise<SendResult[]>> {
  const links = announced(send);
  const mute = muteOf(send);
  const { kwargs, context, reports, limits, watch } = send;
  if (limits !== undefined) {
    return (home) => calling(home, send, () => sendWithin(stepwise(home, send, links, mute), limits));
  }
  if (watch === undefined) return (home) => sendAll(home, links, kwargs, context, reports, mute);
  return (home) => sendWatched(home, links, kwargs, context, reports, mute, watch);
}

export function sendSeriallyHere(
  send: Outgoing,
): (home: PendingSends, until: Until | undefined) => Promise<SendResult[]> {
  const links = announced(send);
  const mute = muteOf(send);
  return (home, until) => {
    const inBetween = { until, hurrySignal: send.hurrySignal };
    return calling(home, send, () => sendSerially(stepwise(home, send, links, mute), send.limits, inBetween));
  };
}

export function sendSynchronouslyHere(send: Outgoing, until: SerialOptions<unknown>['until']): SendResult[] {
  const links = announced(send);
  const mute = muteOf(send);
  const { home } = send.signals;
  return calling(home, send, () => sendSynchronously(stepwise(home, send, links, mute), until));
}

/** Shows a send to waits and streams. @returns Its receivers, in the order of their calls. */
function announced(send: Outgoing): readonly Link[] {
  const { signals, signal, options, limits, links, context } = send;
  if (limits?.aborted !== true && !signals.isMuted(signal)) {
    const { home } = signals;
    // Does not end with `called`, because the receivers are called next.
    home.counting(context, () => {
      announce(send);
      if (home.tooDeep !== undefined) throw home.tooDeep;
    });
  }
  return inOrderOf(options, links);
}

/** Keeps the send of a sticky signal, and shows it to waits and streams, before any receiver is called. */
function announce({ signals, signal, kwargs, context, routing, reports, links }: Outgoing): void {
  if (definitionOf(signal)?.sticky === true) {
    signals.ensure(signal).last = new LastSend(kwargs, context, routing, reports, links);
  }
  const own = observersOf(signals.find(signal), routing);
  const others = signals.isMeta(signal) ? NO_LINKS : observersOf(signals.any, routing);
  // A wait or stream of several signals may watch both this one and ANY.
  const more = others.filter((other) => own.every((link) => receiverOfLink(link) !== receiverOfLink(other)));
  const observers = [...own, ...more];
  if (observers.length === 0) return;
  const { home } = signals;
  sendSynchronously({ home, links: observers, kwargs, context, reports, mute: NOT_MUTED, watch: undefined }, undefined);
}

/** Returns the waits and streams of a signal that see a send with this routing. */
function observersOf(state: SignalState | undefined, routing: ParsedFilter | undefined): readonly Link[] {
  return state?.muted === 0 ? (state.observers?.choose(routing) ?? NO_LINKS) : NO_LINKS;
}

/** Read after waits and streams have seen the send, because they may have created the state of the signal. */
function muteOf({ signals, signal }: Outgoing): Mute {
  return signals.find(signal) ?? NOT_MUTED;
}

function stepwise(home: PendingSends, send: Outgoing, links: readonly Link[], mute: Mute): StepwiseSend {
  const { kwargs, context, reports, watch } = send;
  return { home, links, kwargs, context, reports, mute, watch };
}

/** Runs a part of a send that calls receivers. It counts as pending meanwhile. */
function calling<T>(home: PendingSends, { context }: Outgoing, call: () => T): T {
  try {
    return home.counting(context, call);
  } finally {
    home.called();
  }
}
