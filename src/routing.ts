import { expected } from './check.js';
import { ANY } from './tokens.js';
import { ReadonlySetView } from './readonly-set-view.js';
import type { Filter } from './types.js';

const NONE: readonly unknown[] = Object.freeze([]);

/** Senders and keys of one send, one question or one connection. The common single ones cost no array. */
export class Routing {
  /** `sender`, or undefined when not given. */
  readonly sender: unknown;
  /** `key`, or undefined when not given. */
  readonly key: unknown;
  /** The members of `senders`, `sender` aside. */
  readonly moreSenders: readonly unknown[];
  /** The members of `keys`, `key` aside. */
  readonly moreKeys: readonly unknown[];
  #senderSet: ReadonlySet<unknown> | undefined;
  #keySet: ReadonlySet<unknown> | undefined;

  constructor(sender: unknown, key: unknown, moreSenders: readonly unknown[], moreKeys: readonly unknown[]) {
    this.sender = sender;
    this.key = key;
    this.moreSenders = moreSenders;
    this.moreKeys = moreKeys;
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

export const NOTHING: ReadonlySet<unknown> = new ReadonlySetView([]);

/** What the filter of a send or a question names; undefined when it names nothing. */
export function routingOf(filter: Filter): Routing | undefined {
  const { sender, senders, key, keys } = filter;
  const one = sender === ANY ? undefined : sender;
  if (senders === undefined && keys === undefined) {
    return one === undefined && key === undefined ? undefined : new Routing(one, key, NONE, NONE);
  }
  const routing = new Routing(one, key, members('senders', senders), members('keys', keys));
  return routing.size === 0 ? undefined : routing;
}

/** The same for `connect` and `disconnect`, where an empty iterable would name nothing and is refused. */
export function namedRoutingOf(filter: Filter): Routing | undefined {
  const routing = routingOf(filter);
  if (filter.senders !== undefined && (routing?.moreSenders ?? NONE).length === 0) throw empty('senders');
  if (filter.keys !== undefined && (routing?.moreKeys ?? NONE).length === 0) throw empty('keys');
  return routing;
}

function empty(parameter: string): TypeError {
  return new TypeError(
    `Expected \`${parameter}\` to be an iterable of at least one value, got an empty one; leave it out for no filter`,
  );
}

function members(parameter: 'senders' | 'keys', iterable: unknown): readonly unknown[] {
  if (iterable === undefined) return NONE;
  if (!isIterable(iterable)) throw expected(parameter, 'an iterable that is not a string', iterable);
  const values = [...iterable];
  for (const value of values) {
    if (value === undefined) throw expected(parameter, 'an iterable without undefined', value);
    if (value === ANY && parameter === 'senders') {
      throw expected(parameter, 'an iterable of senders', value, '; leave `senders` out for any sender');
    }
  }
  return values;
}

/** A string is iterable, too, but would be read letter by letter. */
function isIterable(value: unknown): value is Iterable<unknown> {
  if (value === null || typeof value === 'string') return false;
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}
