import type { FarReceivers, FarSend } from '../send/far-hook.js';
import type { Explanation } from '../contract/signals.js';
import { standInFor } from '../signals/failure-log.js';
import { NO_MATCH } from '../signals/filter.js';

/** Explains a send for each known thread or node that hears any send of the signal. */
export function explainFar(
  receivers: Pick<FarReceivers, 'reach'>,
  filter: Pick<FarSend, 'senders' | 'keys'> | undefined,
  muted: boolean,
): Explanation[] {
  const unfiltered = receivers.reach(false);
  const filtered = filter?.keys.length === 0 ? 'sender' : 'key';
  return receivers.reach(true, filter).map((name) => {
    const reason = unfiltered.includes(name) ? 'unfiltered' : filter === undefined ? NO_MATCH : filtered;
    const because = muted ? 'muted' : reason;
    return { receiver: standInFor(name), name, matches: because !== 'muted' && because !== NO_MATCH, because };
  });
}
