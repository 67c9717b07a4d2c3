import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Engine, NodeLostError } from 'signalbox/bridge';
import { Broker, isMissing } from '../helpers/brokers.js';
import { ENGINES } from '../helpers/engines.js';
import { Nodes, told } from '../helpers/nodes.js';
import { deferred } from '../helpers/promises.js';

const storage = new AsyncLocalStorage<string>();

describe.each(ENGINES)('a bridge over $kind', ({ broker: brokerKind, durable, connect }) => {
  if (brokerKind !== undefined && isMissing(brokerKind)) {
    it.skip(`is not tested here: there is no ${brokerKind} server`, () => undefined);
    return;
  }
  const broker = brokerKind && new Broker(brokerKind);
  const ends: (() => unknown)[] = [];
  const engine = async (): Promise<Engine> => {
    const { engine: connected, end } = await connect(broker?.port ?? 0);
    ends.push(end);
    return connected;
  };
  beforeAll(() => broker?.start());
  afterAll(async () => {
    for (const end of ends) await end();
    await broker?.stop();
  });

  it('handles what comes in the async context in which it was made (H12)', async () => {
    const nodes = new Nodes();
    const seen: unknown[] = [];
    const note = (what: string) => void seen.push([what, storage.getStore()]);
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) => {
          note('schema');
          return { value };
        },
      },
    } as never;
    const engines = [await engine(), await engine()] as const;
    const a = nodes.bare('a', { engine: engines[0] });
    const b = storage.run('made', () => nodes.bare('b', { engine: engines[1] }));
    await a.bridge.share(a.x);
    b.x.connect(() => note('receiver'));
    await storage.run('shared', () => b.bridge.share(b.x, { schema }));
    await a.bridge.ready({ nodes: 2 });
    await storage.run('sent', () => a.x.send());
    expect(seen).toEqual([
      ['schema', 'made'],
      ['receiver', 'made'],
    ]);
    if (durable === true) {
      const job = deferred();
      const y = b.manager.signal('y');
      y.connect((_kwargs, { delivery }) => {
        if (delivery === undefined) return;
        note('job');
        job.resolve();
      });
      await storage.run('shared', () => b.bridge.share(y, { durable: true, group: 'g' }));
      await a.bridge.share(a.manager.signal('y'), { durable: true });
      await storage.run('sent', () => a.manager.signal('y').send());
      await job.promise;
      expect(seen.at(-1)).toEqual(['job', 'made']);
    }
    await nodes.close();
  });

  it('causes no NodeLostError when nodes close cleanly while another one sends (H6)', async () => {
    const nodes = new Nodes();
    const a = await nodes.add('a', { engine: await engine() });
    const other = await engine();
    const state = { over: false };
    const results: unknown[] = [];
    const sending = (async () => {
      while (!state.over) {
        results.push(...(await Promise.all([a.x.send(), a.x.send()])).flat());
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    let called = 0;
    for (let time = 0; time < 10; time++) {
      const b = await nodes.add(`b ${time}`, { engine: other });
      const busy = deferred();
      b.x.connect(() => {
        called += 1;
        busy.resolve();
      });
      await busy.promise;
      await b.bridge.close();
    }
    state.over = true;
    await sending;
    expect(told(results).filter((each) => (each as readonly unknown[])[1] !== undefined)).toEqual([]);
    expect(a.errors.filter((error) => error instanceof NodeLostError)).toEqual([]);
    expect(called).toBeGreaterThanOrEqual(10);
    await nodes.close();
  });
});
