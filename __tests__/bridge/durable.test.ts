import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Engine, PayloadError } from 'signalbox/bridge';
import { z } from 'zod';
import { Nodes, told } from '../helpers/nodes.js';
import { flush, rejectionOf } from '../helpers/promises.js';

let nodes = new Nodes();
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
afterEach(async () => {
  await nodes.close();
  jest.useRealTimers();
  nodes = new Nodes();
});

const only = { share: { durable: true } };
const worker = (share = {}) => ({ share: { durable: true, group: 'workers', ...share } });

/** What the engine keeps under a subject. */
async function kept(engine: Engine, subject: string): Promise<string[]> {
  const ids: string[] = [];
  await engine.durable?.consume(subject, 'test', (_data, id) => Promise.resolve(void ids.push(id)));
  return ids;
}

describe('a durable send', () => {
  it('has no results from elsewhere, and resolves when the engine has stored it', async () => {
    let store: (() => void) | undefined;
    const durable = { ...nodes.engine.durable, publish: () => new Promise<void>((resolve) => (store = resolve)) };
    const a = await nodes.add('a', { ...only, engine: { ...nodes.engine, durable } as Engine });
    a.x.connect(() => 'here');
    const done: string[] = [];
    const sent = a.x.send({ n: 1 });
    void sent.then(() => done.push('sent'));
    await flush();
    expect(done).toEqual([]);
    store?.();
    expect(told(await sent)).toEqual([['here', 'here']]);
  });

  it('that the engine does not store has a rejected result, and is reported', async () => {
    const durable = { ...nodes.engine.durable, publish: () => Promise.reject(new Error('disk full')) };
    const a = await nodes.add('a', { ...only, engine: { ...nodes.engine, durable } as Engine });
    expect(told(await a.x.send({ n: 1 }))).toEqual([['a', 'Error: disk full']]);
    a.x.emit({ n: 1 });
    await flush();
    expect(a.errors.map(String)).toEqual(['Error: disk full', 'Error: disk full']);
  });

  it('is delivered once to each group, with its id and attempt', async () => {
    const sender = await nodes.add('sender', only);
    const seen: unknown[] = [];
    for (const [name, group] of [
      ['w1', 'workers'],
      ['w2', 'workers'],
      ['p1', 'printers'],
    ] as const) {
      const node = await nodes.add(name, worker({ group }));
      node.x.connect(({ n }, { delivery, keys }) => seen.push([group, n, delivery?.attempt, [...keys]]));
    }
    for (let n = 1; n <= 2; n++) await sender.x.send({ n }, { key: 'k' });
    await flush();
    expect(seen.map(String).sort()).toEqual(['printers,1,1,k', 'printers,2,1,k', 'workers,1,1,k', 'workers,2,1,k']);
  });

  it('waits for a receiver to be connected', async () => {
    const [sender, node] = [await nodes.add('sender', only), await nodes.add('w', worker())];
    await sender.x.send({ n: 1 });
    await flush();
    const seen: unknown[] = [];
    node.x.connect(({ n }) => seen.push(n));
    await flush();
    expect(seen).toEqual([1]);
  });

  it('comes again with growing delays under the same id, ten times, and is then set aside and reported', async () => {
    const [sender, node] = [await nodes.add('sender', only), await nodes.add('w', worker())];
    const aside = await kept(nodes.engine, 'signalbox.tests.aside.x.workers');
    const tries: { readonly id: unknown; readonly attempt: unknown; readonly at: number }[] = [];
    const start = Date.now();
    node.x.connect((_kwargs, { delivery }) => {
      tries.push({ id: delivery?.id, attempt: delivery?.attempt, at: (Date.now() - start) / 1_000 });
      throw new Error('no');
    });
    await sender.x.send({ n: 1 });
    for (let second = 0; second < 600; second++) {
      jest.advanceTimersByTime(1_000);
      await flush();
    }
    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const delays = tries.map(({ at }, i) => at - (tries[i - 1]?.at ?? 0)).slice(1);
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    const ids = [...new Set(tries.map(({ id }) => id))];
    expect(aside).toEqual(ids);
    expect(String(node.errors.at(-1))).toBe(
      `Error: Durable delivery ${String(ids[0])} of signal "x" has been set aside under signalbox.tests.aside.x.workers`,
    );
  });

  it('that the schema refuses is set aside at once: it will not become better', async () => {
    const schema = z.object({ n: z.number() });
    const [sender, node] = [await nodes.add('sender', only), await nodes.add('w', worker({ schema }))];
    const aside = await kept(nodes.engine, 'signalbox.tests.aside.x.workers');
    const called = jest.fn();
    node.x.connect(called);
    await sender.x.send({ n: 'one' });
    await flush();
    expect(called).not.toHaveBeenCalled();
    expect(aside).toHaveLength(1);
    expect(node.errors).toMatchObject([{ cause: { code: 'ERR_PAYLOAD' } }]);
  });

  it('that is no structured data, or too large, is rejected before anything leaves', async () => {
    const sender = await nodes.add('sender', { ...only, maxBytes: 10_000 });
    expect(await rejectionOf(sender.x.send({ fn: () => 1 }))).toBeInstanceOf(PayloadError);
    expect(await rejectionOf(sender.x.send({ n: 'x'.repeat(10_000) }))).toBeInstanceOf(PayloadError);
  });

  it('goes back to the group when its member closes', async () => {
    const sender = await nodes.add('sender', only);
    const leaving = await nodes.add('leaving', worker());
    await sender.x.send({ n: 1 });
    await flush();
    await leaving.bridge.close(); // nobody was connected there
    const seen: unknown[] = [];
    const node = await nodes.add('staying', worker());
    node.x.connect(({ n }, { delivery }) => seen.push([n, delivery?.attempt]));
    jest.advanceTimersByTime(1);
    await flush();
    expect(seen).toEqual([[1, 2]]);
  });
});
