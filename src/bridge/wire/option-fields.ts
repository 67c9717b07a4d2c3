import type { FarDelivery, FarSend } from '../../far/index.js';
import { isText } from '../../internal/plain-data.js';

/** One option of a send in the header of its `call`. */
interface FieldCodec<T> {
  /** Returns undefined for the default, which is not written. */
  readonly write: (send: FarSend) => T | undefined;
  readonly is: (value: unknown) => value is T;
  /** The value of a field that is missing. */
  readonly missing: T | undefined;
}

/** Senders and keys are in the payload. `until` stays with the sender: the node asks it. */
type FieldOf<Option> = Option extends 'until' ? 'asks' : Option;
type Field = FieldOf<Exclude<keyof FarSend, 'kwargs' | 'kind' | 'senders' | 'keys' | 'trace' | 'onResult'>>;

function flag(isSet: (send: FarSend) => boolean): FieldCodec<boolean> {
  return {
    write: (send) => isSet(send) || undefined,
    is: (value): value is boolean => typeof value === 'boolean',
    missing: false,
  };
}

/** In the order in which they are written. */
const OPTION_FIELDS = {
  reverse: flag(({ reverse }) => reverse),
  asks: flag(({ until }) => until !== undefined),
  abortable: flag(({ abortable }) => abortable),
  timeoutMs: {
    write: ({ timeoutMs }) => (timeoutMs === Infinity ? undefined : timeoutMs),
    is: (value): value is number => typeof value === 'number' && value >= 0,
    missing: undefined,
  } as FieldCodec<number>,
  expected: {
    write: ({ expected }) => (expected.length > 0 ? expected : undefined),
    is: (value): value is readonly string[] => Array.isArray(value) && value.every(isText),
    missing: undefined,
  } as FieldCodec<readonly string[]>,
} satisfies Record<Field, unknown>;

type ValueOf<Codec> = Codec extends FieldCodec<infer T> ? T : never;
export type OptionFields = { readonly [F in Field]?: ValueOf<(typeof OPTION_FIELDS)[F]> | undefined };

// Literals with one row each: loops over the rows make a call take an eighth longer.

/** Returns the fields of a send. Those that are not needed are undefined, and so are not written. */
export function optionFieldsOf(send: FarSend): OptionFields {
  const { reverse, asks, abortable, timeoutMs, expected } = OPTION_FIELDS;
  return {
    reverse: reverse.write(send),
    asks: asks.write(send),
    abortable: abortable.write(send),
    timeoutMs: timeoutMs.write(send),
    expected: expected.write(send),
  } satisfies Record<Field, unknown>;
}

/**
 * Returns the fields that a message has.
 *
 * @param read - Returns the field of this name, `missing` if the message has none, and throws for one of another type.
 */
export function readOptionFields(
  read: <T>(field: Field, is: (value: unknown) => value is T, missing: T | undefined) => T | undefined,
): OptionFields {
  const of = <T>(field: Field, { is, missing }: FieldCodec<T>): T | undefined => read(field, is, missing);
  return {
    reverse: of('reverse', OPTION_FIELDS.reverse),
    asks: of('asks', OPTION_FIELDS.asks),
    abortable: of('abortable', OPTION_FIELDS.abortable),
    timeoutMs: of('timeoutMs', OPTION_FIELDS.timeoutMs),
    expected: of('expected', OPTION_FIELDS.expected),
  } satisfies Record<Field, unknown>;
}

const delivered = Object.keys(OPTION_FIELDS).filter((field) => field !== 'asks' && field !== 'abortable');

/** Returns a delivery with the fields of its call that it has under the same names. Most have none: defaults are left out. */
export function deliveryOfFields(
  kwargs: object,
  call: OptionFields,
): { -readonly [K in keyof FarDelivery]: FarDelivery[K] } {
  const delivery: Record<string, unknown> & FarDelivery = { kwargs };
  for (const field of delivered) {
    const value = call[field as Field];
    if (value !== undefined && value !== false) delivery[field] = value;
  }
  return delivery;
}
