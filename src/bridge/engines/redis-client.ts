import type { RedisClientType } from '@redis/client';

/** A client of `@redis/client` or `redis`, with any modules. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` takes clients of all type parameters
export type RedisClient = RedisClientType<any, any, any, any, any>;

/**
 * Returns a client for another connection, not yet connected. Its errors are ignored, because the user's client has the
 * same ones and reports them.
 */
export function duplicate(client: RedisClient): RedisClient {
  // RESP 2, so that replies have one shape, whatever protocol the user's client speaks.
  const other = client.duplicate({ RESP: 2, maintNotifications: 'disabled' });
  other.on('error', () => undefined);
  return other as RedisClient;
}

/** Ends a connection in any state. In some versions of the client, `destroy` throws if it is already closed. */
export function destroy(client: RedisClient): void {
  const end = (): void => {
    try {
      client.destroy();
    } catch {
      // It is already closed.
    }
  };
  client.once('connect', end); // if it is still connecting
  end();
}
