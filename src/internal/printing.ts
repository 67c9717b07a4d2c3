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

/** Returns the error for a proxy of one of the library's objects, which lacks private members. */
export function standIn(tag: string): TypeError {
  return new TypeError(
    `Expected \`this\` to be a ${tag}, got a proxy of one; keep it out of reactive state, or mark it raw (\`markRaw\` in Vue)`,
  );
}

/**
 * Makes all members of a class fail for proxies with a clear error, instead of one about private members.
 *
 * @param isOwn - Returns whether an object is an instance of the class, not a proxy.
 * @param rejecting - The members that return a promise.
 * @param without - The members that check this themselves, because an extra call would slow them down.
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

/** Returns a count with its noun: "1 receiver", "2 receivers". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Returns the name of a receiver for messages. Its `name` may be of any type, or a getter that throws. */
export function nameOfReceiver(receiver: { readonly name: unknown }): string {
  try {
    const { name } = receiver;
    return typeof name === 'string' && name !== '' ? name : '(anonymous)';
  } catch {
    return '(anonymous)';
  }
}
