/**
 * An engine over a Redis client.
 *
 * @module signalbox/redis
 */
import { argumentError } from '../../internal/check.js';
import { isObject } from '../../internal/weak-key-map.js';
import { asBuffer } from '../../internal/runtime.js';
import { type RedisClient, destroy, duplicate } from './redis-client.js';
import { StreamsDurable } from './redis-durable.js';
import { Subscriptions, perClient } from './subscriptions.js';
import type { DurableEngineOptions, Engine } from '../types.js';
import { redeliverAfterOf } from './consumer-loop.js';

/**
 * Returns an engine over a Redis client (`@redis/client`). Durable delivery uses one Stream per signal.
 *
 * A user with an ACL needs the channels `&signalbox.<namespace>.*` with `publish`, `subscribe` and `unsubscribe`.
 * Durable delivery also needs the keys `~signalbox.<namespace>.*` with `xadd`. A member of a group needs
 * `xgroup|create`, `xinfo|groups`, `xreadgroup`, `xack`, `xclaim`, `xpending` and `xtrim` as well. The client itself
 * uses `hello` and `ping`. After a refusal, `share` rejects, the send has a rejected result, or the refusal is
 * reported to the bridge's `onError`.
 *
 * Use the eviction policy `noeviction`: any other drops jobs that were acknowledged to the sender. On a full
 * server a durable send has a rejected result, but workers can still join their groups and handle the jobs. A durable
 * send with a rejected result, after a time-out or a lost connection, may have been stored: if you send it again, it is
 * another job.
 *
 * @param client - Your client, connected, which is left open. Redis needs another connection for subscriptions, which
 * all engines on one client share, and two more for each durable signal that is consumed. These are duplicates of your
 * client, and are closed when they are no longer needed.
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
  const subscribe = channelsOf(client);
  return {
    name: 'redis',
    async publish(subject, data) {
      await client.publish(subject, asBuffer(data));
    },
    subscribe,
    durable: new StreamsDurable(client, redeliverAfterMs),
  };
}

/** All engines on one client share one connection for their subscriptions. */
const channelsOf = perClient((client: RedisClient): Engine['subscribe'] => {
  const subscribers = new Subscriptions();
  let subscriber: readonly [client: RedisClient, connected: Promise<unknown>] | undefined;

  const connect = (): NonNullable<typeof subscriber> => {
    const other = duplicate(client);
    return [other, other.connect()];
  };

  /** One function for all subjects, so that the client does not call it twice if it is added to a subject again. */
  const onData = (data: Buffer, subject: Buffer): void => subscribers.deliver(String(subject), data);

  return (subject, onMessage, { abortSignal } = {}) =>
    subscribers.add(
      subject,
      onMessage,
      async () => {
        const [own, connected] = (subscriber ??= connect());
        await connected;
        // The last subscription may have ended meanwhile.
        if (subscribers.has(subject)) await own.subscribe(subject, onData, true);
      },
      async () => {
        const [own] = subscriber ?? [];
        if (own === undefined) return;
        if (subscribers.empty) {
          subscriber = undefined;
          destroy(own); // this ends its subscriptions
        } else if (own.isReady) {
          // If this fails, messages of the subject still arrive and are dropped.
          await own.unsubscribe(subject, onData, true).catch(() => undefined);
        }
      },
      abortSignal,
    );
});

export type { DurableEngineOptions, RedisClient };
