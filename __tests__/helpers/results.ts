import type { Receiver, SendResult } from '../../src/index.js';

export function fulfilled<R>(receiver: Receiver, value: R): SendResult<R> {
  return { status: 'fulfilled', value, receiver };
}

export function rejected(receiver: Receiver, reason: unknown): SendResult<never> {
  return { status: 'rejected', reason, receiver };
}

/** Makes receivers that write their name into `calls` and return it. */
export function callList(): { calls: string[]; receiver: (name: string) => () => string } {
  const calls: string[] = [];
  const receiver = (name: string) => () => {
    calls.push(name);
    return name;
  };
  return { calls, receiver };
}
