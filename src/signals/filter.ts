import { argumentError } from '../internal/check.js';
import { ANY } from './tokens.js';
import { ReadonlySetView } from '../internal/readonly-set-view.js';
import type { Filter } from '../contract/options.js';

/** The reason of a receiver that no sender or key of a send reaches. */
export const NO_MATCH = 'no matching sender or key';

export const NO_VALUES: readonly never[] = Object.freeze([]);

/** The senders and keys of one send, query or connection. */
export class ParsedFilter {
  /** The first sender: `sender`, or else of `senders`. Undefined if there is none. */
  readonly sender: unknown;
  /** The first key: `key`, or else of `keys`. Undefined if there is none. */
  readonly key: unknown;
  #senderSet: ReadonlySet<unknown> | undefined;
  #keySet: ReadonlySet<unknown> | undefined;

  constructor(sender: unknown, key: unknown) {
    this.sender = sender;
    this.key = key;
  }

  /** The senders except the first. */
  get moreSenders(): readonly unknown[] {
    return NO_VALUES;
  }

  /** The keys except the first. */
  get moreKeys(): readonly unknown[] {
    return NO_VALUES;
  }

  /** Whether it names several senders or several keys. */
  get manifold(): boolean {
    return false;
  }

  /** Whether it names exactly one sender or key. */
  get single(): boolean {
    return (this.sender === undefined) !== (this.key === undefined);
  }

  get senders(): readonly unknown[] {
    return this.sender === undefined ? this.moreSenders : [this.sender, ...this.moreSenders];
  }

  get keys(): readonly unknown[] {
    return this.key === undefined ? this.moreKeys : [this.key, ...this.moreKeys];
  }

  get senderSet(): ReadonlySet<unknown> {
    return (this.#senderSet ??= new ReadonlySetView(this.senders));
  }

  get keySet(): ReadonlySet<unknown> {
    return (this.#keySet ??= new ReadonlySetView(this.keys));
  }
}

/** A filter of several senders or several keys. */
class ManifoldFilter extends ParsedFilter {
  readonly #moreSenders: readonly unknown[];
  readonly #moreKeys: readonly unknown[];

  constructor(sender: unknown, key: unknown, moreSenders: readonly unknown[], moreKeys: readonly unknown[]) {
    super(sender, key);
    this.#moreSenders = moreSenders;
    this.#moreKeys = moreKeys;
  }

  override get moreSenders(): readonly unknown[] {
    return this.#moreSenders;
  }

  override get moreKeys(): readonly unknown[] {
    return this.#moreKeys;
  }

  override get manifold(): boolean {
    return true;
  }

  override get single(): boolean {
    return false;
  }
}

export const EMPTY_SET: ReadonlySet<unknown> = new ReadonlySetView([]);

/** A filter whose values are still to be checked. */
type UncheckedFilter = { readonly [N in keyof Filter]?: unknown };

/**
 * Whether the options are `sender` and `key` only. False for any other name, a misspelt one included: those are yet to be
 * checked.
 *
 * A loop over a table of names would take 80 ns longer. Instances and objects like `Math` may have options that do not show
 * among their names: those are checked in full, too.
 */
export function onlySenderAndKey(options: Filter | null): options is Pick<Filter, 'sender' | 'key'> {
  if (typeof options !== 'object' || options === null) return false;
  if (Object.getPrototypeOf(options) !== Object.prototype) return false;
  let some = false;
  for (const name in options) {
    if (name !== 'sender' && name !== 'key') return false;
    some = true;
  }
  return some;
}

/** Parses a filter of at most one sender and one key. */
function simpleFilterOf(sender: unknown, key: unknown): ParsedFilter | undefined {
  const named = sender === ANY ? undefined : sender;
  return named === undefined && key === undefined ? undefined : new ParsedFilter(named, key);
}

/** Parses the filter of a send or a query; undefined if it names nothing. The sender `ANY` counts as not given. */
export function parsedFilterOf(filter: UncheckedFilter, named = false): ParsedFilter | undefined {
  const { sender: given, key: givenKey, senders, keys } = filter;
  if (senders === undefined && keys === undefined) return simpleFilterOf(given, givenKey);
  const [sender, ...moreSenders] = members('senders', senders, given === ANY ? undefined : given, named);
  const [key, ...moreKeys] = members('keys', keys, givenKey, named);
  if (moreSenders.length === 0 && moreKeys.length === 0) return simpleFilterOf(sender, key);
  return new ManifoldFilter(sender, key, moreSenders, moreKeys);
}

/** Parses the filter of `connect` or `disconnect`, where an empty iterable is a TypeError. */
export function namedFilterOf(filter: Filter): ParsedFilter | undefined {
  return parsedFilterOf(filter, true);
}

/** Returns a checked filter as `connect` takes it any number of times: the given one may hold iterators. */
export function readFilterOf({ senderSet, keySet }: ParsedFilter): Filter {
  return { senders: someOf(senderSet), keys: someOf(keySet) };
}

/** An empty set is not a filter, and `connect` rejects it. */
function someOf(values: ReadonlySet<unknown>): ReadonlySet<unknown> | undefined {
  return values.size === 0 ? undefined : values;
}

/** Returns the value given as `sender` or `key`, if any, and the other distinct members of an iterable. */
function members(parameter: 'senders' | 'keys', iterable: unknown, one: unknown, named: boolean): unknown[] {
  const first = one === undefined ? [] : [one];
  if (iterable === undefined) return first;
  if (!isIterable(iterable)) throw argumentError(parameter, 'an iterable that is not a string', iterable);
  const values = new Set(iterable);
  if (named && values.size === 0)
    throw unfit(parameter, 'of at least one value, got an empty one; leave it out for no filter');
  if (values.has(undefined)) throw unfit(parameter, 'without undefined, got one with it');
  if (parameter === 'senders' && values.has(ANY)) {
    throw argumentError(parameter, 'an iterable of senders', ANY, '; leave `senders` out for any sender');
  }
  values.delete(one);
  return [...first, ...values];
}

function unfit(parameter: string, why: string): TypeError {
  return new TypeError(`Expected \`${parameter}\` to be an iterable ${why}`);
}

/** Whether a value is iterable. A string does not count, because it would be read letter by letter. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  if (value === null || typeof value === 'string') return false;
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}
