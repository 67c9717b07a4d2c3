import { parse, stringify } from 'devalue';
import { type DecodedReasons, decodeReason, noneDecoded } from '../../far/decode-reason.js';
import { type EncodedReason, type EncodedReasons, encodeReason, noneEncoded } from '../../far/encode-reason.js';
import { isError } from '../../internal/any-value.js';
import { PayloadError } from '../errors.js';
import { frugalOptions } from './frugal-parse.js';

// Writes kwargs and results in the format of `devalue`, which is based on JSON, and adds errors. It supports the types
// of structured clone and creates only built-in classes. It rejects `__proto__`, functions and instances of other
// classes.

type Encode = (value: unknown) => unknown;

function reducers(): { readonly Error: Encode } {
  let known: EncodedReasons | undefined;
  return { Error: (value) => isError(value) && encodeReason(value, canCross, (known ??= noneEncoded())) };
}

function revivers(): { readonly Error: Encode } {
  let known: DecodedReasons | undefined;
  return { Error: (encoded) => decodeReason(encoded, (known ??= noneDecoded())) };
}

/**
 * Whether a value can be written. Errors in it count as writable without a look inside, which could recurse without
 * end.
 */
function canCross(value: unknown): boolean {
  try {
    stringify(value, { Error: isError });
    return true;
  } catch {
    return false;
  }
}

/** Encodes an error or another thrown value. Parts that cannot cross, such as a cause, are replaced by a text. */
export function encodeErrorValue(reason: unknown): EncodedReason {
  return encodeReason(reason, canCross);
}

/**
 * Writes a value as one line of text.
 *
 * @param what - The name of the value in messages.
 * @param path - Translates paths: `from` in the value is `as` for users. In a call, `[0]` is `kwargs`.
 * @throws {@link PayloadError} if the value is not structured data.
 */
export function encodeValue(value: unknown, what: string, path = { from: '', as: '' }): string {
  try {
    return stringify(value, reducers());
  } catch (cause) {
    // The error has no path if a getter threw it, or if the nesting overflowed the stack.
    const thrown = cause as { readonly message?: unknown; readonly path?: unknown } | null | undefined;
    const message = String(thrown?.message);
    const found = typeof thrown?.path === 'string' ? thrown.path : '';
    const named = found.startsWith(path.from) ? path.as + found.slice(path.from.length) : found;
    const where = named === '' || named === path.as ? '' : ` at \`${named}\``;
    throw new PayloadError(`${what} can't cross to another node: ${message}${where}`, [{ message, path: named }], {
      cause,
    });
  }
}

/** Reads what `encodeValue` wrote; throws for anything else. */
export function decodeValue(text: string): unknown {
  const value: unknown = parse(text, revivers(), frugalOptions(text));
  return value;
}
