import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Broker, type BrokerKind, Proxy, isMissing } from '../helpers/brokers.js';
import { Cluster, allReady } from '../helpers/cluster.js';
import { requireBuild } from '../helpers/package.js';

requireBuild();

const ENGINES: readonly { readonly kind: string; readonly broker?: BrokerKind; readonly durable?: boolean }[] = [
  { kind: 'memory', durable: true },
  { kind: 'broadcast' },
  { kind: 'mqtt', broker: 'mqtt' },
  { kind: 'nats', broker: 'nats', durable: true },
  { kind: 'redis', broker: 'redis', durable: true },
];

describe.each(ENGINES)('nodes over $kind', ({ kind, broker: brokerKind, durable }) => {
  const missing = brokerKind !== undefined && isMissing(brokerKind);
  if (missing) {
    it.skip(`are not tested here: there is no ${brokerKind} server`, () => undefined);
    return;
  }
  const broker = brokerKind && new Broker(brokerKind);
  const cluster = new Cluster(kind, () => broker?.port ?? 0);

  beforeAll(() => broker?.start());
  afterAll(() => broker?.stop());
  beforeEach(() => cluster.fresh());
  afterEach(() => cluster.endAll());

  const three = async (options = {}) => {
    const nodes = [
      await cluster.node('a', options),
      await cluster.node('b', options),
      await cluster.node('c', options),
    ] as const;
    await allReady(...nodes);
    return nodes;
  };

  it('answer a send, each for itself: the sender first, then in the order in which they began', async () => {
    const [a, b] = await three();
    expect(await b.send('x', { n: 1 })).toEqual([
      { status: 'fulfilled', value: 'b got 1' },
      { node: 'a', status: 'fulfilled', value: 'a got 1' },
      { node: 'c', status: 'fulfilled', value: 'c got 1' },
    ]);
    expect((await a.send('x', { n: 2 })).map(({ value }) => value)).toEqual(['a got 2', 'b got 2', 'c got 2']);
    expect((await a.send('x', { n: 3 }, { reverse: true }, 'sendSerial')).map(({ value }) => value)).toEqual([
      'c got 3',
      'b got 3',
      'a got 3',
    ]);
  });
});
