import { nodeModule } from '../internal/runtime.js';
import { isObject } from '../internal/weak-key-map.js';

interface NodeUtil {
  readonly inspect: (value: unknown) => string;
  readonly isDeepStrictEqual: (a: unknown, b: unknown) => boolean;
}

/** Node's `util`. Undefined in browsers, and before Node 20.16. */
const nodeUtil = nodeModule('node:util') as NodeUtil | undefined;

/** Returns a text of a value for messages. */
export function show(value: unknown): string {
  if (nodeUtil !== undefined) return nodeUtil.inspect(value);
  try {
    return JSON.stringify(value, (_name, each: unknown) => (isShownAsIs(each) ? each : String(each)));
  } catch {
    return String(value); // a cycle
  }
}

/** Compares like Node's `isDeepStrictEqual`, and with that where it exists. */
export const isDeepStrictEqual: (a: unknown, b: unknown) => boolean =
  nodeUtil?.isDeepStrictEqual ?? ((a, b) => isEqual(a, b, []));

/** @param within - The pairs that are being compared, so that a cycle ends. */
export function isEqual(a: unknown, b: unknown, within: readonly (readonly [object, object])[]): boolean {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  if (a === b || within.some(([x, y]) => x === a && y === b)) return true;
  if (typeof a === 'function' || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const pairs = [...within, [a, b] as const];
  const [x, y] = [partsOf(a), partsOf(b)];
  return x.length === y.length && x.every((part, index) => isEqual(part, y[index], pairs));
}

/** Returns the parts that equal objects of one prototype share, in an order that does not depend on their making. */
function partsOf(value: object): unknown[] {
  const own = Reflect.ownKeys(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
    .sort((a, b) => (String(a) < String(b) ? -1 : 1))
    .flatMap((key) => [key, Reflect.get(value, key) as unknown]);
  if (value instanceof Map) return [...own, ...[...(value as Map<unknown, unknown>)].flat()];
  if (value instanceof Set) return [...own, ...(value as Set<unknown>)];
  if (value instanceof Error) return [...own, value.name, value.message, value.cause];
  if (value instanceof Date || value instanceof RegExp) return [...own, String(value), Number(value)];
  return Array.isArray(value) ? [...own, value.length] : own;
}

function isShownAsIs(value: unknown): boolean {
  return value === null || ['object', 'string', 'number', 'boolean'].includes(typeof value);
}
