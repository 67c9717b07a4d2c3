import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { createClient } from '@redis/client';
import { SignalManager } from 'signalbox';
import { Bridge, type Engine, MissingPackageError } from 'signalbox/bridge';
import { natsEngine } from 'signalbox/nats';
import { redisEngine } from 'signalbox/redis';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { Broker, Proxy, isMissing } from '../helpers/brokers.js';
import { rejectionOf } from '../helpers/promises.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What the server gave to the silent connection comes again after this. */
const options = { redeliverAfterMs: 1_000 };

const ENGINES = {
  async nats(port: number): Promise<Engine> {
    const connection = await connect({ servers: `127.0.0.1:${port}`, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
    ends.push(() => connection.close());
    return natsEngine(connection, options);
  },
  async redis(port: number): Promise<Engine> {
    const client = createClient({ socket: { port } });
    client.on('error', () => undefined); // its server is gone at the end
    await client.connect();
    ends.push(() => client.destroy());
    return redisEngine(client as never, options);
  },
};

describe.each(['nats', 'redis'] as const)('a consumer over %s', (kind) => {
  (isMissing(kind) ? it.skip : it)(
    'whose connection falls silent tells so, and takes jobs on a new one (H9)',
    async () => {
      const broker = new Broker(kind);
      await broker.start();
      ends.push(() => broker.stop());
      const proxy = new Proxy(broker.port);
      const port = await proxy.start();
      ends.push(() => proxy.stop());
      const [worker, sender] = [await ENGINES[kind](port), await ENGINES[kind](broker.port)];
      const told: unknown[] = [];
      let come = (): void => undefined;
      const onMessage = async () => {
        come();
      };
      const onError = (error: unknown) => told.push(error);
      const consumer = await worker.durable?.consume('s.silent', 'g', onMessage, { onError });
      ends.push(() => consumer?.[ASYNC_DISPOSE]());
      const next = () => new Promise<void>((resolve) => (come = resolve));

      const first = next();
      await sender.durable?.publish('s.silent', '1', new Uint8Array());
      await first;
      proxy.freeze();
      const second = next();
      await sender.durable?.publish('s.silent', '2', new Uint8Array());
      await second;
      expect([...new Set(told.map((error) => (error as Error).name))]).toEqual(['EngineSilentError']);
    },
  );
});

(isMissing('nats') ? it.skip : it)('a share that needs a package which is missing names it (H5)', async () => {
  const broker = new Broker('nats');
  await broker.start();
  ends.push(() => broker.stop());
  jest.doMock('@nats-io/jetstream', () => {
    throw new Error('Cannot find package');
  });
  const manager = new SignalManager();
  const bridge = new Bridge(manager, await ENGINES.nats(broker.port), { namespace: 'tests', onError: null });
  ends.push(() => bridge.close());
  for (const options of [{ durable: true }, { durable: true, group: 'g' }]) {
    const error = await rejectionOf(bridge.share(manager.signal('x'), options));
    expect(error).toBeInstanceOf(MissingPackageError);
    expect(error).toMatchObject({ code: 'ERR_MISSING_PACKAGE', package: '@nats-io/jetstream' });
  }
  jest.dontMock('@nats-io/jetstream');
});
