/**
 * Prints what is sent on a manager, and to whom: two lines for every send, before its receivers are called.
 */
import { inspect } from 'node:util';

import { ANY, Signal, type SendContext, type SignalManager } from 'signalbox';

export function printAccount(manager: SignalManager): void {
  const printed = new WeakSet();

  function printOnce(kwargs: object, context: SendContext, receivers: readonly string[]): void {
    // With a time limit or an abort signal each receiver has a context of its own; the kwargs are the same for all.
    const send = context.abortSignal === undefined ? context : kwargs;
    if (printed.delete(send)) return;
    printed.add(send);
    console.log(`-> ${nameOf(context.signal)} ${inKeys(context)}${brief(kwargs)}`);
    console.log(`   to ${receivers.join(', ') || 'nobody'}`);
  }

  // One of the two is called before all other receivers: the first in a usual send, the second in one in reverse order.
  // The other one must not print the send again.
  manager.connect((kwargs: object, context: SendContext) => printOnce(kwargs, context, receiverNames(context)), ANY, {
    priority: Number.MAX_SAFE_INTEGER,
  });
  manager.connect(
    (kwargs: object, context: SendContext) => printOnce(kwargs, context, receiverNames(context).reverse()),
    ANY,
    { priority: Number.MIN_SAFE_INTEGER },
  );
}

function nameOf(signal: object | symbol): string {
  return signal instanceof Signal ? (signal.name ?? 'a signal without a name') : inspect(signal);
}

function inKeys({ keys }: SendContext): string {
  return keys.size === 0 ? '' : `[${[...keys].join(', ')}] `;
}

function brief(kwargs: object): string {
  return inspect(kwargs, { depth: 1, breakLength: Infinity, maxStringLength: 40 });
}

/** Those the send is meant for, in the order of their turn; receivers of every signal, as above, are left out. */
function receiverNames({ manager, signal, senders, keys }: SendContext): string[] {
  return manager
    .explain(signal, { senders, keys })
    .filter(({ matches, because }) => matches && because !== 'any signal')
    .map(({ name }) => name);
}
