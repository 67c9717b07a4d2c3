import { checkOptions } from '../internal/check.js';
import { counted } from '../internal/printing.js';
import { explain, receiversOf } from '../receivers/inspect.js';
import type { Link } from '../receivers/link.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import { checkSignal } from '../signals/check-signal.js';
import { parsedFilterOf } from '../signals/filter.js';
import { ANY } from '../signals/tokens.js';
import type { Filter, SignalToken } from '../contract/options.js';
import type { Explanation, Receiver } from '../contract/signals.js';

// The questions about the receivers of a manager. They send and change nothing.

export function receivers(signals: SignalTable, signal: SignalToken, filter: Filter | undefined): Receiver[] {
  return receiversOf(linksReached(signals, 'receivers', signal, filter));
}

export function hasReceivers(signals: SignalTable, signal: SignalToken, filter: Filter | undefined): boolean {
  const links = linksReached(signals, 'hasReceivers', signal, filter);
  return links.some(({ live }) => live) || reachesPeers(signals, signal, filter);
}

export function explainSend(signals: SignalTable, signal: SignalToken, filter: Filter = {}): Explanation[] {
  checkSignal(signal);
  checkOptions(filter, 'explain', 'filter');
  const own = signals.find(signal);
  const any = signal === ANY || signals.isMeta(signal) ? undefined : signals.any;
  const muted = signals.isMuted(signal);
  const isMuted = { own: muted, any: muted || (any?.muted ?? 0) > 0 };
  const routing = parsedFilterOf(filter);
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
  return name === undefined ? `SignalManager (${counts})` : `SignalManager "${name}" (${counts})`;
}

function statesWithReceivers(signals: SignalTable): SignalState[] {
  return signals.all().filter(({ token, receiverCount }) => receiverCount > 0 && !signals.isMeta(token));
}

function linksReached(
  signals: SignalTable,
  call: 'receivers' | 'hasReceivers',
  signal: SignalToken,
  filter: Filter = {},
): readonly Link[] {
  checkSignal(signal);
  checkOptions(filter, call, 'filter');
  return signals.choose(signal, parsedFilterOf(filter));
}

/** Whether a send with this filter may reach another thread or node, as far as is known here. */
function reachesPeers(signals: SignalTable, signal: SignalToken, filter: Filter = {}): boolean {
  const far = signals.isMuted(signal) ? undefined : signals.find(signal)?.far;
  const routing = parsedFilterOf(filter);
  return far?.some((side) => side.reach(routing !== undefined, routing).length > 0) === true;
}
