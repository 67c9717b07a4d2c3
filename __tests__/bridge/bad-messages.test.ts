import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type BadInputError, PayloadError } from 'signalbox/bridge';
import { Nodes, told } from '../helpers/nodes.js';
import { flush } from '../helpers/promises.js';
import { CONTENT, RUN, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

let nodes = new Nodes();
afterEach(async () => {
  await nodes.close();
  nodes = new Nodes();
});

/** A node that knows a node `b`, which is the test, and what its receiver was called with. */
async function knowing(options = {}) {
  const engine = new StubEngine();
  const node = await nodes.add('a', { engine, ...options });
  const seen: unknown[] = [];
  node.x.connect((kwargs) => void seen.push(kwargs), { uid: 'seen' });
  await flush();
  engine.receive(onWire(hello()));
  engine.take();
  const kinds = () => node.errors.map((error) => [(error as BadInputError).kind, (error as BadInputError).node]);
  const posted = () => engine.take().map(({ header: { from: _from, run: _run, ...header } }) => header);
  return { ...node, engine, seen, kinds, posted };
}

const text = (message: string) => new TextEncoder().encode(message);
const beat = { type: 'beat', from: 'b', run: RUN, born: 1, everyMs: 1_000, revision: 0 };

describe('a message that is malformed (H4)', () => {
  it.each<[string, Uint8Array, string | undefined]>([
    ['not UTF-8', Uint8Array.of(0xff, 0xfe), undefined],
    ['no version', text(''), undefined],
    ['no version', text('one\n{}\n'), undefined],
    ['another major version', text('0.9\n{}\n'), undefined],
    ['truncated', text('1.0\n{}'), undefined],
    ['header is no JSON', text('1.0\n{\n'), undefined],
    ['header is no object', text('1.0\n[]\n'), undefined],
    ['header is no object', text('1.0\nnull\n'), undefined],
    ['bad field `from`', onWire({ ...beat, from: '' }), undefined],
    ['bad field `from`', text('1.0\n{"__proto__":{"from":"b"}}\n'), undefined],
    ['bad field `from`', onWire({ ...beat, from: 'b'.repeat(1_001) }), undefined],
    ['bad field `from`', onWire({ ...beat, from: 'é'.repeat(167) }), undefined],
    ['bad field `run`', onWire({ ...beat, run: 7 }), undefined],
    ['bad field `run`', onWire({ ...beat, run: 'FEEDFEEDFEEDFEED' }), undefined],
    ['unknown type of message', onWire({ ...beat, type: 'constructor' }), 'b'],
    ['unknown type of message', onWire({ ...beat, type: ['beat'] }), 'b'],
    ['unknown type of message', onWire({ ...beat, type: 'dance', from: 'stranger' }), undefined],
    ['bad field `revision`', onWire({ ...beat, revision: -1 }), 'b'],
    ['bad field `born`', onWire({ ...beat, born: 0.5 }), 'b'],
    ['bad field `signals`', onWire(hello({ signals: ['x'] })), 'b'],
    ['bad field `signals`', onWire(hello({ signals: [['x', 'all', null]] })), 'b'],
    ['bad field `signals`', onWire(hello({ signals: [['x', null, '']] })), 'b'],
    ['bad field `kind`', onWire(callOf(1, { kind: 'sendSync' }), CONTENT), 'b'],
    ['bad field `reverse`', onWire(callOf(1, { reverse: 1 }), CONTENT), 'b'],
    ['bad field `toAll`', onWire(callOf(1, { toAll: 1 }), CONTENT), 'b'],
    ['bad field `timeoutMs`', onWire(callOf(1, { timeoutMs: -1 }), CONTENT), 'b'],
    ['bad field `expected`', onWire(callOf(1, { expected: [7] }), CONTENT), 'b'],
    ['bad field `stop`', onWire({ type: 'go', from: 'b', run: RUN, id: 1 }), 'b'],
  ])('is dropped, and told of with its kind: %s (%#)', async (kind, message, node) => {
    const { engine, seen, kinds, posted } = await knowing();
    engine.receive(message);
    engine.receive(message);
    expect([kinds(), seen, posted()]).toEqual([[[kind, node]], [], []]);
  });

  it.each([
    '[[1,3,4],{"n":2},1,"k",[]]',
    '[[1,3,4],{"n":2},1,[],{"k":2}]',
    '[[1,-1,-1],{"n":2},1]',
    '[[1,3,3],{"n":2},1,[4],{"k":2}]',
    '[[1,3,4],{"n":2},1,[],[5],{"symbol":2}]',
  ])('is refused when its senders or keys are none: %s', async (payload) => {
    const { engine, seen, kinds, posted } = await knowing();
    engine.receive(onWire(callOf(1), payload));
    expect([kinds(), seen]).toEqual([[['kwargs that are no structured data', 'b']], []]);
    expect(posted()).toEqual([{ type: 'refusal', id: 1 }]);
  });

  it.each([
    ['none', '', [], 'AbortError'],
    ['one', '[{"reason":1},{"value":2},"enough"]', [], undefined],
    ['what is none', '[["Function"]]', [['a reason that is no structured data', 'b']], 'AbortError'],
  ])('aborts with the reason that is given: %s', async (_what, payload, told, name) => {
    const { x, engine, kinds } = await knowing();
    const reasons: unknown[] = [];
    x.connect((_kwargs, { abortSignal }) => {
      abortSignal?.addEventListener('abort', () => reasons.push(abortSignal.reason));
      return new Promise(() => undefined);
    });
    engine.receive(onWire(callOf(1, { abortable: true }), CONTENT));
    engine.receive(onWire({ type: 'abort', from: 'b', run: RUN, id: 1 }, payload));
    expect(reasons).toEqual([name === undefined ? 'enough' : expect.objectContaining({ name })]);
    expect(kinds().filter(([kind]) => kind !== undefined)).toEqual(told);
  });

  it('has no fields but its own, whatever somebody has put on Object.prototype', async () => {
    const { engine, kinds } = await knowing();
    const message = onWire({ type: 'go', from: 'b', run: RUN, id: 1 });
    Object.assign(Object.prototype, { stop: true });
    try {
      engine.receive(message);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'stop');
    }
    expect(kinds()).toEqual([['bad field `stop`', 'b']]);
  });

  it('by an engine, which gives something else than bytes, is told of as what went wrong', async () => {
    const { engine, errors } = await knowing();
    engine.receive(undefined as never);
    expect(errors).toEqual([expect.any(TypeError)]);
  });
});

describe('a call that can’t be delivered (H4)', () => {
  it.each([
    ['no structured data', '[['],
    ['no list', '[{"n":1},1]'],
    ['kwargs that are no object', '[[1,2,2],7,[]]'],
    ['kwargs that are an array', '[[1,1,1],[]]'],
    ['kwargs that are an error', '[[1,5,5],["Error",2],{"error":3},{"message":4},"text",[]]'],
    ['kwargs that are a Map', '[[1,2,2],["Map"],[]]'],
  ])('for it is %s is refused, and its sender told', async (_what, payload) => {
    const { engine, seen, kinds, posted } = await knowing();
    engine.receive(onWire(callOf(1), payload));
    engine.receive(onWire(callOf(2, { kind: 'emit' }), payload));
    expect([seen, kinds()]).toEqual([[], [['kwargs that are no structured data', 'b']]]);
    expect(posted()).toEqual([{ type: 'refusal', id: 1 }]); // nobody waits for an answer to an emit
  });

  it('for it names ever more registered symbols, which nothing would ever forget, is refused', async () => {
    const { engine, seen, kinds, errors } = await knowing();
    const calls = (ids: readonly number[], name: (id: number) => string) => {
      for (const id of ids) {
        const key = JSON.stringify(name(id));
        engine.receive(onWire(callOf(id, { kind: 'emit' }), `[[1,3,4],{"n":2},1,[],[5],{"symbol":6},${key}]`));
      }
    };
    const ids = Array.from({ length: 10_001 }, (_, n) => n + 1);
    calls(ids, (id) => `registered ${id}`);
    expect([seen.length, kinds()]).toEqual([10_000, [['symbols that are refused', 'b']]]);
    expect(errors.map((error) => String((error as Error).cause))).toEqual([
      'PayloadError: More than 10000 different symbols have come from other nodes',
    ]);
    calls([10_002], () => 'registered 7'); // one that has been named before
    expect(seen).toHaveLength(10_001);
  });

  it('for it names a registered symbol by a whole book is refused', async () => {
    const { engine, seen } = await knowing();
    engine.receive(onWire(callOf(1), `[[1,3,4],{"n":2},1,[],[5],{"symbol":6},"${'word '.repeat(300)}"]`));
    const [refusal] = engine.take();
    expect([seen, refusal?.header]).toEqual([[], expect.objectContaining({ type: 'refusal', id: 1 })]);
    expect(refusal?.payload).toContain('The name of a symbol is longer than 1000');
  });

  it('for its signal is not shared here is answered, unless nobody waits for that', async () => {
    const { engine, posted } = await knowing();
    engine.receive(onWire(callOf(1, { signal: 'y', kind: 'emit' }), CONTENT));
    engine.receive(onWire(callOf(2, { signal: 'y' }), CONTENT));
    expect(posted()).toEqual([{ type: 'answer', id: 2 }]);
  });
});

describe('a forged call (H7)', () => {
  it('disturbs no call but the one that it names, however large its number is', async () => {
    const { engine, seen, kinds } = await knowing();
    engine.receive(onWire(callOf(1), CONTENT));
    engine.receive(onWire(callOf(Number.MAX_SAFE_INTEGER, { kind: 'emit' }), CONTENT));
    for (let id = 2; id <= 5_000; id++) engine.receive(onWire(callOf(id), CONTENT));
    expect([seen.length, kinds()]).toEqual([5_001, []]);
  });

  it.each([1, 700, 4_999, 5_000, Number.MAX_SAFE_INTEGER])(
    'that repeats one is delivered no second time: number %d',
    async (id) => {
      const { engine, seen, kinds } = await knowing();
      for (let each = 1; each <= 5_000; each++) engine.receive(onWire(callOf(each), CONTENT));
      engine.receive(onWire(callOf(Number.MAX_SAFE_INTEGER), CONTENT));
      expect(seen).toHaveLength(5_001);
      engine.receive(onWire(callOf(id), CONTENT));
      expect([seen.length, kinds()]).toEqual([5_001, [['a call that was here before', 'b']]]);
    },
  );
});

describe('bad input of a node that comes and goes (H7)', () => {
  const bad = (fields: object) => onWire({ ...beat, revision: -1, ...fields });

  it('is reported once', async () => {
    const { engine, kinds } = await knowing();
    for (let time = 0; time < 1_000; time++) {
      engine.receive(onWire(hello()));
      engine.receive(bad({}));
      engine.receive(onWire({ type: 'bye', from: 'b', run: RUN }));
    }
    expect(kinds()).toEqual([['bad field `revision`', 'b']]);
  });

  it('is reported for as many names as `maxNodes`, and once for all others', async () => {
    const { engine, kinds } = await knowing({ maxNodes: 3 });
    engine.receive(onWire({ type: 'bye', from: 'b', run: RUN }));
    for (let n = 0; n < 10; n++) {
      const from = `made up ${n}`;
      engine.receive(onWire(hello({ from })));
      engine.receive(bad({ from }));
      engine.receive(onWire({ type: 'bye', from, run: RUN }));
    }
    expect(kinds().map(([, node]) => node)).toEqual([0, 1, 2, 3].map((n) => `made up ${n}`));
  });
});

describe('an answer (H4)', () => {
  const from = { from: 'b', run: RUN };

  it('to a call that was never made is told of; one that is late or comes twice is no bad input', async () => {
    const { engine, x, kinds } = await knowing();
    const sent = x.send({ n: 1 });
    engine.receive(onWire({ type: 'answer', id: 1, ...from }));
    engine.receive(onWire({ type: 'result', id: 1, ...from }, '[{"receiverName":1,"status":2},"late","fulfilled"]'));
    engine.receive(onWire({ type: 'refusal', id: 1, ...from }, '[{"reason":1},{"value":2},"late"]'));
    expect(told(await sent)).toEqual([['here', undefined]]);
    await flush();
    engine.receive(onWire({ type: 'answer', id: 1, ...from }));
    expect(kinds()).toEqual([]);
    engine.receive(onWire({ type: 'answer', id: 2, ...from }));
    expect(kinds()).toEqual([['an answer to a call that was never made', 'b']]);
  });
});

describe('what a node says of itself', () => {
  it('is not taken back by an older word that comes later', async () => {
    const { engine, x, posted } = await knowing();
    engine.receive(onWire(hello({ type: 'here', revision: 5, signals: [['x', 'nothing', null]] })));
    engine.receive(onWire(hello({ type: 'here', revision: 4 })));
    x.emit({ n: 1 });
    expect(posted()).toEqual([]);
    engine.receive(onWire(hello({ type: 'here', revision: 6 })));
    x.emit({ n: 1 });
    expect(posted()).toEqual([{ type: 'call', id: 1, signal: 'x', kind: 'emit' }]);
  });
});

describe('a schema', () => {
  const standard = (validate: (value: unknown) => unknown) =>
    ({ '~standard': { version: 1, vendor: 'test', validate } }) as never;
  const refusedBy = async (validate: (value: unknown) => unknown, options = {}) => {
    const a = await nodes.add('a', options);
    const b = await nodes.add('b', { share: { schema: standard(validate) }, ...options });
    const called = jest.fn();
    b.x.connect(called);
    await flush();
    const [result] = await a.x.send({ n: 1 });
    expect(called).not.toHaveBeenCalled();
    if (result?.status !== 'rejected') throw new Error('not refused');
    return result.reason as Error & { issues: unknown };
  };

  it('has its output used at once if it takes no time (H4)', async () => {
    const schema = standard(() => ({ value: { n: 'output' } }));
    const { engine, seen } = await knowing({ share: { schema } });
    engine.receive(onWire(callOf(1), CONTENT));
    expect(seen).toEqual([{ n: 'output' }]);
  });

  it('that refuses when the node is gone already is told of once, whichever run it was (H7)', async () => {
    const refusals: (() => void)[] = [];
    const schema = standard(() => new Promise((resolve) => refusals.push(() => resolve({ issues: [] }))));
    const { engine, kinds } = await knowing({ share: { schema } });
    engine.receive(onWire(callOf(1), CONTENT));
    engine.receive(onWire({ type: 'bye', from: 'b', run: RUN }));
    refusals[0]?.();
    await flush();
    const run = 'beefbeefbeefbeef';
    engine.receive(onWire(hello({ run, born: 2 })));
    for (const id of [1, 2]) engine.receive(onWire(callOf(id, { run }), CONTENT));
    for (const refuse of refusals) refuse();
    await flush();
    expect(kinds()).toEqual([['kwargs that are refused', 'b']]);
  });

  it('whose output is no object refuses', async () => {
    expect(String(await refusedBy(() => ({ value: 7 })))).toBe(
      'PayloadError: The schema of signal "x" must return an object',
    );
  });

  it('has issues that cross with their paths, in whatever form they are', async () => {
    const issues = [{ message: 'whole' }, { message: 'deep', path: ['a', 0, { key: 'b' }, Symbol('s')] }];
    const reason = await refusedBy(() => ({ issues }));
    expect([reason.name, reason.issues]).toEqual([
      'PayloadError',
      [
        { message: 'whole', path: [] },
        { message: 'deep', path: ['a', 0, 'b', 'Symbol(s)'] },
      ],
    ]);
  });

  it('whose issues are not as the standard has them refuses with their text', async () => {
    const reason = await refusedBy(() => ({ issues: [{ message: Symbol('odd') }] }));
    expect(reason.issues).toEqual([{ message: 'Symbol(odd)', path: [] }]);
  });

  it.each([
    ['has too many issues for a message', Array.from({ length: 1_000 }, () => ({ message: 'no' }))],
    ['has an issue that is too long', [{ message: 'no'.repeat(10_000) }]],
  ])('that %s refuses with what there is room for', async (_what, issues) => {
    const reason = await refusedBy(() => ({ issues }), { maxBytes: 10_000 });
    expect([reason.name, reason.message, reason.issues]).toEqual([
      'PayloadError',
      expect.stringMatching(/^The schema of signal "x" rejects the kwargs: no.*…$/),
      [],
    ]);
  });

  it.each([new RangeError('broken', { cause: () => 1 }), new PayloadError('broken', [() => 1])])(
    'that throws refuses: %s',
    async (error) => {
      const reason = await refusedBy(() => {
        throw error;
      });
      expect(String(reason)).toBe(String(error));
      expect(reason.constructor).toBe(error.constructor);
    },
  );
});
