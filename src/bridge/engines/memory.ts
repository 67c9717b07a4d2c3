/**
 * An engine within one process.
 *
 * @module signalbox/memory
 */
import { MemoryDurable } from './memory-durable.js';
import { Subscriptions } from './subscriptions.js';
import type { Engine } from '../types.js';
import { soon } from '../../internal/timer.js';

/**
 * Returns an engine within one process, for tests and as the default. Bridges that are given the same instance are
 * connected. Its durable messages are lost with it, and do not keep the process alive. Messages that are sent or set
 * aside accumulate until a group consumes them.
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
      // Asynchronously, as over a network: the publisher's own code has run before the others get the data.
      soon(() => subscribers.deliver(subject, copy));
    },
    subscribe: (subject, onMessage) => subscribers.add(subject, onMessage),
    durable: new MemoryDurable(),
  };
}
