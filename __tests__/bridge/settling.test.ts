import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { record } from 'signalbox/testing';
import { Nodes } from '../helpers/nodes.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';
import { CONTENT, RUN, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

let nodes = new Nodes();
beforeEach(() => {
  nodes = new Nodes();
});
afterEach(() => nodes.close());

/** A bridge to the nodes `b` and `c`, which the test plays, on an engine that keeps what is published. */
async function alone(version = '1.1') {
  const engine = new StubEngine();
  const node = await nodes.add('a', { engine });
  for (const from of ['b', 'c']) engine.receive(onWire(hello({ from }), '', version));
  await flush();
  engine.take();
  const receive = (header: object, payload = ''): void =>
    engine.receive(onWire({ run: RUN, ...header }, payload, version));
  /** The questions and answers that were published, without the sender. */
  const published = (type: 'settle' | 'settled') =>
    engine
      .take()
      .filter(({ header }) => header['type'] === type)
      .map(({ subject, header }) => ({ to: subject.split('.').at(-2), id: Number(header['id']), header }));
  return { engine, receive, published, ...node };
}

/** Answers the questions of each round until all are answered the same as before. */
async function answer({ published, receive }: Awaited<ReturnType<typeof alone>>, sendsOf: (round: number) => number) {
  let rounds = 0;
  for (let asked = published('settle'); asked.length > 0; asked = published('settle')) {
    for (const { to, id } of asked) receive({ type: 'settled', from: to, id, sends: sendsOf(rounds) });
    rounds += 1;
    await flush();
    await new Promise(setImmediate);
    await flush();
  }
  return rounds;
}

describe('the messages of settled (S8)', () => {
  it('ask each node onward, until a whole round gives the same answers', async () => {
    const node = await alone();
    const settled = record(node.manager).settled();
    await flush();
    const [first, second] = node.published('settle');
    expect([first, second]).toMatchObject([
      { to: 'b', header: { type: 'settle', onward: true } },
      { to: 'c', header: { type: 'settle', onward: true } },
    ]);
    for (const asked of [first, second]) {
      node.receive({ type: 'settled', from: asked?.to, id: asked?.id, sends: 7 });
    }
    await new Promise(setImmediate);
    await flush();
    expect(await answer(node, () => 7)).toBe(1);
    await settled;
  });

  it('are not sent to nodes of version 1.0', async () => {
    const { manager, published } = await alone('1.0');
    await record(manager).settled();
    expect(published('settle')).toEqual([]);
  });

  it('are not sent to nodes that share no signal with this one', async () => {
    const { engine, manager, published, receive } = await alone();
    for (const from of ['b', 'c']) receive(hello({ from, revision: 1, signals: [['other', 'everything', null]] }));
    await flush();
    engine.take();
    await record(manager).settled();
    expect(published('settle')).toEqual([]);
  });

  it('go on while a node gives new answers; the error names it (S9)', async () => {
    const node = await alone();
    const settled = rejectionOf(record(node.manager).settled({ timeoutMs: 50 }));
    const state = { ended: false };
    void settled.finally(() => (state.ended = true));
    let sends = 0;
    while (!state.ended) {
      for (const { to, id } of node.published('settle')) {
        node.receive({ type: 'settled', from: to, id, sends: to === 'b' ? (sends += 1) : 0 });
      }
      await new Promise(setImmediate);
    }
    expect((await settled) as { pending: string[] }).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT' });
    expect(((await settled) as { pending: string[] }).pending).toContain('b');
  });

  it('that nobody answers end after timeoutMs, and a later answer is not bad input (S9)', async () => {
    const { manager, published, receive, errors } = await alone();
    const error = await rejectionOf(record(manager).settled({ timeoutMs: 0 }));
    expect(error).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT', pending: ['b', 'c'] });
    for (const { to, id } of published('settle')) receive({ type: 'settled', from: to, id, sends: 0 });
    await flush();
    expect(published('settle')).toEqual([]); // no further round
    expect(errors).toEqual([]);
  });

  it('are answered when everything here is done, with a count that each send changes', async () => {
    const { x, published, receive, engine } = await alone();
    const slow = deferred();
    x.connect(() => slow.promise);
    receive(callOf(1, { kind: 'emit' }), CONTENT);
    receive({ type: 'settle', from: 'b', id: 1, onward: false });
    await flush();
    expect(published('settled')).toEqual([]);
    slow.resolve();
    await flush();
    const [first] = published('settled');
    expect(first).toMatchObject({ to: 'b', id: 1 });
    x.emit({});
    engine.take();
    receive({ type: 'settle', from: 'c', id: 4, onward: false });
    await flush();
    const [second] = published('settled');
    expect(second).toMatchObject({ to: 'c', id: 4 });
    expect(second?.header['sends']).not.toBe(first?.header['sends']);
  });

  it('that go onward are answered when the other nodes have answered one that does not', async () => {
    const { published, receive } = await alone();
    receive({ type: 'settle', from: 'b', id: 1, onward: true });
    await flush();
    for (let round = 0; round < 2; round++) {
      const asked = published('settle');
      expect(asked).toMatchObject([
        { to: 'b', header: { onward: false } },
        { to: 'c', header: { onward: false } },
      ]);
      for (const { to, id } of asked) receive({ type: 'settled', from: to, id, sends: 3 });
      await flush();
    }
    expect(published('settled')).toMatchObject([{ to: 'b', id: 1 }]);
  });
});

describe('a hostile node', () => {
  it('cannot answer for another, nor what was never asked: that is bad input, once', async () => {
    const { manager, published, receive, errors } = await alone();
    const failed = rejectionOf(record(manager).settled({ timeoutMs: 50 }));
    await flush();
    const ids = published('settle').map(({ id }) => id);
    for (const id of ids) receive({ type: 'settled', from: 'b', id, sends: 0 });
    for (const id of [1e9, 1e9 + 1]) receive({ type: 'settled', from: 'b', id, sends: 0 });
    expect(await failed).toMatchObject({ pending: ['c'] });
    expect(errors.map(String)).toEqual([expect.stringContaining('never sent')]);
  });

  it('that asks without end gets answers to its last hundred questions, and makes one round at a time', async () => {
    const { x, published, receive, engine } = await alone();
    const slow = deferred();
    x.connect(() => slow.promise);
    receive(callOf(1, { kind: 'emit' }), CONTENT);
    receive({ type: 'settle', from: 'b', id: 1, onward: true });
    await flush();
    for (let id = 2; id <= 500; id++) receive({ type: 'settle', from: 'b', id, onward: true });
    await flush();
    expect(published('settle')).toEqual([]); // its own work first
    slow.resolve();
    const answered: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      await flush();
      const posted = engine.take();
      const asked = posted.filter(({ header }) => header['type'] === 'settle');
      expect(asked.length).toBeLessThanOrEqual(2);
      for (const { subject, header } of asked) {
        receive({ type: 'settled', from: subject.split('.').at(-2), id: header['id'], sends: 0 });
      }
      answered.push(
        ...posted.filter(({ header }) => header['type'] === 'settled').map(({ header }) => Number(header['id'])),
      );
    }
    expect(answered).toEqual([1, ...Array.from({ length: 100 }, (_each, index) => index + 401)]);
  });

  it.each([
    { type: 'settle', id: 1 },
    { type: 'settle', id: -1, onward: true },
    { type: 'settle', id: 1, onward: 1 },
    { type: 'settled', id: 1 },
    { type: 'settled', id: 1, sends: -1 },
    { type: 'settled', id: '1', sends: 1 },
  ])('is reported for a message of another shape: %j', async (header) => {
    const { errors, receive, published } = await alone();
    receive({ from: 'b', ...header });
    await flush();
    expect(errors.map(String)).toEqual([expect.stringContaining('bad field')]);
    expect(published('settled')).toEqual([]);
  });
});
