import { checkOptions } from '../internal/check.js';
import { namedIdentityOf } from '../receivers/connect-request.js';
import { groupByReceiver } from '../receivers/inspect.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import { checkSignal } from '../signals/check-signal.js';
import { namedFilterOf } from '../signals/filter.js';
import type { DisconnectOptions, ReceiverWithUid, SignalToken } from '../contract/options.js';
import type { Receiver } from '../contract/signals.js';

/** The arguments after the receiver: an explicit `undefined` is not a signal that was left out. */
type Rest = [] | [signal: SignalToken, options?: DisconnectOptions | undefined];

export function disconnectReceiver(signals: SignalTable, receiver: Receiver | ReceiverWithUid, rest: Rest): boolean {
  checkRest(rest);
  const [, options = {}] = rest;
  checkOptions(options, 'disconnect');
  const identity = namedIdentityOf(receiver, options);
  const routing = namedFilterOf(options);
  // Only now, because accessors and iterators of the options may have connected.
  const removed = statesNamed(signals, rest).filter(({ table }) => {
    const found = table.find(identity);
    return found !== undefined && table.disconnect(found, routing);
  });
  return removed.length > 0;
}

export function disconnectAll(signals: SignalTable, rest: Rest): number {
  checkRest(rest);
  // The meta signals last, so that their receivers hear of the others.
  const states = statesNamed(signals, rest).sort((a, b) => +signals.isMeta(a.token) - +signals.isMeta(b.token));
  let count = 0;
  for (const { table } of states) {
    for (const [link] of groupByReceiver(table.all())) {
      if (link !== undefined && table.disconnect(link, undefined)) count += 1;
    }
  }
  return count;
}

function checkRest(rest: Rest): void {
  if (rest.length > 0) checkSignal(rest[0]);
}

/** The state of the signal, if it has one, or of all signals if it is left out. */
function statesNamed(signals: SignalTable, rest: Rest): SignalState[] {
  if (rest.length === 0) return signals.all();
  const state = signals.find(rest[0]);
  return state === undefined ? [] : [state];
}
