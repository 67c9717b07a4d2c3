import { describe, expect, it, jest } from '@jest/globals';
import { farResults } from 'signalbox';
import type { Engine } from 'signalbox/bridge';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { nodes, nodesOnFakeClock, whilePassing } from '../helpers/fake-clock-nodes.js';
import { told } from '../helpers/nodes.js';
import { deferred, flush } from '../helpers/promises.js';

nodesOnFakeClock();

describe('a call that its sender no longer waits for', () => {
  it.each([
    ['without `until`', {}],
    ['with `until`', { until: () => false }],
  ])('calls no further receiver of a serial send %s', async (_how, options) => {
    const [a, b, c] = await nodes.three({ timeoutMs: 1000 });
    const called: string[] = [];
    const hand = deferred();
    b.x.connect(async () => {
      called.push('b, first');
      await hand.promise;
    });
    b.x.connect(() => called.push('b, second'));
    c.x.connect(() => called.push('c'));
    await flush();
    const results = await whilePassing(a.x.sendSerial({}, options));
    expect(farResults(results).map(({ node }) => node)).toEqual(['b', 'c']);
    hand.resolve();
    await flush();
    expect(called).toEqual(['b, first', 'c']);
  });

  it('calls nobody if its schema has answered too late (H7)', async () => {
    const hand = deferred();
    const validate = async (value: unknown) => {
      await hand.promise;
      return { value: value as object };
    };
    const schema = { '~standard': { version: 1 as const, vendor: 'tests', validate } };
    const [a, b] = [await nodes.add('a'), await nodes.add('b', { share: { schema } })];
    const receiver = jest.fn();
    b.x.connect(receiver);
    await flush();
    const sent = a.x.send();
    await flush();
    await whilePassing(b.bridge.close({ timeoutMs: 100 }));
    expect(told(await whilePassing(sent))).toEqual([['b', expect.stringContaining('NodeLostError')]]);
    hand.resolve();
    await flush();
    expect(receiver).not.toHaveBeenCalled();
  });
});

it('a serial send goes on over an engine that delivers before `publish` returns', async () => {
  const subscribers = new Map<string, Set<(data: Uint8Array) => void>>();
  const engine: Engine = {
    name: 'at once',
    publish(subject, data) {
      for (const onMessage of [...(subscribers.get(subject) ?? [])]) onMessage(data.slice());
    },
    subscribe(subject, onMessage) {
      const all = subscribers.get(subject) ?? new Set();
      subscribers.set(subject, all.add(onMessage));
      return Promise.resolve({ [ASYNC_DISPOSE]: () => Promise.resolve(void all.delete(onMessage)) });
    },
  };
  const [a, b] = [await nodes.add('a', { engine }), await nodes.add('b', { engine })];
  b.x.connect(() => 'first');
  b.x.connect(() => 'second');
  await a.bridge.ready({ nodes: 2 });
  const results = await whilePassing(a.x.sendSerial({}, { until: () => false }));
  expect(told(results)).toEqual([
    ['b', 'first'],
    ['b', 'second'],
  ]);
});

it('all signals that a bridge has accepted are announced, also once all of them are heard', async () => {
  const [a, b] = [await nodes.add('a', { maxBytes: 8000 }), await nodes.add('b', { maxBytes: 8000 })];
  const shared = [];
  for (let i = 0; ; i++) {
    const name = `${i}${'x'.repeat(200)}`;
    try {
      await a.bridge.share(a.manager.signal(name));
    } catch {
      break;
    }
    await b.bridge.share(b.manager.signal(name));
    shared.push(name);
  }
  for (const name of shared) b.manager.connect(() => name, b.manager.signal(name));
  await a.bridge.ready({ nodes: 2 });
  const results = await Promise.all(shared.map((name) => a.manager.send(a.manager.signal(name))));
  expect(results.flatMap(told)).toEqual(shared.map((name) => ['b', name]));
  expect([...a.errors, ...b.errors]).toEqual([]);
});
