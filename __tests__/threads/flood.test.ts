import { describe, expect, it } from '@jest/globals';
import { collectGarbage } from '../helpers/gc.js';
import { Stage, leavingNothing } from './threads.js';

leavingNothing();

function unblock(flag: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(flag), 0, 1);
  Atomics.notify(new Int32Array(flag), 0);
}

/**
 * Bytes in use after a collection: on the heap of this thread, and outside of it, where messages wait for other threads.
 * The pages of the heap that V8 keeps for later are left out, because their number depends on when it last collected.
 */
async function memoryInUse(): Promise<number> {
  await collectGarbage();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

/** A thread that has taken an emit and blocks in its receiver. */
async function blocked(options: object) {
  const stage = new Stage(['block', 'log', 'ping'], options);
  const thread = await stage.join('a', { block: 'block', log: 'note', ping: 'double' });
  const flag = new SharedArrayBuffer(4);
  stage.signal('block').emit({ flag });
  await Promise.resolve();
  return { stage, thread, flag };
}

describe('emits to a busy thread (T5)', () => {
  it('wait, up to `maxQueued`; the rest is dropped and reported, once for a turn', async () => {
    const { stage, thread, flag } = await blocked({ maxQueued: 100 });
    const log = stage.signal('log');
    for (let n = 0; n < 1000; n += 1) log.emit({ n });
    await new Promise(setImmediate);
    for (let n = 1000; n < 1005; n += 1) log.emit({ n });
    await new Promise(setImmediate);
    const dropped = (count: number) =>
      `ThreadOverflowError: ${count} emits for thread a were dropped, since 100 wait for it already; ` +
      'send and await, or raise `maxQueued`';
    expect(stage.reported).toEqual([
      [dropped(901), 'a'],
      [dropped(5), 'a'],
    ]);
    unblock(flag);
    await stage.manager.drain();
    // 99, and the one that it is busy with.
    expect(await thread.run('received')).toEqual(Array.from({ length: 99 }, (_, n) => ({ n })));
    log.emit({ n: 'there is room again' });
    await stage.manager.drain();
    expect(await thread.run('received')).toEqual([{ n: 'there is room again' }]);
  });

  it('are not counted while the thread keeps up, however many one loop makes', async () => {
    const stage = new Stage(['count'], { maxQueued: 2000 });
    await stage.join('a', { count: 'countIn' });
    const counter = new SharedArrayBuffer(4);
    const counted = new Int32Array(counter);
    for (let n = 1; n <= 10_000; n += 1) {
      stage.signal('count').emit({ counter });
      // No turn of the event loop passes here: how far the thread has come is in shared memory.
      const behind = () => n % 1000 === 0 && Atomics.load(counted, 0) < n - 200;
      for (let tries = 0; behind() && tries < 60_000; tries += 1) Atomics.wait(counted, 0, Atomics.load(counted, 0), 5);
    }
    await stage.manager.drain();
    expect(stage.reported).toEqual([]);
    expect(counted[0]).toBe(10_000);
  });

  it('never cost an awaited send, which keeps its place behind them', async () => {
    const { stage, thread, flag } = await blocked({ maxQueued: 10 });
    for (let n = 0; n < 20; n += 1) stage.signal('log').emit({ n });
    const sent = [1, 2, 3].map((n) => stage.signal('ping').send({ n }));
    unblock(flag);
    expect((await Promise.all(sent)).flat()).toHaveLength(3);
    expect(await thread.run('received')).toHaveLength(9);
  });

  it('of several workers are bounded together where they meet, and each worker hears of its own', async () => {
    const { stage, thread, flag } = await blocked({ maxQueued: 10 });
    const b = await stage.join('b');
    const c = await stage.join('c');
    const emits = Array.from({ length: 10 }, (_, n) => ({ n }));
    await b.run('emit', 'log', ...emits);
    await b.run('drain');
    await c.run('emit', 'log', ...emits);
    await c.run('drain');
    unblock(flag);
    await stage.signal('ping').send({ n: 1 });
    expect(await thread.run('received')).toHaveLength(9);
    expect(await b.reports(1)).toMatchObject([[expect.stringMatching(/1 emits for thread a/), 'a']]);
    expect(await c.reports(1)).toMatchObject([[expect.stringMatching(/10 emits for thread a/), 'a']]);
    expect(stage.reported).toEqual([]);
  });

  it('by the million stay in bounds', async () => {
    const { stage, flag } = await blocked({});
    const before = await memoryInUse();
    for (let n = 0; n < 1_000_000; n += 1) stage.signal('log').emit({ n });
    await new Promise(setImmediate);
    const grown = (await memoryInUse()) - before;
    expect(grown).toBeLessThan(100 * 1024 * 1024);
    unblock(flag);
    await stage.manager.drain();
    expect(stage.reported).toHaveLength(1);
  });
});
