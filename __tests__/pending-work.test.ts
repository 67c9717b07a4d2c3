import { describe, expect, it, jest } from '@jest/globals';
import { PendingWork } from '../src/internal/pending-work.js';
import { deferred, flush } from './helpers/promises.js';

/** Whether a promise has settled by now. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  void promise.then(() => (over = true));
  await flush();
  return over;
}

describe('PendingWork', () => {
  it('counts what has begun and has not ended', async () => {
    const work = new PendingWork();
    const { promise, resolve } = deferred();
    work.begin();
    work.begin();
    work.add(promise);
    expect(work.size).toBe(3);
    work.end(2);
    expect(work.size).toBe(1);
    resolve();
    await flush();
    expect(work.size).toBe(0);
  });

  it('calls `onIdle` in the call that ends the last work, each time', () => {
    const work = new PendingWork();
    const onIdle = jest.fn();
    work.onIdle(onIdle);
    work.begin();
    work.begin();
    work.end();
    expect(onIdle).toHaveBeenCalledTimes(0);
    work.end();
    expect(onIdle).toHaveBeenCalledTimes(1);
    work.begin();
    work.end();
    expect(onIdle).toHaveBeenCalledTimes(2);
    work.onIdle(undefined);
    work.begin();
    work.end();
    expect(onIdle).toHaveBeenCalledTimes(2);
  });

  it('`whenIdle` waits for work that begins meanwhile, too', async () => {
    const work = new PendingWork();
    await work.whenIdle();
    work.begin();
    const idle = work.whenIdle();
    work.begin();
    work.end();
    expect(await isOver(idle)).toBe(false);
    work.end();
    await idle;
  });

  it('`whenOneEnds` waits for any of it', async () => {
    const work = new PendingWork();
    work.begin();
    work.begin();
    const ended = work.whenOneEnds();
    expect(await isOver(ended)).toBe(false);
    work.end();
    await ended;
    expect(work.size).toBe(1);
  });
});
