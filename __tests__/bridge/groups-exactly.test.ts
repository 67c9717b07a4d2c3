import { describe, expect, it } from '@jest/globals';
import { ANY } from 'signalbox';
import { nodes, nodesOnFakeClock } from '../helpers/fake-clock-nodes.js';
import { type Node, told } from '../helpers/nodes.js';
import { flush } from '../helpers/promises.js';

nodesOnFakeClock();

describe('a group whose member sends (H11)', () => {
  async function two(): Promise<readonly [Node, Node]> {
    const share = { group: 'g' };
    const two = [await nodes.add('a', { share }), await nodes.add('b', { share })] as const;
    two[1].x.connect(() => 'b');
    return two;
  }

  it.each<[string, (a: Node) => unknown]>([
    ['a receiver for another key', ({ x }) => x.connect(() => 'a', { key: 'other' })],
    ['a receiver for another sender', ({ x }) => x.connect(() => 'a', { sender: 'other' })],
    ['a stream', ({ x }) => x.stream()],
    ['a wait', ({ x }) => void x.wait().catch(() => undefined)],
    ['a receiver of ANY that is muted', (a) => [a.manager.connect(() => 'a', ANY), a.manager.mute(ANY)]],
  ])('gives the send to another member if there is only %s at the sender', async (_what, connect) => {
    const [a] = await two();
    connect(a);
    await flush();
    expect(a.x.hasReceivers({ key: 'k' })).toBe(true);
    expect(told(await a.x.send({}, { key: 'k' }))).toEqual([['b', 'b']]);
    expect(told(await a.x.sendSerial({}, { key: 'k' }))).toEqual([['b', 'b']]);
  });

  it.each<[string, (a: Node) => unknown]>([
    ['its key', ({ x }) => x.connect(() => 'a', { key: 'k' })],
    ['all sends', ({ x }) => x.connect(() => 'a')],
    ['ANY', (a) => a.manager.connect(() => 'a', ANY)],
  ])('has the send at the sender if a receiver there is for %s', async (_what, connect) => {
    const [a] = await two();
    connect(a);
    await flush();
    expect(told(await a.x.send({}, { key: 'k' }))).toEqual([['here', 'a']]);
  });
});

describe('a durable job (H10)', () => {
  it('is not used up by a stream or a wait: it waits for a receiver, and they see it go by', async () => {
    const [sender, a] = [
      await nodes.add('sender', { share: { durable: true } }),
      await nodes.add('a', { share: { durable: true, group: 'g' } }),
    ];
    const stream = a.x.stream();
    const seen: unknown[] = [];
    void (async () => {
      for await (const { kwargs } of stream) seen.push(kwargs['n']);
    })();
    await sender.x.send({ n: 1 });
    await flush();
    expect(seen).toEqual([]);
    const done: unknown[] = [];
    a.x.connect(({ n }) => done.push(n));
    await flush();
    expect([done, seen]).toEqual([[1], [1]]);
    await stream.return?.();
  });

  it('goes to the member that has receivers, not to one that has a stream', async () => {
    const share = { durable: true, group: 'g' };
    const [a, b] = [await nodes.add('a', { share }), await nodes.add('b', { share })];
    const stream = a.x.stream();
    const done: unknown[] = [];
    b.x.connect((_kwargs, { delivery }) => delivery && done.push('b'));
    const c = await nodes.add('c', { share: { durable: true } });
    await c.x.send({});
    await c.x.send({});
    await flush();
    await a.bridge.close(); // gives back what it has
    await flush();
    expect(done).toEqual(['b', 'b']);
    await stream.return?.();
  });
});
