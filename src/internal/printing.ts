const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Has the objects of a class say what they are: `String(object)`, templates, and `console.log` in Node, which looks for
 * a registered symbol, so that nothing is imported. The tag also keeps them out of Vue's `reactive`, which makes
 * proxies of what has none.
 *
 * @param text - Must not show kwargs, and is short whatever the object holds.
 */
export function describedBy<T extends object>(prototype: T, tag: string, text: (object: T) => string): void {
  const describe = {
    value(this: T): string {
      try {
        return text(this);
      } catch {
        return tag; // a proxy, or the prototype
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

/** How a proxy of one of the library's objects is refused: it has no private members. */
export function standIn(tag: string): TypeError {
  return new TypeError(
    `Expected \`this\` to be a ${tag}, got a proxy of one; keep it out of reactive state, or mark it raw (\`markRaw\` in Vue)`,
  );
}

/**
 * Has all members of a class refuse proxies by name, in place of an error about private members.
 *
 * @param isOwn - Whether an object is one of the class itself.
 * @param rejecting - Members that return a promise.
 * @param without - Members that see to it themselves, since a call must cost nothing.
 */
export function refuseProxies(
  prototype: object,
  tag: string,
  isOwn: (object: object) => boolean,
  rejecting: readonly string[] = [],
  without: readonly string[] = [],
): void {
  for (const key of Reflect.ownKeys(prototype)) {
    const found = Object.getOwnPropertyDescriptor(prototype, key);
    if (found === undefined || key === 'constructor' || without.some((name) => name === key)) continue;
    const { get, value } = found as { readonly get?: unknown; readonly value?: unknown };
    const member = get ?? value;
    if (typeof member !== 'function') continue;
    const guarded = function (this: object, ...args: unknown[]): unknown {
      if (isOwn(this)) return Reflect.apply(member, this, args) as unknown;
      if (rejecting.some((name) => name === key)) return Promise.reject(standIn(tag));
      throw standIn(tag);
    };
    Object.defineProperty(guarded, 'name', { value: member.name });
    Object.defineProperty(
      prototype,
      key,
      get === undefined ? { ...found, value: guarded } : { ...found, get: guarded },
    );
  }
}

/** "1 receiver", "2 receivers" */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
