/**
 * An engine over a NATS connection.
 *
 * @module signalbox/nats
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { argumentError } from '../../internal/check.js';
import { ASYNC_DISPOSE } from '../../internal/dispose.js';
import { isObject } from '../../internal/weak-key-map.js';
import { JetStreamDurable } from './nats-durable.js';
import { refusalsOf } from './nats-refusals.js';
import type { DurableEngineOptions, Engine } from '../types.js';
import { redeliverAfterOf } from './consumer-loop.js';

export type { DurableEngineOptions };

/**
 * Returns an engine over a NATS connection (`@nats-io/nats-core`). Durable delivery uses JetStream and needs
 * `@nats-io/jetstream`. Connect with `maxReconnectAttempts: -1`, so that the connection, and the bridge with it,
 * survives a restart of the server.
 *
 * Existing streams and consumers are used unchanged, except for the consumers' `ack_wait`, which becomes
 * `redeliverAfterMs`. If the server has lost them, they are made again, and their groups get all messages in the
 * stream.
 *
 * A user of the server needs the right to publish and to subscribe to `signalbox.<namespace>.>`. Durable delivery also
 * needs to publish to `$JS.API.>` and `$JS.ACK.>`, and to subscribe to `_INBOX.>` (or the connection's own
 * `inboxPrefix`). After a refusal, `share` rejects, the send has a rejected result, or the refusal is reported to the
 * bridge's `onError`.
 *
 * The streams that it makes keep a message until all groups have handled it. A stream of your own with limits and
 * `discard: old` drops jobs that were acknowledged to the sender; with `discard: new` the send has a rejected result
 * instead. A durable send with a rejected result, after a time-out or a lost connection, may have been stored. If you
 * send it again, it is another job. If a message is due again while nobody asks for messages, version 2.9 of the server
 * may deliver the latest one once more as a new one, beyond `maxAttempts`.
 *
 * @param connection - Your connection, which is left open. Any number of engines may share it. If it stops answering, a
 * consumer makes it reconnect, unless its `reconnect` is false.
 * @param options - `redeliverAfterMs`.
 *
 * @example
 * ```ts
 * import { connect } from '@nats-io/transport-node';
 * import { SignalManager } from 'signalbox';
 * import { Bridge } from 'signalbox/bridge';
 * import { natsEngine } from 'signalbox/nats';
 *
 * const connection = await connect({ servers: '127.0.0.1:4222', maxReconnectAttempts: -1 });
 * const bridge = new Bridge(new SignalManager(), natsEngine(connection), { namespace: 'shop' });
 * ```
 */
export function natsEngine(connection: NatsConnection, options?: DurableEngineOptions): Engine {
  if (!isObject(connection) || !('publish' in connection) || !('flush' in connection)) {
    throw argumentError('connection', 'a connection of @nats-io/nats-core', connection);
  }
  const redeliverAfterMs = redeliverAfterOf(options);
  return {
    name: 'nats',
    get maxBytes() {
      return connection.info?.max_payload;
    },
    publish: (subject, data) => connection.publish(subject, data),
    async subscribe(subject, onMessage, { group, onError } = {}) {
      let refusal: Error | undefined;
      let inForce = false;
      const callback = (error: Error | null, message: { readonly data: Uint8Array }): void => {
        if (error === null) onMessage(message.data);
        else if (inForce) onError?.(error);
        else refusal = error;
      };
      const subscription = connection.subscribe(
        subject,
        group === undefined ? { callback } : { callback, queue: group },
      );
      // The server answers in order: after the flush, the subscription is in force or refused.
      await connection.flush();
      if (refusal !== undefined) throw refusal;
      inForce = true;
      const root = rootOf(subject);
      const unwatch = refusalsOf(connection).watch((each) => (each.startsWith(root) ? each : undefined), onError);
      return {
        [ASYNC_DISPOSE]: async () => {
          unwatch();
          subscription.unsubscribe();
          // Also waits until the server has all publications, which a connection that is closed earlier may lose.
          await connection.flush().catch(() => undefined); // the connection is closed, and the subscription with it
        },
      };
    },
    durable: new JetStreamDurable(connection, redeliverAfterMs),
  };
}

/** Returns the common start of all subjects of this subject's namespace. */
function rootOf(subject: string): string {
  return `${subject.split('.').slice(0, 2).join('.')}.`;
}
