import { Refusal } from './admission.js';

type Parsers = Readonly<Record<string, (text: string) => unknown>>;
type Parsed<P extends Parsers> = { readonly [K in keyof P]?: ReturnType<P[K]> };

/** Returns the parameters of a query. Refuses unknown, repeated and bad ones. */
export function parseQuery<P extends Parsers>(query: string, parsers: P): Parsed<P> {
  const parsed: Record<string, unknown> = {};
  for (const [name, text] of new URLSearchParams(query)) {
    const parse = Object.hasOwn(parsers, name) ? parsers[name] : undefined;
    if (parse === undefined || Object.hasOwn(parsed, name)) throw badParameter();
    parsed[name] = parse(text);
  }
  // Each name is one of `parsers`, and each value came from the parser of that name.
  return parsed as Parsed<P>;
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw badParameter();
  return value;
}

/** Parses a whole number from 1, written as JSON writes it. */
export function wholeNumber(largest: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^[1-9]\d*$/.test(text) || number > largest) throw badParameter();
    return number;
  };
}

export function oneOf<T extends string>(...choices: readonly T[]): (text: string) => T {
  return (text) => required(choices.find((choice) => choice === text));
}

function badParameter(): Refusal {
  return new Refusal(400, 'parameter');
}
