import { checkObject } from '../internal/check.js';
import { DISPOSE } from '../internal/dispose.js';
import type { Connection, Signal } from '../index.js';
import { checkTypedSignal } from '../signals/check-signal.js';

/**
 * Returns an EventTarget that dispatches a CustomEvent for each send of these signals, during the send.
 *
 * The `type` of the event is the name of the property, its `detail` is the kwargs object that receivers get, and it
 * cannot be cancelled. Events that others dispatch on the target do not send the signal. As for every EventTarget, an
 * error that a listener throws does not reach the sender.
 *
 * @returns The target, which disconnects from all signals when it is disposed.
 * @throws TypeError for anything that is not an object of Signals; ManagerClosedError after `close()`. Nothing is
 * connected then.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { toEventTarget } from 'signalbox/interop';
 *
 * const saved = new SignalManager().signal<{ id: number }>('saved');
 * using target = toEventTarget({ saved });
 * target.addEventListener('saved', (event) => console.log((event as CustomEvent).detail));
 * saved.emit({ id: 1 }); //=> { id: 1 }
 * ```
 */
export function toEventTarget(signals: Readonly<Record<string, Signal<any, any, any>>>): EventTarget & Disposable {
  checkObject(signals, 'signals');
  const entries = Object.entries(signals);
  for (const [type, signal] of entries) checkTypedSignal(signal, `signals.${type}`);
  const target = new EventTarget();
  const connections: Connection[] = [];
  const dispose = (): void => {
    for (const connection of connections.splice(0)) connection.disconnect();
  };
  try {
    for (const [type, signal] of entries) {
      const dispatch = (detail: unknown): void => {
        target.dispatchEvent(new CustomEvent(type, { detail }));
      };
      connections.push(signal.connect(dispatch));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return Object.assign(target, { [DISPOSE]: dispose });
}
