import type { Receiver } from '../contract/signals.js';

/** A function with the name of a thread or node, for reports and explanations: its receivers have no function here. */
export function standInFor(name: string): Receiver {
  const receiver: Receiver = () => {
    throw new Error(`The receivers of ${name} can only be called there`);
  };
  return Object.defineProperty(receiver, 'name', { value: name });
}
