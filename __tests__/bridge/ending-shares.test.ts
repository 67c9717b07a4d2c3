import { describe, expect, it, jest } from '@jest/globals';
import { BridgeClosedError, type Engine } from 'signalbox/bridge';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { nodes, nodesOnFakeClock } from '../helpers/fake-clock-nodes.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

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
