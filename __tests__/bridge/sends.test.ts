import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANY } from 'signalbox';
import { PayloadError } from 'signalbox/bridge';
import { type Node, Nodes, told } from '../helpers/nodes.js';
import { flush, rejectionOf } from '../helpers/promises.js';

let nodes: Nodes;
let a: Node;
let b: Node;
let c: Node;

beforeEach(async () => {
  nodes = new Nodes();
  [a, b, c] = await nodes.three();
});
afterEach(() => nodes.close());

const answering = ({ x, name }: Node, text = name) => x.connect(() => text, { uid: text });

describe('a send of a shared signal', () => {
  it('settles with the results of all nodes, the sender first, each naming its node and receiver', async () => {
    a.x.connect(function first() {
      return 1;
    });
    b.x.connect(async function second() {
      return 2;
    });
    c.x.connect(function third() {
      throw new TypeError('no');
    });
    await flush(); // the others hear of it
    expect(await a.x.send()).toMatchObject([
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 2, receiverName: 'second', node: 'b' },
      { status: 'rejected', reason: { name: 'TypeError', message: 'no' }, receiverName: 'third', node: 'c' },
    ]);
    expect([a.errors, b.errors, c.errors].map((errors) => errors.length)).toEqual([0, 0, 1]);
  });

  it('goes no further: a node delivers it to its own receivers and passes nothing on', async () => {
    const seen: string[] = [];
    for (const { x, name } of [a, b, c]) x.connect(() => seen.push(name));
    await flush();
    await b.x.send();
    expect(seen.sort()).toEqual(['a', 'b', 'c']);
  });

  it('has its sync part here done when it returns, after it has been handed to the engine', async () => {
    const order: string[] = [];
    a.x.connect(() => order.push('here'));
    b.x.connect(() => order.push('there'));
    await flush();
    const sent = a.x.send();
    expect(order).toEqual(['here']);
    await sent;
    expect(order).toEqual(['here', 'there']);
  });

  it('is seen by waits, streams and receivers of ANY elsewhere', async () => {
    const waited = b.x.wait();
    const stream = c.x.stream();
    const any = jest.fn();
    c.manager.connect(any, ANY);
    await flush();
    await a.x.send({ n: 1 }, { key: 'k' });
    expect((await waited).kwargs).toEqual({ n: 1 });
    expect(await stream.next()).toMatchObject({ value: { kwargs: { n: 1 } } });
    expect(any).toHaveBeenCalledTimes(1);
    await stream.return?.();
  });

  it('reaches, by emit, all nodes in the order of the emits', async () => {
    const seen: unknown[] = [];
    b.x.connect(({ n }) => seen.push(n));
    await flush();
    for (let n = 0; n < 100; n++) a.x.emit({ n });
    await flush();
    expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('reaches what is connected here before anything that this node sends after it', async () => {
    const seen: unknown[] = [];
    b.x.connect(async () => seen.push('b was asked'));
    await flush();
    a.x.connect(() => seen.push('a was asked'));
    const sent = a.x.send(); // tells of the connection first
    await sent;
    await b.x.send();
    expect(seen).toEqual(['a was asked', 'b was asked', 'b was asked', 'a was asked']);
  });

  it('carries keys and primitive senders; without its other senders it goes on as if without any', async () => {
    const symbol = Symbol.for('registered');
    const seen: unknown[] = [];
    b.x.connect((_kwargs, { senders, keys }) => seen.push([[...senders], [...keys]]));
    await flush();
    const senders = ['web', 7, 7n, NaN, true, null, symbol, {}, Symbol('own')];
    await a.x.send({}, { senders, keys: ['k', symbol, () => 1] });
    expect(seen).toEqual([
      [
        ['web', 7, 7n, NaN, true, null, symbol],
        ['k', symbol],
      ],
    ]);
  });

  it('rejects, with nobody called, when its kwargs are no structured data', async () => {
    const called = jest.fn();
    for (const { x } of [a, b, c]) x.connect(called);
    await flush();
    expect(await rejectionOf(a.x.send({ fn: () => 1 }))).toBeInstanceOf(PayloadError);
    expect(() => a.x.emit({ fn: () => 1 })).toThrow(PayloadError);
    await flush();
    expect(called).not.toHaveBeenCalled();
  });

  it('has a rejected result for a value that can not come back, reported where it was made', async () => {
    b.x.connect(function handle() {
      return () => 1;
    });
    await flush();
    expect(told(await a.x.send())).toEqual([
      ['b', "PayloadError: The result of receiver handle can't cross to another node: Cannot stringify a function"],
    ]);
    expect(b.errors).toHaveLength(1);
  });

  it('does not report failures that it expects', async () => {
    b.x.connect(() => {
      throw new RangeError('full');
    });
    await flush();
    await a.x.send({}, { expected: [RangeError] });
    expect([a.errors, b.errors]).toEqual([[], []]);
  });

  it('aborts elsewhere, too', async () => {
    const aborted: unknown[] = [];
    b.x.connect((_kwargs, { abortSignal }) => {
      abortSignal?.addEventListener('abort', () => aborted.push('b'));
      return new Promise(() => undefined);
    });
    await flush();
    const controller = new AbortController();
    const sent = a.x.send({}, { abortSignal: controller.signal });
    await flush();
    controller.abort(new Error('enough'));
    expect(told(await sent)).toEqual([['b', 'Error: enough']]);
    await flush();
    expect(aborted).toEqual(['b']);
  });
});

describe('the other verbs of a shared signal', () => {
  beforeEach(async () => {
    for (const node of [a, b, c]) {
      answering(node, `${node.name}1`);
      answering(node, `${node.name}2`);
    }
    await flush();
  });

  it('sendSerial calls here, then node by node; in reverse it is the mirror', async () => {
    const forwards = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'];
    const values = async (options?: object) =>
      told(await a.x.sendSerial({}, options)).map((each) => (each as unknown[])[1]);
    expect(await values()).toEqual(forwards);
    expect(await values({ reverse: true })).toEqual([...forwards].reverse());
  });

  it('send in reverse has the mirrored results', async () => {
    expect(told(await a.x.send({}, { reverse: true }))).toEqual([
      ['c', 'c2'],
      ['c', 'c1'],
      ['b', 'b2'],
      ['b', 'b1'],
      ['here', 'a2'],
      ['here', 'a1'],
    ]);
  });

  it.each(['a1', 'b1', 'c2'])('until stops all after its result (%s)', async (last) => {
    const all = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'];
    const called: unknown[] = [];
    for (const { x } of [a, b, c]) x.connect(() => called.push(1), { priority: 1 });
    await flush();
    const until = (result: unknown) => (result as { value?: unknown }).value === last;
    const values = told(await a.x.sendSerial({}, { until })).map((each) => (each as unknown[])[1]);
    expect(values.filter((value) => typeof value === 'string')).toEqual(all.slice(0, all.indexOf(last) + 1));
    expect(called).toHaveLength({ a1: 1, b1: 2, c2: 3 }[last] ?? 0);
  });

  it('until that throws stops all, and rejects', async () => {
    const until = (result: unknown) => {
      if ((result as { node?: string }).node === 'b') throw new Error('until failed');
      return false;
    };
    expect(await rejectionOf(a.x.sendSerial({}, { until }))).toEqual(new Error('until failed'));
  });

  it('sendSync and receivers are of this node alone; explain and hasReceivers have an entry for each other one', () => {
    expect(told(a.x.sendSync())).toEqual([
      ['here', 'a1'],
      ['here', 'a2'],
    ]);
    expect(a.x.receivers()).toHaveLength(2);
    a.x.disconnectAll();
    expect(a.x.hasReceivers()).toBe(true);
    expect(a.x.explain().map(({ name }) => name)).toEqual(['b', 'c']);
  });

  it('drain waits for answers from elsewhere', async () => {
    const done: string[] = [];
    let finish: (() => void) | undefined;
    b.x.connect(() => new Promise<void>((resolve) => (finish = resolve)));
    const sent = a.x.send();
    const drained = a.manager.drain().then(() => done.push('drained'));
    await flush();
    expect([a.manager.pending, done]).toEqual([1, []]);
    finish?.();
    await Promise.all([sent, drained]);
    expect(a.manager.pending).toBe(0);
  });
});

describe('a group', () => {
  it('gets each send once: at the sender, if that is of the group and hears it', async () => {
    const group = new Nodes();
    const [first, second] = [
      await group.add('a', { share: { group: 'g' } }),
      await group.add('b', { share: { group: 'g' } }),
    ];
    answering(first);
    answering(second);
    await flush();
    expect(told(await first.x.send())).toEqual([['here', 'a']]);
    expect(told(await second.x.send())).toEqual([['here', 'b']]);
    first.x.disconnectAll();
    expect(told(await first.x.send())).toEqual([['b', 'b']]);
    await group.close();
  });

  it('prefers a node that surely hears the send', async () => {
    const group = new Nodes();
    const sender = await group.add('a');
    const [filtered, unfiltered] = [
      await group.add('b', { share: { group: 'g' } }),
      await group.add('c', { share: { group: 'g' } }),
    ];
    filtered.x.connect(() => 'filtered', { key: 'other' });
    unfiltered.x.connect(() => 'unfiltered');
    await flush();
    for (let i = 0; i < 3; i++) expect(told(await sender.x.send({}, { key: 'k' }))).toEqual([['c', 'unfiltered']]);
    await group.close();
  });
});
