/**
 * An engine over a Redis client.
 *
 * @module signalbox/redis
 */
import { argumentError } from '../../internal/check.js';
import { isObject } from '../../internal/weak-key-map.js';
import { type RedisClient, asBuffer, destroy, duplicate } from './redis-client.js';
import { StreamsDurable } from './redis-durable.js';
import { perClient } from './per-client.js';
import { Subscriptions } from './subscriptions.js';
import type { DurableEngineOptions, Engine } from '../types.js';
import { redeliverAfterOf } from '../options.js';

/**
 * An engine over a Redis client (`@redis/client`); durable delivery over Streams, one per signal.
 *
 * A user with an ACL needs the channels `&signalbox.<namespace>.*` with `publish`, `subscribe` and `unsubscribe`. For durable
 * delivery it also needs the keys `~signalbox.<namespace>.*` with `xadd`, and a member of a group `xgroup|create`,
 * `xinfo|groups`, `xreadgroup`, `xack`, `xclaim`, `xpending` and `xtrim`. The client itself uses `hello` and `ping`. What is
 * refused makes `share` or the send reject, or is reported to the bridge's `onError`.
 *
 * Use the policy `noeviction`: any other drops jobs that were acknowledged to the sender. A server that is full rejects durable
 * sends; workers can still join their groups and empty them. A durable send that is rejected, by a time-out or a lost
 * connection, may have been stored all the same: sent again, it is another job.
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
  if (!isObject(client) || !('duplicate' in client)) throw argumentError('client', 'a client of @redis/client', client);
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
  const subscribers = new Subscriptions();
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
