import type { RedisClientType } from '@redis/client';

/** A client of `@redis/client` or `redis`, with whatever modules. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` takes clients of all type parameters
export type RedisClient = RedisClientType<any, any, any, any, any>;

/** Another connection, to be made. What goes wrong with it goes wrong with the user's client, too, which is where it is told. */
export function duplicate(client: RedisClient): RedisClient {
  // Replies of the same shape, whatever protocol the user's client speaks.
  const other = client.duplicate({ RESP: 2, maintNotifications: 'disabled' });
  other.on('error', () => undefined);
  return other as RedisClient;
}

/** Ends a connection, whatever its state: one that is closed already throws in some versions of the client. */
export function destroy(client: RedisClient): void {
  const end = (): void => {
    try {
      client.destroy();
    } catch {
      // It is closed.
    }
  };
  client.once('connect', end); // it was being made
  end();
}

export function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
