import { checkKnown } from '../internal/check.js';
import { nameLike } from './decorators.js';
import { InjectionError } from './errors.js';
import type { BusState } from './bus-state.js';
import type { AnyFunction, Factories } from './types.js';
import { nameOfReceiver } from '../internal/printing.js';

type Factory = () => unknown;
type InjectedValues = Readonly<Record<string, unknown>>;

/**
 * Returns `fn` with its first argument filled: with the values given by `with`, and the others made by their factories.
 */
export function injectInto(
  member: BusState,
  factories: Factories,
  fn: AnyFunction,
  scope: string,
): AnyFunction & { with(values: InjectedValues): AnyFunction } {
  const make = (factory: Factory): unknown => (scope === 'bus' ? member.values.get(factory) : factory());
  const given = (values: InjectedValues): AnyFunction => {
    const missing = Object.keys(factories).filter((name) => !Object.hasOwn(values, name));
    return nameLike(fn, async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      if (missing.length > 0 && !member.live) throw new InjectionError(nameOfReceiver(fn), missing);
      const made = await Promise.all(
        missing.map(async (name) => [name, await make(factories[name] as Factory)] as const),
      );
      return fn.call(this, { ...values, ...Object.fromEntries(made) }, ...args);
    });
  };
  return Object.assign(given({}), {
    with(values: InjectedValues): AnyFunction {
      checkKnown(values, Object.keys(factories), nameOfReceiver(fn), 'value');
      return given({ ...values });
    },
  });
}
