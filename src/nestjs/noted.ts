import { argumentError } from '../internal/check.js';
import { processShared } from '../internal/process-shared.js';
import { isObject } from '../internal/weak-key-map.js';
import type { NotedMethod } from './types.js';

/** By the prototype of the class. By the method if the decorator is a standard one, which does not get the prototype. */
const notedMethods = (): WeakMap<object, readonly NotedMethod[]> => processShared('nestjs', () => new WeakMap());

/** Returns a decorator, legacy or standard, that notes how its method is connected. */
export function notingDecorator(connect: NotedMethod['connect']) {
  return (target: object, context: unknown, descriptor?: PropertyDescriptor): void => {
    const isLegacy = typeof target !== 'function' && typeof descriptor?.value === 'function';
    const method = (isLegacy ? { kind: 'method', name: context } : Object(context)) as ClassMemberDecoratorContext;
    const isPublic = method.kind === 'method' && !method.static && !method.private;
    if (!isPublic) throw argumentError('context', 'that of a decorator on a public method', context);
    notedMethods().set(target, [...(notedMethods().get(target) ?? []), { name: method.name, connect }]);
  };
}

/** Returns the noted methods of the class of an instance. None if it is a proxy that cannot be read. */
export function notedMethodsOf(instance: unknown): readonly NotedMethod[] {
  try {
    return inheritedFrom(instance);
  } catch {
    return [];
  }
}

/** Returns the noted methods of the class of an instance, then those of its base classes. */
function inheritedFrom(instance: unknown): readonly NotedMethod[] {
  const prototype = isObject(instance) ? Reflect.getPrototypeOf(instance) : null;
  if (prototype === null) return [];
  const own: Record<PropertyKey, PropertyDescriptor> = Object.getOwnPropertyDescriptors(prototype);
  const holders = [prototype, ...Reflect.ownKeys(own).map((key) => own[key]?.value as object)];
  return holders.flatMap((holder) => notedMethods().get(holder) ?? []).concat(inheritedFrom(prototype));
}
