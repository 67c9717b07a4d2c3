import type { ConnectOptions, SignalToken } from '../index.js';
import { argumentError, checkKnown } from '../internal/check.js';
import { OPTION_NAMES } from '../internal/option-names.js';
import { processShared } from '../internal/process-shared.js';
import { isObject } from '../internal/weak-key-map.js';
import { connectRequest } from '../receivers/connect-request.js';
import { listedSignalsOf } from '../signals/check-signal.js';
import { readFilterOf } from '../signals/filter.js';

/** A method that a decorator has noted. */
export interface NotedMethod {
  readonly name: string | symbol;
  readonly signals: readonly SignalToken[];
  readonly options: ConnectOptions;
}

const OPTIONS = OPTION_NAMES.connect.filter((name) => name !== 'thisArg');

/** By the prototype of the class. By the method if the decorator is a standard one, which does not get the prototype. */
const notedMethods = (): WeakMap<object, NotedMethod[]> => processShared('nestjs', () => new WeakMap());

/** Returns a decorator, legacy or standard, that notes a method. */
export function notingDecorator(signal: SignalToken, options: ConnectOptions) {
  const signals = listedSignalsOf(signal);
  checkKnown(options, OPTIONS, 'Receive');
  const { routing } = connectRequest(() => undefined, options);
  const filter = routing && readFilterOf(routing);
  return (target: object, context: unknown, descriptor?: PropertyDescriptor): void => {
    const name = isObject(context) ? standardNameOf(context) : legacyNameOf(target, context, descriptor);
    if (name === undefined) throw argumentError('context', 'that of a decorator on a public method', context);
    const others = notedMethods().get(target) ?? [];
    const method = { name, signals, options: { ...options, sender: undefined, key: undefined, ...filter } };
    notedMethods().set(target, [...others, method]);
  };
}

/** Returns the noted methods of the classes of an instance. */
export function notedMethodsOf(instance: object): NotedMethod[] {
  const found: NotedMethod[] = [];
  for (let each = Reflect.getPrototypeOf(instance); each !== null; each = Reflect.getPrototypeOf(each)) {
    const prototype = each;
    const members = Reflect.ownKeys(each).map(
      (key) => Reflect.getOwnPropertyDescriptor(prototype, key)?.value as unknown,
    );
    for (const holder of [each, ...members]) {
      if (isObject(holder)) found.push(...(notedMethods().get(holder) ?? []));
    }
  }
  return found;
}

function standardNameOf({ kind, name, static: isStatic, private: isPrivate }: Partial<ClassMethodDecoratorContext>) {
  return kind === 'method' && isStatic === false && isPrivate === false ? name : undefined;
}

function legacyNameOf(target: object, name: unknown, descriptor: PropertyDescriptor | undefined) {
  const isMethod = typeof target !== 'function' && typeof descriptor?.value === 'function';
  return isMethod ? (name as string | symbol) : undefined;
}
