import { emitAll } from '../dispatch/concurrent.js';
import { type LinkHandle, identityOf, linksBeside } from '../receivers/link.js';
import { reasonFor } from '../receivers/special-link.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import type { LastSend } from '../send/sticky-send.js';

/** Gives the kept send of a sticky signal to a receiver that connects later: when the signal is not muted. */
export function deliverKept(signals: SignalTable, state: SignalState, last: LastSend, handle: LinkHandle): void {
  if (state.muted > 0) last.addLate({ handle, rank: signals.nextRank++ });
  else deliver(signals, state, last, handle);
}

/** A mute has ended: those who connected to a sticky signal meanwhile get its last send, in the order they connected. */
export function deliverLate(signals: SignalTable): void {
  const heard = signals.all().filter(({ muted }) => muted === 0);
  const late = heard.flatMap((state) => state.last?.takeLate().map((each) => ({ ...each, state })) ?? []);
  for (const { state, handle } of late.sort((a, b) => a.rank - b.rank)) {
    // One that was called before may have muted the signal again: then they wait anew, behind those that came meanwhile.
    if (state.last !== undefined) deliverKept(signals, state, state.last, handle);
  }
}

/** A receiver of a sticky signal that its last send has not called is called with it now, if that matches. */
function deliver(signals: SignalTable, state: SignalState, last: LastSend, { link }: LinkHandle): void {
  if (link?.entry === undefined || reasonFor(link, last.routing) === undefined) return;
  const identity = identityOf(link);
  const any = identity && signals.any?.table.find(identity);
  const links = [link, ...(any === undefined ? [] : [any])].flatMap(linksBeside);
  if (last.concerns(link.entry, links)) return;
  emitAll(signals.home, [link], last.kwargs, last.context, last.reports, state);
}
