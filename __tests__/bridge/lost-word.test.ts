import { afterEach, describe, expect, it } from '@jest/globals';
import { Broker, type BrokerKind, Proxy, isMissing } from '../helpers/brokers.js';
import { ENGINES } from '../helpers/engines.js';
import { collectGarbage } from '../helpers/gc.js';
import { Nodes } from '../helpers/nodes.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const kinds = ENGINES.filter(({ broker }) => broker !== undefined && broker !== 'mqtt');

describe.each(kinds)('the word to go on, lost with the connection to $kind', ({ broker: brokerKind, connect }) => {
  const test = isMissing(brokerKind as BrokerKind) ? it.skip : it;

  /** A serial send of `a` whose word to go on is lost on its way to the server, while `b` waits for it. */
  async function lost(timeoutMs: number) {
    const broker = new Broker(brokerKind as BrokerKind);
    await broker.start();
    ends.push(() => broker.stop());
    const proxy = new Proxy(broker.port);
    const [here, there] = [await connect(await proxy.start()), await connect(broker.port)];
    ends.push(
      () => proxy.stop(),
      () => here.end(),
      () => there.end(),
    );
    const nodes = new Nodes();
    // Far more than a busy machine needs: that `a` stops waiting is never the reason.
    const a = await nodes.add('a', { engine: here.engine, timeoutMs: 600_000, heartbeatMs: 5_000 });
    const b = await nodes.add('b', { engine: there.engine, timeoutMs, heartbeatMs: 5_000 });
    const called: string[] = [];
    let kwargs: WeakRef<object> | undefined;
    b.x.connect((given) => {
      called.push('first');
      kwargs = new WeakRef(given);
    });
    b.x.connect(() => void called.push('second'));
    await a.bridge.ready({ nodes: 2 });
    const cut = proxy.resetAt('"type":"go"');
    const sent = a.x.sendSerial({ n: 1 }, { until: () => false });
    await cut;
    const isCollected = async () => {
      await collectGarbage();
      return kwargs?.deref() === undefined;
    };
    ends.push(() => nodes.close());
    return { a, b, called, sent, isCollected };
  }

  test('holds up no `close` of the node that waits for it, and leaves nothing there (H7)', async () => {
    const { a, b, called, sent, isCollected } = await lost(600_000);
    await b.bridge.close({ timeoutMs: 100 });
    expect(await sent).toMatchObject([
      { node: 'b', status: 'fulfilled' },
      { node: 'b', status: 'rejected', reason: { name: 'NodeLostError' } },
    ]);
    await b.manager.close({ timeoutMs: 60_000 });
    expect([called, await isCollected(), a.bridge.nodes]).toEqual([['first'], true, ['a']]);
  });

  test('is given up after `timeoutMs` by the node that waits for it, which keeps nothing and tells its sender (H7)', async () => {
    const { b, called, sent, isCollected } = await lost(200);
    expect(await sent).toMatchObject([
      { node: 'b', status: 'fulfilled' },
      { node: 'b', status: 'rejected', reason: { name: 'ReceiverTimeoutError' } },
    ]);
    expect([called, await isCollected(), b.bridge.nodes]).toEqual([['first'], true, ['b', 'a']]);
  });
});
