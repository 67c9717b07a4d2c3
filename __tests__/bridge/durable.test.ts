import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BridgeClosedError, type Engine, PayloadError, SetAsideError } from 'signalbox/bridge';
import { z } from 'zod';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { Nodes, told } from '../helpers/nodes.js';
import { deferred, errorOf, flush, rejectionOf } from '../helpers/promises.js';
import { CONTENT, RUN, onWire } from '../helpers/stub-engine.js';

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

let stores: (() => unknown)[] = [];
/** Lets the slow engine store what it has been given, and from now on at once. */
const store = (): void => {
  for (const each of stores.splice(0)) each();
};

/** The engine of all, which does not store anything until `store` is called. */
function slow() {
  const published: string[] = [];
  const held = deferred();
  stores = [held.resolve];
  const durable: Engine['durable'] = {
    consume: (...args) => nodes.engine.durable?.consume(...args) as Promise<AsyncDisposable>,
    publish: async (subject, id, data) => {
      published.push(id);
      await held.promise;
      await nodes.engine.durable?.publish(subject, id, data);
    },
  };
  return { ...nodes.engine, durable, published };
}

const JOB = onWire({ type: 'job', from: 'b', run: RUN, id: 'id', signal: 'x' }, CONTENT);
const ASIDE = 'signalbox.tests.aside.x.workers';

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

  it('that is aborted before its turn and then needs none causes no unhandled rejection (R14)', async () => {
    const engine = slow();
    const a = await nodes.add('a', { ...only, engine });
    a.x.connect(() => new Promise(() => undefined));
    const aborter = new AbortController();
    const sent = a.x.sendSerial({ n: 1 }, { abortSignal: aborter.signal, until: () => true });
    await flush();
    aborter.abort(new Error('aborted'));
    expect(told(await sent)).toEqual([['here', 'Error: aborted']]);
    await flush();
    expect(engine.published).toEqual([]);
  });

  it('that the engine does not store has a rejected result, and is reported unless expected (R14)', async () => {
    const durable = { ...nodes.engine.durable, publish: () => Promise.reject(new Error('disk full')) };
    const a = await nodes.add('a', { ...only, engine: { ...nodes.engine, durable } as Engine });
    expect(told(await a.x.send({ n: 1 }))).toEqual([['a', 'Error: disk full']]);
    a.x.emit({ n: 1 });
    await a.x.send({ n: 1 }, { expected: [Error] });
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
    expect(node.errors.at(-1)).toBeInstanceOf(SetAsideError);
    expect(node.errors.at(-1)).toMatchObject({
      message: `Durable delivery ${String(ids[0])} of signal "x" has been set aside under signalbox.tests.aside.x.workers`,
      code: 'ERR_SET_ASIDE',
      ...{ signal: 'x', group: 'workers', id: ids[0], subject: 'signalbox.tests.aside.x.workers' },
    });
  });

  it('that has been set aside can be had from there later', async () => {
    const [sender, node] = [await nodes.add('sender', only), await nodes.add('w', worker({ maxAttempts: 1 }))];
    const ids: unknown[] = [];
    node.x.connect((_kwargs, { delivery }) => {
      ids.push(delivery?.id);
      throw new Error('no');
    });
    await sender.x.send({ n: 1 });
    await flush();
    expect(ids).toHaveLength(1);
    const aside = await kept(nodes.engine, ASIDE);
    await flush();
    expect(aside).toEqual(ids);
  });

  it('that is to come again leaves no timer when its last member has gone, and comes to the next one in time', async () => {
    const [sender, node] = [await nodes.add('sender', only), await nodes.add('w', worker())];
    const failing = node.x.connect(() => {
      throw new Error('no');
    });
    const timers = () => jest.getTimerCount();
    const before = timers();
    await sender.x.send({ n: 1 });
    await flush();
    failing.disconnect();
    expect(timers()).toBe(before + 1);
    await node.bridge.close();
    expect(timers()).toBe(before - 1);
    jest.advanceTimersByTime(400);
    const seen: unknown[] = [];
    const next = await nodes.add('next', worker());
    next.x.connect((_kwargs, { delivery }) => seen.push(delivery?.attempt));
    await flush();
    jest.advanceTimersByTime(599);
    await flush();
    expect(seen).toEqual([]);
    jest.advanceTimersByTime(1);
    await flush();
    expect(seen).toEqual([2]);
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

  it('is stored while the bridge is closing, and waited for by `close`; at the very end it is refused', async () => {
    const [sender, node] = [await nodes.add('sender', { ...only, engine: slow() }), await nodes.add('w', worker())];
    const seen: unknown[] = [];
    node.x.connect(({ n }) => seen.push(n));
    const done: string[] = [];
    const before = sender.x.send({ n: 1 }).then(() => done.push('before'));
    const closed = sender.bridge.close().then(() => done.push('closed'));
    const during = sender.x.send({ n: 2 }).then(() => done.push('during'));
    await flush();
    expect([seen, done]).toEqual([[], []]);
    // By now there is nothing left to do but to wait for these.
    expect(await rejectionOf(sender.x.send({ n: 3 }))).toBeInstanceOf(BridgeClosedError);
    expect(String(errorOf(() => sender.x.emit({ n: 4 })))).toContain('BridgeClosedError');
    store();
    await Promise.all([before, closed, during]);
    await flush();
    expect([seen, done]).toEqual([
      [1, 2],
      ['before', 'during', 'closed'],
    ]);
  });

  it('is stored though the engine takes its time to end the bridge’s subscriptions', async () => {
    const ending = deferred();
    const engine: Engine = {
      ...nodes.engine,
      subscribe: async (...args) => {
        const subscription = await nodes.engine.subscribe(...args);
        return {
          [ASYNC_DISPOSE]: async () => {
            await subscription[ASYNC_DISPOSE]();
            await ending.promise;
          },
        };
      },
    };
    const [sender, node] = [await nodes.add('sender', { ...only, engine }), await nodes.add('w', worker())];
    const seen: unknown[] = [];
    node.x.connect(({ n }) => seen.push(n));
    const closed = sender.bridge.close();
    await flush();
    await sender.x.send({ n: 1 });
    ending.resolve();
    await closed;
    // As before it was shared.
    await sender.x.send({ n: 2 });
    await flush();
    expect(seen).toEqual([1]);
  });

  it('of a receiver that does a job while the bridge closes is stored, too', async () => {
    const [a, b] = [await nodes.add('a', worker()), await nodes.add('b')];
    const go = deferred();
    await a.bridge.share(a.manager.signal('next'), { durable: true });
    await b.bridge.share(b.manager.signal('next'), { durable: true, group: 'next' });
    const seen = jest.fn();
    b.manager.signal('next').connect(seen);
    a.x.connect(async () => {
      await go.promise;
      await a.manager.send(a.manager.signal('next'));
    });
    await (await nodes.add('sender', only)).x.send();
    await flush();
    const closed = a.bridge.close();
    await flush();
    go.resolve();
    await closed;
    await flush();
    expect(seen).toHaveBeenCalledTimes(1);
    expect(a.errors).toEqual([]);
  });

  it('that the engine does not answer is given up after the `timeoutMs` of the send, or else of the bridge', async () => {
    const sender = await nodes.add('sender', { ...only, engine: slow(), timeoutMs: 3_000 });
    const done: unknown[] = [];
    const note = (results: readonly unknown[]) => done.push(...told(results));
    void sender.x.send({ n: 1 }, { timeoutMs: 1_000 }).then(note);
    void sender.x.send({ n: 2 }).then(note);
    void sender.x.send({ n: 3 }, { timeoutMs: Infinity }).then((results) => done.push(results));
    sender.x.emit({ n: 4 });
    const late = (ms: number) =>
      `ReceiverTimeoutError: Receiver (memory) of signal "x" has not settled within ${ms} ms`;
    jest.advanceTimersByTime(1_000);
    await flush();
    expect(done).toEqual([['sender', late(1_000)]]);
    jest.advanceTimersByTime(2_000);
    await flush();
    expect(done.slice(1)).toEqual([['sender', late(3_000)]]);
    expect(sender.errors.map(String)).toEqual([late(1_000), late(3_000), late(3_000)]);
    jest.advanceTimersByTime(60_000);
    await flush();
    expect(done).toHaveLength(2);
    store();
    await flush();
    expect(done.slice(2)).toEqual([[]]);
    expect(jest.getTimerCount()).toBe(1); // the bridge's own
  });

  it('is the node’s own as soon as the signal is shared no more, though one before it is still to be stored', async () => {
    const engine = slow();
    const a = nodes.bare('a', { engine });
    const share = await a.bridge.share(a.x, { durable: true });
    const before = a.x.send({ n: 1 });
    const ended = share[ASYNC_DISPOSE]();
    await flush();
    expect(await a.x.send({ n: 2 })).toEqual([]);
    expect(engine.published).toHaveLength(1);
    store();
    await Promise.all([before, ended]);
  });

  it('is stored once, though the signal is shared anew while a job of the last share is in hand', async () => {
    const engine = slow();
    const a = nodes.bare('a', { engine });
    const share = await a.bridge.share(a.x, { durable: true, group: 'workers' });
    const job = deferred();
    a.x.connect((_kwargs, { delivery }) => (delivery === undefined ? undefined : job.promise));
    await nodes.engine.durable?.publish('signalbox.tests.durable.x', 'id', JOB);
    await flush();
    const ended = share[ASYNC_DISPOSE]();
    await a.bridge.share(a.x, { durable: true });
    a.x.emit({ n: 1 });
    await flush();
    expect(engine.published).toHaveLength(1);
    job.resolve();
    store();
    await ended;
  });

  it('that gets to the engine only when the bridge is closed is refused', async () => {
    const engine = slow();
    const sender = await nodes.add('sender', { ...only, engine });
    const here = deferred();
    sender.x.connect(() => here.promise);
    const sent = sender.x.sendSerial({ n: 1 });
    await sender.bridge.close();
    here.resolve();
    expect(told(await sent)).toEqual([
      ['here', undefined],
      ['sender', 'BridgeClosedError: The bridge of node "sender" is closed'],
    ]);
    expect(engine.published).toEqual([]);
  });

  it('that is aborted is given up, and not handed to the engine if it has not been', async () => {
    const engine = slow();
    const sender = await nodes.add('sender', { ...only, engine });
    const aborted = async (verb: 'send' | 'sendSerial') => {
      const controller = new AbortController();
      const sent = sender.x[verb]({ n: 1 }, { abortSignal: controller.signal });
      await flush();
      controller.abort(new Error('enough'));
      return told(await sent).at(-1);
    };
    expect(await aborted('send')).toEqual(['sender', 'Error: enough']);
    expect(engine.published).toHaveLength(1);
    sender.x.connect(() => new Promise(() => undefined));
    expect(await aborted('sendSerial')).toEqual(['sender', 'Error: enough']);
    expect(engine.published).toHaveLength(1);
  });

  it('is stored though no group has asked for it yet', async () => {
    const sender = await nodes.add('sender', only);
    expect(await sender.x.send({ n: 1 })).toEqual([]);
    expect(sender.errors).toEqual([]);
  });

  it('waits on while a receiver comes and goes', async () => {
    const [sender, node] = [await nodes.add('sender', only), await nodes.add('w', worker())];
    const called = jest.fn();
    node.x.connect(() => 1).disconnect();
    await sender.x.send({ n: 1 });
    await flush();
    node.x.connect(called, { key: 'other' }).disconnect();
    await flush();
    expect(called).not.toHaveBeenCalled();
    node.x.connect(called);
    await flush();
    expect(called).toHaveBeenCalledTimes(1);
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
