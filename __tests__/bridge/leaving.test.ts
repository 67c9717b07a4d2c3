import { describe, expect, it, jest } from '@jest/globals';
import type { Engine } from 'signalbox/bridge';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { nodes, nodesOnFakeClock, slow, whilePassing } from '../helpers/fake-clock-nodes.js';
import { told } from '../helpers/nodes.js';
import { flush } from '../helpers/promises.js';
import { CONTENT, RUN, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

nodesOnFakeClock();

const pass = async (ms: number, stepMs = 10) => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    jest.advanceTimersByTime(stepMs);
    await flush();
  }
};

describe('a node that closes while others send (H6)', () => {
  it.each([1, 4])(
    'answers all that was on its way to it, 40 closes at 100 sends a second: %d other nodes',
    async (others) => {
      const engine = slow(25);
      const a = await nodes.add('a', { engine });
      for (let n = 1; n < others; n++) (await nodes.add(`other ${n}`, { engine })).x.connect(() => n);
      const sends: Promise<unknown>[] = [];
      let called = 0;
      for (let time = 0; time < 40; time++) {
        const b = await nodes.add('b', { engine });
        b.x.connect(() => (called += 1));
        await pass(200);
        let closed = false;
        for (let n = 0; n < 20; n++) {
          if (n === 10) void b.bridge.close().then(() => (closed = true));
          sends.push(a.x.send());
          a.x.emit();
          await pass(10);
        }
        await pass(200);
        expect(closed).toBe(true);
      }
      const results = (await Promise.all(sends)).flat();
      expect(results.filter((result) => (result as { status: string }).status === 'rejected')).toEqual([]);
      expect(a.errors).toEqual([]);
      // What was sent until it had told that it leaves: at least all that was sent before.
      expect(called).toBeGreaterThanOrEqual(40 * 2 * 10);
      await whilePassing(nodes.close());
      await pass(50);
    },
  );

  it('says goodbye when each of them has answered, or is lost', async () => {
    const stub = new StubEngine();
    stub.answersLeaving = false;
    const { bridge } = await nodes.add('a', { engine: stub });
    stub.receive(onWire(hello()));
    stub.receive(onWire(hello({ from: 'silent' })));
    stub.take();
    let closed = false;
    const closing = bridge.close({ timeoutMs: 60_000 }).then(() => (closed = true));
    await flush();
    const [leaving] = stub.take();
    expect(leaving?.header).toMatchObject({ type: 'hello', signals: [] });
    const { revision } = leaving?.header as { revision: number };
    stub.receive(onWire(hello({ type: 'here', revision: 1, answers: revision })));
    for (let beats = 0; beats < 4; beats++) {
      expect(closed).toBe(false);
      await pass(1_000, 1_000);
    }
    await pass(1_000, 1_000);
    expect(stub.take().at(-1)?.header['type']).toBe('bye');
    await closing;
  });
});

describe('a serial send that is never told to go on (H7)', () => {
  /** A node that a node `b`, which is the test, has called; `b` is to say whether to go on. */
  async function asked(options = {}) {
    const engine = new StubEngine();
    const { x, bridge, errors } = await nodes.add('a', { engine, ...options });
    const called: number[] = [];
    for (const n of [1, 2]) x.connect(() => called.push(n));
    engine.receive(onWire(hello()));
    await flush();
    engine.take();
    engine.receive(onWire(callOf(1, { kind: 'serial', asks: true }), CONTENT));
    await flush();
    const posted = () => engine.take().map(({ header: { type, id } }) => `${String(type)} ${String(id)}`);
    return { engine, bridge, errors, called, posted };
  }

  it('ends when the word has not come within `timeoutMs`: its sender is told', async () => {
    const { engine, called, posted } = await asked({ timeoutMs: 3_000 });
    await pass(2_900, 100);
    engine.receive(onWire({ type: 'beat', from: 'b', run: RUN, born: 1, everyMs: 1_000, revision: 0 }));
    expect(posted().filter((each) => !/^(beat|hello)/.test(each))).toEqual(['result 1']);
    await pass(100, 100);
    expect(posted().filter((each) => !/^(beat|hello)/.test(each))).toEqual(['refusal 1']);
    engine.receive(onWire({ type: 'go', from: 'b', run: RUN, id: 1, stop: false }));
    await flush();
    expect([called, posted()]).toEqual([[1], []]);
  });

  it('goes on when it comes in time, and leaves no timer', async () => {
    const { engine, called, posted } = await asked();
    const timers = jest.getTimerCount();
    engine.receive(onWire({ type: 'go', from: 'b', run: RUN, id: 1, stop: false }));
    await flush();
    expect([called, posted(), jest.getTimerCount()]).toEqual([[1, 2], ['result 1', 'result 1'], timers]);
    engine.receive(onWire({ type: 'go', from: 'b', run: RUN, id: 1, stop: true }));
    await flush();
    expect([posted(), jest.getTimerCount()]).toEqual([['answer 1'], timers - 1]);
  });

  it('does not hold up `close`, not even without a limit of the bridge', async () => {
    const { bridge, called } = await asked({ timeoutMs: Infinity });
    let closed = false;
    const closing = bridge.close({ timeoutMs: 2_000 }).then(() => (closed = true));
    await flush();
    await pass(1_900, 100);
    expect(closed).toBe(false);
    await pass(100, 100);
    await closing;
    expect(called).toEqual([1]);
  });

  it('is one of 10,000 in hand of its node at most: more are refused', async () => {
    // Without a limit no timer runs for any of them.
    const { engine, bridge, errors } = await asked({ timeoutMs: Infinity });
    for (let id = 2; id <= 12_000; id++) engine.receive(onWire(callOf(id, { kind: 'serial', asks: true }), CONTENT));
    await flush();
    const refused = engine.take().filter(({ header }) => header['type'] === 'refusal');
    expect(refused).toHaveLength(2_000);
    expect(refused[0]?.payload).toContain('has too many pending calls');
    expect(errors.map(String)).toEqual([
      'BadInputError: Dropped a message from node "b": more calls in hand than a node may have',
    ]);
    await whilePassing(bridge.close({ timeoutMs: 0 }));
  });
});

describe('close (H7)', () => {
  it.each<[string, object | undefined, number]>([
    ['the `timeoutMs` of the bridge', undefined, 3_000],
    ['its own `timeoutMs`', { timeoutMs: 1_000 }, 1_000],
  ])(
    'gives up a receiver that is still at work, and an answer that does not come, after %s',
    async (_, options, ms) => {
      const [a, b] = [await nodes.add('a', { timeoutMs: 3_000 }), await nodes.add('b', { timeoutMs: 3_000 })];
      for (const { x } of [a, b]) x.connect(() => new Promise(() => undefined));
      await flush();
      const [there, back] = [a.x.send({}, { timeoutMs: Infinity }), b.x.send({}, { timeoutMs: Infinity })];
      void there;
      void back;
      await flush();
      let closed = false;
      const closing = a.bridge.close(options).then(() => (closed = true));
      await flush();
      await pass(ms - 100, 100);
      expect([closed, b.bridge.nodes]).toEqual([false, ['b', 'a']]);
      await pass(100, 100);
      await closing;
      expect([a, b].map(({ errors }) => errors.map(String))).toEqual([
        ['NodeLostError: Node "b" was lost before it answered a send of signal "x"'],
        ['NodeLostError: Node "a" was lost before it answered a send of signal "x"'],
      ]);
    },
  );

  it('takes 5 seconds more at most, whatever the engine does not end', async () => {
    const never = () => new Promise<never>(() => undefined);
    const opened: AsyncDisposable = { [ASYNC_DISPOSE]: never };
    const engine: Engine = {
      name: 'never',
      publish: (_subject, data) => (new TextDecoder().decode(data).includes('"bye"') ? never() : undefined),
      subscribe: () => Promise.resolve(opened),
      durable: { publish: never, consume: () => Promise.resolve(opened) },
    };
    const a = await nodes.add('a', { engine, timeoutMs: 2_000, share: { durable: true, group: 'g' } });
    void a.x.send({ n: 1 }, { timeoutMs: Infinity });
    let closed = false;
    const closing = a.bridge.close().then(() => (closed = true));
    await flush();
    await pass(7_000, 500);
    expect(closed).toBe(true);
    await closing;
    expect(await a.x.send({ n: 2 })).toEqual([]); // the manager's own again
  });

  it.each([-1, '5', NaN])('rejects a `timeoutMs` of %p, and goes on', async (timeoutMs) => {
    const a = await nodes.add('a');
    await expect(a.bridge.close({ timeoutMs: timeoutMs as number })).rejects.toThrow('Expected `timeoutMs` to be');
    await expect(a.bridge.close({ timeout: 1 } as object)).rejects.toThrow(TypeError);
    const b = await nodes.add('b');
    b.x.connect(() => 'b');
    await flush();
    expect(told(await a.x.send())).toEqual([['b', 'b']]);
    await whilePassing(a.bridge.close());
  });
});
