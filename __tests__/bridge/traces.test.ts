import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SignalManager, TraceParent } from 'signalbox';
import { Nodes } from '../helpers/nodes.js';
import { flush } from '../helpers/promises.js';
import { CONTENT, RUN, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

let nodes = new Nodes();
beforeEach(() => {
  nodes = new Nodes();
});
afterEach(() => nodes.close());

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const trace: TraceParent = { traceparent, tracestate: 'vendor=1' };

/** Notes the remote sends that a manager gets. */
function gotBy(manager: SignalManager): unknown[] {
  const got: unknown[] = [];
  manager.watch({
    onSend: ({ kind, origin, trace: came }) => {
      if (origin === 'remote') got.push([kind, came]);
      return undefined;
    },
  });
  return got;
}

const tracing = (manager: SignalManager, given: TraceParent | undefined = trace): Disposable =>
  manager.watch({ onSend: () => ({ trace: () => given }) });

/** A bridge to a node `b` that hears everything, on an engine that keeps what is published. */
async function alone(options: object = {}) {
  const engine = new StubEngine();
  const node = await nodes.add('a', { engine, ...options });
  engine.receive(onWire(hello()));
  await flush();
  engine.take();
  return { engine, ...node };
}

describe('the trace of a send between nodes (W15, N16)', () => {
  it.each(['send', 'serial', 'emit'] as const)('arrives with a %s', async (kind) => {
    const [a, b] = await nodes.three();
    const got = gotBy(b.manager);
    b.x.connect(() => 1);
    await Promise.all([a, b].map(({ bridge }) => bridge.ready({ nodes: 3 })));
    tracing(a.manager);
    if (kind === 'send') await a.x.send();
    else if (kind === 'serial') await a.x.sendSerial();
    else a.x.emit();
    await flush();
    expect(got).toEqual([[kind, trace]]);
  });

  it('arrives with each attempt of a durable send, whose engine is not in `peers`', async () => {
    const share = { durable: true, group: 'workers' };
    const [a, b] = [await nodes.add('a', { share: { durable: true } }), await nodes.add('b', { share })];
    const got = gotBy(b.manager);
    b.x.connect(() => 1);
    const peers: unknown[] = [];
    a.manager.watch({
      onSend: (send) => {
        peers.push(send.peers);
        return { trace: () => trace };
      },
    });
    await a.x.send({ n: 1 });
    await flush();
    expect([got, peers]).toEqual([[['send', trace]], [[]]]);
  });

  it('is two header fields of a `call`, left out without a trace', async () => {
    const { engine, x, manager } = await alone();
    x.emit({ n: 1 });
    tracing(manager);
    x.emit({ n: 2 });
    tracing(manager);
    x.emit({ n: 3 });
    const [plain, traced, again] = engine.take().map(({ header }) => header);
    expect(plain).toEqual({
      from: 'a',
      run: expect.any(String),
      type: 'call',
      id: expect.any(Number),
      signal: 'x',
      kind: 'emit',
    });
    expect(traced).toEqual({ ...plain, id: expect.any(Number), traceparent, tracestate: 'vendor=1' });
    expect(again).toEqual({ ...traced, id: expect.any(Number) });
  });

  it('is left out if the message exceeds `maxBytes` only because of it', async () => {
    const maxBytes = 1_024;
    const { engine, x, manager } = await alone({ maxBytes });
    tracing(manager);
    const sizes: number[] = [];
    const publish = engine.publish.bind(engine);
    engine.publish = (subject, data) => {
      if (subject.includes('.node.')) sizes.push(data.byteLength);
      publish(subject, data);
    };
    x.emit({ text: '' });
    const [empty = 0] = sizes.splice(0);
    const room = maxBytes - empty;
    for (const length of [room, room + 1, room + 20]) x.emit({ text: 'a'.repeat(length) });
    const traced = engine.take().map(({ header }) => 'traceparent' in header);
    expect(traced).toEqual([true, true, false, false]);
    expect(sizes).toEqual([maxBytes, expect.any(Number), expect.any(Number)]);
    expect(() => x.emit({ text: 'a'.repeat(maxBytes) })).toThrow('maxBytes');
  });

  it.each<[string, object, TraceParent | undefined]>([
    ['valid', { traceparent, tracestate: 'a=1' }, { traceparent, tracestate: 'a=1' }],
    ['without a tracestate', { traceparent }, { traceparent }],
    ['with a tracestate of another type', { traceparent, tracestate: 5 }, { traceparent }],
    ['with a tracestate alone', { tracestate: 'a=1' }, undefined],
    ['of another type', { traceparent: 5 }, undefined],
    ['invalid', { traceparent: traceparent.toUpperCase() }, undefined],
    ['missing', {}, undefined],
  ])(
    'that is %s is read from a message, which is handled in any case, and nothing is reported',
    async (_what, fields, came) => {
      const { engine, manager, errors } = await alone();
      const got = gotBy(manager);
      engine.receive(onWire(callOf(1, fields), CONTENT, '1.1'));
      await flush();
      expect([got, errors]).toEqual([[['send', came]], []]);
      expect(engine.take().map(({ header }) => header['type'])).toEqual(['answer']);
    },
  );

  it('accepts messages of version 1.0, and writes 1.1', async () => {
    const written: string[] = [];
    const engine = new StubEngine();
    const publish = engine.publish.bind(engine);
    engine.publish = (subject, data) => {
      written.push(new TextDecoder().decode(data).split('\n')[0] ?? '');
      publish(subject, data);
    };
    const { manager, errors } = await nodes.add('a', { engine });
    const got = gotBy(manager);
    engine.receive(onWire(hello(), '', '1.0'));
    engine.receive(onWire(callOf(1), CONTENT, '1.0'));
    await flush();
    expect([got, errors, new Set(written)]).toEqual([[['send', undefined]], [], new Set(['1.1'])]);
  });

  it('of a recorded job of version 1.0 is missing', async () => {
    const b = await nodes.add('b', { share: { durable: true, group: 'workers' } });
    const got = gotBy(b.manager);
    b.x.connect(() => 1);
    const job = onWire({ type: 'job', from: 'a', run: RUN, id: 'id', signal: 'x' }, CONTENT, '1.0');
    await nodes.engine.durable?.publish('signalbox.tests.durable.x', 'id', job);
    await flush();
    expect([got, b.errors]).toEqual([[['send', undefined]], []]);
  });
});

describe('a delivery from another node (W18)', () => {
  it('runs in the async context in which the Bridge was made, for watchers, too', async () => {
    const storage = new AsyncLocalStorage<string>();
    const [a, b] = await storage.run('made', () => nodes.three());
    const stores: unknown[] = [];
    b.x.connect(() => void stores.push(storage.getStore()));
    await Promise.all([a, b].map(({ bridge }) => bridge.ready({ nodes: 3 })));
    b.manager.watch({ onSend: () => void stores.push(storage.getStore()) });
    await storage.run('sending', () => a.x.send());
    expect(stores).toEqual(['made', 'made']);
  });
});
