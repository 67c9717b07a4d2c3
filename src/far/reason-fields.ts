import type { ReceiverTimeoutError } from '../signals/errors.js';

export const LATE: ReceiverTimeoutError['code'] = 'ERR_RECEIVER_TIMEOUT';

/** How deep nested causes and errors are encoded, because a chain of them may be endless. */
export const DEEPEST_CAUSE = 8;

/** How many fields of one error are encoded, because many errors in a message may share one object with many fields. */
export const MOST_FIELDS = 100;

/** Whether a property is not one of every error, such as `message`, `constructor` or `__proto__`. */
export function isFieldName(name: string): boolean {
  return !(name in Error.prototype) && name !== 'stack' && name !== 'code' && name !== 'cause';
}

export const isCode = (code: unknown): code is string | number => typeof code === 'string' || typeof code === 'number';
