import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type BadInputError, type Engine, type ShareOptions } from 'signalbox/bridge';
import { type Node, Nodes, told } from '../helpers/nodes.js';
import { deferred, flush } from '../helpers/promises.js';
import { CONTENT, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

let nodes: Nodes;
/** The subjects of all calls that `a` has published, without their namespace. */
let published: string[];
/** Stands before the engine of `a`. */
let handing: (subject: string) => void | Promise<void>;

beforeEach(() => {
  nodes = new Nodes();
  published = [];
  handing = () => undefined;
});
afterEach(() => nodes.close());

/** An engine that notes what goes to inboxes, and to all. */
function watched(): Engine {
  const engine = nodes.engine;
  return {
    ...engine,
    publish(subject, data) {
      if (!new TextDecoder().decode(data).includes('"type":"call"')) return engine.publish(subject, data);
      const [, , ...place] = subject.split('.');
      published.push(place.slice(0, 2).join('.'));
      return handing(subject) ?? engine.publish(subject, data);
    },
  };
}

/** `a`, and so many others, each with a receiver that returns its name; all know each other. */
async function cluster(count: number, share: (index: number) => ShareOptions = () => ({})): Promise<readonly Node[]> {
  const a = await nodes.add('a', { engine: watched() });
  const others: Node[] = [];
  for (let index = 0; index < count; index++) others.push(await nodes.add(`n${index}`, { share: share(index) }));
  for (const { x, name } of others) x.connect(() => name);
  await Promise.all([a, ...others].map(({ bridge }) => bridge.ready({ nodes: count + 1 })));
  await flush();
  return [a, ...others];
}

async function sender(...args: Parameters<typeof cluster>): Promise<Node> {
  const [a] = await cluster(...args);
  if (a === undefined) throw new Error('There is always one');
  return a;
}

const ownMessages = (count: number) => Array.from({ length: count }, (_, index) => `node.n${index}`);

describe('a send to most of the other nodes', () => {
  it('is one message to all, and has the results of each in order', async () => {
    const a = await sender(3);
    expect(told(await a.x.send())).toEqual(['n0', 'n1', 'n2'].map((name) => [name, name]));
    expect(published).toEqual(['calls']);
  });

  it('has the results in the mirrored order in reverse', async () => {
    const a = await sender(3);
    expect(told(await a.x.send({}, { reverse: true }))).toEqual(['n2', 'n1', 'n0'].map((name) => [name, name]));
    expect(published).toEqual(['calls']);
  });

  it('is one message to all by emit, too, in order with the sends', async () => {
    const [a, b] = await cluster(3);
    const seen: unknown[] = [];
    b?.x.connect(({ n }) => void seen.push(n));
    await flush();
    a?.x.emit({ n: 1 });
    const sent = a?.x.send({ n: 2 });
    a?.x.emit({ n: 3 });
    await sent;
    await flush();
    expect([seen, published]).toEqual([
      [1, 2, 3],
      ['calls', 'calls', 'calls'],
    ]);
  });

  it('settles with a rejected result for a node that is replaced in the middle of it', async () => {
    const [a, b] = await cluster(3);
    b?.x.connect(() => new Promise(() => undefined));
    await flush();
    const sent = a?.x.send({}, { timeoutMs: Infinity });
    await flush();
    await nodes.add('n0'); // whoever comes later under its name takes its place
    expect(told((await sent) ?? [])).toEqual([
      ['n0', 'NodeLostError: Node "n0" was lost before it answered a send of signal "x"'],
      ['n1', 'n1'],
      ['n2', 'n2'],
    ]);
  });
});

describe('a send is a message of its own for each node', () => {
  it('when it goes to one or two', async () => {
    const a = await sender(2);
    expect(told(await a.x.send())).toHaveLength(2);
    a.x.emit();
    expect(published).toEqual([...ownMessages(2), ...ownMessages(2)]);
  });

  it('when most of the nodes do not hear it', async () => {
    const [a, ...others] = await cluster(6);
    for (const { x } of others.slice(3)) x.disconnectAll();
    await a?.bridge.ready({ nodes: 7 });
    for (const { x } of others) await x.send(); // tells the others of it
    published = [];
    expect(told((await a?.x.send()) ?? [])).toHaveLength(3);
    expect(published).toEqual(ownMessages(3));
  });

  it('when one of them is of a group: the others of the group must not get it', async () => {
    const a = await sender(4, (index) => (index === 3 ? { group: 'g' } : {}));
    expect(told(await a.x.send())).toHaveLength(4);
    expect(published).toEqual(ownMessages(4));
  });

  it('when it goes from node to node', async () => {
    const a = await sender(3);
    expect(told(await a.x.sendSerial())).toHaveLength(3);
    expect(published).toEqual(ownMessages(3));
  });
});

describe('a send to all that goes wrong on its way', () => {
  const engines = {
    throws: () => {
      throw new Error('down');
    },
    rejects: () => Promise.reject(new Error('down')),
  };

  it.each(['throws', 'rejects'] as const)('has a rejected result for each node when the engine %s', async (how) => {
    const a = await sender(3);
    handing = engines[how];
    expect(told(await a.x.send())).toEqual(['n0', 'n1', 'n2'].map((name) => [name, 'Error: down']));
    a.errors.length = 0;
    a.x.emit();
    await flush();
    expect(a.errors).toEqual([new Error('down')]);
  });

  it('goes nowhere when it is aborted before', async () => {
    const a = await sender(3);
    await a.x.send({}, { abortSignal: AbortSignal.abort() });
    expect(published).toEqual([]);
  });
});

describe('a node that closes while others send to all', () => {
  /** `a` and three others besides `z`, whose engine takes a goodbye when the test says so; all have receivers but `a`. */
  async function closing() {
    const bye = deferred();
    const engine: Engine = {
      ...nodes.engine,
      async publish(subject, data) {
        await nodes.engine.publish(subject, data);
        if (new TextDecoder().decode(data).includes('"bye"')) await bye.promise;
      },
    };
    const [a] = await cluster(3);
    const z = await nodes.add('z', { engine });
    const jobs: (() => void)[] = [];
    z.x.connect(() => new Promise((resolve) => jobs.push(() => resolve('z'))));
    await z.bridge.ready({ nodes: 5 });
    await a?.bridge.ready({ nodes: 5 });
    await flush();
    const send = async () => told((await a?.x.send()) ?? []);
    const emit = async () => {
      a?.x.emit();
      await flush();
    };
    return { a, z, bye, jobs, send, emit };
  }
  const others = ['n0', 'n1', 'n2'].map((name) => [name, name]);

  it('answers what it has in hand, and gets nothing more: the others go on, and it is closed', async () => {
    const { a, z, bye, jobs, send, emit } = await closing();
    const before = send();
    await flush();
    let closed = false;
    const closes = z.bridge.close().then(() => (closed = true));
    await flush();
    const during = send();
    await flush();
    jobs[0]?.();
    expect(await Promise.all([before, during])).toEqual([[...others, ['z', 'z']], others]);
    await flush();
    expect(a?.bridge.nodes).toEqual(['a', 'n0', 'n1', 'n2']); // it has said goodbye
    await emit();
    expect([closed, published.at(-1), jobs.length]).toEqual([false, 'calls', 1]);
    bye.resolve();
    await closes;
    expect([a, z].map((node) => node?.errors)).toEqual([[], []]);
  });

  it('tells the others first, and then waits for a job to be done: it gets nothing more meanwhile (H6)', async () => {
    const { z, bye, jobs, send } = await closing();
    const job = deferred();
    const y = z.manager.signal('y');
    await z.bridge.share(y, { durable: true, group: 'g' });
    y.connect((_kwargs, { delivery }) => (delivery === undefined ? undefined : job.promise));
    await y.send();
    await flush();
    const closes = z.bridge.close();
    await flush();
    expect([await send(), jobs.length]).toEqual([others, 0]);
    job.resolve();
    bye.resolve();
    await closes;
  });

  it('calls its receivers for what was on its way to it (H6)', async () => {
    const { a, z, bye, jobs, send } = await closing();
    bye.resolve();
    // In one turn: that it leaves is on its way to `a`, and the send of `a` to it.
    const closes = z.bridge.close();
    const sent = send();
    await flush();
    expect(jobs).toHaveLength(1);
    jobs[0]?.();
    expect(await sent).toEqual([...others, ['z', 'z']]);
    await closes;
    expect([a, z].map((node) => node?.errors)).toEqual([[], []]);
  });
});

describe('a call that comes to all', () => {
  /** A node that knows a node `b`, which is the test. */
  async function knowing(share: ShareOptions = {}) {
    const engine = new StubEngine();
    const { x, errors } = await nodes.add('a', { engine, share });
    const receiver = jest.fn(() => 'called');
    x.connect(receiver);
    await flush();
    engine.receive(onWire(hello()));
    engine.take();
    const answers = () =>
      engine.take().map(({ header: { type, id }, payload }) => [type, id, payload.includes('called')]);
    return { engine, receiver, errors, answers };
  }

  it('is delivered, and answered to its sender', async () => {
    const { engine, receiver, answers } = await knowing();
    engine.receive(onWire(callOf(1, { toAll: true }), CONTENT));
    await flush();
    expect([receiver.mock.calls.length, answers()]).toEqual([1, [['answer', 1, true]]]);
  });

  it.each([
    ['in a group', { share: { group: 'g' }, signal: 'x' }],
    ['not at all', { share: {}, signal: 'y' }],
  ])(
    'is answered without results, and is no bad input, where its signal is shared %s',
    async (_, { share, signal }) => {
      const { engine, receiver, errors, answers } = await knowing(share);
      engine.receive(onWire(callOf(1, { toAll: true, signal }), CONTENT));
      engine.receive(onWire(callOf(2, { toAll: true, signal, kind: 'emit' }), CONTENT));
      await flush();
      expect([receiver.mock.calls, errors, answers()]).toEqual([[], [], [['answer', 1, false]]]);
    },
  );

  it.each([[[true, false]], [[false, true]]])(
    'is in hand once, whatever else comes under its number (%j): `close` waits for that alone',
    async (toAll) => {
      const engine = new StubEngine();
      const { x, bridge, errors } = await nodes.add('a', { engine });
      const job = deferred();
      const receiver = jest.fn(() => job.promise);
      x.connect(receiver);
      await flush();
      engine.receive(onWire(hello()));
      for (const each of toAll) engine.receive(onWire(callOf(1, { toAll: each }), CONTENT));
      await flush();
      expect(receiver).toHaveBeenCalledTimes(1);
      expect(errors.map((error) => (error as BadInputError).kind)).toEqual(['a call that was here before']);
      job.resolve();
      await bridge.close();
    },
  );

  it('is dropped, though the call of its number that came to this node alone has been given up', async () => {
    const { engine, receiver, errors } = await knowing();
    engine.receive(onWire(callOf(1), CONTENT));
    engine.receive(onWire({ ...callOf(1), type: 'abort' }));
    engine.receive(onWire(callOf(1, { toAll: true }), CONTENT));
    await flush();
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(errors.map((error) => (error as BadInputError).kind)).toEqual(['a call that was here before']);
  });

  it('is told from those to this node alone, which may come before or after it: each comes once', async () => {
    const { engine, receiver, errors } = await knowing();
    const calls = [
      callOf(2),
      callOf(1, { toAll: true }),
      callOf(3, { toAll: true }),
      callOf(2),
      callOf(1, { toAll: true }),
    ];
    for (const call of calls) engine.receive(onWire(call, CONTENT));
    await flush();
    expect(receiver).toHaveBeenCalledTimes(3);
    expect(errors.map((error) => (error as BadInputError).kind)).toEqual(['a call that was here before']);
  });
});
