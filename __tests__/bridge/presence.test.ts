import { describe, expect, it, jest } from '@jest/globals';
import { BridgeClosedError, type Engine, NodeLostError, NotReadyError } from 'signalbox/bridge';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { counting } from '../helpers/counting.js';
import { nodes, nodesOnFakeClock } from '../helpers/fake-clock-nodes.js';
import { told } from '../helpers/nodes.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';
import { StubEngine, hello, onWire } from '../helpers/stub-engine.js';

nodesOnFakeClock();

const pass = async (ms: number, stepMs = 1_000) => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    jest.advanceTimersByTime(stepMs);
    await flush();
  }
};

describe('presence', () => {
  it('takes a hello and an answer of each to join, and one sign of life per node and second', async () => {
    const { engine, take } = counting(nodes.engine);
    for (let n = 0; n < 10; n++) await nodes.add(`n${n}`, { engine });
    await flush();
    take();
    const last = await nodes.add('last', { engine });
    await flush();
    expect(take()).toEqual({ hello: 1, here: 10 });
    expect(last.bridge.nodes).toHaveLength(11);
    await pass(3_000);
    expect(take()).toEqual({ beat: 33 });
  });

  it('gives fewer signs of life the more nodes there are: each hears at most a hundred in a second', async () => {
    const engine = new StubEngine();
    await nodes.add('a', { engine });
    for (let n = 0; n < 149; n++) engine.receive(onWire(hello({ from: `n${n}`, everyMs: 60_000 })));
    engine.take();
    await pass(30_000);
    // Due every 1.5 seconds, and given at full seconds.
    const { born, from, run } = engine.take()[0]?.header ?? {};
    const beat = { type: 'beat', from, run, born, everyMs: 1_500, revision: 1 };
    await pass(30_000);
    expect(engine.take().map(({ header }) => header)).toEqual(Array.from({ length: 15 }, () => beat));
  });

  it('gives its signs of life in whole milliseconds, whatever its heartbeat is', async () => {
    const [a, b] = [await nodes.add('a', { heartbeatMs: 100.5 }), await nodes.add('b')];
    await b.bridge.ready({ nodes: 2 });
    jest.advanceTimersByTime(300);
    await flush();
    expect([a.bridge.nodes, b.bridge.nodes, b.errors]).toEqual([['a', 'b'], ['b', 'a'], []]);
  });

  it('has nobody taken for lost where many have joined at once, and signs of life have become rare', async () => {
    const engine = new StubEngine();
    const { bridge } = await nodes.add('a', { engine });
    // Each said how often it would give signs of life before it knew how many the others would be.
    for (let n = 0; n < 999; n++) engine.receive(onWire(hello({ from: `n${n}`, everyMs: 1_000 + 10 * n })));
    await pass(9_000); // all of them give signs of life every ten seconds by now
    expect(bridge.nodes).toHaveLength(1_000);
    await pass(41_000);
    expect(bridge.nodes).toEqual(['a']);
  });

  it('tells of what is newly heard at once, of what is heard no more with the next sign of life', async () => {
    const { engine, take } = counting(nodes.engine);
    const [a, b] = [await nodes.add('a', { engine }), await nodes.add('b', { engine })];
    await flush();
    take();
    for (let i = 0; i < 100; i++) a.x.connect(() => 1).disconnect();
    const connection = a.x.connect(() => 1);
    await flush();
    expect(take()).toEqual({ change: 1 });
    connection.disconnect();
    await flush();
    expect([take(), b.x.hasReceivers()]).toEqual([{}, true]);
    await pass(1_000);
    expect([take(), b.x.hasReceivers()]).toEqual([{ change: 1, beat: 2 }, false]);
  });

  it('keeps in mind only the signals that are shared here, and asks again when there are more', async () => {
    const [a, b] = [await nodes.add('a'), await nodes.add('b')];
    const other = a.manager.signal('other');
    other.connect(() => 'a');
    await a.bridge.share(other);
    await flush();
    expect(told(await b.manager.signal('other').send())).toEqual([]);
    await b.bridge.share(b.manager.signal('other'));
    await b.bridge.ready({ nodes: 2 });
    expect(told(await b.manager.signal('other').send())).toEqual([['a', 'a']]);
  });

  it.each(['hello', 'here'])(
    'asks again, with the next sign of life, for what a lost %s would have told',
    async (lost) => {
      const { engine, state } = counting(nodes.engine);
      const [a, b] = [await nodes.add('a'), await nodes.add('b', { engine })];
      await b.bridge.ready({ nodes: 2 });
      const [y, other] = [a.manager.signal('y'), b.manager.signal('y')];
      y.connect(() => 'a');
      other.connect(() => 'b');
      // Both share one more, and the second one's question, or the answer to it, is lost.
      const shares = [() => a.bridge.share(y), () => b.bridge.share(other)];
      if (lost === 'here') shares.reverse();
      await shares[0]?.();
      await flush();
      state.lose = lost;
      await shares[1]?.();
      await flush();
      state.lose = undefined;
      await pass(1_000);
      expect([told(await y.send()), told(await other.send())]).toEqual([
        [
          ['here', 'a'],
          ['b', 'b'],
        ],
        [
          ['here', 'b'],
          ['a', 'a'],
        ],
      ]);
    },
  );

  it('replaces a node by one of the same name that began later', async () => {
    const a = await nodes.add('a');
    const old = await nodes.add('b');
    old.x.connect(() => 'old');
    jest.advanceTimersByTime(1);
    const young = await nodes.add('b');
    young.x.connect(() => 'young');
    await flush();
    expect(a.bridge.nodes).toEqual(['a', 'b']);
    expect(told(await a.x.send())).toEqual([['b', 'young']]);
    expect(old.errors.map(String)).toEqual([
      'BadInputError: Dropped a message from node "b": another node has the name of this one',
    ]);
  });

  it('orders nodes by when they began, alike at all of them', async () => {
    const late = nodes.bare('late');
    jest.advanceTimersByTime(5);
    const [y, z] = [await nodes.add('y'), await nodes.add('z')];
    await late.bridge.share(late.x);
    await flush();
    expect([late, y, z].map(({ bridge }) => bridge.nodes)).toEqual([
      ['late', 'y', 'z'],
      ['y', 'late', 'z'],
      ['z', 'late', 'y'],
    ]);
  });
});

describe('a node that is gone', () => {
  it('without a word is lost after three questions, and so is what it owes (H3)', async () => {
    const { engine, state } = counting(nodes.engine);
    const [a, b] = [await nodes.add('a', { timeoutMs: 60_000 }), await nodes.add('b', { engine })];
    b.x.connect(() => new Promise(() => undefined));
    await flush();
    const sent = a.x.send();
    state.cut = true;
    await pass(3_000);
    expect(a.bridge.nodes).toEqual(['a', 'b']);
    await pass(1_000);
    expect(a.bridge.nodes).toEqual(['a']);
    const [result] = await sent;
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_NODE_LOST', node: 'b' }, node: 'b' });
    expect(a.errors).toEqual([expect.any(NodeLostError)]);
    state.cut = false;
    await pass(1_000);
    expect([a.bridge.nodes, b.bridge.nodes]).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ]);
  });

  it('loses nothing but its time while it answers questions: a slow receiver is no loss', async () => {
    const [a, b] = [await nodes.add('a', { timeoutMs: 30_000 }), await nodes.add('b')];
    b.x.connect(() => new Promise(() => undefined));
    await flush();
    const sent = a.x.send();
    await pass(30_000);
    expect(told(await sent)).toEqual([
      ['b', 'ReceiverTimeoutError: Receiver of node "b" of signal "x" has not settled within 30000 ms'],
    ]);
    expect(a.bridge.nodes).toEqual(['a', 'b']);
  });

  it('has lost a call that never came to it: it says so when it is asked', async () => {
    const { engine, state } = counting(nodes.engine);
    const [a, b] = [await nodes.add('a', { engine, timeoutMs: 60_000 }), await nodes.add('b')];
    b.x.connect(() => 1);
    await flush();
    state.cut = true;
    const sent = a.x.send();
    await flush();
    state.cut = false;
    await pass(1_000);
    expect(told(await sent)).toEqual([
      ['b', 'NodeLostError: Node "b" was lost before it answered a send of signal "x"'],
    ]);
  });
});

describe('a share that fails', () => {
  it('rejects with what the engine says, and can be tried again', async () => {
    let subscribe: Engine['subscribe'] = () => Promise.reject(new Error('not connected'));
    const engine: Engine = { ...nodes.engine, subscribe: (subject, onData) => subscribe(subject, onData) };
    const [a, b] = [nodes.bare('a', { engine }), await nodes.add('b')];
    b.x.connect(() => 'b');
    const error = await rejectionOf(a.bridge.share(a.x));
    expect(error).toEqual(new Error('not connected'));
    expect(told(await a.x.send())).toEqual([]);
    ({ subscribe } = nodes.engine);
    await a.bridge.share(a.x);
    await a.bridge.ready({ nodes: 2 });
    expect(told(await a.x.send())).toEqual([['b', 'b']]);
  });

  it('when it was half done ends what it had begun', async () => {
    const open = new Set<string>();
    const engine: Engine = {
      ...nodes.engine,
      subscribe: (subject) => {
        if (subject.endsWith('presence')) return Promise.reject(new Error('denied'));
        open.add(subject);
        return Promise.resolve({ [ASYNC_DISPOSE]: () => Promise.resolve(void open.delete(subject)) });
      },
    };
    const a = nodes.bare('a', { engine });
    expect(await rejectionOf(a.bridge.share(a.x))).toEqual(new Error('denied'));
    expect([...open]).toEqual([]);
  });

  it('while the bridge closes leaves nothing', async () => {
    const engine: Engine = { ...nodes.engine, subscribe: () => Promise.reject(new Error('not connected')) };
    const a = nodes.bare('a', { engine });
    const shared = rejectionOf(a.bridge.share(a.x));
    await a.bridge.close();
    expect(await shared).toEqual(new Error('not connected'));
    expect(a.x.hasReceivers()).toBe(false);
  });

  it('for the names of all that is shared take more than `maxBytes` leaves the signal unshared', async () => {
    const a = await nodes.add('a', { maxBytes: 400 });
    const long = a.manager.signal('y'.repeat(400));
    for (let time = 0; time < 2; time++) {
      expect(String(await rejectionOf(a.bridge.share(long)))).toMatch(/^PayloadError: The names of the shared signals/);
    }
  });
});

describe('ready', () => {
  it('resolves when so many nodes share all that this one shares', async () => {
    const a = await nodes.add('a');
    await a.bridge.share(a.manager.signal('y'));
    await a.bridge.ready({ nodes: 1 });
    const done: string[] = [];
    const ready = a.bridge.ready({ nodes: 2 }).then(() => done.push('ready'));
    const b = await nodes.add('b');
    await flush();
    expect(done).toEqual([]);
    await b.bridge.share(b.manager.signal('y'));
    await ready;
  });

  it('waits for what was connected elsewhere before, over an engine that takes its time', async () => {
    const late: Engine = {
      ...nodes.engine,
      async publish(subject, data) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        await nodes.engine.publish(subject, data);
      },
    };
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { engine: late })];
    await a.bridge.ready({ nodes: 2 });
    expect(told(await a.x.send())).toEqual([]);
    b.x.connect(() => 'heard');
    await a.bridge.ready({ nodes: 2 });
    expect(told(await a.x.send())).toEqual([['b', 'heard']]);
  });

  it('takes no answer for one that was asked for earlier', async () => {
    const engine = new StubEngine();
    const { bridge } = await nodes.add('a', { engine });
    engine.receive(onWire(hello()));
    engine.take();
    const done: string[] = [];
    const ready = bridge.ready({ nodes: 2 }).then(() => done.push('ready'));
    await flush();
    const [question] = engine.take();
    const asked = question?.header['revision'] as number;
    engine.receive(onWire(hello({ type: 'here', answers: asked - 1 })));
    engine.receive(onWire(hello()));
    await flush();
    expect(done).toEqual([]);
    engine.receive(onWire(hello({ type: 'here', answers: asked })));
    await ready;
  });

  it('asks a node that is first met by a hello from before the question (H2)', async () => {
    const engine = new StubEngine();
    const { bridge } = await nodes.add('a', { engine });
    const done: string[] = [];
    const ready = bridge.ready({ nodes: 2 }).then(() => done.push('ready'));
    await flush();
    const asked = engine.take().at(-1)?.header['revision'];
    engine.receive(onWire(hello({ signals: [['x', 'nothing', null]] })));
    await flush();
    expect(done).toEqual([]);
    expect(engine.take().map(({ header }) => [header['type'], header['revision']])).toEqual([
      ['hello', asked],
      ['here', asked],
    ]);
    engine.receive(onWire(hello({ type: 'here', answers: asked })));
    await ready;
    expect(engine.take()).toEqual([]);
  });

  it('does not ask a node that is first met by its answer', async () => {
    const engine = new StubEngine();
    const { bridge } = await nodes.add('a', { engine });
    const ready = bridge.ready({ nodes: 2 });
    await flush();
    const asked = engine.take().at(-1)?.header['revision'];
    engine.receive(onWire(hello({ type: 'here', answers: asked })));
    await ready;
    expect(engine.take()).toEqual([]);
  });

  it('asks again where a change has overtaken the answer', async () => {
    const engine = new StubEngine();
    const { bridge } = await nodes.add('a', { engine });
    engine.receive(onWire(hello()));
    const ready = bridge.ready({ nodes: 2 });
    await flush();
    engine.take();
    engine.receive(onWire({ ...hello(), type: 'change', revision: 1, signals: [] }));
    engine.receive(onWire(hello({ type: 'here' })));
    expect(engine.take().map(({ header }) => header['type'])).toEqual(['hello']);
    engine.receive(onWire(hello({ type: 'here', revision: 1 })));
    await ready;
  });

  it('tells nobody of a node that can not be reached yet, for one that waits alone asks nobody', async () => {
    const { engine, take } = counting(nodes.engine);
    const subscribing = deferred();
    const subscribe: Engine['subscribe'] = async (...subscription) => {
      await subscribing.promise;
      return engine.subscribe(...subscription);
    };
    await nodes.add('b');
    const a = nodes.bare('a', { engine: { ...engine, subscribe } });
    const shared = a.bridge.share(a.x);
    const ready = a.bridge.ready({ nodes: 2 });
    await a.bridge.ready({ nodes: 1 });
    await flush();
    expect(take()).toEqual({});
    subscribing.resolve();
    await Promise.all([shared, ready]);
  });

  it('counts only nodes that answer', async () => {
    const { engine, state } = counting(nodes.engine);
    const [a] = [await nodes.add('a'), await nodes.add('b', { engine })];
    await a.bridge.ready({ nodes: 2 });
    state.cut = true;
    const ready = rejectionOf(a.bridge.ready({ nodes: 2, timeoutMs: 100 }));
    await flush();
    jest.advanceTimersByTime(100);
    expect(await ready).toMatchObject({ code: 'ERR_NOT_READY', nodes: ['a'] });
  });

  it('rejects after its time with the nodes that there are', async () => {
    const a = await nodes.add('a');
    const ready = rejectionOf(a.bridge.ready({ nodes: 2, timeoutMs: 100 }));
    jest.advanceTimersByTime(100);
    const error = await ready;
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error).toMatchObject({ code: 'ERR_NOT_READY', nodes: ['a'], timeoutMs: 100 });
  });

  it('rejects when the bridge is closed', async () => {
    const a = await nodes.add('a');
    const ready = rejectionOf(a.bridge.ready({ nodes: 2 }));
    await a.bridge.close();
    expect(await ready).toBeInstanceOf(BridgeClosedError);
  });
});
