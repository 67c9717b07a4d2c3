import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Signal, SignalManager } from 'signalbox';
import type { BadInputError, Engine } from 'signalbox/bridge';
import { Bridge, PayloadError, memoryEngine } from 'signalbox/bridge';
import { z } from 'zod';
import { Nodes, told } from '../helpers/nodes.js';
import { deferred, errorOf, flush, rejectionOf } from '../helpers/promises.js';
import { CONTENT, RUN, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

let nodes = new Nodes();
afterEach(async () => {
  await nodes.close();
  nodes = new Nodes();
});

/** A node whose other side is the test, and what its receiver was called with. */
async function alone(options = {}) {
  const engine = new StubEngine();
  const node = await nodes.add('a', { engine, ...options });
  const seen: unknown[] = [];
  node.x.connect((kwargs) => seen.push(kwargs));
  await flush();
  engine.take();
  const kinds = () => node.errors.map((error) => [(error as BadInputError).kind, (error as BadInputError).node]);
  return { ...node, engine, seen, kinds };
}

describe('an envelope', () => {
  it('of an unknown minor version is understood, what is new in it left alone', async () => {
    const { engine, seen, kinds } = await alone();
    engine.receive(onWire(hello({ mood: 'good' }), '', '1.7'));
    engine.receive(onWire(callOf(1, { colour: 'red' }), CONTENT, '1.7'));
    engine.receive(onWire({ type: 'dance', from: 'b', run: RUN }, '', '1.7'));
    expect(seen).toEqual([{ n: 1 }]);
    expect(kinds()).toEqual([]);
  });

  it('of an unknown major version is refused, and reported once', async () => {
    const { engine, seen, kinds } = await alone();
    engine.receive(onWire(hello()));
    for (let id = 1; id < 4; id++) engine.receive(onWire(callOf(id), CONTENT, '2.0'));
    expect(seen).toEqual([]);
    expect(kinds()).toEqual([['another major version', undefined]]);
  });

  it('from a node that is not known is not delivered; that node is asked who it is', async () => {
    const { engine, seen } = await alone();
    engine.receive(onWire({ type: 'beat', from: 'b', run: RUN, born: 1, everyMs: 1_000, revision: 3 }));
    engine.receive(onWire(callOf(1), CONTENT));
    expect(seen).toEqual([]);
    expect(engine.take().map(({ subject, header }) => [subject, header['type']])).toEqual([
      [`signalbox.tests.node.b.${RUN}`, 'hello'],
    ]);
  });

  it('under the name of a known node but of another run is not delivered', async () => {
    const { engine, seen } = await alone();
    engine.receive(onWire(hello()));
    engine.receive(onWire(callOf(1, { run: '0'.repeat(16) }), CONTENT));
    expect(seen).toEqual([]);
  });

  it('under the name of this node is reported', async () => {
    const { engine, seen, kinds } = await alone();
    engine.receive(onWire(callOf(1, { from: 'a' }), CONTENT));
    expect([seen, kinds()]).toEqual([[], [['another node has the name of this one', 'a']]]);
  });

  it('that has been here before is not delivered again', async () => {
    const { engine, seen, kinds } = await alone();
    engine.receive(onWire(hello()));
    for (const id of [1, 2, 2, 1]) engine.receive(onWire(callOf(id), CONTENT));
    expect(seen).toHaveLength(2);
    expect(kinds()).toEqual([['a call that was here before', 'b']]);
  });

  it('can not name a signal that is not shared', async () => {
    const { engine, manager, kinds } = await alone();
    const called = jest.fn();
    manager.signal('private').connect(called);
    engine.receive(onWire(hello()));
    engine.receive(onWire(callOf(1, { signal: 'private' }), CONTENT));
    expect(called).not.toHaveBeenCalled();
    expect(kinds()).toEqual([['a call of a signal that is not shared here', 'b']]);
  });

  it('does not cross namespaces', async () => {
    const one = await nodes.add('a');
    const other = await nodes.add('b', { namespace: 'tests.b' });
    const called = jest.fn();
    other.x.connect(called);
    await flush();
    await one.x.send();
    expect(called).not.toHaveBeenCalled();
    expect(one.bridge.nodes).toEqual(['a']);
  });

  it('over `maxBytes` is dropped when it comes in, and rejected before it leaves', async () => {
    const { engine, x, seen, kinds } = await alone({ maxBytes: 10_000 });
    engine.receive(onWire(hello()));
    engine.receive(onWire(callOf(1), ' '.repeat(10_000)));
    expect(kinds()).toEqual([['larger than maxBytes', undefined]]);
    engine.take();
    const error = await rejectionOf(x.send({ n: 'x'.repeat(10_000) }));
    expect(error).toBeInstanceOf(PayloadError);
    expect([seen, engine.take()]).toEqual([[], []]);
  });

  it('over `maxBytes` of the engine is rejected before it leaves', async () => {
    const engine = Object.assign(new StubEngine(), { maxBytes: 10_000 });
    const { x } = await alone({ engine });
    engine.receive(onWire(hello()));
    engine.take();
    expect(await rejectionOf(x.send({ n: 'x'.repeat(10_000) }))).toBeInstanceOf(PayloadError);
    expect(engine.take()).toEqual([]);
  });

  it('has results that fit; one that is too large is its receiver’s failure', async () => {
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { maxBytes: 10_000 })];
    b.x.connect(() => 'small');
    b.x.connect(function large() {
      return 'x'.repeat(10_000);
    });
    await flush();
    const [small, large] = told(await a.x.send());
    expect(small).toEqual(['b', 'small']);
    expect(String(large)).toMatch(/PayloadError: The result of receiver large is too large/);
  });

  it.each(['send', 'sendSerial'] as const)(
    'of a %s that cannot cross is reported with its sender (R14)',
    async (verb) => {
      const a = await nodes.add('a');
      const senders: unknown[] = [];
      const manager = new SignalManager({ onError: (_error, { sender }) => senders.push(sender) });
      const bridge = new Bridge(manager, nodes.engine, { namespace: 'tests', node: 'b' });
      const x = manager.signal('x');
      x.connect(() => () => 'a function');
      await bridge.share(x);
      await bridge.ready({ nodes: 2 });
      await a.x[verb]({}, { sender: 'me' });
      expect(senders).toEqual(['me']);
      await bridge.close();
    },
  );

  it('makes no more nodes known than `maxNodes`', async () => {
    const { engine, bridge, kinds } = await alone({ maxNodes: 2 });
    for (const from of ['b', 'c', 'd', 'e']) engine.receive(onWire(hello({ from })));
    expect(bridge.nodes).toEqual(['a', 'b', 'c']);
    expect(kinds()).toEqual([['more nodes than maxNodes', undefined]]);
  });

  it('with an answer that makes no sense is the failure of that node', async () => {
    const { engine, x, kinds } = await alone();
    engine.receive(onWire(hello()));
    const sent = x.send({ n: 1 });
    engine.receive(onWire({ type: 'answer', from: 'b', run: RUN, id: 1 }, '[["Function"]]'));
    expect(told(await sent)).toEqual([
      ['here', 1],
      ['b', 'PayloadError: The answer of node "b" is not structured data'],
    ]);
    expect(kinds()).toContainEqual(['an answer that is no structured data', 'b']);
  });
});

describe('a schema', () => {
  it('that never ends for one call keeps no other node waiting', async () => {
    const gate = deferred<{ readonly value: object }>();
    const validate = ({ n }: { readonly n?: number }) => (n === 1 ? gate.promise : { value: { n } });
    const schema = { '~standard': { version: 1, vendor: 'tests', validate } } as StandardSchemaV1;
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { share: { schema } })];
    const c = await nodes.add('c');
    b.x.connect(({ n }) => n);
    await flush();
    const [first, second] = [a.x.send({ n: 1 }), a.x.send({ n: 2 })];
    expect(told(await c.x.send({ n: 3 }))).toEqual([['b', 3]]);
    gate.resolve({ value: { n: 'late' } });
    expect([told(await first), told(await second)]).toEqual([[['b', 'late']], [['b', 2]]]);
  });

  it('has its output given to receivers, in the order of the sends, however long it takes', async () => {
    const waits: (() => void)[] = [];
    const schema = z.object({ n: z.coerce.number() }).refine(({ n }) => {
      return n === 1 ? new Promise<boolean>((resolve) => waits.push(() => resolve(true))) : Promise.resolve(true);
    });
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { share: { schema } })];
    const seen: unknown[] = [];
    b.x.connect(({ n }) => seen.push(n));
    await flush();
    for (const n of ['1', '2', '3']) a.x.emit({ n });
    await flush();
    expect(seen).toEqual([]);
    waits.forEach((resolve) => resolve());
    await flush();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('that refuses gives the sender a rejected result with its issues', async () => {
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { share: { schema: z.object({ n: z.number() }) } })];
    const called = jest.fn();
    b.x.connect(called);
    await flush();
    const [result] = await a.x.send({ n: 'one' });
    expect(result).toMatchObject({ status: 'rejected', node: 'b', receiverName: '(no answer)' });
    const reason = result?.status === 'rejected' ? result.reason : undefined;
    expect(reason).toBeInstanceOf(PayloadError);
    expect((reason as PayloadError).issues).toEqual([{ message: expect.any(String), path: ['n'] }]);
    expect(called).not.toHaveBeenCalled();
  });
});

describe('bad arguments', () => {
  const manager = new SignalManager();
  const engine = memoryEngine();
  const make = (options: object) => () => new Bridge(manager, engine, options as never);

  it.each([
    ['manager', () => new Bridge({} as never, engine, { namespace: 'n' }), 'Expected `manager` to be a SignalManager'],
    [
      'engine',
      () => new Bridge(manager, {} as never, { namespace: 'n' }),
      'Expected `engine.name` to be a non-empty string',
    ],
    [
      'a function in place of an engine',
      () => new Bridge(manager, memoryEngine as never, { namespace: 'n' }),
      'Expected `engine` to be an engine, such as memoryEngine(), got function memoryEngine',
    ],
    ['no engine', () => new Bridge(manager, null as never, { namespace: 'n' }), 'such as memoryEngine(), got null'],
    ['options', () => new Bridge(manager, engine, undefined as never), 'Expected `options` to be an object'],
    ['namespace', make({}), 'Expected `namespace` to be a non-empty string, got undefined'],
    ['node', make({ namespace: 'n', node: '' }), 'Expected `node` to be a non-empty string'],
    ['timeoutMs', make({ namespace: 'n', timeoutMs: -1 }), 'Expected `timeoutMs` to be milliseconds, 0 or more'],
    ['maxBytes', make({ namespace: 'n', maxBytes: 0 }), 'Expected `maxBytes` to be a whole number'],
    ['maxNodes', make({ namespace: 'n', maxNodes: 1.5 }), 'Expected `maxNodes` to be a whole number'],
    ['heartbeatMs', make({ namespace: 'n', heartbeatMs: 9 }), 'Expected `heartbeatMs` to be 10 or more, got number 9'],
    ['onError', make({ namespace: 'n', onError: 'log' }), 'Expected `onError` to be a function'],
    ['an unknown option', make({ namespace: 'n', name: 'x' }), 'Unknown option `name` of Bridge'],
  ])('of a bridge: %s', (_what, call, message) => {
    expect(String(errorOf(call))).toContain(message);
  });

  const signal = new Signal({ name: 's', manager });
  it.each([
    ['a string', 'x', {}, 'Expected `signal` to be a Signal with a name, got string "x"'],
    ['nothing', undefined, {}, 'Expected `signal` to be a Signal with a name, got undefined'],
    ['a manager', manager, {}, 'Expected `signal` to be a Signal with a name, got object SignalManager'],
    ['a signal without a name', new Signal({ manager }), {}, 'Expected `signal` to be a Signal with a name'],
    [
      'a signal of another manager',
      new Signal({ name: 's', manager: new SignalManager() }),
      {},
      'belongs to another manager',
    ],
    ['group', signal, { group: '' }, 'Expected `group` to be a non-empty string'],
    ['durable', signal, { durable: 1 }, 'Expected `durable` to be a boolean'],
    ['maxAttempts', signal, { maxAttempts: 0 }, 'Expected `maxAttempts` to be a whole number'],
    ['schema', signal, { schema: {} }, 'Expected `schema` to be a Standard Schema'],
    ['schema', signal, { schema: { '~standard': {} } }, 'Expected `schema` to be a Standard Schema'],
    [
      'schema',
      signal,
      { schema: { '~standard': { version: 2, validate: () => ({}) } } },
      'Expected `schema` to be a Standard Schema of version 1',
    ],
    ['an unknown option', signal, { groups: ['a'] }, 'Unknown option `groups` of share'],
  ])('of share: %s', async (_what, shared, options, message) => {
    const bridge = new Bridge(manager, engine, { namespace: 'n' });
    expect(String(await rejectionOf(bridge.share(shared as never, options as never)))).toContain(message);
    await bridge.close();
  });

  it('of a bridge: a limit of the engine', () => {
    const limited = (limits: object, options: object) => () =>
      new Bridge(manager, { ...engine, ...limits }, { namespace: 'n', node: 'a', ...options });
    expect(limited({ maxBytes: 400 }, { maxBytes: 400 })).not.toThrow();
    expect(String(errorOf(limited({ maxBytes: 400 }, { maxBytes: 401 })))).toBe(
      'RangeError: Expected `maxBytes` to be at most 400, as the engine memory takes, got 401',
    );
    const inbox = `signalbox.n.node.a.${RUN}`.length;
    expect(limited({ maxSubjectLength: inbox }, {})).not.toThrow();
    expect(String(errorOf(limited({ maxSubjectLength: inbox }, { node: 'ab' })))).toBe(
      'RangeError: Expected `namespace` and `node` to make subjects of at most ' +
        `${inbox} characters, as the engine memory takes, got ${inbox + 1}`,
    );
    for (const name of ['maxBytes', 'maxSubjectLength']) {
      expect(String(errorOf(limited({ [name]: 0 }, {})))).toContain(`Expected \`engine.${name}\` to be a whole number`);
    }
  });

  it('of share: a durable name too long for the engine', async () => {
    const inbox = `signalbox.tests.node.a.${RUN}`.length;
    const { bridge, manager: owner } = nodes.bare('a', { engine: { ...memoryEngine(), maxSubjectLength: inbox } });
    const fits = 'x'.repeat(inbox - 'signalbox.tests.durable.'.length);
    await bridge.share(owner.signal(fits), { durable: true });
    const longer = bridge.share(owner.signal(`${fits}x`), { durable: true });
    expect(String(await rejectionOf(longer))).toBe(
      'RangeError: Expected `signal.name` to leave a durable signal a subject of at most ' +
        `${inbox} characters, got ${inbox + 1}`,
    );
  });

  const long = 'é'.repeat(167); // two bytes each, and three characters for each byte
  const tooLong = (parameter: string) =>
    `RangeError: Expected \`${parameter}\` to take at most 1000 characters as a word of a subject, got 1002`;

  it.each(['namespace', 'node'])('of a bridge: a %s too long for a subject', (parameter) => {
    const options = { namespace: 'n', [parameter]: long.slice(1) };
    expect(make(options)).not.toThrow();
    expect(String(errorOf(make({ ...options, [parameter]: long })))).toContain(tooLong(parameter));
  });

  it('of share: names too long for a subject', async () => {
    const a = nodes.bare('a');
    const named = a.bridge.share(a.manager.signal(long));
    expect(String(await rejectionOf(named))).toContain(tooLong('signal.name'));
    expect(String(await rejectionOf(a.bridge.share(a.x, { group: long })))).toContain(tooLong('group'));
    await a.bridge.share(a.manager.signal(long.slice(1)), { group: long.slice(1) });
    const b = nodes.bare('b'.repeat(1_000));
    await b.bridge.share(b.manager.signal(long.slice(1)));
    await a.bridge.ready({ nodes: 2 });
  });

  it.each([
    ['signal.name', { name: 's'.repeat(230) }, { name: 's'.repeat(231) }],
    ['group', { name: 's'.repeat(100), group: 'g'.repeat(131) }, { name: 's'.repeat(100), group: 'é'.repeat(22) }],
  ])('of share: a %s too long for what is stored', async (parameter, fits, tooLong) => {
    const a = nodes.bare('a', { namespace: 'shop-1' });
    const share = ({ name, group }: { readonly name: string; readonly group?: string }) =>
      a.bridge.share(a.manager.signal(name), { durable: true, ...(group === undefined ? {} : { group }) });
    const error = await rejectionOf(share(tooLong));
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toBe(
      `RangeError: Expected \`${parameter}\` to leave a durable signal a subject of at most 255 characters, got 256`,
    );
    await share(fits);
  });

  it('of share: a name that is shared already, and durable where the engine is not', async () => {
    const a = await nodes.add('a', { engine: new StubEngine() });
    expect(String(await rejectionOf(a.bridge.share(a.x)))).toBe('TypeError: Signal "x" is shared already');
    const jobs = a.bridge.share(a.manager.signal('jobs'), { durable: true });
    expect(String(await rejectionOf(jobs))).toContain('The engine stub has no durable delivery');
  });

  it.each<[string, unknown, object]>([
    ['engine.durable', null, { durable: true }],
    ['engine.durable.publish', {}, { durable: true }],
    ['engine.durable.consume', { publish: () => Promise.resolve() }, { durable: true, group: 'g' }],
  ])('of share: an engine without %s', async (parameter, durable, options) => {
    const engine = Object.assign(new StubEngine(), { durable }) as unknown as Engine;
    const a = nodes.bare('a', { engine });
    const error = await rejectionOf(a.bridge.share(a.x, options));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(`Expected \`${parameter}\` to be `);
    await a.bridge.share(a.x);
  });

  it.each([
    [{}, 'Expected `nodes` to be a whole number'],
    [{ nodes: 0 }, 'Expected `nodes` to be a whole number'],
    [{ nodes: 1, timeoutMs: '1' }, 'Expected `timeoutMs` to be a number'],
  ])('of ready: %j', async (options, message) => {
    const a = await nodes.add('a');
    expect(String(await rejectionOf(a.bridge.ready(options as never)))).toContain(message);
  });
});
