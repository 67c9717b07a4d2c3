import { connect as connectNats } from '@nats-io/transport-node';
import { createClient } from '@redis/client';
import { connectAsync as connectMqtt } from 'mqtt';
import { type Engine, memoryEngine } from 'signalbox/bridge';
import { broadcastEngine } from 'signalbox/broadcast';
import { mqttEngine } from 'signalbox/mqtt';
import { type DurableEngineOptions, natsEngine } from 'signalbox/nats';
import { redisEngine } from 'signalbox/redis';
import type { BrokerKind } from './brokers.js';

export interface Connected {
  readonly engine: Engine;
  /** One more engine on the same client; the same one where there is no client. */
  readonly another: () => Engine;
  readonly end: () => unknown;
}

export interface EngineKind {
  readonly kind: string;
  /** The server that it needs. */
  readonly broker?: BrokerKind;
  readonly durable?: boolean;
  /** Makes a client of its own, which comes back by itself when its connection is lost. */
  readonly connect: (port: number, options?: DurableEngineOptions) => Promise<Connected>;
}

const memory = memoryEngine();
const ignore = (): void => undefined;

/** Every engine, over a client of a real server if it needs one. */
export const ENGINES: readonly EngineKind[] = [
  {
    kind: 'memory',
    durable: true,
    connect: () => Promise.resolve({ engine: memory, another: () => memory, end: ignore }),
  },
  {
    kind: 'broadcast',
    connect: () => Promise.resolve({ engine: broadcastEngine(), another: () => broadcastEngine(), end: ignore }),
  },
  {
    kind: 'mqtt',
    broker: 'mqtt',
    connect: async (port) => {
      const client = await connectMqtt(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, reconnectPeriod: 20 });
      client.on('error', ignore);
      const another = (): Engine => mqttEngine(client);
      return { engine: another(), another, end: () => client.endAsync(true) };
    },
  },
  {
    kind: 'nats',
    broker: 'nats',
    durable: true,
    connect: async (port, options) => {
      const reconnect = { maxReconnectAttempts: -1, reconnectTimeWait: 20 };
      const connection = await connectNats({ servers: `127.0.0.1:${port}`, ...reconnect });
      const another = (): Engine => natsEngine(connection, options);
      return { engine: another(), another, end: () => connection.close() };
    },
  },
  {
    kind: 'redis',
    broker: 'redis',
    durable: true,
    connect: async (port, options) => {
      const client = createClient({ socket: { port, reconnectStrategy: 20 } }).on('error', ignore);
      await client.connect();
      const another = (): Engine => redisEngine(client as never, options);
      return { engine: another(), another, end: () => client.destroy() };
    },
  },
];
