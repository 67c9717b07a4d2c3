import type { FarPart, FarSide, SendHere } from './far-hook.js';
import { crossingOf } from './options.js';
import type { Outgoing } from './outgoing.js';
import { NO_VALUES } from '../signals/filter.js';
import type { FarResult } from '../contract/signals.js';

// The part of a send that goes to other threads and nodes.

/** Returns the remote part of a send, if it has one. Throws for kwargs that cannot be sent there. */
export function farPartOf(send: Outgoing, until?: SendHere['until']): FarPart | undefined {
  const { signals, context, kind, kwargs, options, routing, limits, hurrySignal, trace, watch } = send;
  const sides = sidesOf(send);
  const [first] = sides;
  if (first === undefined || kind === 'sync') return undefined;
  const onResult =
    watch &&
    ((result: FarResult): void => {
      watch.result(result);
    });
  return first.begin(
    sides,
    { kwargs, kind, trace, ...crossingOf(options, routing) },
    { home: signals.home, context, limits, until, hurrySignal, onResult },
  );
}

/** The names of the threads and nodes that a send may reach, those aside that take it later. */
export function peersOf(send: Outgoing): readonly string[] {
  const sides = sidesOf(send).filter(({ stores }) => stores !== true);
  return reachedBy(sides, send);
}

/** Whether a send goes to a thread or a node. */
export function goesFar(send: Outgoing): boolean {
  return reachedBy(sidesOf(send), send).length > 0;
}

/** The transports that a send is passed on by. */
function sidesOf({ signals, signal, kind, delivered }: Outgoing): readonly FarSide[] {
  if (kind === 'sync' || delivered !== undefined || signals.isMuted(signal)) return NO_VALUES;
  return signals.find(signal)?.far ?? NO_VALUES;
}

function reachedBy(sides: readonly FarSide[], { routing }: Outgoing): readonly string[] {
  if (sides.length === 0) return NO_VALUES;
  const { senders = [], keys = [] } = routing ?? {};
  return sides.flatMap((side) => side.reach(routing !== undefined, { senders, keys }));
}
