import { expected } from '../check.js';
import { isObject } from '../weak-key-map.js';
import { type RedisClient, asBuffer, destroy, duplicate } from './redis-client.js';
import { StreamsDurable } from './redis-durable.js';
import { Subscribers } from './subscribers.js';
import type { DurableEngineOptions, Engine } from './types.js';
import { redeliverAfterOf } from './options.js';

/**
 * An engine over a Redis client (`@redis/client`); durable delivery over Streams, one per signal.
 *
 * @param client - Yours, connected, and left open. Redis wants a connection of its own for subscriptions, and one for each
 * durable signal that is consumed: these are duplicates of it, closed when they are not needed any more.
 * @param options - `redeliverAfterMs`.
 *
 * @example
 * ```ts
 * import { createClient } from '@redis/client';
 * import { SignalManager } from 'signalbox';
 * import { Bridge } from 'signalbox/bridge';
 * import { redisEngine } from 'signalbox/redis';
 *
 * const client = await createClient({ url: 'redis://127.0.0.1:6379' }).on('error', console.error).connect();
 * const bridge = new Bridge(new SignalManager(), redisEngine(client), { namespace: 'shop' });
 * ```
 */
export function redisEngine(client: RedisClient, options?: DurableEngineOptions): Engine {
  if (!isObject(client) || !('duplicate' in client)) throw expected('client', 'a client of @redis/client', client);
  const redeliverAfterMs = redeliverAfterOf(options);
  const subscribers = new Subscribers();
  let subscriber: Promise<RedisClient> | undefined;

  const connect = (): Promise<RedisClient> => (subscriber ??= duplicate(client));
  const disconnect = async (): Promise<void> => {
    const unused = subscriber;
    if (!subscribers.empty || unused === undefined) return;
    subscriber = undefined;
    const open = await unused.catch(() => undefined); // what has failed is tried anew the next time
    if (open !== undefined) destroy(open);
  };

  return {
    name: 'redis',
    async publish(subject, data) {
      await client.publish(subject, asBuffer(data));
    },
    subscribe(subject, onMessage) {
      const onData = (data: Buffer): void => subscribers.deliver(subject, data);
      return subscribers.add(
        subject,
        onMessage,
        async () => (await connect()).subscribe(subject, onData, true),
        async () => {
          const open = await subscriber?.catch(() => undefined);
          if (open?.isReady === true) await open.unsubscribe(subject, onData, true);
          await disconnect();
        },
      );
    },
    durable: new StreamsDurable(client, redeliverAfterMs),
  };
}

export type { DurableEngineOptions, RedisClient };
