import { describe, expect, it, jest } from '@jest/globals';
import { BridgeClosedError, type Engine } from 'signalbox/bridge';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { counting } from '../helpers/counting.js';
import { nodes, nodesOnFakeClock, whilePassing } from '../helpers/fake-clock-nodes.js';
import { Nodes, told } from '../helpers/nodes.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';
import { CONTENT, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

nodesOnFakeClock();

const worker = { durable: true, group: 'g' };

/** The engine, whose durable consumers can't be ended. */
function failing(onEnd: (subject: string) => void = () => undefined): Engine {
  const consume = (subject: string): Promise<AsyncDisposable> =>
    Promise.resolve({
      [ASYNC_DISPOSE]: () => {
        onEnd(subject);
        return Promise.reject(new Error(`can’t end ${subject}`));
      },
    });
  return { ...nodes.engine, durable: { publish: () => Promise.reject(new Error('not to be stored')), consume } };
}

describe('close', () => {
  it('answers what is in hand, takes nothing new, and says goodbye', async () => {
    const [a, b] = [await nodes.add('a'), await nodes.add('b')];
    let finish: ((value: string) => void) | undefined;
    b.x.connect(() => new Promise<string>((resolve) => (finish = resolve)));
    await flush();
    const sent = a.x.send();
    await flush();
    const closed = b.bridge.close();
    expect(b.bridge.close()).toBe(closed);
    await flush();
    expect([a.bridge.nodes, a.x.hasReceivers()]).toEqual([['a', 'b'], false]);
    finish?.('done');
    expect(told(await sent)).toEqual([['b', 'done']]);
    await closed;
    await flush();
    expect([a.bridge.nodes, b.bridge.nodes]).toEqual([['a'], ['b']]);
    expect(await rejectionOf(b.bridge.share(b.manager.signal('y')))).toBeInstanceOf(BridgeClosedError);
  });

  it('waits for what this node has sent', async () => {
    const [a, b] = [await nodes.add('a'), await nodes.add('b')];
    let finish: ((value: string) => void) | undefined;
    b.x.connect(() => new Promise<string>((resolve) => (finish = resolve)));
    await flush();
    const sent = a.x.send();
    await flush();
    const closed = a.bridge.close();
    finish?.('done');
    expect(told(await sent)).toEqual([['b', 'done']]);
    await closed;
  });

  it.each([0, 5_000])(
    'waits for receivers that emits of others have called, 5 seconds at most: after %d ms',
    async (ms) => {
      const [a, b] = [await nodes.add('a'), await nodes.add('b')];
      const work = deferred();
      b.x.connect(() => work.promise);
      await flush();
      a.x.emit();
      await flush();
      let closed = false;
      const closing = b.bridge.close().then(() => (closed = true));
      await flush();
      expect(closed).toBe(false);
      if (ms === 0) work.resolve();
      else jest.advanceTimersByTime(ms);
      await closing;
    },
  );

  it('waits for them though the node that has emitted is gone, and answers what comes meanwhile', async () => {
    const { engine, state } = counting(nodes.engine);
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { engine })];
    const c = await nodes.add('c');
    const work = deferred<string>();
    b.x.connect(() => work.promise);
    await flush();
    a.x.emit();
    await flush();
    await a.bridge.close();
    state.lose = 'hello';
    let closed = false;
    const closing = b.bridge.close().then(() => (closed = true));
    await flush();
    const sent = c.x.send();
    await flush();
    expect(closed).toBe(false);
    work.resolve('done');
    expect(told(await sent)).toEqual([['b', 'done']]);
    state.lose = undefined;
    await whilePassing(closing);
    expect(c.errors).toEqual([]);
  });

  it('has `ready` say nothing more', async () => {
    const { engine, take } = counting(nodes.engine);
    const a = await nodes.add('a', { engine });
    await a.bridge.close();
    take();
    expect(await rejectionOf(a.bridge.ready({ nodes: 2 }))).toBeInstanceOf(BridgeClosedError);
    await flush();
    expect(take()).toEqual({});
  });

  it('waits for a serial send to the last of its nodes', async () => {
    const [a, b, c] = await nodes.three();
    const finish: (() => void)[] = [];
    for (const { x, name } of [b, c]) x.connect(() => new Promise((resolve) => finish.push(() => resolve(name))));
    await flush();
    const sent = a.x.sendSerial();
    await flush();
    const closed = a.bridge.close();
    await flush();
    finish[0]?.();
    await flush();
    expect([finish.length, b.bridge.nodes]).toEqual([2, ['b', 'a', 'c']]);
    finish[1]?.();
    expect(told(await sent)).toEqual([
      ['b', 'b'],
      ['c', 'c'],
    ]);
    await closed;
  });

  it('fails what a serial send would ask for after it, and leaves nobody waiting', async () => {
    const [a, b] = [await nodes.add('a'), await nodes.add('b')];
    const here = deferred<string>();
    a.x.connect(() => here.promise);
    b.x.connect(() => 'b');
    await flush();
    const sent = a.x.sendSerial();
    await a.bridge.close();
    here.resolve('here');
    expect(told(await sent)).toEqual([
      ['here', 'here'],
      ['b', 'NodeLostError: Node "b" was lost before it answered a send of signal "x"'],
    ]);
  });

  it('fails what a serial send asks for while it says goodbye', async () => {
    const bye = deferred();
    const engine: Engine = {
      ...nodes.engine,
      publish: (subject, data) =>
        new TextDecoder().decode(data).includes('"bye"') ? bye.promise : nodes.engine.publish(subject, data),
    };
    const [a, b] = [await nodes.add('a', { engine }), await nodes.add('b')];
    const here = deferred<string>();
    a.x.connect(() => here.promise);
    b.x.connect(() => new Promise(() => undefined));
    await flush();
    const sent = a.x.sendSerial();
    const closed = a.bridge.close();
    await flush();
    here.resolve('here');
    await flush();
    bye.resolve();
    await closed;
    expect(String(told(await sent)[1])).toContain('NodeLostError');
    jest.advanceTimersByTime(5_000); // b has heard no goodbye
  });

  it('has receivers called no more once it says goodbye, by a node that has not heard of that', async () => {
    const [engine, goodbye] = [new StubEngine(), deferred()];
    const publish = (subject: string, data: Uint8Array) => {
      engine.publish(subject, data);
      return new TextDecoder().decode(data).includes('"bye"') ? goodbye.promise : undefined;
    };
    const held: Engine = { name: 'held', publish, subscribe: engine.subscribe.bind(engine) };
    const a = await nodes.add('a', { engine: held });
    const receiver = jest.fn();
    a.x.connect(receiver);
    engine.receive(onWire(hello()));
    const closed = a.bridge.close();
    await flush();
    engine.take();
    engine.receive(onWire(callOf(1), CONTENT));
    expect(engine.take().map(({ header: { type, id } }) => [type, id])).toEqual([['answer', 1]]);
    goodbye.resolve();
    await closed;
    expect([receiver.mock.calls, a.errors]).toEqual([[], []]);
  });

  it('does not wait for ever to say goodbye over an engine whose server is away', async () => {
    const { engine } = nodes;
    const away = () => new Promise<void>(() => undefined);
    const publish = (subject: string, data: Uint8Array) => (state.away ? away() : engine.publish(subject, data));
    const state = { away: false };
    const a = await nodes.add('a', { engine: { ...engine, publish }, heartbeatMs: 300 });
    state.away = true;
    let closed = false;
    const closing = a.bridge.close().then(() => (closed = true));
    await flush();
    jest.advanceTimersByTime(299);
    await flush();
    expect(closed).toBe(false);
    jest.advanceTimersByTime(1);
    await closing;
  });

  it('ends each durable consumer once, and does all the rest though that fails', async () => {
    const ended: string[] = [];
    const engine = failing((subject) => ended.push(subject));
    // One that nobody else closes: that would fail again.
    const [a, b] = [await new Nodes().add('a', { engine, share: worker }), await nodes.add('b')];
    expect(b.bridge.nodes).toEqual(['b', 'a']);
    const closed = a.bridge.close();
    expect(await rejectionOf(closed)).toEqual(new Error('can’t end signalbox.tests.durable.x'));
    await flush();
    expect([ended, b.bridge.nodes]).toEqual([['signalbox.tests.durable.x'], ['b']]);
    expect(await a.x.send()).toEqual([]); // the manager's own again
  });

  it('rejects with all that has failed', async () => {
    const a = await new Nodes().add('a', { engine: failing(), share: worker });
    await a.bridge.share(a.manager.signal('y'), worker);
    const error = (await rejectionOf(a.bridge.close())) as AggregateError;
    expect(error.errors.map(String)).toEqual(
      ['x', 'y'].map((name) => `Error: can’t end signalbox.tests.durable.${name}`),
    );
    expect(error.message).toBe('The engine could not end all of the bridge of node "a"');
  });

  it('of one share rejects with what has failed, and has ended it', async () => {
    const a = nodes.bare('a', { engine: failing() });
    const share = await a.bridge.share(a.x, worker);
    expect(await rejectionOf(share[ASYNC_DISPOSE]())).toEqual(new Error('can’t end signalbox.tests.durable.x'));
    expect(await a.x.send()).toEqual([]);
  });

  it('is not held up by an engine whose server is away while it ends the bridge’s subscriptions', async () => {
    const { engine } = nodes;
    const subscribe: Engine['subscribe'] = async (...args) => {
      const subscription = await engine.subscribe(...args);
      return {
        [ASYNC_DISPOSE]: async () => {
          await subscription[ASYNC_DISPOSE]();
          await new Promise(() => undefined);
        },
      };
    };
    const a = await nodes.add('a', { engine: { ...engine, subscribe }, heartbeatMs: 300 });
    const closed = a.bridge.close();
    await flush();
    jest.advanceTimersByTime(300);
    await closed;
  });

  it('answers nobody after its goodbye', async () => {
    const engine = new StubEngine();
    const { bridge } = await nodes.add('a', { engine });
    await bridge.close();
    engine.take();
    engine.receive(onWire(hello()));
    expect([engine.take(), bridge.nodes]).toEqual([[], ['a']]);
  });

  it('of a node that has shared nothing is soon done', async () => {
    const { engine, take } = counting(nodes.engine);
    await nodes.bare('a', { engine }).bridge.close();
    expect(take()).toEqual({});
  });

  it('of one share can be asked for twice, and is nothing new to the others if they never heard of it', async () => {
    const { engine, take } = counting(nodes.engine);
    const a = await nodes.add('a', { engine });
    const shared = await a.bridge.share(a.manager.signal('y'));
    await flush();
    take();
    await shared[Symbol.asyncDispose]();
    await shared[Symbol.asyncDispose]();
    expect(take()).toEqual({ change: 1 });
  });

  it('of one share leaves the others', async () => {
    const [a, b] = [nodes.bare('a'), await nodes.add('b')];
    const shared = await a.bridge.share(a.x);
    await a.bridge.share(a.manager.signal('y'));
    a.x.connect(() => 'a');
    await flush();
    expect(told(await b.x.send())).toEqual([['a', 'a']]);
    await shared[Symbol.asyncDispose]();
    await flush();
    expect(told(await b.x.send())).toEqual([]);
    expect(b.bridge.nodes).toEqual(['b', 'a']);
    await a.bridge.share(a.x);
  });
});

describe('close during a share', () => {
  /** The engine, waiting with what it is told to wait with. */
  function waiting(...what: readonly ('subscribe' | 'hello' | 'consume')[]) {
    const { engine, take } = counting(nodes.engine);
    const gate = deferred();
    const open = new Set<string>();
    const wait = (it: (typeof what)[number]) => (what.includes(it) ? gate.promise : undefined);
    const opened = (name: string): AsyncDisposable => {
      open.add(name);
      return { [ASYNC_DISPOSE]: () => Promise.resolve(void open.delete(name)) };
    };
    const held: Engine = {
      ...engine,
      publish: (subject, data) => {
        void engine.publish(subject, data);
        return wait('hello');
      },
      subscribe: async (subject) => {
        await wait('subscribe');
        return opened(subject);
      },
      durable: {
        publish: () => Promise.resolve(),
        consume: async (subject) => {
          await wait('consume');
          return opened(subject);
        },
      },
    };
    return { engine: held, take, gate, open };
  }

  it.each([
    ['a subscription', 'subscribe', { bye: 1 }],
    ['what it says of itself', 'hello', { hello: 2, bye: 1 }],
    ['a durable consumer', 'consume', { bye: 1 }],
  ] as const)('that waits for %s has it reject, and leaves nothing', async (_what, what, published) => {
    const { engine, take, gate, open } = waiting(what);
    const a = nodes.bare('a', { engine });
    const shared = rejectionOf(a.bridge.share(a.x, { durable: what === 'consume', group: 'g' }));
    await flush();
    const closed = a.bridge.close();
    await flush();
    gate.resolve();
    expect(await shared).toBeInstanceOf(BridgeClosedError);
    await closed;
    await flush();
    expect([take(), [...open], a.x.hasReceivers()]).toEqual([published, [], false]);
  });

  it('that is still subscribing a heartbeat later does not wait for it; what comes later ends at once', async () => {
    const { engine, gate, open } = waiting('subscribe');
    const a = nodes.bare('a', { engine, heartbeatMs: 300 });
    const shared = rejectionOf(a.bridge.share(a.x));
    await flush();
    const closed = a.bridge.close();
    await flush();
    jest.advanceTimersByTime(300);
    await closed;
    gate.resolve();
    expect(await shared).toBeInstanceOf(BridgeClosedError);
    expect([[...open], jest.getTimerCount()]).toEqual([[], 0]);
  });

  it('says goodbye to nodes that know it already, and answers them no more: a server may deliver early', async () => {
    const stub = new StubEngine();
    const engine: Engine = {
      name: 'stub',
      publish: (subject, data) => stub.publish(subject, data),
      subscribe: (subject, onMessage) =>
        stub.subscribe(subject, onMessage).then(() => new Promise<never>(() => undefined)),
    };
    const a = nodes.bare('a', { engine });
    void a.bridge.share(a.x);
    await flush();
    stub.receive(onWire(hello()));
    const types = () => stub.take().map(({ header }) => header['type']);
    expect(types()).toEqual(['here']);
    await whilePassing(a.bridge.close());
    stub.receive(onWire(hello({ from: 'c' })));
    expect(types()).toEqual(['change', 'bye']);
  });

  it('that fails to end what it has begun reports that, and has the share reject as ever', async () => {
    const { engine, gate } = waiting('hello');
    const a = new Nodes().bare('a', { engine: { ...engine, durable: failing().durable } });
    const shared = rejectionOf(a.bridge.share(a.x, worker));
    await flush();
    const closed = rejectionOf(a.bridge.close());
    gate.resolve();
    expect(await shared).toBeInstanceOf(BridgeClosedError);
    const failure = new Error('can’t end signalbox.tests.durable.x');
    expect([await closed, a.errors]).toEqual([failure, [failure]]);
  });
});
