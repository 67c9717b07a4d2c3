import { ASYNC_DISPOSE } from '../dispose.js';
import type { Engine } from './types.js';
import { MemoryDurable } from './memory-durable.js';

interface Subscriber {
  readonly group: string | undefined;
  readonly onMessage: (data: Uint8Array) => void;
}

/**
 * An engine within one process, for tests and as the default: bridges talk through the instance that they are given. What it
 * keeps of durable deliveries is gone with it.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { Bridge, memoryEngine } from 'signalbox/bridge';
 *
 * const engine = memoryEngine();
 * await using shop = new Bridge(new SignalManager(), engine, { namespace: 'demo', node: 'shop' });
 * await using stock = new Bridge(new SignalManager(), engine, { namespace: 'demo', node: 'stock' });
 * ```
 */
export function memoryEngine(): Engine {
  const subjects = new Map<string, Set<Subscriber>>();

  return {
    name: 'memory',
    publish(subject, data) {
      const copy = data.slice();
      // Later, as over a wire: who publishes is done with its own work when others hear of it.
      queueMicrotask(() => {
        for (const subscriber of chosen(subjects.get(subject))) subscriber.onMessage(copy);
      });
    },
    subscribe(subject, onMessage, options = {}) {
      const subscriber = { onMessage, group: options.group };
      const subscribers = subjects.get(subject) ?? new Set();
      subjects.set(subject, subscribers.add(subscriber));
      return Promise.resolve({
        [ASYNC_DISPOSE]: () => {
          subscribers.delete(subscriber);
          if (subscribers.size === 0 && subjects.get(subject) === subscribers) subjects.delete(subject);
          return Promise.resolve();
        },
      });
    },
    durable: new MemoryDurable(),
  };
}

/** All without a group and the first of each group, which then goes to the end of the line. */
function chosen(subscribers: Set<Subscriber> | undefined): Subscriber[] {
  if (subscribers === undefined) return [];
  const groups = new Set<string>();
  const receiving = [...subscribers].filter(({ group }) => {
    const first = group === undefined || !groups.has(group);
    if (group !== undefined) groups.add(group);
    return first;
  });
  for (const subscriber of receiving) {
    if (subscriber.group === undefined) continue;
    subscribers.delete(subscriber);
    subscribers.add(subscriber);
  }
  return receiving;
}
