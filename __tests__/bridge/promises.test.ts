import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Engine, PayloadError } from 'signalbox/bridge';
import { z } from 'zod';
import { DISPOSE } from '../../src/internal/dispose.js';
import { whilePassing } from '../helpers/fake-clock-nodes.js';
import { type Node, Nodes, told } from '../helpers/nodes.js';
import { root } from '../helpers/package.js';
import { flush, rejectionOf } from '../helpers/promises.js';

let nodes: Nodes;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] });
  nodes = new Nodes();
});
afterEach(async () => {
  await whilePassing(nodes.close());
  jest.useRealTimers();
});

const pass = async (ms: number) => {
  for (let passed = 0; passed < ms; passed += 250) {
    jest.advanceTimersByTime(250);
    await flush();
  }
};

/** An engine whose node can be cut off. */
function cuttable(engine: Engine): Engine & { cut: boolean } {
  const cuttableEngine = {
    ...engine,
    cut: false,
    publish: (subject: string, data: Uint8Array) => (cuttableEngine.cut ? undefined : engine.publish(subject, data)),
    subscribe: (subject: string, onMessage: (data: Uint8Array) => void) =>
      engine.subscribe(subject, (data) => {
        if (!cuttableEngine.cut) onMessage(data);
      }),
  };
  return cuttableEngine;
}

/** What is seen at a node. */
function seenBy(node: Node): unknown[] {
  const seen: unknown[] = [];
  node.x.connect(({ n }) => seen.push(n));
  return seen;
}

const PROMISES: Readonly<Record<string, () => Promise<void>>> = {
  async order() {
    const [a, b] = [await nodes.add('a'), await nodes.add('b')];
    const seen = seenBy(b);
    await flush();
    for (let n = 0; n < 10; n++) {
      if (n % 2 === 0) a.x.emit({ n });
      else void a.x.send({ n });
    }
    await flush();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },

  async results() {
    const three = await nodes.three();
    for (const { x, name } of three) x.connect(() => name);
    await flush();
    expect(told(await three[1].x.send())).toEqual([
      ['here', 'b'],
      ['a', 'a'],
      ['c', 'c'],
    ]);
  },

  async delivery() {
    const engine = cuttable(nodes.engine);
    const [a, b] = [await nodes.add('a', { engine }), await nodes.add('b')];
    const seen = seenBy(b);
    await flush();
    engine.cut = true;
    a.x.emit({ n: 1 });
    engine.cut = false;
    a.x.emit({ n: 2 });
    await pass(10_000);
    expect(seen).toEqual([2]);
  },

  async groups() {
    const share = { group: 'g' };
    const [a, b, c] = [await nodes.add('a'), await nodes.add('b', { share }), await nodes.add('c', { share })];
    for (const { x, name } of [b, c]) x.connect(() => name);
    await flush();
    const first = told(await a.x.send());
    const second = told(await a.x.send());
    expect([...first, ...second].sort()).toEqual([
      ['b', 'b'],
      ['c', 'c'],
    ]);
    expect(told(await c.x.send())).toEqual([['here', 'c']]);
  },

  async 'being known'() {
    const b = nodes.bare('b');
    const seen = seenBy(b);
    const a = await nodes.add('a');
    const [ready] = [a.bridge.ready({ nodes: 2 }), b.bridge.share(b.x)];
    await ready;
    a.x.emit({ n: 1 });
    await flush();
    expect(seen).toEqual([1]);
  },

  async 'a node that dies'() {
    const engine = cuttable(nodes.engine);
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { engine })];
    b.x.connect(() => new Promise(() => undefined));
    await flush();
    const sent = a.x.send({ n: 1 });
    await flush();
    engine.cut = true;
    await pass(4_000);
    expect(told(await sent)).toEqual([
      ['b', 'NodeLostError: Node "b" was lost before it answered a send of signal "x"'],
    ]);
    await pass(1_000); // there, too, it is known by then that nobody waits
  },

  async 'a paused node'() {
    let paused = false;
    const publish: Engine['publish'] = (subject, data) => (paused ? undefined : nodes.engine.publish(subject, data));
    const [a, b] = [await nodes.add('a', { engine: { ...nodes.engine, publish } }), await nodes.add('b')];
    const seen = seenBy(b);
    await pass(1_000);
    paused = true;
    await pass(5_000);
    expect(b.bridge.nodes).toEqual(['b']);
    paused = false;
    a.x.emit({ n: 1 });
    await flush();
    expect([seen, b.bridge.nodes]).toEqual([[1], ['b', 'a']]);
  },

  async 'a node that hangs'() {
    const [a, b] = [await nodes.add('a'), await nodes.add('b')];
    b.x.connect(function hang() {
      return new Promise(() => undefined);
    });
    await flush();
    const [byDefault, bySend] = [a.x.send({ n: 1 }), a.x.send({ n: 2 }, { timeoutMs: 2_000 })];
    await flush();
    await pass(2_000);
    const late = (receiver: string, ms: number) =>
      `ReceiverTimeoutError: Receiver ${receiver} of signal "x" has not settled within ${ms} ms`;
    expect(told(await bySend)).toEqual([['b', late('hang', 2_000)]]);
    await pass(3_000);
    expect(told(await byDefault)).toEqual([['b', late('of node "b"', 5_000)]]);
  },

  async "what can't travel"() {
    const [a, b] = [await nodes.add('a'), await nodes.add('b')];
    const seen = [seenBy(a), seenBy(b)];
    await flush();
    expect(await rejectionOf(a.x.send({ n: () => 1 }))).toBeInstanceOf(PayloadError);
    expect(await rejectionOf(a.x.send({ n: 'x'.repeat(1_048_576) }))).toBeInstanceOf(PayloadError);
    await flush();
    expect(seen).toEqual([[], []]);
  },

  async 'what is refused'() {
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { share: { schema: z.object({ n: z.number() }) } })];
    const seen = seenBy(b);
    await flush();
    const [result] = await a.x.send({ n: 'one' });
    expect(result).toMatchObject({
      node: 'b',
      status: 'rejected',
      reason: { code: 'ERR_PAYLOAD', issues: [{ path: ['n'] }] },
    });
    expect(seen).toEqual([]);
  },

  async 'bad input'() {
    const b = await nodes.add('b');
    const seen = seenBy(b);
    for (let i = 0; i < 3; i++) void nodes.engine.publish('signalbox.tests.presence', new Uint8Array([i, 255]));
    await flush();
    expect(seen).toEqual([]);
    expect(b.errors.map(String)).toEqual(['BadInputError: Dropped a message from an unknown node: not UTF-8']);
  },

  async 'durable delivery'() {
    const a = await nodes.add('a', { share: { durable: true } });
    const first = await nodes.add('b', { share: { durable: true, group: 'g' } });
    await first.bridge.close();
    expect(await a.x.send({ n: 1 })).toEqual([]);
    const second = await nodes.add('c', { share: { durable: true, group: 'g' } });
    const deliveries: unknown[] = [];
    second.x.connect((_kwargs, { delivery }) => {
      deliveries.push(delivery);
      if (deliveries.length === 1) throw new Error('not yet');
    });
    await pass(2_000);
    const [{ id }] = deliveries as [{ id: string }];
    expect(deliveries).toEqual([
      { id, attempt: 1 },
      { id, attempt: 2 },
    ]);
  },

  async 'durable failure'() {
    const a = await nodes.add('a', { share: { durable: true } });
    const b = await nodes.add('b', { share: { durable: true, group: 'g', maxAttempts: 8 } });
    const aside: string[] = [];
    await nodes.engine.durable?.consume('signalbox.tests.aside.x.g', 'me', async (_data, id) => void aside.push(id));
    const times: number[] = [];
    b.x.connect(() => {
      times.push(Date.now());
      throw new Error('never');
    });
    await a.x.send({ n: 1 });
    await pass(130_000);
    const seconds = times.map((time, i) => Math.round((time - (times[i - 1] ?? time)) / 1_000));
    expect(seconds).toEqual([0, 1, 2, 4, 8, 16, 32, 60]);
    expect(aside).toHaveLength(1);
    expect(String(b.errors.at(-1))).toContain('has been set aside under signalbox.tests.aside.x.g');
  },

  async 'durable attempts'() {
    const share = { durable: true, group: 'g' };
    const [a, b] = [await nodes.add('a', { share: { durable: true } }), await nodes.add('b', { share })];
    await a.x.send({ n: 1 });
    await flush();
    await b.bridge.close(); // no receiver there has had it
    const c = await nodes.add('c', { share });
    const attempts: unknown[] = [];
    c.x.connect((_kwargs, { delivery }) => attempts.push(delivery?.attempt));
    await pass(1_000);
    expect(attempts).toEqual([2]);
  },

  async 'durable waiting'() {
    const [a, b] = [
      await nodes.add('a', { share: { durable: true } }),
      await nodes.add('b', { share: { durable: true, group: 'g' } }),
    ];
    const muted = b.x.mute();
    for (const n of [1, 2, 3]) await a.x.send({ n }, n === 2 ? { key: 'eu' } : {});
    const seen: unknown[] = [];
    b.x.connect(({ n }) => seen.push(n), { key: 'eu' });
    await pass(10_000);
    expect(seen).toEqual([]);
    muted[DISPOSE]();
    await pass(10_000);
    b.x.connect(({ n }) => seen.push(n));
    await pass(10_000);
    expect([seen, b.errors]).toEqual([[2], []]);
  },

  async 'durable and here'() {
    const a = await nodes.add('a', { share: { durable: true, group: 'g' } });
    const calls: unknown[] = [];
    a.x.connect((_kwargs, { delivery }) => void calls.push(delivery?.attempt));
    const sent = a.x.send({ n: 1 });
    expect(calls).toEqual([undefined]);
    await sent;
    await flush();
    expect(calls).toEqual([undefined, 1]);
  },

  async 'durable and slow'() {
    const publish = () => new Promise<void>(() => undefined);
    const engine = { ...nodes.engine, durable: { ...nodes.engine.durable, publish } } as Engine;
    const a = await nodes.add('a', { engine, share: { durable: true } });
    const sent = a.x.send({ n: 1 });
    await pass(5_000);
    const late = 'ReceiverTimeoutError: Receiver (memory) of signal "x" has not settled within 5000 ms';
    expect(told(await sent)).toEqual([['a', late]]);
  },

  async 'durable closing'() {
    const [a, b] = [
      await nodes.add('a', { share: { durable: true } }),
      await nodes.add('b', { share: { durable: true, group: 'g' } }),
    ];
    const seen = seenBy(b);
    const closed = a.bridge.close();
    const during = a.x.send({ n: 1 });
    await closed;
    await during;
    await a.x.send({ n: 2 });
    await flush();
    expect(seen).toEqual([1]);
  },

  async close() {
    const [a, b, c] = await nodes.three();
    const finish: ((value: string) => void)[] = [];
    b.x.connect(() => new Promise((resolve) => finish.push(resolve)));
    await flush();
    const sent = [a.x.send(), c.x.sendSerial()];
    await flush();
    const closed = [b.bridge.close(), c.bridge.close()];
    await flush();
    expect(a.bridge.nodes).toEqual(['a', 'b', 'c']);
    for (const resolve of finish) resolve('done');
    expect((await Promise.all(sent)).map(told)).toEqual([[['b', 'done']], [['b', 'done']]]);
    await Promise.all(closed);
    await flush();
    expect(a.bridge.nodes).toEqual(['a']);
  },
};

describe('what the guide promises of nodes', () => {
  it('is what is tested here, line by line', () => {
    const page = readFileSync(path.join(root, 'guide/bridge.md'), 'utf8');
    const [, table = ''] = /\n\| about +\| promise +\|\n\|[- |]+\n([^]*?)\n\n/.exec(page) ?? [];
    expect(table.split('\n').map((line) => line.split('|')[1]?.trim())).toEqual(Object.keys(PROMISES));
  });

  it.each(Object.entries(PROMISES))('%s', async (_about, keep) => {
    await keep();
  });
});
