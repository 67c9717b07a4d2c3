/** The server that keeps the jobs: NATS with JetStream if `NATS_URL` names one, Redis if `REDIS_URL` does. */
import { connect } from '@nats-io/transport-node';
import { createClient } from '@redis/client';
import type { Engine } from 'signalbox/bridge';
import { natsEngine } from 'signalbox/nats';
import { redisEngine } from 'signalbox/redis';

export interface OpenEngine {
  readonly engine: Engine;
  /** To be called after the bridge has been closed: the connection is ours. */
  readonly close: () => Promise<void>;
}

/**
 * The jobs of a worker that died go to another one after this time, in milliseconds. It is far longer than a job takes.
 */
const redeliverAfterMs = 2_000;

export const serverIsMissing = 'jobs: they need a server that keeps them: set NATS_URL or REDIS_URL';

/** Undefined without a server. A memory engine would lose the jobs with the process, so it is unfit for payments. */
export async function openEngine(environment = process.env): Promise<OpenEngine | undefined> {
  const { NATS_URL: natsUrl, REDIS_URL: redisUrl } = environment;
  if (natsUrl !== undefined) {
    const connection = await connect({ servers: natsUrl, maxReconnectAttempts: -1 });
    return { engine: natsEngine(connection, { redeliverAfterMs }), close: () => connection.close() };
  }
  if (redisUrl !== undefined) {
    const client = createClient({ url: redisUrl }).on('error', (error) => console.error('redis:', error));
    await client.connect();
    return { engine: redisEngine(client, { redeliverAfterMs }), close: () => client.close() };
  }
  return undefined;
}
