import { DISPOSE } from '../internal/dispose.js';
import { deliverLate } from './late-deliveries.js';
import type { SignalTable } from '../send/signal-table.js';
import { checkSignal } from '../signals/check-signal.js';
import type { SignalToken } from '../contract/options.js';

/** Mutes one signal, or all if it is left out. */
export function mute(signals: SignalTable, rest: [] | [signal: SignalToken]): Disposable {
  if (rest.length === 0) return muteExcept(signals, new Set());
  checkSignal(rest[0]);
  const state = signals.ensure(rest[0]);
  return muteBy(signals, (mutes) => {
    state.muteAlone(mutes);
  });
}

/** Mutes all signals except for those of a set. */
export function muteExcept(signals: SignalTable, except: ReadonlySet<SignalToken>): Disposable {
  return muteBy(signals, (mutes) => {
    signals.muteExcept(except, mutes);
  });
}

/** Mutes until the returned object is disposed. */
function muteBy(signals: SignalTable, change: (mutes: 1 | -1) => void): Disposable {
  change(1);
  let active = true;
  return {
    [DISPOSE]: () => {
      if (!active) return;
      active = false;
      change(-1);
      deliverLate(signals);
    },
  };
}
