import type { PastExplanation } from '../types.js';
import type { ReceiverTally } from './call-tally.js';
import type { KnownReceiver } from './known-receiver.js';
import type { SendRecord } from './send-record.js';

/** Explains for each receiver that is remembered of the signal and of ANY whether the send called it, and why. */
export function whyNot(send: SendRecord): PastExplanation[] {
  const { signal } = send;
  const { called } = send;
  const own = [...signal.receivers.all];
  // A receiver connected to the signal and to ANY is one.
  const twins = new Map<KnownReceiver, KnownReceiver>();
  const others = [...signal.manager.any.all].filter((known) => {
    const twin = own.find((each) => each.isTwinOf(known));
    if (twin !== undefined) twins.set(twin, known);
    return twin === undefined;
  });
  return [
    ...own.map((known) => explanation(send, called, known, known, twins.get(known))),
    ...others.map((known) => explanation(send, called, known, undefined, known)),
  ];
}

type Why = Pick<PastExplanation, 'called' | 'because'>;

function explanation(
  send: SendRecord,
  called: ReadonlySet<ReceiverTally>,
  shown: KnownReceiver,
  own: KnownReceiver | undefined,
  any: KnownReceiver | undefined,
): PastExplanation {
  const { id, known } = send.signal.tallyOf(shown);
  return { receiverId: id, name: known.name, ...whyOf(send, called, own, any) };
}

function whyOf(
  send: SendRecord,
  called: ReadonlySet<ReceiverTally>,
  own: KnownReceiver | undefined,
  any: KnownReceiver | undefined,
): Why {
  const { aim, muted, signal } = send;
  const both = [own, any].flatMap((known) => known ?? []);
  const match = own?.matches(aim) ?? (any?.matches(aim) && 'any signal');
  if (both.some((known) => called.has(signal.tallyOf(known)))) {
    return { called: true, because: match ?? 'unfiltered' };
  }
  const no = (because: PastExplanation['because']): Why => ({ called: false, because });
  if (!both.some((known) => known.wasConnected(aim.moment))) {
    const ending = both.map((known) => known.lastEnding(aim.moment)).find((each) => each !== undefined);
    return no(ending ?? 'connected later');
  }
  if (muted.own || (muted.any && own?.wasConnected(aim.moment) !== true)) return no('muted');
  if (match === undefined) return no('no matching sender or key');
  if (both.some((known) => send.hasPassedOver(signal.tallyOf(known)))) return no('aborted');
  const matching = both.filter((known) => known.matches(aim) !== undefined);
  const endings = matching.map((known) => known.endingFor(aim, send.endMoment));
  if (endings[0] !== undefined && !endings.includes(undefined)) return no(endings[0]);
  if (send.mutedAtEnd) return no('muted');
  if (send.isInTurn) return no(send.isOver ? (send.wasAborted ? 'aborted' : 'stopped by until') : 'not yet its turn');
  // Its filter has lost a part since it was connected.
  return no('no matching sender or key');
}
