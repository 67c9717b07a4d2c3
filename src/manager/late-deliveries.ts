import { emitAll } from '../dispatch/concurrent.js';
import { identityOf, linksBeside } from '../receivers/link.js';
import { reasonFor } from '../receivers/special-link.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import type { LastSend, LateConnection } from '../send/sticky-send.js';

/** Gives the kept send of a sticky signal to a receiver that connects later: when the signal is not muted. */
export function deliverKept(signals: SignalTable, state: SignalState, last: LastSend, late: LateConnection): void {
  if (state.muted > 0) last.addLate(late);
  else deliver(signals, state, last, late);
}

/** A mute has ended: those who connected to a sticky signal meanwhile get its last send, in the order they connected. */
export function deliverLate(signals: SignalTable): void {
  const heard = signals.all().filter(({ muted }) => muted === 0);
  const late = heard.flatMap((state) => state.last?.takeLate().map((each) => ({ ...each, state })) ?? []);
  for (const each of late.sort((a, b) => a.rank - b.rank)) {
    const { state } = each;
    // One that was called before may have muted the signal again.
    if (state.last !== undefined) deliverKept(signals, state, state.last, each);
  }
}

/** A receiver of a sticky signal that its last send has not called is called with it now, if that matches. */
function deliver(signals: SignalTable, state: SignalState, last: LastSend, { handle: { link } }: LateConnection): void {
  if (link?.entry === undefined || reasonFor(link, last.routing) === undefined) return;
  const identity = identityOf(link);
  const any = identity && signals.any?.table.find(identity);
  const links = [link, ...(any === undefined ? [] : [any])].flatMap(linksBeside);
  if (last.concerns(link.entry, links)) return;
  emitAll(signals.home, [link], last.kwargs, last.context, last.reports, state);
}
