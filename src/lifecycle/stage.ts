import { type SendResult, Signal, farResults } from '../index.js';
import { nameOfReceiver } from '../internal/printing.js';

/**
 * Makes a signal for one receiver that comes too late for the send of the given one. The given one cannot be sent
 * again, because its other receivers have been called.
 *
 * @param abortSignal - Disconnects the receiver if it was not called.
 */
export function stageFor<K extends object>(
  { name, manager }: Signal<K>,
  receiver: (kwargs: K) => unknown,
  abortSignal?: AbortSignal,
): Signal<K> {
  const stage = new Signal<K>({ name, manager });
  stage.connect(receiver, { once: true, abortSignal });
  return stage;
}

/** Returns the name of the receiver of a result, and of its thread or node. */
export function receiverNameOf(result: SendResult): string {
  const [far] = farResults([result]);
  if (far === undefined) return nameOfReceiver(result.receiver);
  return `${far.receiverName} of ${far.thread ?? far.node ?? '(unknown)'}`;
}

/** Returns a class for `expected`, to which all errors belong that match. */
export function errorsThat(match: (error: unknown) => boolean): abstract new () => unknown {
  const stand = Object.defineProperty(function () {}, Symbol.hasInstance, { value: match });
  return stand as unknown as abstract new () => unknown;
}
