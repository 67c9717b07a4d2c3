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
import { redeliverAfterOf } from '../options.js';
import type { DurableEngineOptions, Engine } from '../types.js';

export type { DurableEngineOptions };

/**
 * An engine over a NATS connection (`@nats-io/nats-core`); durable delivery over JetStream, which needs
 * `@nats-io/jetstream`. Connect with `maxReconnectAttempts: -1`: a bridge outlives a restart of the server, if its connection
 * does.
 *
 * Streams and consumers that are there already are used as they are, but for the consumers' `ack_wait`, which becomes
 * `redeliverAfterMs`. Where the server has lost them they are made again, and their groups get all that is in the stream.
 *
 * A user of the server needs these rights: to publish and to subscribe to `signalbox.<namespace>.>`, and for durable delivery
 * to publish to `$JS.API.>` and `$JS.ACK.>` and to subscribe to `_INBOX.>` (or the connection's own `inboxPrefix`). What is
 * refused makes `share` or the send reject, or is reported to the bridge's `onError`.
 *
 * The streams that it makes keep everything until all groups have had it. One of your own with limits and `discard: old` drops
 * jobs that it had acknowledged to the sender; with `discard: new` the send is rejected instead. A durable send that is
 * rejected, by a time-out or a lost connection, may have been stored all the same: sent again, it is another job.
 *
 * @param connection - Yours, and left open; any number of engines may share it. If it falls silent, a consumer has it
 * connect again, unless its `reconnect` is false.
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
      // In force, or refused, when the server has answered to what comes after it.
      await connection.flush();
      if (refusal !== undefined) throw refusal;
      inForce = true;
      const root = rootOf(subject);
      const unwatch = refusalsOf(connection).watch((each) => (each.startsWith(root) ? each : undefined), onError);
      return {
        [ASYNC_DISPOSE]: async () => {
          unwatch();
          subscription.unsubscribe();
          // Then the server has what was published, too: a connection that is closed before may lose it.
          await connection.flush().catch(() => undefined); // it has ended with the connection
        },
      };
    },
    durable: new JetStreamDurable(connection, redeliverAfterMs),
  };
}

/** The start of all subjects of the namespace that a subject is of. */
function rootOf(subject: string): string {
  return `${subject.split('.').slice(0, 2).join('.')}.`;
}
