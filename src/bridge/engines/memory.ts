/**
 * An engine within one process.
 *
 * @module signalbox/memory
 */
import { MemoryDurable } from './memory-durable.js';
import { soon } from '../../internal/soon.js';
import { Subscriptions } from './subscriptions.js';
import type { Engine } from '../types.js';

/**
 * An engine within one process, for tests and as the default: bridges talk through the instance that they are given. What it
 * keeps of durable deliveries is gone with it, and keeps no process alive. What has been sent or set aside and no group has
 * asked for adds up until one does.
 *
 * @example
 * ```ts
 * import { SignalManager } from 'signalbox';
 * import { Bridge, memoryEngine } from 'signalbox/bridge';
 *
 * const engine = memoryEngine();
 * const shop = new Bridge(new SignalManager(), engine, { namespace: 'demo', node: 'shop' });
 * const stock = new Bridge(new SignalManager(), engine, { namespace: 'demo', node: 'stock' });
 * ```
 */
export function memoryEngine(): Engine {
  const subscribers = new Subscriptions();
  return {
    name: 'memory',
    publish(subject, data) {
      const copy = data.slice();
      // Later, as over a wire: who publishes is done with its own work when others hear of it.
      soon(() => subscribers.deliver(subject, copy));
    },
    subscribe: (subject, onMessage) => subscribers.add(subject, onMessage),
    durable: new MemoryDurable(),
  };
}
