import { describe, expect, it, jest } from '@jest/globals';
import { nodes, nodesOnFakeClock } from '../helpers/fake-clock-nodes.js';
import { flush, rejectionOf } from '../helpers/promises.js';
import { Readiness } from '../../src/bridge/readiness.js';
import type { BridgeParts } from '../../src/bridge/bridge-signal.js';
import { RUN, StubEngine, hello, onWire } from '../helpers/stub-engine.js';
import { told } from '../helpers/nodes.js';

nodesOnFakeClock();

const FORGED = 'beefbeefbeefbeef';

const pass = async (ms: number, stepMs = 1_000) => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    jest.advanceTimersByTime(stepMs);
    await flush();
  }
};

describe('what is said once in the name of another node (H7)', () => {
  it.each<[string, object]>([
    ['a run that began later', { run: FORGED, born: Number.MAX_SAFE_INTEGER, everyMs: Number.MAX_SAFE_INTEGER }],
    ['a run that began earlier', { run: FORGED, born: 0 }],
    ['a revision that it has not come to', { revision: Number.MAX_SAFE_INTEGER, signals: [] }],
    ['nothing shared, of the same revision', { signals: [] }],
    ['nothing shared, as an answer that nobody asked for', { type: 'here', answers: 0, signals: [] }],
    ['a change that is the next one', { type: 'change', signals: [['x', null, null]] }],
    ['goodbye', { type: 'bye' }],
  ])('shuts it out for a heartbeat at most: %s', async (_what, fields) => {
    const [a, b] = [await nodes.add('a', { engine: nodes.engine }), await nodes.add('b')];
    b.x.connect(() => 'b');
    await a.bridge.ready({ nodes: 2 });
    let identity = { run: '', revision: -1, born: -1 };
    const heard = await nodes.engine.subscribe('signalbox.tests.presence', (data) => {
      const header = JSON.parse(new TextDecoder().decode(data).split('\n')[1] ?? '') as typeof identity & {
        from: string;
      };
      if (header.from === 'b' && header.run !== FORGED) identity = header;
    });
    await pass(1_000);
    const { run, revision, born } = identity;
    const next = 'type' in fields && fields.type === 'change' ? { revision: revision + 1 } : {};
    void nodes.engine.publish('signalbox.tests.presence', onWire(hello({ run, revision, born, ...next, ...fields })));
    await flush();
    await pass(1_000);
    expect(a.bridge.nodes).toEqual(expect.arrayContaining(['a', 'b']));
    expect(told(await a.x.send())).toEqual([['b', 'b']]);
    await (heard as unknown as Record<symbol, () => Promise<void>>)[Symbol.asyncDispose]?.();
  });

  it('makes no node live for ever: one that is never heard of again is lost after four minutes', async () => {
    const engine = new StubEngine();
    const { bridge } = await nodes.add('a', { engine });
    engine.receive(onWire(hello({ everyMs: Number.MAX_SAFE_INTEGER })));
    await pass(240_000, 10_000);
    expect(bridge.nodes).toEqual(['a', 'b']);
    await pass(20_000, 10_000);
    expect(bridge.nodes).toEqual(['a']);
  });

  it('keeps no real node out: made-up ones give way after a heartbeat, those that go on do not', async () => {
    const engine = new StubEngine();
    const { bridge } = await nodes.add('a', { engine, maxNodes: 3 });
    for (const from of ['b', 'made up', 'made up too']) engine.receive(onWire(hello({ from, everyMs: 60_000 })));
    engine.receive(onWire({ type: 'beat', from: 'b', run: RUN, born: 1, everyMs: 60_000, revision: 0 }));
    await pass(1_000);
    engine.receive(onWire(hello({ from: 'c' })));
    expect(bridge.nodes).toEqual(['a', 'b', 'c', 'made up too']);
  });
});

it('a node that has just come gives way to none, however many names are made up (H7)', async () => {
  const engine = new StubEngine();
  const { bridge } = await nodes.add('a', { engine, maxNodes: 2 });
  for (const from of ['b', 'c', 'made up', 'made up too']) engine.receive(onWire(hello({ from, born: 1 })));
  expect(bridge.nodes).toEqual(['a', 'b', 'c']);
});

describe('a node that has begun again', () => {
  it.each([-3_600_000, 0, 3_600_000])('is reached at once, whatever its clock says: %d ms', async (offMs) => {
    const engine = new StubEngine();
    const { x, bridge } = await nodes.add('a', { engine });
    engine.receive(onWire(hello({ born: 7_200_000 })));
    engine.receive(onWire({ type: 'beat', from: 'b', run: RUN, born: 7_200_000, everyMs: 1_000, revision: 0 }));
    engine.receive(onWire(hello({ run: FORGED, born: 7_200_000 + offMs })));
    engine.take();
    x.emit({ n: 1 });
    expect(engine.take().map(({ subject }) => subject)).toEqual([`signalbox.tests.node.b.${FORGED}`]);
    expect(bridge.nodes).toEqual(['a', 'b']);
  });

  it('keeps its name, though another run that began earlier goes on under it', async () => {
    const engine = new StubEngine();
    const { x } = await nodes.add('a', { engine });
    const runs = [RUN, FORGED].map((run, index) => ({ run, born: index + 1 }));
    const says = (type: string, run: object | undefined) => engine.receive(onWire(hello({ type, ...run })));
    says('hello', runs[0]);
    says('beat', runs[0]);
    says('hello', runs[1]);
    for (let time = 0; time < 3; time++) {
      says('beat', runs[1]);
      says('beat', runs[0]);
      says('here', runs[0]);
    }
    engine.take();
    x.emit({ n: 1 });
    expect(engine.take().map(({ subject }) => subject)).toEqual([`signalbox.tests.node.b.${FORGED}`]);
  });
});

describe('Readiness', () => {
  it('forgets a question that is settled: nothing reviews it any more', async () => {
    let asked = 0;
    const peers = {
      get all() {
        asked += 1;
        return [];
      },
    };
    const parts = { node: 'a', peers, closing: () => false } as unknown as BridgeParts;
    const readiness = new Readiness(parts, new Map(), () => Promise.resolve());
    await readiness.of({ nodes: 1, timeoutMs: Infinity });
    const late = rejectionOf(readiness.of({ nodes: 2, timeoutMs: 100 }));
    jest.advanceTimersByTime(100);
    await late;
    asked = 0;
    readiness.review();
    expect(asked).toBe(0);
  });
});
