import { argumentError, checkKnown } from '../internal/check.js';
import { type SignalManager, type SignalToken, ANY, sharedManager } from '../index.js';
import { checkManager, checkSignal } from '../signals/check-signal.js';
import { watchHostOf } from '../watch/watch-host.js';
import { ManagerRecording } from './recording.js';
import type { Recording, SilenceOptions } from './types.js';

/**
 * Records every send of these managers until it is disposed. It calls nobody and changes no result.
 *
 * Sends that other threads and nodes make count, and so do sends that call nobody. Reports of connections and the kept
 * sends of sticky signals do not.
 *
 * @param managers - Default: the current shared manager.
 * @throws TypeError for anything that is not a manager, ManagerClosedError for a closed one.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { record } from 'signalbox/testing';
 *
 * const signals = new SignalManager();
 * const ordered = signals.signal<{ item: string }>('ordered');
 * using recording = record(signals);
 * ordered.emit({ item: 'Dune' });
 * console.log(recording.kwargs(ordered)); //=> [ { item: 'Dune' } ]
 * ```
 */
export function record(...managers: SignalManager[]): Recording {
  for (const manager of managers) checkManager(manager);
  return new ManagerRecording(managers.length === 0 ? [sharedManager()] : [...new Set(managers)]);
}

/**
 * Records the sends of one manager and mutes them until it is disposed: no receiver, wait, stream, thread, node or queue
 * gets them, and they have no results.
 *
 * @param options - `except`: signals that are sent as usual.
 * @throws As `record`, and TypeError for bad options.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { silence } from 'signalbox/testing';
 *
 * const signals = new SignalManager();
 * const mailed = signals.signal<{ to: string }>('mailed');
 * mailed.connect(() => console.log('sends a mail'));
 * {
 *   using recording = silence(signals);
 *   mailed.emit({ to: 'ann' });
 *   console.log(recording.kwargs(mailed)); //=> [ { to: 'ann' } ]
 * }
 * mailed.emit({ to: 'bob' }); //=> 'sends a mail'
 * ```
 */
export function silence(manager: SignalManager, options: SilenceOptions = {}): Recording {
  checkManager(manager);
  checkKnown(options, ['except'], 'silence');
  const except = exceptionsOf(options.except ?? []);
  const recording = new ManagerRecording([manager]);
  // Receivers of ANY get the sends of excepted signals. Those of muted signals reach no receiver, whatever it is connected to.
  const muted = watchHostOf(manager)?.muteExcept(new Set([...except, ANY]));
  return muted === undefined ? recording : recording.endWith(muted);
}

function exceptionsOf(except: unknown): readonly SignalToken[] {
  const isIterable = typeof except === 'object' && except !== null && Symbol.iterator in except;
  if (!isIterable) throw argumentError('except', 'an iterable of signals', except);
  return Array.from(except as Iterable<unknown>, (signal, index) => {
    checkSignal(signal, `except[${index}]`);
    return signal;
  });
}
