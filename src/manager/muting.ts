import { DISPOSE } from '../internal/dispose.js';
import { deliverLate } from './late-deliveries.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import { checkSignal } from '../signals/check-signal.js';
import type { SignalToken } from '../contract/options.js';

/** Mutes one signal, or all if it is left out. */
export function mute(signals: SignalTable, rest: [] | [signal: SignalToken]): Disposable {
  if (rest.length === 0) return muteBy(signals, signals.muteExcept(new Set()));
  checkSignal(rest[0]);
  return muteBy(signals, signals.ensure(rest[0]));
}

/** Mutes until the returned object is disposed. */
export function muteBy(signals: SignalTable, muting: Pick<SignalState, 'mute' | 'unmute'>): Disposable {
  muting.mute();
  let active = true;
  return {
    [DISPOSE]: () => {
      if (!active) return;
      active = false;
      muting.unmute();
      deliverLate(signals);
    },
  };
}
