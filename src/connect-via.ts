import { checkFunction, expected } from './check.js';
import type { Receiver, ReceiverDecorator } from './types.js';

/** A decorator that connects a function as it is, or a class method for every instance with that instance as `this`. */
export function decoratorFor(
  connect: (receiver: Receiver, thisArg?: object) => void,
  parameter = 'receiver',
): ReceiverDecorator {
  return (receiver, context) => {
    checkFunction(receiver, parameter);
    if (context === undefined) {
      connect(receiver);
      return receiver;
    }
    checkMethod(context);
    context.addInitializer(function (this: unknown) {
      connect(receiver, this as object);
    });
    return receiver;
  };
}

export function checkMethod(context: unknown): void {
  const kind = (context as Partial<ClassMethodDecoratorContext> | null)?.kind;
  if (kind !== 'method') throw expected('context', 'that of a standard decorator on a method', context);
}
