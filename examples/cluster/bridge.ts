/** The bridge of a process to the others, as a part of its lifecycle. */
import { connect } from '@nats-io/transport-node';
import { Bridge, type Engine } from 'signalbox/bridge';
import type { Lifecycle } from 'signalbox/lifecycle';
import { natsEngine } from 'signalbox/nats';

import { clusterSignals, namespace } from './signals.js';

/** The signals go over the NATS server that `NATS_URL` names, and without one over another engine. */
export function addBridge(lifecycle: Lifecycle, node: string, openInstead: () => Engine) {
  const servers = process.env['NATS_URL'];
  const nats = lifecycle.add(
    'nats',
    () => (servers === undefined ? undefined : connect({ servers, maxReconnectAttempts: -1 })),
    (connection) => connection?.close(),
  );
  return lifecycle.add(
    'bridge',
    async () => {
      const connection = await nats;
      const engine = connection === undefined ? openInstead() : natsEngine(connection);
      return { engine, bridge: new Bridge(clusterSignals, engine, { namespace, node }) };
    },
    ({ bridge }) => bridge.close(),
  );
}
