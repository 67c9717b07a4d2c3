/** What carries the signals: a NATS server if `NATS_URL` names one, and if not, what the caller has instead. */
import { connect } from '@nats-io/transport-node';
import type { Engine } from 'signalbox/bridge';
import { natsEngine } from 'signalbox/nats';

export interface OpenEngine {
  readonly engine: Engine;
  /** To be called after the bridge has been closed: the connection is ours. */
  readonly close: () => Promise<void>;
}

export async function openEngine(openInstead: () => Engine): Promise<OpenEngine> {
  const servers = process.env['NATS_URL'];
  if (servers === undefined) return { engine: openInstead(), close: () => Promise.resolve() };
  const connection = await connect({ servers, maxReconnectAttempts: -1 });
  return { engine: natsEngine(connection), close: () => connection.close() };
}
