import { argumentError } from '../internal/check.js';
import { ANY } from './tokens.js';
import { ReadonlySetView } from '../internal/readonly-set-view.js';
import type { Filter } from '../contract/signals.js';

const NONE: readonly unknown[] = Object.freeze([]);

/** Senders and keys of one send, one question or one connection. */
export class ParsedFilter {
  /** `sender`, or undefined when not given. */
  readonly sender: unknown;
  /** `key`, or undefined when not given. */
  readonly key: unknown;
  #senderSet: ReadonlySet<unknown> | undefined;
  #keySet: ReadonlySet<unknown> | undefined;

  constructor(sender: unknown, key: unknown) {
    this.sender = sender;
    this.key = key;
  }

  /** The members of `senders`, `sender` aside. */
  get moreSenders(): readonly unknown[] {
    return NONE;
  }

  /** The members of `keys`, `key` aside. */
  get moreKeys(): readonly unknown[] {
    return NONE;
  }

  /** True only if it names one sender or one key, and no more. */
  get single(): boolean {
    return (this.sender === undefined) !== (this.key === undefined);
  }

  /** How many senders and keys it names. */
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

/** Where `senders` or `keys` are given. */
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

  override get single(): boolean {
    return false;
  }
}

export const NOTHING: ReadonlySet<unknown> = new ReadonlySetView([]);

/** What the filter of a send or a question names; undefined when it names nothing. */
export function parsedFilterOf(filter: Filter, named = false): ParsedFilter | undefined {
  const { key, senders, keys } = filter;
  const one = senderOf(filter);
  if (senders !== undefined || keys !== undefined) return manifoldFilterOf(one, key, senders, keys, named);
  return one === undefined && key === undefined ? undefined : new ParsedFilter(one, key);
}

/** The same for `connect` and `disconnect`, where an empty iterable would name nothing and is refused. */
export function namedFilterOf(filter: Filter): ParsedFilter | undefined {
  return parsedFilterOf(filter, true);
}

/** The one sender that is named, if it is: `ANY` names none. */
export function senderOf({ sender }: Filter): unknown {
  return sender === ANY ? undefined : sender;
}

function manifoldFilterOf(
  sender: unknown,
  key: unknown,
  senders: unknown,
  keys: unknown,
  named: boolean,
): ParsedFilter | undefined {
  const moreSenders = members('senders', senders, sender, named);
  const routing = new ManifoldFilter(sender, key, moreSenders, members('keys', keys, key, named));
  return routing.size === 0 ? undefined : routing;
}

/** The members of an iterable, each once, without the single one that stands beside it. */
function members(parameter: 'senders' | 'keys', iterable: unknown, one: unknown, named: boolean): readonly unknown[] {
  if (iterable === undefined) return NONE;
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

/** A string is iterable, too, but would be read letter by letter. */
function isIterable(value: unknown): value is Iterable<unknown> {
  if (value === null || typeof value === 'string') return false;
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}
