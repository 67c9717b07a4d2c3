import { argumentError } from '../internal/check.js';
import { ANY } from './tokens.js';
import { ReadonlySetView } from '../internal/readonly-set-view.js';
import type { Filter } from '../contract/options.js';

/** The reason of a receiver that no sender or key of a send reaches. */
export const NO_MATCH = 'no matching sender or key';

export const NO_VALUES: readonly never[] = Object.freeze([]);

/** The senders and keys of one send, query or connection. */
export class ParsedFilter {
  /** `sender`, or the only one of `senders`; undefined if neither. */
  readonly sender: unknown;
  /** `key`, or the only one of `keys`; undefined if neither. */
  readonly key: unknown;
  #senderSet: ReadonlySet<unknown> | undefined;
  #keySet: ReadonlySet<unknown> | undefined;

  constructor(sender: unknown, key: unknown) {
    this.sender = sender;
    this.key = key;
  }

  /** The members of `senders` except `sender`. */
  get moreSenders(): readonly unknown[] {
    return NO_VALUES;
  }

  /** The members of `keys` except `key`. */
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

  /** The number of senders and keys. */
  get size(): number {
    const singles = (this.sender === undefined ? 0 : 1) + (this.key === undefined ? 0 : 1);
    return singles + this.moreSenders.length + this.moreKeys.length;
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

/** Parses a filter of at most one sender and one key. */
function simpleFilterOf(sender: unknown, key: unknown): ParsedFilter | undefined {
  const named = sender === ANY ? undefined : sender;
  return named === undefined && key === undefined ? undefined : new ParsedFilter(named, key);
}

/** Parses the filter of a send or a query; undefined if it names nothing. The sender `ANY` counts as not given. */
export function parsedFilterOf(filter: UncheckedFilter, named = false): ParsedFilter | undefined {
  const { sender: given, key, senders, keys } = filter;
  if (senders === undefined && keys === undefined) return simpleFilterOf(given, key);
  const sender = given === ANY ? undefined : given;
  const moreSenders = members('senders', senders, sender, named);
  const parsed = new ManifoldFilter(sender, key, moreSenders, members('keys', keys, key, named));
  const isManifold = parsed.senders.length > 1 || parsed.keys.length > 1;
  return isManifold ? parsed : simpleFilterOf(parsed.senders[0], parsed.keys[0]);
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

/** Returns the distinct members of an iterable, except the value given as `sender` or `key`. */
function members(parameter: 'senders' | 'keys', iterable: unknown, one: unknown, named: boolean): readonly unknown[] {
  if (iterable === undefined) return NO_VALUES;
  if (!isIterable(iterable)) throw argumentError(parameter, 'an iterable that is not a string', iterable);
  const values = new Set(iterable);
  if (named && values.size === 0)
    throw unfit(parameter, 'of at least one value, got an empty one; leave it out for no filter');
  if (values.has(undefined)) throw unfit(parameter, 'without undefined, got one with it');
  if (parameter === 'senders' && values.has(ANY)) {
    throw argumentError(parameter, 'an iterable of senders', ANY, '; leave `senders` out for any sender');
  }
  values.delete(one);
  return [...values];
}

function unfit(parameter: string, why: string): TypeError {
  return new TypeError(`Expected \`${parameter}\` to be an iterable ${why}`);
}

/** Whether a value is iterable. A string does not count, because it would be read letter by letter. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  if (value === null || typeof value === 'string') return false;
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}
