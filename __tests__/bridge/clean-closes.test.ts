import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { Broker, isMissing } from '../helpers/brokers.js';
import { ENGINES } from '../helpers/engines.js';
import { Nodes, told } from '../helpers/nodes.js';

const CLOSES = 40;
/** Sends of each life of a node before it closes; 100 a second. */
const BEFORE = 5;
const EVERY_MS = 10;

describe.each(ENGINES)('40 clean closes at 100 sends a second over $kind', ({ broker: brokerKind, connect }) => {
  if (brokerKind !== undefined && isMissing(brokerKind)) {
    it.skip(`are not tested here: there is no ${brokerKind} server`, () => undefined);
    return;
  }
  const broker = brokerKind && new Broker(brokerKind);
  beforeAll(() => broker?.start());
  afterAll(() => broker?.stop());

  it('lose no node, no call and no result (H6)', async () => {
    const clients = [await connect(broker?.port ?? 0), await connect(broker?.port ?? 0)] as const;
    const [here, there] = clients;
    const nodes = new Nodes();
    // Time limits are for a machine that is busy: nothing here waits for them.
    const options = { timeoutMs: 600_000, heartbeatMs: 15_000 };
    const a = await nodes.add('a', { engine: here.engine, ...options });
    /** The sends that its receiver was called for, and the failures of each life of the other node. */
    const called = { send: [] as number[], emit: [] as number[] };
    const failures: unknown[] = [];
    const sends: Promise<unknown>[] = [];
    /** Sent before `close` was called, so that none of them may be lost. */
    const owed: number[] = [];
    for (let life = 0; life < CLOSES; life++) {
      const b = await nodes.add('b', { engine: there.engine, ...options });
      b.x.connect(({ n, verb }) => {
        called[verb as 'send' | 'emit'].push(n as number);
        return n;
      });
      await a.bridge.ready({ nodes: 2 });
      const closing = { done: false };
      let closed: Promise<unknown> | undefined;
      for (let count = 1; !closing.done || count <= 2 * BEFORE; count++) {
        const n = sends.length;
        if (closed === undefined) owed.push(n);
        sends.push(a.x.send({ n, verb: 'send' }));
        a.x.emit({ n, verb: 'emit' });
        if (count === BEFORE) closed = b.bridge.close().finally(() => (closing.done = true));
        await after(EVERY_MS);
      }
      await closed;
      failures.push(...b.errors);
    }
    const results = await Promise.all(sends);
    const answered = results.flatMap((each, n) => (each as unknown[]).map((result) => [n, ...told([result])]));
    expect(answered).toEqual(called.send.map((n) => [n, ['b', n]]));
    for (const each of [called.send, called.emit]) {
      expect(each).toEqual([...new Set(each)]);
      expect(owed.filter((n) => !each.includes(n))).toEqual([]);
    }
    expect([...a.errors, ...failures]).toEqual([]);
    await nodes.close();
    for (const { end } of clients) await end();
  });
});
