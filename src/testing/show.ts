import { nodeModule } from '../internal/runtime.js';
import { isObject } from '../internal/weak-key-map.js';

interface NodeUtil {
  readonly inspect: (value: unknown) => string;
  readonly isDeepStrictEqual: (a: unknown, b: unknown) => boolean;
}

/** Node's `util`. Undefined in browsers, and before Node 20.16. */
const nodeUtil = nodeModule('node:util') as NodeUtil | undefined;

/** Returns a text of a value for messages, however hostile the value is. */
export function show(value: unknown): string {
  try {
    if (nodeUtil !== undefined) return nodeUtil.inspect(value);
    return JSON.stringify(value, (_name, each: unknown) => (isShownAsIs(each) ? each : String(each)));
  } catch {
    return 'an object that cannot be printed'; // for example, a cycle
  }
}

/** Compares like Node's `isDeepStrictEqual`, and with that where it exists. */
export const isDeepStrictEqual: (a: unknown, b: unknown) => boolean =
  nodeUtil?.isDeepStrictEqual ?? ((a, b) => isEqual(a, b, []));

/** The classes of objects that hold a primitive value. */
const OF_PRIMITIVE = [Date, Number, String, Boolean, Symbol, BigInt];

/** @param within - The pairs that are being compared, so that a cycle ends. */
export function isEqual(a: unknown, b: unknown, within: readonly (readonly [object, object])[]): boolean {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  if (a === b || within.some(([x, y]) => x === a && y === b)) return true;
  if (typeof a === 'function' || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const pairs = [...within, [a, b] as const];
  const [x, y] = [partsOf(a), partsOf(b)];
  if (x.length !== y.length || !x.every((part, index) => isEqual(part, y[index], pairs))) return false;
  // The members of Sets and Maps, in any order.
  const rest = membersOf(b);
  for (const member of membersOf(a)) {
    const index = rest.findIndex((each) => isEqual(member, each, pairs));
    if (index === -1) return false;
    rest.splice(index, 1);
  }
  return rest.length === 0;
}

function membersOf(value: object): unknown[] {
  return value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : [];
}

/** Returns the parts that equal objects of one prototype share, in an order that does not depend on their making. */
function partsOf(value: object): unknown[] {
  const own = Reflect.ownKeys(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
    .sort((a, b) => (String(a) < String(b) ? -1 : 1))
    .flatMap((key) => [key, Reflect.get(value, key) as unknown]);
  if (value instanceof Error) return [...own, value.name, value.message, value.cause, Reflect.get(value, 'errors')];
  if (value instanceof RegExp) return [...own, String(value), value.lastIndex];
  if (value instanceof ArrayBuffer) return [...own, ...new Uint8Array(value)];
  if (value instanceof DataView) return [...own, ...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  if (value instanceof URL) return [...own, value.href];
  if (OF_PRIMITIVE.some((type) => value instanceof type)) return [...own, value.valueOf()];
  return Array.isArray(value) ? [...own, value.length] : own;
}

function isShownAsIs(value: unknown): boolean {
  return value === null || ['object', 'string', 'number', 'boolean'].includes(typeof value);
}
