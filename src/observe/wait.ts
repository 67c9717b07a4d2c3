import { CallSite } from '../internal/call-site.js';
import { argumentError, checkMilliseconds, checkOptions } from '../internal/check.js';
import { WaitRejectedError, WaitTimeoutError } from '../signals/errors.js';
import { Observation, type ObserverHost, checkObservation } from './observation.js';
import { type ParsedFilter, parsedFilterOf } from '../signals/filter.js';
import type { LastSend } from '../send/sticky-send.js';
import { Timer } from '../internal/timer.js';
import { ANY, nameOfSignal, namesOf } from '../signals/tokens.js';
import type { SignalToken } from '../contract/options.js';
import type { Delivery, SendContext, WaitOptions } from '../contract/signals.js';
import { listedSignalsOf } from '../signals/check-signal.js';

/** Resolves with the next matching send. Nothing stays connected, however it ends. */
export function waitFor<K>(
  host: ObserverHost,
  signal: SignalToken,
  options: WaitOptions<K> = {},
): Promise<Delivery<K>> {
  // An exception of `watch` rejects the promise.
  return new Promise((resolve, reject) => {
    watch(host, signal, options, resolve, reject);
  });
}

/** A function of its own, so that the closures of a pending wait do not refer to `options` and keep no sender alive. */
function watch<K>(
  host: ObserverHost,
  signal: SignalToken,
  options: WaitOptions<K>,
  resolve: (delivery: Delivery<K>) => void,
  reject: (reason: unknown) => void,
): void {
  const signals = listedSignalsOf(signal);
  checkOptions(options, 'wait');
  const { timeoutMs = Infinity, abortSignal, rejectOn, where } = options;
  checkMilliseconds(timeoutMs, 'timeoutMs');
  checkObservation(where, abortSignal);
  const rejecting = rejectOn === undefined ? [] : rejectingSignalsOf(rejectOn, signals, host);
  const routing = parsedFilterOf(options);
  host.checkOpen();
  if (abortSignal?.aborted === true) {
    reject(abortSignal.reason);
    return;
  }
  const kept = where === undefined ? keptSend(host, signals, routing) : undefined;
  if (kept !== undefined) {
    // Nothing needs to be connected for it, and no transport to be told.
    resolve({ kwargs: kept.kwargs as K, context: kept.context });
    return;
  }
  const fail = (error: unknown): void => {
    end();
    reject(error);
  };
  const caller = new CallSite(timeoutMs);
  const timer = new Timer(timeoutMs, () => {
    fail(caller.blame(new WaitTimeoutError(namesOf(signals), timeoutMs)));
  });
  const ends = { onError: fail, onOver: fail };
  const observation = new Observation(host, signals, where, abortSignal, {
    ...ends,
    onSend(kwargs, context) {
      end();
      resolve({ kwargs: kwargs as K, context });
    },
  });
  const onReject = (kwargs: object, context: SendContext): void => {
    fail(new WaitRejectedError(context.signal, kwargs, signals));
  };
  const rejection =
    rejecting.length === 0
      ? undefined
      : new Observation(host, rejecting, undefined, undefined, { ...ends, onSend: onReject });
  const end = (): void => {
    timer.stop();
    observation.stop();
    rejection?.stop();
  };
  observation.begin(routing);
  rejection?.begin(routing);
  observation.seeKept(routing);
  rejection?.seeKept(routing);
}

/** Returns the first matching send that one of these signals keeps. Apart, for the reason above. */
function keptSend(
  host: ObserverHost,
  signals: readonly SignalToken[],
  routing: ParsedFilter | undefined,
): LastSend | undefined {
  return signals.map((each) => host.lastSend(each)).find((last) => last?.matches(routing));
}

/** Returns the signals of `rejectOn`. None may be waited for, because one send must not both resolve and reject. */
function rejectingSignalsOf(
  rejectOn: unknown,
  signals: readonly SignalToken[],
  host: ObserverHost,
): readonly SignalToken[] {
  const rejecting = listedSignalsOf(rejectOn, 'rejectOn');
  for (const each of rejecting) {
    if (each === ANY) throw argumentError('rejectOn', 'signals other than ANY', each);
    if (signals.includes(each) || (signals.includes(ANY) && !host.isMeta(each)))
      throw new TypeError(`Expected \`rejectOn\` to be signals that are not waited for, got ${nameOfSignal(each)}`);
  }
  return rejecting;
}
