import { parse, stringify } from 'devalue';
import {
  type DecodedReasons,
  type EncodedReason,
  type EncodedReasons,
  decodeReason,
  encodeReason,
  isError,
  noneDecoded,
  noneEncoded,
} from '../../far/encoding.js';
import { PayloadError } from '../errors.js';
import { frugalOptions } from './frugal-parse.js';

// How kwargs and results are written: as `devalue` does it, JSON at heart, with errors besides. It has what structured clone
// takes, makes no classes but those of the language, and refuses `__proto__`, functions and instances of classes.

type Encode = (value: unknown) => unknown;

function reducers(): { readonly Error: Encode } {
  let known: EncodedReasons | undefined;
  return { Error: (value) => isError(value) && encodeReason(value, canCross, (known ??= noneEncoded())) };
}

function revivers(): { readonly Error: Encode } {
  let known: DecodedReasons | undefined;
  return { Error: (encoded) => decodeReason(encoded, (known ??= noneDecoded())) };
}

/** Whether a value can be written. The errors in it always can: looked into, they might lead here over and over. */
function canCross(value: unknown): boolean {
  try {
    stringify(value, { Error: isError });
    return true;
  } catch {
    return false;
  }
}

/** An error, or whatever was thrown; what can't cross as it is, the cause perhaps, is described. */
export function encodeErrorValue(reason: unknown): EncodedReason {
  return encodeReason(reason, canCross);
}

/**
 * Writes a value as one line of text.
 *
 * @param what - How a message names it.
 * @param path - Where in the value that is which users know, and how they know it: `[0]` of a call is its `kwargs`.
 * @throws {@link PayloadError} for what is no structured data.
 */
export function encodeValue(value: unknown, what: string, path = { from: '', as: '' }): string {
  try {
    return stringify(value, reducers());
  } catch (cause) {
    // A getter may have thrown it, or the value is nested deeper than the stack: then it has no path.
    const thrown = cause as { readonly message?: unknown; readonly path?: unknown } | null | undefined;
    const message = String(thrown?.message);
    const place = typeof thrown?.path === 'string' ? thrown.path : '';
    const named = place.startsWith(path.from) ? path.as + place.slice(path.from.length) : place;
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
