import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Nodes } from '../helpers/nodes.js';

// Jest's fake clock as users install it: it holds back what `queueMicrotask` is given, too.
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('nodes over the memory engine talk under a fake clock that nobody moves (H1)', async () => {
  const nodes = new Nodes();
  const [a, b] = await nodes.three();
  b.x.connect(({ n }) => `b got ${String(n)}`);
  await a.bridge.ready({ nodes: 3 });
  expect(await a.x.send({ n: 1 })).toEqual([
    { node: 'b', receiverName: '(anonymous)', status: 'fulfilled', value: 'b got 1' },
  ]);
  await nodes.close();
});

it('a durable job comes under a fake clock that nobody moves (H5)', async () => {
  const nodes = new Nodes();
  const [sender, worker] = [
    await nodes.add('sender', { share: { durable: true } }),
    await nodes.add('worker', { share: { durable: true, group: 'g' } }),
  ];
  const done = new Promise((resolve) => worker.x.connect(({ n }) => resolve(n)));
  await sender.x.send({ n: 1 });
  expect(await done).toBe(1);
  await nodes.close();
});
