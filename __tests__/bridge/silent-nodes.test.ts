import { describe, expect, it, jest } from '@jest/globals';
import type { Engine } from 'signalbox/bridge';
import { nodes, nodesOnFakeClock, slow, whilePassing } from '../helpers/fake-clock-nodes.js';
import { flush } from '../helpers/promises.js';
import { CONTENT, RUN, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';
import type { Node } from '../helpers/nodes.js';

nodesOnFakeClock();

const pass = async (ms: number) => {
  for (let passed = 0; passed < ms; passed += 1_000) {
    jest.advanceTimersByTime(1_000);
    await flush();
  }
};

const UNKNOWN = 'BadInputError: Dropped a message from an unknown node: a call without a `hello` before it';
const FULL = 'BadInputError: Dropped a message from an unknown node: more nodes than maxNodes';
const REPEATED = 'BadInputError: Dropped a message from node "b": a call that was here before';

const beat = { type: 'beat', from: 'b', run: RUN, born: 1, everyMs: 1_000, revision: 0 };
const emit = (id: number, fields: object = {}) => onWire(callOf(id, { kind: 'emit', ...fields }), CONTENT);

/** A node `a` that has known `b`, and what its receiver of `x` got. */
async function known(setup: object = {}) {
  const engine = new StubEngine();
  const node = await nodes.add('a', { engine, ...setup });
  const got: unknown[] = [];
  node.x.connect(({ n }) => {
    got.push(n);
    return 'a';
  });
  await flush();
  engine.receive(onWire(hello()));
  engine.receive(onWire(beat));
  const said = ({ errors }: Node) => errors.map(String);
  return {
    engine,
    node,
    got,
    posted: () => engine.take().map(({ subject, header }) => [subject, header['type']]),
    said,
  };
}

const INBOX = `signalbox.tests.node.b.${RUN}`;

describe('a node that was lost because it was silent, and sends again (H3)', () => {
  it.each<[string, object]>([
    ['to this node', {}],
    ['to all', { toAll: true }],
  ])('loses no emit %s, and is asked for its state once', async (_where, fields) => {
    const { engine, node, got, posted, said } = await known();
    await pass(5_000);
    expect(node.bridge.nodes).toEqual(['a']);
    posted();
    for (const id of [1, 2]) engine.receive(emit(id, fields));
    await flush();
    expect([got, node.bridge.nodes, posted(), said(node)]).toEqual([[1, 1], ['a', 'b'], [[INBOX, 'hello']], []]);
  });

  it('gets the answer of a call', async () => {
    const { engine, posted } = await known();
    await pass(5_000);
    posted();
    engine.receive(onWire(callOf(1), CONTENT));
    await flush();
    expect(posted()).toEqual([
      [INBOX, 'hello'],
      [INBOX, 'answer'],
    ]);
  });

  it('is told at once which of its earlier calls are lost', async () => {
    const { engine } = await known();
    await pass(5_000);
    engine.take();
    engine.receive(onWire({ type: 'ping', from: 'b', run: RUN, calls: [7] }));
    expect(engine.take().map(({ header }) => header)).toMatchObject([
      { type: 'hello' },
      { type: 'pong', unknown: [7] },
    ]);
  });

  it.each([
    ['a call', [emit(2)]],
    ['a `hello`', [onWire(hello())]],
  ])('has no call delivered that was here before it was lost, whether it returns by %s (H7)', async (_by, messages) => {
    const { engine, node, got, said } = await known();
    engine.receive(emit(1));
    await pass(5_000);
    expect(node.bridge.nodes).toEqual(['a']);
    for (const message of messages) engine.receive(message);
    const before = got.length;
    engine.receive(emit(1));
    await flush();
    expect([got.length - before, said(node)]).toEqual([0, [REPEATED]]);
  });

  it('is remembered as ever though it sends only one message then, perhaps one of before that was repeated (H7)', async () => {
    const { engine, node, got, said } = await known();
    engine.receive(emit(1));
    for (let time = 0; time < 3; time++) {
      await pass(5_000);
      expect(node.bridge.nodes).toEqual(['a']);
      engine.receive(emit(1));
      expect(node.bridge.nodes).toEqual(['a', 'b']);
    }
    engine.receive(emit(2));
    await flush();
    expect([got, said(node)]).toEqual([[1, 1], [REPEATED]]);
  });

  it('gets no send before it has said what it hears: that may be another by now', async () => {
    const { engine, node } = await known();
    await pass(5_000);
    engine.receive(emit(1));
    await flush();
    engine.take();
    node.x.emit({ n: 1 });
    expect(engine.take()).toEqual([]);
    engine.receive(onWire(hello({ type: 'here' })));
    node.x.emit({ n: 1 });
    expect(engine.take().map(({ subject }) => subject)).toEqual([INBOX]);
  });

  it('counts for `ready` only when it has answered', async () => {
    const { engine, node } = await known();
    await pass(5_000);
    let isReady = false;
    const ready = node.bridge.ready({ nodes: 2 }).then(() => (isReady = true));
    await flush();
    const asked = engine.take().at(-1)?.header['revision'] as number;
    engine.receive(emit(1));
    engine.receive(onWire(hello({ type: 'here', answers: asked - 1 })));
    await flush();
    expect(isReady).toBe(false);
    engine.receive(onWire(hello({ type: 'here', answers: asked })));
    await ready;
    expect(isReady).toBe(true);
  });

  it('is not known again when another run has its name', async () => {
    const { engine, node, got, said } = await known();
    await pass(5_000);
    engine.receive(onWire(hello({ run: 'beefbeefbeefbeef', born: 2 })));
    engine.receive(emit(1));
    await flush();
    expect([got, said(node)]).toEqual([[], [UNKNOWN]]);
  });

  it('is not known again when it has said `bye`', async () => {
    const { engine, node, got } = await known();
    engine.receive(onWire({ type: 'bye', from: 'b', run: RUN }));
    engine.receive(emit(1));
    await flush();
    expect([got, node.bridge.nodes]).toEqual([[], ['a']]);
  });

  it('finds no place in a full table, or that of a node that may be invented (H4)', async () => {
    const { engine, node, got, said } = await known({ maxNodes: 1 });
    await pass(5_000);
    engine.receive(onWire(hello({ from: 'c' })));
    engine.receive(emit(1));
    await flush();
    expect([got, node.bridge.nodes, said(node)]).toEqual([[], ['a', 'c'], [FULL, UNKNOWN]]);
    await pass(1_000);
    engine.receive(emit(2));
    await flush();
    expect([got, node.bridge.nodes, said(node)]).toEqual([[1], ['a', 'b'], [FULL, UNKNOWN]]);
  });

  it('is remembered, too, when a new node has taken its place in a full table (H7)', async () => {
    const { engine, node, got, said } = await known({ maxNodes: 1 });
    engine.receive(emit(1));
    await pass(5_000);
    engine.receive(emit(2));
    await pass(1_000);
    engine.receive(onWire(hello({ from: 'c' })));
    expect(node.bridge.nodes).toEqual(['a', 'c']);
    await pass(1_000);
    engine.receive(emit(2));
    await flush();
    expect([got, node.bridge.nodes, said(node)]).toEqual([
      [1, 1],
      ['a', 'b'],
      [FULL, REPEATED],
    ]);
  });

  it('is one of `maxNodes` that are remembered, the last ones lost (H4)', async () => {
    const { engine, node, got, said } = await known({ maxNodes: 1 });
    await pass(5_000);
    for (const message of [hello({ from: 'c' }), { ...beat, from: 'c' }]) engine.receive(onWire(message));
    await pass(5_000);
    expect(node.bridge.nodes).toEqual(['a']);
    engine.receive(emit(1));
    expect([got, said(node)]).toEqual([[], [UNKNOWN]]);
    engine.receive(emit(1, { from: 'c' }));
    await flush();
    expect([got, node.bridge.nodes]).toEqual([[1], ['a', 'c']]);
  });

  it('is one of a thousand that are remembered, and none of them is an invented one (H7)', async () => {
    const { engine, node, got, said } = await known();
    await pass(5_000);
    const come = async (count: number, messages: (from: string) => object[]) => {
      for (let n = 0; n < count; n++) {
        for (const message of messages(`n${n}`)) engine.receive(onWire(message));
      }
      await pass(60_000);
      expect(node.bridge.nodes).toEqual(['a']);
    };
    await come(1_000, (from) => [hello({ from })]);
    await come(999, (from) => [hello({ from }), { ...beat, from }]);
    engine.receive(emit(1));
    await pass(5_000);
    expect(got).toEqual([1]);
    await come(999, (from) => [hello({ from }), { ...beat, from }]);
    await come(1, () => [hello({ from: 'one more' }), { ...beat, from: 'one more' }]);
    engine.receive(emit(2));
    await flush();
    expect([got, said(node)]).toEqual([[1], [UNKNOWN]]);
  });
});

describe('a node whose own messages do not come back (H9)', () => {
  it('reports its engine once, and again after they have come back', async () => {
    let cut = false;
    const publish: Engine['publish'] = (subject, data) => (cut ? undefined : nodes.engine.publish(subject, data));
    const { errors } = await nodes.add('a', { engine: { ...nodes.engine, publish } });
    const silent = { name: 'EngineSilentError', code: 'ERR_ENGINE_SILENT', engine: 'memory', silentMs: 5_000 };
    await pass(10_000);
    cut = true;
    await pass(4_000);
    expect(errors).toEqual([]);
    await pass(1_000);
    expect(errors).toMatchObject([silent]);
    await pass(60_000);
    expect(errors).toHaveLength(1);
    cut = false;
    await pass(1_000);
    cut = true;
    await pass(5_000);
    expect(errors).toMatchObject([silent, silent]);
    cut = false;
  });

  it('reports nothing when many nodes leave at once, so that signs of life are due more often', async () => {
    const { errors, bridge } = await nodes.add('a', { engine: slow(100) });
    const sayAll = (message: (from: string) => object) => {
      for (let n = 0; n < 999; n++) void nodes.engine.publish('signalbox.tests.presence', onWire(message(`n${n}`)));
    };
    sayAll((from) => hello({ from, everyMs: 10_000 }));
    await pass(9_000); // its first sign of life is due after ten
    expect(bridge.nodes).toHaveLength(1_000);
    sayAll((from) => ({ type: 'bye', from, run: RUN }));
    await pass(10_000);
    expect([errors, bridge.nodes]).toEqual([[], ['a']]);
    await whilePassing(nodes.close());
    await pass(1_000);
  });

  it('reports nothing if its engine has never brought them', async () => {
    const { node } = await known();
    await pass(60_000);
    expect(node.errors).toEqual([]);
  });
});

describe('a call of a node that is not known', () => {
  it('is dropped and reported once for all such nodes, and causes no message (H4)', async () => {
    const { engine, node, got, posted, said } = await known();
    posted();
    for (let n = 0; n < 100; n++) engine.receive(emit(n, { from: `made up ${n}` }));
    await flush();
    expect([got, posted(), node.bridge.nodes, said(node)]).toEqual([[], [], ['a', 'b'], [UNKNOWN]]);
  });

  it('is no bad input if it went to all: its node may not have heard of this one yet', async () => {
    const { engine, node, got, posted, said } = await known();
    posted();
    engine.receive(emit(1, { from: 'c', toAll: true }));
    await flush();
    expect([got, posted(), said(node)]).toEqual([[], [], []]);
  });

  it('is no bad input at a node that closes: the others have been told', async () => {
    const { engine, node, said } = await known();
    const closed = node.bridge.close();
    await flush();
    engine.receive(emit(1, { from: 'c' }));
    await closed;
    expect(said(node)).toEqual([]);
  });
});
