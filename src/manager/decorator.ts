import { checkFunction, argumentError } from '../internal/check.js';
import type { Receiver, ReceiverDecorator } from '../contract/signals.js';

/** A decorator that connects a function as it is, or a class method for every instance with that instance as `this`. */
export function decoratorFor(
  connect: (receiver: Receiver, thisArg?: object) => void,
  parameter = 'receiver',
): ReceiverDecorator {
  return (receiver, context) => {
    checkDecorated(receiver, context, parameter);
    if (context === undefined) {
      connect(receiver);
      return receiver;
    }
    context.addInitializer(function (this: unknown) {
      connect(receiver, this as object);
    });
    return receiver;
  };
}

/** A function by itself, or with the context of a standard decorator on a method. */
export function checkDecorated(fn: unknown, context: unknown, parameter: string): void {
  const expectation = 'that of a standard decorator on a method';
  // A legacy decorator is called with a prototype or a class, the key, and a descriptor.
  if (typeof context === 'string' || typeof context === 'symbol') {
    const wayOut =
      '; legacy decorators (`experimentalDecorators`) are not supported: turn that option off, or call the decorator in ' +
      'the constructor, with `this.method.bind(this)`';
    throw argumentError('context', expectation, context, wayOut);
  }
  checkFunction(fn, parameter);
  if (context === undefined) return;
  const kind = (context as Partial<ClassMethodDecoratorContext> | null)?.kind;
  if (kind !== 'method') throw argumentError('context', expectation, context);
}
