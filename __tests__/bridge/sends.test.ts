import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANY } from 'signalbox';
import { type Engine, PayloadError } from 'signalbox/bridge';
import { DISPOSE } from '../../src/internal/dispose.js';
import { counting } from '../helpers/counting.js';
import { type Node, Nodes, told } from '../helpers/nodes.js';
import { flush, rejectionOf } from '../helpers/promises.js';
import { CONTENT, RUN, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

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

  it('has the error of a receiver whatever its cause is', async () => {
    class Response {
      status = 503;
    }
    b.x.connect(function fetch() {
      throw new RangeError('unavailable', { cause: new Response() });
    });
    await flush();
    const reason = { name: 'RangeError', message: 'unavailable', cause: '[object Object]' };
    expect(await a.x.send()).toMatchObject([{ reason, receiverName: 'fetch', node: 'b' }]);
    expect(b.errors).toEqual([new RangeError('unavailable')]);
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
      abortSignal?.addEventListener('abort', () => aborted.push(String(abortSignal.reason)));
      return new Promise(() => undefined);
    });
    await flush();
    const controller = new AbortController();
    const sent = a.x.send({}, { abortSignal: controller.signal });
    await flush();
    controller.abort(new Error('enough'));
    expect(told(await sent)).toEqual([['b', 'Error: enough']]);
    await flush();
    expect(aborted).toEqual(['Error: enough']);
  });
});

describe('a send that goes wrong before', () => {
  it('rejects when its kwargs are an array', async () => {
    answering(b);
    await flush();
    const error = await rejectionOf(a.x.send([1] as object as Record<string, unknown>));
    expect(error).toBeInstanceOf(PayloadError);
    expect(String(error)).toContain('they are an array');
  });
});

describe('a send that goes wrong on its way', () => {
  /** An engine whose inboxes are down, at once or later. */
  const failing = (how: 'throws' | 'rejects'): Engine => ({
    ...nodes.engine,
    publish: (subject, data) => {
      if (!subject.includes('.node.b.')) return nodes.engine.publish(subject, data);
      if (how === 'rejects') return Promise.reject(new Error('down'));
      throw new Error('down');
    },
  });

  it.each(['throws', 'rejects'] as const)('has a rejected result for that node when the engine %s', async (how) => {
    const sender = await nodes.add('d', { engine: failing(how) });
    await sender.bridge.ready({ nodes: 4 });
    for (const node of [b, c]) answering(node);
    await flush();
    const results = [
      ['b', 'Error: down'],
      ['c', 'c'],
    ];
    sender.errors.length = 0; // of what it could not tell b when they met
    expect(told(await sender.x.send())).toEqual(results);
    expect(told(await sender.x.sendSerial())).toEqual(results);
    sender.x.emit();
    await flush();
    expect(sender.errors.map(String)).toEqual(['Error: down', 'Error: down', 'Error: down']);
  });

  it('is reported as what the engine failed to do when it is an answer', async () => {
    const answerer = await nodes.add('d', { engine: failing('rejects') });
    answering(answerer);
    await flush();
    answerer.errors.length = 0;
    b.x.emit();
    void b.x.send();
    await flush();
    expect(answerer.errors).toEqual([new Error('down')]);
    await answerer.bridge.close();
  });

  it('counts as pending, by emit, until an engine that takes its time has taken it', async () => {
    const taken: (() => void)[] = [];
    const slow: Engine = {
      ...nodes.engine,
      publish: (subject, data) => {
        void nodes.engine.publish(subject, data);
        return subject.includes('.node.b.') ? new Promise((resolve) => taken.push(resolve)) : undefined;
      },
    };
    const sender = await nodes.add('d', { engine: slow });
    answering(b);
    await flush();
    sender.x.emit();
    expect(sender.manager.pending).toBe(1);
    for (const resolve of taken) resolve();
    await flush();
    expect(sender.manager.pending).toBe(0);
  });

  it('goes to no node that has left before its turn', async () => {
    let finish: (() => void) | undefined;
    b.x.connect(() => new Promise<void>((resolve) => (finish = resolve)));
    answering(c);
    await flush();
    const sent = a.x.sendSerial();
    await flush();
    await c.bridge.close();
    await flush();
    finish?.();
    // It has left, and its receivers with it (H6).
    expect(told(await sent)).toEqual([['b', undefined]]);
  });

  it('that asks whether to go on goes no further when its node is gone, even in the middle of a receiver', async () => {
    let finish: (() => void) | undefined;
    const called: unknown[] = [];
    const engine = new StubEngine();
    const asked = await nodes.add('e', { engine });
    asked.x.connect(() => new Promise<void>((resolve) => (finish = resolve)), { priority: 1 });
    asked.x.connect(() => called.push('second'));
    engine.receive(onWire(hello()));
    engine.receive(onWire(callOf(1, { kind: 'serial', asks: true }), CONTENT));
    engine.receive(onWire({ type: 'bye', from: 'b', run: RUN }));
    finish?.();
    await flush();
    expect(called).toEqual([]);
  });

  it('that asks whether to go on is over at its node when it is aborted in the middle of a receiver', async () => {
    const called: unknown[] = [];
    b.x.connect(() => new Promise(() => undefined), { priority: 1 });
    b.x.connect(() => called.push('second'));
    await flush();
    const controller = new AbortController();
    const sent = a.x.sendSerial({}, { until: () => false, abortSignal: controller.signal });
    await flush();
    controller.abort(new Error('enough'));
    await sent;
    await flush();
    expect([called, b.x.manager.pending]).toEqual([[], 0]);
  });

  it('is aborted where there is no answer yet, and nowhere else', async () => {
    answering(b);
    c.x.connect(() => new Promise(() => undefined));
    await flush();
    const controller = new AbortController();
    const sent = a.x.send({}, { abortSignal: controller.signal });
    await flush();
    controller.abort(new Error('enough'));
    expect(told(await sent)).toEqual([
      ['b', 'b'],
      ['c', 'Error: enough'],
    ]);
  });

  it('goes, in series, to no further node when it is aborted', async () => {
    b.x.connect(() => new Promise(() => undefined));
    const called = jest.fn();
    c.x.connect(called);
    await flush();
    const controller = new AbortController();
    const sent = a.x.sendSerial({}, { abortSignal: controller.signal });
    await flush();
    controller.abort(new Error('enough'));
    expect(told(await sent)).toEqual([
      ['b', 'Error: enough'],
      ['c', 'Error: enough'],
    ]);
    await flush();
    expect(called).not.toHaveBeenCalled();
  });

  it('goes to no node where the signal is muted, as soon as that is known: of a group to another one', async () => {
    const share = { group: 'g' };
    const [d, e] = [await nodes.add('d', { share }), await nodes.add('e', { share })];
    for (const { x, name } of [b, d, e]) x.connect(() => name);
    await flush();
    const muted = [b.x.mute(), d.x.mute()];
    // What a node shares anew tells of all that it shares; else it is told with the next sign of life.
    for (const { bridge, manager } of [b, d]) await bridge.share(manager.signal('more'));
    const reached = async () => [...told(await a.x.send()), ...told(await a.x.send())].map(String);
    expect(await reached()).toEqual(['e,e', 'e,e']);
    for (const each of muted) each[DISPOSE]();
    await flush();
    expect((await reached()).sort()).toEqual(['b,b', 'b,b', 'd,d', 'e,e']);
  });

  it('that is refused before it starts takes no turn in a group', async () => {
    const share = { group: 'g' };
    const others = [await nodes.add('d', { share }), await nodes.add('e', { share })];
    for (const { x, name } of others) x.connect(() => name);
    await flush();
    const first = told(await a.x.send());
    expect(await rejectionOf(a.x.send({ n: () => 1 }))).toBeInstanceOf(PayloadError);
    const second = told(await a.x.send());
    expect([...first, ...second]).toEqual([
      ['d', 'd'],
      ['e', 'e'],
    ]);
  });

  it('is told of as waiting for the node of a group that it has gone to', async () => {
    const share = { group: 'g' };
    for (const name of ['d', 'e']) {
      const { x } = await nodes.add(name, { share });
      x.connect(() => new Promise(() => undefined));
    }
    await flush();
    const controller = new AbortController();
    const sent = a.x.send({}, { abortSignal: controller.signal });
    const error = await rejectionOf(a.manager.drain({ timeoutMs: 0 }));
    controller.abort(new Error('enough'));
    expect([String(error), told(await sent)]).toEqual([expect.stringContaining(': d'), [['d', 'Error: enough']]]);
  });

  it('is refused by a node whose manager is closed', async () => {
    answering(b);
    await flush();
    const closed = b.manager.close();
    expect(String(told(await a.x.send()))).toContain('ManagerClosedError');
    await closed;
  });

  it('has no limit with a `timeoutMs` of Infinity, here and there', async () => {
    answering(b);
    await flush();
    expect(told(await a.x.send({}, { timeoutMs: Infinity }))).toEqual([['b', 'b']]);
  });

  it('has one rejected result when its results are too many for one message', async () => {
    const small = await nodes.add('d', { maxBytes: 4_196 });
    for (let n = 0; n < 10; n++) small.x.connect(() => n);
    await flush();
    expect(told(await a.x.send())).toEqual([['d', 'PayloadError: 10 results are too many for one message']]);
  });

  it('goes up to its own `maxBytes`, not a byte beyond', async () => {
    const sender = await nodes.add('d', { maxBytes: 20_000 });
    answering(b);
    await flush();
    expect(told(await sender.x.send({ n: 'x'.repeat(19_000) }))).toEqual([['b', 'b']]);
    expect(await rejectionOf(sender.x.send({ n: 'é'.repeat(10_000) }))).toBeInstanceOf(PayloadError);
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
  it.each<[string, (node: Node) => unknown]>([
    ['disconnects', ({ x }) => x.disconnectAll()],
    ['is muted', ({ x }) => x.mute()],
  ])('sends to another member as soon as it is known that one %s', async (_how, hearsNoMore) => {
    const group = new Nodes();
    const sender = await group.add('a');
    const members = [
      await group.add('b', { share: { group: 'g' } }),
      await group.add('c', { share: { group: 'g' } }),
    ] as const;
    for (const node of members) answering(node);
    await flush();
    hearsNoMore(members[0]);
    await new Promise((resolve) => setTimeout(resolve)); // the end of this turn
    await flush();
    for (let turn = 0; turn < 3; turn++) expect(told(await sender.x.send())).toEqual([['c', 'c']]);
    await group.close();
  });

  it('hears nothing of a member that waits again and again', async () => {
    const group = new Nodes();
    const { engine, take } = counting(group.engine);
    const sender = await group.add('a');
    const { x } = await group.add('b', { share: { group: 'g' }, engine });
    const seen: unknown[] = [];
    const waiting = (async () => {
      while (seen.length < 3) seen.push((await x.wait()).kwargs['n']);
    })();
    await flush();
    take();
    for (const n of [1, 2, 3]) {
      expect(take()).toEqual({});
      await sender.x.send({ n });
      await new Promise((resolve) => setTimeout(resolve)); // the end of this turn
      expect(take()).toEqual(n < 3 ? { answer: 1 } : { answer: 1, change: 1 });
    }
    await waiting;
    expect(seen).toEqual([1, 2, 3]);
    await group.close();
  });

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

  it('has a node that may hear the send if none surely does', async () => {
    const group = new Nodes();
    const sender = await group.add('a');
    const member = await group.add('b', { share: { group: 'g' } });
    member.x.connect(() => 'red', { key: 'red' });
    await flush();
    expect(told(await sender.x.send({}, { key: 'red' }))).toEqual([['b', 'red']]);
    expect(told(await sender.x.send({}, { key: 'blue' }))).toEqual([]);
    await group.close();
  });
});
