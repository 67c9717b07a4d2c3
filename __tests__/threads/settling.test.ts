import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { record } from '../../src/testing/index.js';
import { rejectionOf } from '../helpers/promises.js';
import { Stage, leavingNothing } from './threads.js';

leavingNothing();
afterEach(() => {
  jest.useRealTimers();
});

describe.each([
  ['real', () => undefined],
  ['fake', () => void jest.useFakeTimers({ doNotFake: ['performance'] })],
])('settled over worker threads, with %s timers (S8)', (_what, install) => {
  it('waits for emits from worker to worker, and back to this thread', async () => {
    const stage = new Stage(['go', 'next']);
    const [a, b] = await Promise.all([stage.join('a', { next: 'relay' }), stage.join('b', { next: 'relay' })]);
    const seen: unknown[] = [];
    stage.signal('next').connect((kwargs) => void seen.push(kwargs));
    install();
    stage.signal('next').emit({ left: 2 });
    await record(stage.manager).settled();
    jest.useRealTimers();
    // Each of the two emits to the other, to itself and to this thread: 2 emits of `left: 1`, then 4 of `left: 0`.
    const counted = (kwargs: readonly unknown[], left: number) =>
      kwargs.filter((each) => (each as { left: number }).left === left).length;
    expect([2, 1, 0].map((left) => counted(seen, left))).toEqual([1, 2, 4]);
    for (const worker of [a, b]) {
      const received = (await worker.run('received')) as unknown[];
      expect([2, 1, 0].map((left) => counted(received, left))).toEqual([1, 2, 4]);
    }
  });

  it('names a worker that is not done (S9)', async () => {
    const stage = new Stage(['go', 'next']);
    await stage.join('stuck', { go: 'never' });
    await stage.join('idle', { go: 'note' });
    stage.signal('go').emit({});
    await stage.manager.drain();
    install();
    const error = await rejectionOf(record(stage.manager).settled({ timeoutMs: 200 }));
    expect(error).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT' });
    expect((error as { pending: string[] }).pending).toContain('stuck');
  });
});

it('a worker that exits holds nothing up (S8)', async () => {
  const stage = new Stage(['go']);
  const worker = await stage.join('worker', { go: 'never' });
  stage.signal('go').emit({});
  await stage.manager.drain();
  const settled = record(stage.manager).settled({ timeoutMs: Infinity });
  await worker.worker.terminate();
  await settled;
});
