import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SignalManager } from 'signalbox';
import { Bridge, MissingPackageError } from 'signalbox/bridge';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { Broker, type BrokerKind, Proxy, isMissing } from '../helpers/brokers.js';
import { ENGINES } from '../helpers/engines.js';
import { Nodes } from '../helpers/nodes.js';
import { rejectionOf } from '../helpers/promises.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What the server gave to the silent connection comes again after this. */
const options = { redeliverAfterMs: 1_000 };

/** A server, and the means to connect to it. */
async function server(kind: string) {
  const broker = new Broker(kind as BrokerKind);
  await broker.start();
  ends.push(() => broker.stop());
  const proxy = new Proxy(broker.port);
  const port = await proxy.start();
  ends.push(() => proxy.stop());
  const connectTo = async (at: number) => {
    const connected = await ENGINES.find((each) => each.kind === kind)?.connect(at, options);
    if (connected === undefined) throw new Error(`no engine ${kind}`);
    ends.push(() => connected.end());
    return connected.engine;
  };
  return { proxy, direct: () => connectTo(broker.port), throughProxy: () => connectTo(port) };
}

describe.each(['nats', 'redis'] as const)('a consumer over %s', (kind) => {
  (isMissing(kind) ? it.skip : it)(
    'whose connection falls silent tells so, and takes jobs on a new one (H9)',
    async () => {
      const { proxy, direct, throughProxy } = await server(kind);
      const [worker, sender] = [await throughProxy(), await direct()];
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

describe.each(['nats', 'redis'] as const)('a durable send over %s', (kind) => {
  (isMissing(kind) ? it.skip : it)('whose answer is lost is rejected, though it is stored (H5)', async () => {
    const { proxy, direct, throughProxy } = await server(kind);
    const nodes = new Nodes();
    ends.push(() => nodes.close());
    const share = { durable: true, group: 'g' };
    const sender = await nodes.add('sender', { engine: await throughProxy(), share: { durable: true } });
    const worker = await nodes.add('worker', { engine: await direct(), share });
    const done = new Promise((resolve) => worker.x.connect(({ n }) => resolve(n)));
    expect(await sender.x.send({ n: 1 }, { timeoutMs: 600_000 })).toEqual([]);
    expect(await done).toBe(1);
    proxy.muteServer();
    const stored = new Promise((resolve) => worker.x.connect(({ n }) => resolve(n)));
    expect(await sender.x.send({ n: 2 }, { timeoutMs: 100 })).toMatchObject([
      { status: 'rejected', reason: { name: 'ReceiverTimeoutError' } },
    ]);
    expect(await stored).toBe(2);
  });
});

(isMissing('nats') ? it.skip : it)('a share that needs a package which is missing names it (H5)', async () => {
  const { direct } = await server('nats');
  jest.doMock('@nats-io/jetstream', () => {
    throw new Error('Cannot find package');
  });
  const manager = new SignalManager();
  const bridge = new Bridge(manager, await direct(), { namespace: 'tests', onError: null });
  ends.push(() => bridge.close());
  for (const options of [{ durable: true }, { durable: true, group: 'g' }]) {
    const error = await rejectionOf(bridge.share(manager.signal('x'), options));
    expect(error).toBeInstanceOf(MissingPackageError);
    expect(error).toMatchObject({ code: 'ERR_MISSING_PACKAGE', package: '@nats-io/jetstream' });
  }
  jest.dontMock('@nats-io/jetstream');
});
