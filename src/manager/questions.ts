import { checkOptions } from '../internal/check.js';
import { counted, withName } from '../internal/printing.js';
import { explain, receiversOf } from '../receivers/inspect.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import { checkSignal } from '../signals/check-signal.js';
import { type ParsedFilter, parsedFilterOf } from '../signals/filter.js';
import { ANY } from '../signals/tokens.js';
import type { Filter, SignalToken } from '../contract/options.js';
import type { Explanation, Receiver } from '../contract/signals.js';

// The questions about the receivers of a manager. They send and change nothing.

export function receivers(signals: SignalTable, signal: SignalToken, filter: Filter | undefined): Receiver[] {
  return receiversOf(signals.choose(signal, filterAskedFor('receivers', signal, filter)));
}

export function hasReceivers(signals: SignalTable, signal: SignalToken, filter: Filter | undefined): boolean {
  const routing = filterAskedFor('hasReceivers', signal, filter);
  return signals.choose(signal, routing).some(({ live }) => live) || reachesPeers(signals, signal, routing);
}

export function explainSend(signals: SignalTable, signal: SignalToken, filter: Filter | undefined): Explanation[] {
  const routing = filterAskedFor('explain', signal, filter);
  const own = signals.find(signal);
  const any = signal === ANY || signals.isMeta(signal) ? undefined : signals.any;
  const muted = signals.isMuted(signal);
  const isMuted = { own: muted, any: muted || (any?.muted ?? 0) > 0 };
  const far = own?.far?.flatMap((side) => side.explain(routing, muted)) ?? [];
  return [...explain(own?.table, any?.table, routing, isMuted), ...far];
}

/** The signals with receivers. */
export function signalsWithReceivers(signals: SignalTable): SignalToken[] {
  const states = statesWithReceivers(signals).filter(({ token }) => token !== ANY);
  return states.map(({ token }) => token);
}

export function textOfManager(signals: SignalTable): string {
  const { name } = signals.manager;
  const states = statesWithReceivers(signals);
  const count = states.reduce((sum, { receiverCount }) => sum + receiverCount, 0);
  const counts = `${counted(states.length, 'signal')}, ${counted(count, 'receiver')}`;
  return `${withName('SignalManager', name)} (${counts})`;
}

function statesWithReceivers(signals: SignalTable): SignalState[] {
  return signals.all().filter(({ token, receiverCount }) => receiverCount > 0 && !signals.isMeta(token));
}

/** Checks the arguments of a question. @returns The filter, read once: its iterables may be iterators. */
function filterAskedFor(
  call: 'receivers' | 'hasReceivers' | 'explain',
  signal: SignalToken,
  filter: Filter = {},
): ParsedFilter | undefined {
  checkSignal(signal);
  checkOptions(filter, call, 'filter');
  return parsedFilterOf(filter);
}

/** Whether a send with this filter may reach another thread or node, as far as is known here. */
function reachesPeers(signals: SignalTable, signal: SignalToken, routing: ParsedFilter | undefined): boolean {
  const far = signals.isMuted(signal) ? undefined : signals.find(signal)?.far;
  return far?.some((side) => side.reach(routing !== undefined, routing).length > 0) === true;
}
