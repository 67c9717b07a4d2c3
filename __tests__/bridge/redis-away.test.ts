import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient } from '@redis/client';
import { BridgeClosedError } from 'signalbox/bridge';
import { redisEngine } from 'signalbox/redis';
import { Broker, isMissing } from '../helpers/brokers.js';
import { Nodes } from '../helpers/nodes.js';
import { rejectionOf } from '../helpers/promises.js';

/** Asks until it is so: what clients do in their own time. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 10));
}

(isMissing('redis') ? describe.skip : describe)('a bridge over Redis whose server is away', () => {
  let broker: Broker;
  const worker = { durable: true, group: 'g' };
  let client: ReturnType<typeof createClient>;
  let made: { readonly isOpen: boolean }[];

  beforeEach(async () => {
    broker = new Broker('redis');
    await broker.start();
    client = createClient({ socket: { port: broker.port, reconnectStrategy: 20 } });
    client.on('error', () => undefined); // the server is away
    await client.connect();
    const duplicate = client.duplicate.bind(client);
    made = [];
    client.duplicate = (options) => {
      const other = duplicate(options);
      made.push(other);
      return other;
    };
  });
  afterEach(async () => {
    client.destroy();
    await broker.stop();
  });

  const goAway = async (): Promise<void> => {
    await broker.kill();
    await until(() => !client.isReady);
  };
  const node = () => new Nodes().bare('a', { engine: redisEngine(client as never), heartbeatMs: 10 });
  const open = () => made.filter(({ isOpen }) => isOpen).length;

  it.each([
    ['its first subscription', [], {}],
    ['a durable consumer', ['y'], worker],
  ] as const)('leaves nothing open when it closes while a share waits for %s', async (_what, before, options) => {
    const { bridge, manager, x } = node();
    for (const name of before) await bridge.share(manager.signal(name));
    await goAway();
    const shared = rejectionOf(bridge.share(x, options));
    await until(() => made.length > before.length);
    await bridge.close();
    expect(open()).toBe(0);
    expect(await shared).toBeInstanceOf(BridgeClosedError);
    await bridge.close();
    expect(open()).toBe(0);
  });

  it('leaves nothing open when it closes with a durable share', async () => {
    const { bridge, x } = node();
    const share = await bridge.share(x, worker);
    expect(open()).toBe(3);
    await goAway();
    await Promise.all([share[Symbol.asyncDispose](), bridge.close(), share[Symbol.asyncDispose]()]);
    expect(open()).toBe(0);
  });
});
