import { checkFunction, expected } from './check.js';
import type { ConnectOptions, Receiver, ReceiverDecorator } from './types.js';

/** A decorator that connects a function as it is, or a class method for every instance with that instance as `this`. */
export function decoratorFor(connect: (receiver: Receiver, options: ConnectOptions) => void, options: ConnectOptions): ReceiverDecorator {
  return (receiver, context) => {
    checkFunction(receiver, 'receiver');
    if (context === undefined) {
      connect(receiver, options);
      return receiver;
    }
    if (typeof context !== 'object' || context === null || context.kind !== 'method') {
      throw expected('context', "that of a standard decorator on a method, not a field, class or legacy decorator", context);
    }
    context.addInitializer(function (this: unknown) {
      connect(receiver, { ...options, thisArg: this as object });
    });
    return receiver;
  };
}
