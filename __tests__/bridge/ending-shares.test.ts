import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BridgeClosedError, type Engine } from 'signalbox/bridge';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { nodes, nodesOnFakeClock, slow, whilePassing } from '../helpers/fake-clock-nodes.js';
import { told } from '../helpers/nodes.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';
import { CONTENT, StubEngine, callOf, hello, onWire } from '../helpers/stub-engine.js';

nodesOnFakeClock();

const worker = { durable: true, group: 'g' };

/** A share with a job in hand, and how that is finished. */
async function working(engine: Engine = nodes.engine) {
  const a = nodes.bare('a', { engine });
  const share = await a.bridge.share(a.x, worker);
  const job = deferred();
  a.x.connect((_kwargs, { delivery }) => (delivery === undefined ? undefined : job.promise));
  await a.x.send();
  await flush();
  return { ...a, share, job };
}

describe('a durable share that is ended by itself while a job is in hand', () => {
  it('is waited for by `close`', async () => {
    const { bridge, share, job } = await working();
    const done: string[] = [];
    const ended = share[ASYNC_DISPOSE]().then(() => done.push('ended'));
    const closed = bridge.close().then(() => done.push('closed'));
    await flush();
    expect(done).toEqual([]);
    job.resolve();
    await Promise.all([ended, closed]);
    expect(done).toEqual(['ended', 'closed']);
  });

  it('is waited for by all that end it', async () => {
    const { share, job } = await working();
    const done: string[] = [];
    const ends = ['first', 'second'].map((name) => share[ASYNC_DISPOSE]().then(() => done.push(name)));
    await flush();
    expect(done).toEqual([]);
    job.resolve();
    await Promise.all(ends);
    await share[ASYNC_DISPOSE]();
    expect(done).toEqual(['first', 'second']);
  });

  it('has what the job sends durably stored, though the bridge is closed meanwhile', async () => {
    const { bridge, manager, share, job, errors } = await working();
    const next = manager.signal('next');
    await bridge.share(next, { durable: true });
    const sent = job.promise.then(() => next.send());
    manager.signal('x').connect((_kwargs, { delivery }) => (delivery === undefined ? undefined : sent));
    const ended = share[ASYNC_DISPOSE]();
    const closed = bridge.close();
    await flush();
    job.resolve();
    await Promise.all([ended, closed]);
    const ids: string[] = [];
    await nodes.engine.durable?.consume('signalbox.tests.durable.next', 'test', (_data, id) =>
      Promise.resolve(void ids.push(id)),
    );
    await flush();
    expect([ids.length, errors]).toEqual([1, []]);
  });

  it('is waited for by `close`, though the signal is shared anew meanwhile', async () => {
    const { bridge, x, share, job } = await working();
    const done: string[] = [];
    const ended = share[ASYNC_DISPOSE]().then(() => done.push('ended'));
    await bridge.share(x, { durable: true });
    const closed = bridge.close().then(() => done.push('closed'));
    await flush();
    job.resolve();
    await Promise.all([ended, closed]);
    expect(done).toEqual(['ended', 'closed']);
  });
});

describe('a share that can’t be ended', () => {
  it('has each that ends it told so, and is none for `close` any more', async () => {
    const consumer = { [ASYNC_DISPOSE]: () => Promise.reject(new Error('no')) };
    const durable = { publish: () => Promise.resolve(), consume: () => Promise.resolve(consumer) };
    const a = nodes.bare('a', { engine: { ...nodes.engine, durable } });
    const share = await a.bridge.share(a.x, worker);
    const ends = [share[ASYNC_DISPOSE](), share[ASYNC_DISPOSE]()];
    expect(await Promise.all(ends.map(rejectionOf))).toEqual([new Error('no'), new Error('no')]);
    await a.bridge.close();
  });
});

describe('a share that waits for its last subscription while the bridge closes', () => {
  it.each([
    ['fails', () => Promise.reject(new Error('no')), ['inbox', 'calls'].map(() => new Error('no'))],
    ['takes for ever', () => new Promise<void>(() => undefined), []],
  ])('has that ended, too, though the end of each of the others %s', async (_what, end, errors) => {
    const [last, ended] = [deferred(), [] as string[]];
    const subscribe: Engine['subscribe'] = async (subject) => {
      const isLast = subject.endsWith('presence');
      if (isLast) await last.promise;
      return { [ASYNC_DISPOSE]: () => (isLast ? Promise.resolve(void ended.push(subject)) : end()) };
    };
    const a = nodes.bare('a', { engine: { ...nodes.engine, subscribe } });
    const shared = rejectionOf(a.bridge.share(a.x));
    await flush();
    const closed = a.bridge.close();
    await flush();
    last.resolve();
    await flush();
    jest.advanceTimersByTime(1_000);
    await closed;
    expect([ended, a.errors]).toEqual([['signalbox.tests.presence'], errors]);
    expect(await shared).toBeInstanceOf(BridgeClosedError);
  });
});

describe('a share that is ended by itself while others call it (H6)', () => {
  afterEach(async () => {
    await whilePassing(nodes.close());
    jest.advanceTimersByTime(25); // their last messages
  });

  /** Two nodes whose messages take a while; the second one has a receiver, and its share can be ended. */
  async function calling(receiver: (kwargs: Record<string, unknown>) => unknown) {
    const engine = slow(25);
    const a = await nodes.add('a', { engine });
    const b = nodes.bare('b', { engine });
    const sharing = b.bridge.share(b.x);
    b.x.connect(receiver);
    const share = await whilePassing(sharing);
    await whilePassing(a.bridge.ready({ nodes: 2 }));
    const errors = () => [...a.errors, ...b.errors];
    return { a, b, share, errors };
  }

  it.each(['send', 'sendSerial', 'emit'] as const)(
    'answers a %s that was on its way without a result, and nothing is reported',
    async (verb) => {
      const receiver = jest.fn();
      const { a, share, errors } = await calling(receiver);
      const sent = a.x[verb]({ n: 1 });
      await share[ASYNC_DISPOSE]();
      expect(await whilePassing(Promise.resolve(sent))).toEqual(verb === 'emit' ? undefined : []);
      jest.advanceTimersByTime(100);
      await flush();
      expect([receiver.mock.calls, errors()]).toEqual([[], []]);
    },
  );

  it('answers nothing but that to a signal that is shared anew, as a durable one', async () => {
    const receiver = jest.fn();
    const { a, b, share, errors } = await calling(receiver);
    const sent = a.x.send({ n: 1 });
    await share[ASYNC_DISPOSE]();
    const anew = b.bridge.share(b.x, { durable: true });
    expect(await whilePassing(sent)).toEqual([]);
    await whilePassing(anew);
    expect([receiver.mock.calls, errors()]).toEqual([[], []]);
  });

  it.each(['send', 'sendSerial'] as const)(
    'answers a %s that its receivers are handling, with their results',
    async (verb) => {
      const [begun, done] = [deferred(), deferred<string>()];
      const { a, b, share, errors } = await calling(() => {
        begun.resolve();
        return done.promise;
      });
      b.x.connect(() => 'the next one');
      const sent = a.x[verb]({ n: 1 });
      await whilePassing(begun.promise);
      await share[ASYNC_DISPOSE]();
      done.resolve('done');
      expect(told(await whilePassing(sent))).toEqual([
        ['b', 'done'],
        ['b', 'the next one'],
      ]);
      expect(errors()).toEqual([]);
    },
  );

  it('remembers the last thousand that have ended, and reports calls of others', async () => {
    const engine = new StubEngine();
    engine.keep = false;
    const { bridge, manager, errors } = await nodes.add('a', { engine });
    engine.receive(onWire(hello()));
    for (let n = 0; n <= 1_001; n++) {
      const share = await bridge.share(manager.signal(`s${n}`));
      await share[ASYNC_DISPOSE]();
      // Shared anew in the meantime, and so the last one again.
      if (n === 500) await (await bridge.share(manager.signal('s1')))[ASYNC_DISPOSE]();
    }
    let id = 0;
    const call = (signal: string) => engine.receive(onWire(callOf((id += 1), { signal }), CONTENT));
    for (const signal of ['s1001', 's3', 's1']) call(signal);
    expect(errors).toEqual([]);
    call('s0');
    expect(errors.map(String)).toEqual([
      'BadInputError: Dropped a message from node "b": a call of a signal that is not shared here',
    ]);
  });
});
