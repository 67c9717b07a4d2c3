import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Engine, RedeliverError } from 'signalbox/bridge';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { Broker, Proxy, isMissing } from '../helpers/brokers.js';
import { type Connected, ENGINES } from '../helpers/engines.js';
import { flush } from '../helpers/promises.js';

const options = { redeliverAfterMs: 4_000 };

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** What has come, and a way to wait for it. */
function collector() {
  const all: string[] = [];
  let noticed = (): void => undefined;
  const add = (value: string): void => {
    all.push(value);
    noticed();
  };
  const atLeast = async (count: number): Promise<string[]> => {
    while (all.length < count) await new Promise<void>((resolve) => (noticed = resolve));
    return [...all];
  };
  return { all, add, atLeast };
}

/**
 * Whether a message came twice as a new one. nats-server 2.9 steps back in its stream if a message is due again at the
 * moment when the last request for messages has run out, which happens on a busy machine. It then delivers the latest
 * message once more, and counts from 1.
 */
function hasSteppedBack(tries: readonly string[]): boolean {
  return new Set(tries).size < tries.length;
}

describe.each(ENGINES)('the engine over $kind', ({ kind, broker: brokerKind, durable, connect }) => {
  if (brokerKind !== undefined && isMissing(brokerKind)) {
    it.skip(`is not tested here: there is no ${brokerKind} server`, () => undefined);
    return;
  }
  const broker = brokerKind && new Broker(brokerKind);
  let connected: Connected;
  let engine: Engine;
  let tests = 0;
  let subject = '';

  beforeAll(async () => {
    await broker?.start();
    connected = await connect(broker?.port ?? 0, options);
    ({ engine } = connected);
  });
  afterAll(async () => {
    await connected.end();
    await broker?.stop();
  });
  const open: AsyncDisposable[] = [];
  beforeEach(() => {
    subject = `contract.${kind}.t${(tests += 1)}`;
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each[ASYNC_DISPOSE]();
  });

  it('delivers what is published to each subscription of the subject once, in order, its own included', async () => {
    const [one, two, other] = [collector(), collector(), collector()];
    const subscribe = async (name: string, { add }: typeof one) => {
      const subscription = await engine.subscribe(name, (data) => add(text(data)));
      open.push(subscription);
      return subscription;
    };
    const first = await subscribe(subject, one);
    await subscribe(subject, two);
    await subscribe(`${subject}.other`, other);
    for (const each of ['a', 'b', 'c']) await engine.publish(subject, bytes(each));
    expect(await Promise.all([one.atLeast(3), two.atLeast(3)])).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);

    await first[ASYNC_DISPOSE]();
    await first[ASYNC_DISPOSE]();
    await engine.publish(subject, bytes('d'));
    await engine.publish(`${subject}.other`, bytes('e'));
    expect(await Promise.all([two.atLeast(4), other.atLeast(1)])).toEqual([['a', 'b', 'c', 'd'], ['e']]);
    expect(one.all).toEqual(['a', 'b', 'c']);
  });

  it('takes a subscription up again after the last one of its subject has ended', async () => {
    const seen = collector();
    await (await engine.subscribe(subject, () => seen.add('gone')))[ASYNC_DISPOSE]();
    open.push(await engine.subscribe(subject, (data) => seen.add(text(data))));
    await engine.publish(subject, bytes('a'));
    expect(await seen.atLeast(1)).toEqual(['a']);
  });

  it('shares its client with other engines: one that ends leaves the subscriptions of the others (H8)', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const all = Array.from({ length: 12 }, () => ({ ...collector(), engine: connected.another() }));
    const subscriptions: AsyncDisposable[] = [];
    for (const { engine: each, add } of all) {
      subscriptions.push(await each.subscribe(subject, (data) => add(text(data))));
    }
    const last = subscriptions.pop();
    for (const each of subscriptions) await each[ASYNC_DISPOSE]();
    await engine.publish(subject, bytes('a'));
    expect(await all.at(-1)?.atLeast(1)).toEqual(['a']);
    await last?.[ASYNC_DISPOSE]();
    expect(all.slice(0, -1).flatMap((each) => each.all)).toEqual([]);
    expect(warned.mock.calls).toEqual([]);
    warned.mockRestore();
  });

  if (broker !== undefined) {
    it('ends a subscription when the server has what was published before, so that its client may be closed', async () => {
      const seen = collector();
      open.push(await engine.subscribe(subject, (data) => seen.add(text(data))));
      const proxy = new Proxy(broker.port);
      const leaving = await connect(await proxy.start(), options);
      const subscription = await leaving.engine.subscribe(`${subject}.own`, () => undefined);

      proxy.cut();
      const order: string[] = [];
      const published = leaving.engine.publish(subject, bytes('goodbye'));
      const ended = Promise.all([published, subscription[ASYNC_DISPOSE]()]).then(() => order.push('ended'));
      await flush();
      order.push('healed');
      proxy.heal();
      await ended;
      await leaving.end();

      expect(order).toEqual(['healed', 'ended']);
      expect(await seen.atLeast(1)).toEqual(['goodbye']);
      proxy.stop();
    });
  }

  if (durable !== true) {
    it('has no durable delivery', () => expect(engine.durable).toBeUndefined());
    return;
  }

  const consume = async (
    group: string,
    onMessage: (data: string, id: string, attempt: number) => Promise<void> | void,
  ) => {
    const consumer = await engine.durable?.consume(subject, group, async (data, id, attempt = 0) =>
      onMessage(text(data), id, attempt),
    );
    if (consumer === undefined) throw new Error('no consumer');
    open.push(consumer);
    return consumer;
  };

  it('keeps what is published for each group, until one member has had it', async () => {
    const [g, h] = [collector(), collector()];
    await (await consume('g', () => undefined))[ASYNC_DISPOSE]();
    await consume('h', (data, id) => h.add(`${id} ${data}`));
    for (const n of ['1', '2', '3']) await engine.durable?.publish(subject, `id${n}`, bytes(n));
    await consume('g', (data, id) => g.add(`${id} ${data}`));
    await consume('g', (data, id) => g.add(`${id} ${data}`));
    const all = ['id1 1', 'id2 2', 'id3 3'];
    expect([(await g.atLeast(3)).sort(), (await h.atLeast(3)).sort()]).toEqual([all, all]);
  });

  it('keeps for the first group of a subject what was published before it, and begins anew with any later one', async () => {
    const [g, h] = [collector(), collector()];
    const publish = (n: string) => engine.durable?.publish(subject, `id${n}`, bytes(n));
    for (const n of ['1', '2']) await publish(n);
    await consume('g', (data) => g.add(data));
    expect((await g.atLeast(2)).sort()).toEqual(['1', '2']);
    await consume('h', (data) => h.add(data));
    await publish('3');
    expect([await g.atLeast(3), await h.atLeast(1)]).toEqual([expect.arrayContaining(['3']), ['3']]);
  });

  it('counts the deliveries of all members of a group (H10)', async () => {
    const seen = collector();
    const leaving = await consume('g', (_data, id, attempt) => {
      seen.add(`${id} ${attempt}`);
      throw new RedeliverError(0);
    });
    await engine.durable?.publish(subject, 'id', bytes('1'));
    await seen.atLeast(2);
    await leaving[ASYNC_DISPOSE]();
    const counted = [...seen.all];
    await consume('g', (_data, id, attempt) => seen.add(`${id} ${attempt}`));
    const all = await seen.atLeast(counted.length + 1);
    expect(counted).toEqual(counted.map((_, n) => `id ${n + 1}`));
    // A delivery that its member gave back unread counts, too.
    expect(Number(all.at(-1)?.split(' ')[1])).toBeGreaterThan(counted.length);
  });

  it('delivers again what is rejected, each after its own delay, and counts', async () => {
    const delays: Readonly<Record<string, number>> = { late: 4_000, soon: 200 };
    const sixTries = async () => {
      const tries = collector();
      await consume('g', (_data, id, attempt) => {
        tries.add(`${id} ${attempt}`);
        if (attempt === 1) throw new RedeliverError(delays[id] ?? 0);
        if (attempt === 2) throw new Error('at once');
      });
      for (const id of ['late', 'soon']) await engine.durable?.publish(subject, id, bytes(id));
      return tries.atLeast(6);
    };
    let tries = await sixTries();
    for (let round = 1; round < 5 && kind === 'nats' && hasSteppedBack(tries); round += 1) {
      subject = `${subject}.again`;
      tries = await sixTries();
    }
    expect(tries).toEqual(['late 1', 'soon 1', 'soon 2', 'soon 3', 'late 2', 'late 3']);
  });

  it('waits for what is being handled when a consumer ends', async () => {
    const order = collector();
    let finish = (): void => undefined;
    const consumer = await consume('g', async () => {
      order.add('begun');
      await new Promise<void>((resolve) => (finish = resolve));
      order.add('done');
    });
    await engine.durable?.publish(subject, 'id', bytes('1'));
    await order.atLeast(1);
    const ended = Promise.resolve(consumer[ASYNC_DISPOSE]()).then(() => order.add('ended'));
    finish();
    await ended;
    expect(order.all).toEqual(['begun', 'done', 'ended']);
  });

  it('leaves what takes long with whom it is, as long as that lives', async () => {
    const seen = collector();
    let finish = (): void => undefined;
    await consume('g', async (data) => {
      seen.add(`one ${data}`);
      await new Promise<void>((resolve) => (finish = resolve));
    });
    await engine.durable?.publish(subject, 'id', bytes('1'));
    await seen.atLeast(1);
    // The engine's own clock tells when more than `redeliverAfterMs` have passed: by a delivery that is put off for as long.
    await consume('g', (data) => seen.add(`two ${data}`));
    const later = collector();
    const clock = await engine.durable?.consume(`${subject}.clock`, 'g', async (_data, _id, attempt) => {
      if (attempt === 1) throw new RedeliverError(2 * options.redeliverAfterMs);
      later.add('later');
    });
    if (clock !== undefined) open.push(clock);
    await engine.durable?.publish(`${subject}.clock`, 'id', bytes('tick'));
    await later.atLeast(1);
    expect(seen.all).toEqual(['one 1']);
    finish();
  });
});
