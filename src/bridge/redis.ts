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
  let subscriber: { readonly client: RedisClient; readonly connected: Promise<unknown> } | undefined;

  const connect = (): NonNullable<typeof subscriber> => {
    const other = duplicate(client);
    return { client: other, connected: other.connect() };
  };

  return {
    name: 'redis',
    async publish(subject, data) {
      await client.publish(subject, asBuffer(data));
    },
    subscribe(subject, onMessage, { abortSignal } = {}) {
      const onData = (data: Buffer): void => subscribers.deliver(subject, data);
      return subscribers.add(
        subject,
        onMessage,
        async () => {
          subscriber ??= connect();
          const { client: own, connected } = subscriber;
          await connected;
          await own.subscribe(subject, onData, true);
        },
        async () => {
          if (subscriber?.client.isReady === true) await subscriber.client.unsubscribe(subject, onData, true);
          if (!subscribers.empty || subscriber === undefined) return;
          destroy(subscriber.client);
          subscriber = undefined;
        },
        abortSignal,
      );
    },
    durable: new StreamsDurable(client, redeliverAfterMs),
  };
}

export type { DurableEngineOptions, RedisClient };
