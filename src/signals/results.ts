import { argumentError } from '../internal/check.js';
import { ReceiversFailedError } from './errors.js';
import type { FarResult, SendResult } from '../contract/signals.js';

/**
 * Returns the values in order if every receiver succeeded.
 *
 * @throws {@link ReceiversFailedError} if any receiver failed; its `errors` are the reasons.
 *
 * @example
 * ```ts
 * import { Signal, values } from 'signalbox';
 *
 * const priceAsked = new Signal<{ item: string }, number>();
 * priceAsked.connect(({ item }) => item.length);
 * console.log(values(await priceAsked.send({ item: 'tea' }))); //=> [ 3 ]
 * ```
 */
export function values<R>(results: readonly SendResult<R>[]): R[] {
  const failed = failures(results);
  if (failed.length > 0) throw new ReceiversFailedError(failed, results.length);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/**
 * Returns the results of the receivers that failed, in order.
 *
 * @throws TypeError for anything that is not an array.
 *
 * @example
 * ```ts
 * signals.connect(() => Promise.reject(new Error('no paper')), started);
 * for (const { reason } of failures(await signals.send(started, { port: 80 }, { expected: [Error] }))) {
 *   console.log(String(reason)); //=> 'Error: no paper'
 * }
 * ```
 */
export function failures<R>(results: readonly SendResult<R>[]): Extract<SendResult<R>, { status: 'rejected' }>[] {
  checkResults(results);
  return results.filter((result) => result.status === 'rejected');
}

/**
 * Returns the results of remote receivers (other threads or nodes), in order. They have a `receiverName` and no
 * `receiver`.
 *
 * @throws TypeError for anything that is not an array.
 *
 * @example
 * ```ts
 * for (const { receiverName, thread, node } of farResults(await started.send({ port: 80 }))) {
 *   console.log(receiverName, thread ?? node);
 * }
 * ```
 */
export function farResults<R>(results: readonly SendResult<R>[]): FarResult<R>[] {
  checkResults(results);
  return (results as readonly (SendResult<R> | FarResult<R>)[]).filter((result) => result.receiver === undefined);
}

function checkResults(results: unknown): void {
  if (!Array.isArray(results)) throw argumentError('results', 'an array of results', results);
}
