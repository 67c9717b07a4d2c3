import { getEventListeners } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { SignalBus } from '../src/bus/index.js';
import { FarSettling, type SettlingTransport } from '../src/far/settling.js';
import { SignalManager } from '../src/index.js';
import { watchHostOf } from '../src/watch/watch-host.js';
import { deferred, flush } from './helpers/promises.js';

interface Peer {
  readonly name: string;
}

const [b, c]: [Peer, Peer] = [{ name: 'b' }, { name: 'c' }];

/** A manager that shares signals with `b` and `c`, which the test plays. */
function make() {
  const manager = new SignalManager();
  const asked: [peer: Peer, id: number, onward: boolean][] = [];
  const answers: [peer: Peer, id: number][] = [];
  const changes: boolean[] = [];
  const state = { sends: 0, peers: [b, c], idle: Promise.resolve() };
  const transport: SettlingTransport<Peer> = {
    peers: () => state.peers,
    nameOf: ({ name }) => name,
    ask: (...question) => void asked.push(question),
    answer: (peer, id) => void answers.push([peer, id]),
    sends: () => state.sends,
    undone: () => [],
    whenIdle: () => state.idle,
  };
  const settling: FarSettling<Peer> = new FarSettling(manager, transport, () => void changes.push(settling.isAsking));
  settling.begin();
  const aborter = new AbortController();
  const settle = (hops: 0 | 1 | 2 = 2) => settling.settle({ hops, abortSignal: aborter.signal });
  /** Answers all open questions with these counts. */
  const answer = async (counts: readonly [b: number, c: number]) => {
    await flush();
    for (const [peer, id] of asked.splice(0)) settling.answered(peer, id, counts[peer === b ? 0 : 1]);
    await flush();
  };
  return { manager, settling, asked, answers, changes, state, aborter, settle, answer };
}

/** A receiver or subscriber that is not done until the test ends it. */
const works: [what: string, begin: (manager: SignalManager, done: Promise<void>) => Promise<() => void>][] = [
  [
    'a send',
    (manager, done) => {
      const own = Symbol('own');
      manager.connect(() => done, own);
      return Promise.resolve(() => manager.emit(own));
    },
  ],
  [
    'a subscriber',
    async (manager, done) => {
      const bus = new SignalBus({ manager });
      bus.subscriber('topic', () => done);
      await bus.start();
      return () => void bus.publish('topic', 1);
    },
  ],
];

describe('a round of settled over peers (S8)', () => {
  it('begins when all that has arrived has been handled', async () => {
    const { state, settle, asked } = make();
    const { promise, resolve } = deferred();
    state.idle = promise;
    const counts: number[] = [];
    void settle(0).then((count) => counts.push(count));
    void settle().then((count) => counts.push(count));
    await flush();
    expect([asked, counts]).toEqual([[], []]);
    state.sends = 3;
    resolve();
    await flush();
    expect([asked.map(([peer]) => peer), counts]).toEqual([[b, c], [3]]);
  });

  it('counts the sends that were made or received while peers were asked', async () => {
    const { state, settle, answer } = make();
    const count = settle();
    await flush();
    state.sends = 5;
    await answer([1, 1]);
    expect(await count).toBe(5 + 2); // both have answered something new
  });

  it('awaits the peers that are silent, or whose last two answers differ; none that has left (S9)', async () => {
    const { settling, settle, answer } = make();
    const awaited: (readonly string[])[] = [];
    for (const counts of [
      [1, 1],
      [2, 1],
      [2, 1],
      [3, 1],
    ] as const) {
      const round = settle();
      await flush();
      awaited.push(settling.awaited());
      await answer(counts);
      await round;
    }
    expect(awaited).toEqual([
      ['b', 'c'],
      ['b', 'c'],
      ['b', 'c'],
      ['b', 'c'],
    ]);
    expect(settling.awaited()).toEqual(['b']);
    const steady = settle();
    await answer([3, 1]);
    await steady;
    expect(settling.awaited()).toEqual([]);
    const unsteady = settle();
    await answer([4, 1]);
    await unsteady;
    settling.left(b);
    expect(settling.awaited()).toEqual([]);
  });

  it('goes on without a peer that leaves, and waits for the others', async () => {
    const { settling, settle, answer, asked } = make();
    const done: string[] = [];
    const round = settle().then(() => done.push('settled'));
    await flush();
    settling.left(b);
    expect(settling.awaited()).toEqual(['c']);
    await flush();
    expect(done).toEqual([]);
    asked.shift();
    await answer([0, 0]);
    await round;
  });

  it.each(['abort', 'close'])('ends at an %s', async (how) => {
    const { manager, settling, settle, aborter } = make();
    const round = settle();
    await flush();
    if (how === 'abort') aborter.abort();
    else settling.close();
    await round;
    expect([settling.isAsking, settling.awaited()]).toEqual([false, []]);
    expect(watchHostOf(manager)?.settling.has(settling)).toBe(how === 'abort');
  });

  it('asks nobody if it was aborted before', async () => {
    const { settle, asked, aborter, changes } = make();
    aborter.abort();
    await settle();
    expect([asked, changes]).toEqual([[], []]);
  });

  it('leaves no abort listener, and tells the transport when it begins and ends to await an answer', async () => {
    const { settle, answer, aborter, changes } = make();
    const round = settle();
    await answer([0, 0]);
    await round;
    expect(getEventListeners(aborter.signal, 'abort')).toEqual([]);
    expect(changes).toEqual([true, true, true, false]);
  });
});

describe('the questions of peers (S8)', () => {
  it.each([true, false])('are answered, the last hundred of each peer; onward: %s', async (onward) => {
    const { settling, state, answers } = make();
    state.peers = [];
    for (let id = 1; id <= 150; id++) settling.asked(b, id, onward);
    settling.asked(c, 1, onward);
    await flush();
    // The first is being answered when the others come.
    const ids = [1, ...Array.from({ length: 100 }, (_each, index) => index + 51)];
    expect(answers).toEqual([...ids.map((id) => [b, id]), [c, 1]]);
  });

  it.each([true, false])('are dropped when their peer leaves; onward: %s', async (onward) => {
    const { settling, state, answers } = make();
    state.peers = [];
    settling.asked(c, 1, onward);
    settling.asked(b, 1, onward);
    settling.asked(c, 2, onward);
    settling.left(b);
    await flush();
    expect(answers).toEqual([
      [c, 1],
      [c, 2],
    ]);
  });

  it('get no answer after the close', async () => {
    const { manager, settling, state, answers } = make();
    state.sends = 1;
    const { promise, resolve } = deferred();
    const own = Symbol('own');
    manager.connect(() => promise, own);
    manager.emit(own);
    settling.asked(b, 1, false);
    await flush();
    settling.close();
    resolve();
    settling.asked(c, 1, false);
    await flush();
    expect(answers).toEqual([]);
  });

  it('ask the rest of the app nothing after the close', async () => {
    const { manager, settling } = make();
    const settle = jest.fn(() => Promise.resolve(0));
    watchHostOf(manager)?.settling.add({ undone: () => [], settle });
    settling.close();
    settling.asked(b, 1, false);
    await flush();
    expect(settle).not.toHaveBeenCalled();
  });

  it.each(works)('wait for %s that has begun while the peers were asked', async (_what, begin) => {
    const { manager, settling, answers, answer } = make();
    const { promise, resolve } = deferred();
    const start = await begin(manager, promise);
    settling.asked(b, 1, true);
    await answer([3, 3]);
    start();
    await answer([3, 3]); // the same as before
    expect(answers).toEqual([]);
    resolve();
    await answer([3, 3]);
    expect(answers).toEqual([[b, 1]]);
  });
});
