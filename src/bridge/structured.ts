import { parse, stringify } from 'devalue';
import { type EncodedReason, decodeReason, encodeReason, isError } from '../far-encoding.js';
import { PayloadError } from './errors.js';

// How kwargs and results are written: as `devalue` does it, JSON at heart, with errors besides. It has what structured clone
// takes, makes no classes but those of the language, and refuses `__proto__`, functions and instances of classes.

const reducers = {
  Error: (value: unknown) => isError(value) && encodeError(value),
};
const revivers = { Error: (encoded: unknown) => decodeReason(encoded) };

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
export function encodeError(reason: unknown): EncodedReason {
  return encodeReason(reason, canCross);
}

/** Longer arrays than that are not sparse ones in earnest: few bytes would make a loop over them endless. */
const LONGEST_SPARSE = 1_000_000;
const operations = {
  createSparseArray: (length: number): unknown[] => {
    if (length > LONGEST_SPARSE) throw new RangeError(`A sparse array of ${length} elements`);
    return new Array<unknown>(length);
  },
};

/**
 * Writes a value as one line of text.
 *
 * @param what - How a message names it.
 * @throws {@link PayloadError} for what is no structured data.
 */
export function encodeValue(value: unknown, what: string): string {
  try {
    return stringify(value, reducers);
  } catch (cause) {
    // A getter may have thrown it, or the value is nested deeper than the stack.
    const { message, path = '' } = cause as { readonly message?: unknown; readonly path?: unknown };
    const issue = { message: String(message), path };
    throw new PayloadError(`${what} can't cross to another node: ${issue.message}`, [issue], { cause });
  }
}

/** Reads what `encodeValue` wrote; throws for anything else. */
export function decodeValue(text: string): unknown {
  // Sparse arrays are written with a negative number, and for most messages the operations are not worth their cost.
  const value: unknown = text.includes('-') ? parse(text, revivers, { operations }) : parse(text, revivers);
  return value;
}
