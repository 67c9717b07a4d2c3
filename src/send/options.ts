import {
  checkAbortSignal,
  checkBoolean,
  checkExpected,
  checkFunction,
  checkKnown,
  checkMilliseconds,
  checkOptions,
} from '../internal/check.js';
import { Limits } from '../dispatch/limits.js';
import type { Link } from '../receivers/link.js';
import { type Links, inCallOrder } from '../receivers/link-list.js';
import type { ReportOptions } from '../signals/failure-log.js';
import { type ParsedFilter, onlySenderAndKey, parsedFilterOf, readFilterOf } from '../signals/filter.js';
import type { DrainOptions, EmitOptions, Filter, SendOptions } from '../contract/options.js';
import type { FarResult, SerialOptions, SyncOptions } from '../contract/signals.js';

/** The options of a send as other threads and nodes get them. Each transport passes on all of them. */
export interface CrossingOptions {
  /** The distinct senders; empty without one. */
  readonly senders: readonly unknown[];
  /** The distinct keys; empty without one. */
  readonly keys: readonly unknown[];
  /**
   * Names of error classes, compared with those of an error's prototypes, that are answers and not failures: not reported
   * where they are thrown.
   */
  readonly expected: readonly string[];
  /** Whether the results of the last thread or node come first, with its own results reversed, too. */
  readonly reverse: boolean;
  /** The sender's limit. A thread or node that does not answer is given up a little later, or after the transport's limit. */
  readonly timeoutMs: number | undefined;
  /** Whether `abort` may be called. */
  readonly abortable: boolean;
  /** For a serial send: called with each result, in order; true stops before the next receiver. Never throws. */
  readonly until: ((result: FarResult) => boolean) | undefined;
}

interface OptionRow {
  /** Whether the fast path sends with it. With any other option, a send is read and checked in full. */
  readonly common: boolean;
  /** The name under which other threads and nodes get it; undefined if they do not get it. */
  readonly crosses: keyof CrossingOptions | undefined;
  /** The verbs that take it: all; those that wait; those that call one receiver after the other; those that do both. */
  readonly takenBy: 'all' | 'waiting' | 'serial' | 'waiting in between';
}

/** The options of the sending verbs, in the order in which errors list them. */
export const SEND_OPTIONS = {
  sender: { common: true, crosses: 'senders', takenBy: 'all' },
  senders: { common: false, crosses: 'senders', takenBy: 'all' },
  key: { common: true, crosses: 'keys', takenBy: 'all' },
  keys: { common: false, crosses: 'keys', takenBy: 'all' },
  expected: { common: false, crosses: 'expected', takenBy: 'all' },
  reverse: { common: false, crosses: 'reverse', takenBy: 'all' },
  timeoutMs: { common: false, crosses: 'timeoutMs', takenBy: 'waiting' },
  abortSignal: { common: false, crosses: 'abortable', takenBy: 'waiting' },
  until: { common: false, crosses: 'until', takenBy: 'serial' },
  // Decides when the sender asks the next thread or node, which gets nothing of it.
  hurrySignal: { common: false, crosses: undefined, takenBy: 'waiting in between' },
} as const satisfies Record<keyof SerialOptions<unknown>, OptionRow>;

type Rows = typeof SEND_OPTIONS;
type NamesWhere<Row> = { [Name in keyof Rows]: Rows[Name] extends Row ? Name : never }[keyof Rows];

function namesTakenBy<T extends OptionRow['takenBy']>(...verbs: readonly T[]): NamesWhere<{ takenBy: T }>[] {
  const names = Object.keys(SEND_OPTIONS) as NamesWhere<{ takenBy: T }>[];
  return names.filter((name) => (verbs as readonly OptionRow['takenBy'][]).includes(SEND_OPTIONS[name].takenBy));
}

const EMIT = namesTakenBy('all') satisfies (keyof EmitOptions)[];

/** The names of the options of each sending verb. */
const NAMES = {
  emit: EMIT,
  emitAfter: EMIT,
  send: namesTakenBy('all', 'waiting') satisfies (keyof SendOptions)[],
  sendSerial: namesTakenBy('all', 'waiting', 'serial', 'waiting in between'),
  // Waits for nothing, so it rejects limits instead of ignoring them.
  sendSync: namesTakenBy('all', 'serial') satisfies (keyof SyncOptions<unknown>)[],
};

const ALL = Object.keys(SEND_OPTIONS);

/**
 * Options may be left out. When given they are an object, and each name is one that the verb knows. An option of another
 * sending verb may be undefined, which means that it is left out.
 */
export function checkSendOptions(options: object | undefined, verb: keyof typeof NAMES): void {
  if (options !== undefined) checkKnown(options, NAMES[verb], verb, 'option', ALL);
}

/** Whether the options are common ones only. False for any other name: those are yet to be checked. */
export const onlyCommon: (options: EmitOptions | null) => options is Pick<EmitOptions, NamesWhere<{ common: true }>> =
  onlySenderAndKey;

/** Returns the filter of a send, and checks all options but those of limits. */
export function sendFilterOf(options: SendOptions): ParsedFilter | undefined {
  const { expected, reverse } = options;
  if (expected !== undefined) checkExpected(expected);
  if (reverse !== undefined) checkBoolean(reverse, 'reverse');
  return parsedFilterOf(options);
}

/** Does the same, and checks that the verb knows all options, unless they are known to be common ones. */
export function checkedFilterOf(
  options: SendOptions,
  verb: 'emit' | 'send',
  areCommon: boolean,
): ParsedFilter | undefined {
  if (areCommon) return parsedFilterOf(options);
  checkSendOptions(options, verb);
  return sendFilterOf(options);
}

/**
 * Returns the options of a send with values that have been read. For one whose accessors or iterators have made the send
 * uncommon, for example by a connect: they would do it again, and an iterator would have no values left.
 */
export function asRead({ expected, reverse }: EmitOptions, routing: ParsedFilter | undefined): EmitOptions {
  const others = { expected, reverse } satisfies Record<Exclude<keyof EmitOptions, keyof Filter>, unknown>;
  return { ...(routing && readFilterOf(routing)), ...others };
}

/** Returns the options of a send about its reports; undefined if it has none, so that most sends need no object. */
export function reportsOf(options: SendOptions | undefined): ReportOptions | undefined {
  const expected = options?.expected;
  if (expected === undefined) return undefined;
  return { expected } satisfies Record<keyof ReportOptions, unknown>;
}

/** Returns the options of a send as other threads and nodes get them. */
export function crossingOf(
  options: SendOptions | undefined,
  routing: ParsedFilter | undefined,
): Omit<CrossingOptions, 'until'> {
  const { timeoutMs, abortSignal, reverse = false, expected = [] } = options ?? {};
  const { senders = [], keys = [] } = routing ?? {};
  // A static `name` may be of any type.
  const names = expected.map(({ name }) => name as unknown).filter((name) => typeof name === 'string');
  return { senders, keys, expected: names, reverse, timeoutMs, abortable: abortSignal !== undefined };
}

/** The limits of a send, if it has any: without them it is dispatched the fast way. */
export function limitsOf(options: SendOptions | undefined): Limits | undefined {
  if (options === undefined) return undefined;
  const { timeoutMs, abortSignal } = options;
  checkMilliseconds(timeoutMs, 'timeoutMs');
  checkAbortSignal(abortSignal);
  if (abortSignal === undefined && (timeoutMs === undefined || timeoutMs === Infinity)) return undefined;
  return new Limits(timeoutMs, abortSignal);
}

/** False for a send that surely has none. */
export function mayHaveLimits(options: SendOptions | null | undefined): boolean {
  return options?.timeoutMs !== undefined || options?.abortSignal !== undefined;
}

/** Links in the order in which this send calls them. */
export function inOrderOf<L extends Links>(options: SendOptions | undefined, links: L): L | readonly Link[] {
  return options?.reverse === true ? [...inCallOrder(links)].reverse() : links;
}

export function untilOf(
  options: SerialOptions<unknown> | undefined,
  call: 'sendSerial' | 'sendSync',
): SerialOptions<unknown>['until'] {
  checkSendOptions(options, call);
  if (options === undefined) return undefined;
  if (options.until !== undefined) checkFunction(options.until, 'until');
  return options.until;
}

export function hurrySignalOf(options: SerialOptions<unknown> | undefined): AbortSignal | undefined {
  const hurrySignal = options?.hurrySignal;
  checkAbortSignal(hurrySignal, 'hurrySignal');
  return hurrySignal;
}

export function drainTimeoutOf(options: DrainOptions, call: 'drain' | 'close'): number | undefined {
  checkOptions(options, call);
  const { timeoutMs } = options;
  checkMilliseconds(timeoutMs, 'timeoutMs');
  return timeoutMs;
}
