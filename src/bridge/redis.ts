import { expected } from '../check.js';
import { isObject } from '../weak-key-map.js';
import { type RedisClient, asBuffer, destroy, duplicate } from './redis-client.js';
import { StreamsDurable } from './redis-durable.js';
import { perClient } from './per-client.js';
import { Subscribers } from './subscribers.js';
import type { DurableEngineOptions, Engine } from './types.js';
import { redeliverAfterOf } from './options.js';

/**
 * An engine over a Redis client (`@redis/client`); durable delivery over Streams, one per signal.
 *
 * @param client - Yours, connected, and left open. Redis wants a connection of its own for subscriptions, which all engines on
 * one client share, and two for each durable signal that is consumed: these are duplicates of it, closed when they are not
 * needed any more.
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
  const subscribe = subscriptionsOf(client);
  return {
    name: 'redis',
    async publish(subject, data) {
      await client.publish(subject, asBuffer(data));
    },
    subscribe,
    durable: new StreamsDurable(client, redeliverAfterMs),
  };
}

/** All engines on one client have one connection for their subscriptions. */
const subscriptionsOf = perClient((client: RedisClient): Engine['subscribe'] => {
  const subscribers = new Subscribers();
  let subscriber: readonly [client: RedisClient, connected: Promise<unknown>] | undefined;

  const connect = (): NonNullable<typeof subscriber> => {
    const other = duplicate(client);
    return [other, other.connect()];
  };

  /** One for all subjects: added once more to one that its client still has, it is no other. */
  const onData = (data: Buffer, subject: Buffer): void => subscribers.deliver(String(subject), data);

  return (subject, onMessage, { abortSignal } = {}) =>
    subscribers.add(
      subject,
      onMessage,
      async () => {
        const [own, connected] = (subscriber ??= connect());
        await connected;
        // It may have been given up meanwhile.
        if (subscribers.has(subject)) await own.subscribe(subject, onData, true);
      },
      async () => {
        const [own] = subscriber ?? [];
        if (own === undefined) return;
        if (subscribers.empty) {
          subscriber = undefined;
          destroy(own); // its subscriptions end with it
        } else if (own.isReady) {
          // What the server does not end brings messages that nobody gets.
          await own.unsubscribe(subject, onData, true).catch(() => undefined);
        }
      },
      abortSignal,
    );
});

export type { DurableEngineOptions, RedisClient };
