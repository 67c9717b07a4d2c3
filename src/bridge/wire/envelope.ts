import { type OptionFields, readOptionFields } from './option-fields.js';
import type { Heard } from '../../far/index.js';
import { isText } from '../../internal/plain-data.js';
import { validTrace } from '../../internal/trace-parent.js';
import { isObject } from '../../internal/weak-key-map.js';
import type { TraceParent } from '../../contract/signals.js';
import { encoder, fitsSubject } from './subjects.js';

/*
 * The wire format of a message (see WIRE.md): UTF-8, three parts with a newline between them.
 *
 *   1.1                        the version
 *   {"from":…,"type":"call"}   the header, as JSON
 *   [[1],…]                    the payload, one value per line, read only after the header has been checked
 */

export const MAJOR = 1;
export const MINOR = 1;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const VERSION_LINE = `${MAJOR}.${MINOR}\n`;

/**
 * The audience of a signal at a node, and the node's group for it. `heard` is `null` if the node has stopped sharing
 * it.
 */
export type SharedState = readonly [name: string, heard: Heard | null, group: string | null];

export interface StateBody {
  /** The start of this run of the node, in milliseconds since 1970. A later run replaces an earlier one. */
  readonly born: number;
  /** Milliseconds until the node's next sign of life. */
  readonly everyMs: number;
  /** Counts the changes of `signals`. */
  readonly revision: number;
  readonly signals: readonly SharedState[];
}
/** The trace of a send, as header fields. Left out if there is none. */
export type TraceFields = Partial<TraceParent>;

/** The highest minor version that the sender of a message has. */
interface Version {
  readonly minor: number;
}

export interface CallBody extends OptionFields, TraceFields {
  readonly id: number;
  readonly signal: string;
  readonly kind: 'send' | 'serial' | 'emit';
  /** Whether the call is sent to all nodes. A node that shares the signal without a group delivers it. */
  readonly toAll?: boolean | undefined;
}
export type Body =
  | ({ readonly type: 'hello' } & StateBody)
  | ({ readonly type: 'here'; readonly answers?: number | undefined } & StateBody)
  | { readonly type: 'change'; readonly revision: number; readonly signals: readonly SharedState[] }
  | { readonly type: 'beat'; readonly born: number; readonly everyMs: number; readonly revision: number }
  | { readonly type: 'bye' }
  | { readonly type: 'ping'; readonly calls: readonly number[] }
  | { readonly type: 'pong'; readonly unknown: readonly number[] }
  | ({ readonly type: 'call' } & CallBody)
  | { readonly type: 'result' | 'answer' | 'refusal' | 'abort'; readonly id: number }
  | { readonly type: 'go'; readonly id: number; readonly stop: boolean }
  | { readonly type: 'settle'; readonly id: number; readonly onward: boolean }
  | { readonly type: 'settled'; readonly id: number; readonly sends: number }
  | ({ readonly type: 'job'; readonly id: string; readonly signal: string } & TraceFields);

/** The sender of a message: the name of the node, and its run. */
export interface From {
  readonly from: string;
  readonly run: string;
}
export type Message = From & Version & Body;
export type MessageOf<T extends Message['type']> = Message & { readonly type: T };

/** The fault of a message. Faults of one kind have the same words. */
export class Malformed extends Error {
  readonly kind: string;
  /** The sender that the message names, if that could be read. */
  readonly from: From | undefined;
  constructor(kind: string, from?: From, cause?: unknown) {
    super(kind, { cause });
    this.kind = kind;
    this.from = from;
  }
}

/** Returns the common start of all messages of a node, up to their own fields. */
export function startOfMessage({ from, run }: From): string {
  return `${VERSION_LINE}${JSON.stringify({ from, run }).slice(0, -1)},`;
}

export function encodeMessage(start: string, body: Body, payload = ''): Uint8Array {
  return encoder.encode(`${start}${JSON.stringify(body).slice(1)}\n${payload}`);
}

/**
 * Reads a message, and checks everything except the payload.
 *
 * @returns undefined for a type of message of a later minor version.
 * @throws {@link Malformed}
 */
export function decodeMessage(
  data: Uint8Array,
  maxBytes: number,
): { readonly message: Message; readonly payload: string } | undefined {
  if (data.byteLength > maxBytes) throw new Malformed('larger than maxBytes');
  const text = decodeText(data);
  const endOfVersion = text.indexOf('\n');
  const minor = minorOf(text.slice(0, Math.max(endOfVersion, 0)));
  const endOfHeader = text.indexOf('\n', endOfVersion + 1);
  if (endOfHeader < 0) throw new Malformed('truncated');
  const fields = fieldsOf(text.slice(endOfVersion + 1, endOfHeader));
  const from = { from: nameField(fields, 'from'), run: runOf(fields['run']), minor };
  try {
    const type = fields['type'];
    const read = typeof type === 'string' ? READERS.get(type) : undefined;
    // Assigned, because spreading several objects costs more than all the rest.
    if (read !== undefined) return { message: Object.assign(read(fields), from), payload: text.slice(endOfHeader + 1) };
  } catch (error) {
    throw error instanceof Malformed ? new Malformed(error.kind, from) : error;
  }
  if (minor <= MINOR) throw new Malformed('unknown type of message', from);
  return undefined;
}

function decodeText(data: Uint8Array): string {
  try {
    return decoder.decode(data);
  } catch {
    throw new Malformed('not UTF-8');
  }
}

function minorOf(version: string): number {
  const [, major, minor] = /^(\d{1,6})\.(\d{1,6})$/.exec(version) ?? [];
  if (major === undefined) throw new Malformed('no version');
  if (Number(major) !== MAJOR) throw new Malformed('another major version');
  return Number(minor);
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(json: string): Fields {
  let fields: unknown;
  try {
    fields = JSON.parse(json);
  } catch {
    throw new Malformed('header is no JSON');
  }
  if (!isObject(fields) || Array.isArray(fields)) throw new Malformed('header is no object');
  return fields as Fields;
}

// Each reader creates a new object from the known fields, and checks their types. Later minor versions may add fields.

const stateOf = (fields: Fields) => ({
  born: countField(fields, 'born'),
  everyMs: countField(fields, 'everyMs'),
  revision: countField(fields, 'revision'),
});

const READERS = new Map<string, (fields: Fields) => Body>([
  ['hello', (fields) => ({ type: 'hello', ...stateOf(fields), signals: statesOf(fields) })],
  [
    'here',
    (fields) => ({
      type: 'here',
      ...stateOf(fields),
      signals: statesOf(fields),
      answers: isGiven(fields, 'answers') ? countField(fields, 'answers') : undefined,
    }),
  ],
  ['change', (fields) => ({ type: 'change', revision: countField(fields, 'revision'), signals: statesOf(fields) })],
  ['beat', (fields) => ({ type: 'beat', ...stateOf(fields) })],
  ['bye', () => ({ type: 'bye' })],
  ['ping', (fields) => ({ type: 'ping', calls: listField(fields, 'calls', isCount) })],
  ['pong', (fields) => ({ type: 'pong', unknown: listField(fields, 'unknown', isCount) })],
  [
    'call',
    (fields) => {
      const call = {
        type: 'call' as const,
        id: countField(fields, 'id'),
        signal: nameField(fields, 'signal'),
        kind: oneOfField(fields, 'kind', ['send', 'serial', 'emit'] as const),
        toAll: isGiven(fields, 'toAll') && factField(fields, 'toAll'),
      };
      return Object.assign(
        call,
        traceField(fields),
        readOptionFields((field, is, missing) => (isGiven(fields, field) ? must(fields, field, is) : missing)),
      );
    },
  ],
  ['result', (fields) => ({ type: 'result', id: countField(fields, 'id') })],
  ['answer', (fields) => ({ type: 'answer', id: countField(fields, 'id') })],
  ['refusal', (fields) => ({ type: 'refusal', id: countField(fields, 'id') })],
  ['abort', (fields) => ({ type: 'abort', id: countField(fields, 'id') })],
  ['go', (fields) => ({ type: 'go', id: countField(fields, 'id'), stop: factField(fields, 'stop') })],
  ['settle', (fields) => ({ type: 'settle', id: countField(fields, 'id'), onward: factField(fields, 'onward') })],
  ['settled', (fields) => ({ type: 'settled', id: countField(fields, 'id'), sends: countField(fields, 'sends') })],
  [
    'job',
    (fields) =>
      Object.assign(
        { type: 'job' as const, id: nameField(fields, 'id'), signal: nameField(fields, 'signal') },
        traceField(fields),
      ),
  ],
]);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isName = (value: unknown): value is string => isText(value) && value !== '' && fitsSubject(value);

function must<T>(fields: Fields, field: string, is: (value: unknown) => value is T): T {
  // Only own properties are fields, not those inherited from Object.prototype.
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (!is(value)) throw new Malformed(`bad field \`${field}\``);
  return value;
}

const isGiven = (fields: Fields, field: string): boolean => Object.hasOwn(fields, field);
const countField = (fields: Fields, field: string): number => must(fields, field, isCount);
const nameField = (fields: Fields, field: string): string => must(fields, field, isName);
const factField = (fields: Fields, field: string): boolean =>
  must(fields, field, (value): value is boolean => typeof value === 'boolean');

/** An invalid trace counts as none, so that it never stops a message. */
function traceField(fields: Fields): TraceParent | undefined {
  if (!isGiven(fields, 'traceparent')) return undefined;
  const tracestate = isGiven(fields, 'tracestate') ? fields['tracestate'] : undefined;
  return validTrace({ traceparent: fields['traceparent'], tracestate });
}

function runOf(run: unknown): string {
  if (!isText(run) || !/^[0-9a-f]{16}$/.test(run)) throw new Malformed('bad field `run`');
  return run;
}

function oneOfField<T extends string>(fields: Fields, field: string, known: readonly T[]): T {
  return must(fields, field, (value): value is T => known.some((each) => each === value));
}

function listField<T>(fields: Fields, field: string, is: (value: unknown) => value is T): readonly T[] {
  return must(fields, field, (value): value is T[] => Array.isArray(value) && value.every(is));
}

function statesOf(fields: Fields): readonly SharedState[] {
  return listField(fields, 'signals', (value): value is SharedState => {
    if (!Array.isArray(value)) return false;
    const [signal, heard, group] = value as unknown[];
    const known = heard === null || heard === 'nothing' || heard === 'filtered' || heard === 'everything';
    return isName(signal) && known && (group === null || isName(group));
  });
}
