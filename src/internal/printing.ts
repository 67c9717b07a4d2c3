import { read } from './any-value.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Gives the objects of a class a readable text: in `String(object)`, in templates, and in Node's `console.log`, which
 * looks for a registered symbol, so that nothing is imported. Because of the tag, Vue's `reactive` makes no proxy of
 * such an object.
 *
 * @param text - Must not show kwargs, and must be short.
 */
export function describedBy<T extends object>(prototype: T, tag: string, text: (object: T) => string): void {
  const describe = {
    value(this: T): string {
      try {
        return text(this);
      } catch {
        return tag; // `this` is a proxy, or the prototype
      }
    },
    configurable: true,
    writable: true,
  };
  Object.defineProperties(prototype, {
    toString: describe,
    [INSPECT]: describe,
    [Symbol.toStringTag]: { value: tag, configurable: true },
  });
}

/**
 * Returns the error for a member that was called on a proxy. Each public member that uses private ones checks
 * `this` itself, because a native error would not say what to do and a wrapper would slow each call down.
 */
export function proxyError(tag: string): TypeError {
  return new TypeError(
    `Expected \`this\` to be a ${tag}, got a proxy of one or another object; ` +
      'call it as a method, and keep its object out of reactive state, or mark it raw (`markRaw` in Vue)',
  );
}

/** Returns a count with its noun: "1 receiver", "2 receivers". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Returns a kind of object with its name, if it has one: `Signal "started"`. */
export function withName(kind: string, name: string | undefined): string {
  return name === undefined ? kind : `${kind} "${name}"`;
}

/** Returns the name of a receiver for messages. Its `name` may be of any type, or a getter that throws. */
export function nameOfReceiver(receiver: { readonly name: unknown }): string {
  return nameOrElse('(anonymous)', receiver);
}

/** Returns the name of a function, or `otherwise` if it has none. */
export function nameOrElse(otherwise: string, named: { readonly name: unknown } | undefined): string {
  return textOf(named, 'name') ?? otherwise;
}

/** Returns a property if it is a text and not empty. Whatever was thrown may be a primitive, or have getters that throw. */
export function textOf(value: unknown, property: PropertyKey): string | undefined {
  const text = read(value, property);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
