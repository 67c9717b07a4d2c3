import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, Signal, SignalManager } from 'signalbox';
import { Bridge, type Engine, type RedeliverError, SetAsideError } from 'signalbox/bridge';
import { ASYNC_DISPOSE, DISPOSE } from '../../src/internal/dispose.js';
import { type Node, Nodes } from '../helpers/nodes.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';
import { CONTENT, RUN, onWire } from '../helpers/stub-engine.js';

let nodes = new Nodes();
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
afterEach(async () => {
  await nodes.close();
  jest.useRealTimers();
  nodes = new Nodes();
});

const only = { share: { durable: true } };
const worker = (share = {}) => ({ share: { durable: true, group: 'workers', ...share } });

type OnMessage = Parameters<NonNullable<Engine['durable']>['consume']>[2];

/** A worker of an engine that counts no attempts, and the test as that engine. */
async function uncounted(setup: { readonly maxAttempts?: number; readonly publish?: () => Promise<void> } = {}) {
  const { maxAttempts = 3, publish = () => Promise.resolve() } = setup;
  let onMessage: OnMessage = () => Promise.resolve();
  const consumer = { [ASYNC_DISPOSE]: () => Promise.resolve() };
  const published: unknown[] = [];
  const durable: Engine['durable'] = {
    publish: (subject, id) => {
      published.push([subject, id]);
      return publish();
    },
    consume: (_subject, _group, given) => {
      onMessage = given;
      return Promise.resolve(consumer);
    },
  };
  const node = await nodes.add('w', { ...worker({ maxAttempts }), engine: { ...nodes.engine, durable } });
  /** @returns After how many milliseconds it is to come again; undefined if it is done with. */
  const deliver = async (id: string, message = job(id), attempt?: number): Promise<unknown> => {
    const [outcome] = await Promise.allSettled([onMessage(message, id, attempt)]);
    return outcome.status === 'rejected' ? (outcome.reason as RedeliverError).delayMs : undefined;
  };
  return { ...node, deliver, published };
}

const job = (id: string, fields = {}) =>
  onWire({ type: 'job', from: 'b', run: RUN, id, signal: 'x', ...fields }, CONTENT);
const ASIDE = 'signalbox.tests.aside.x.workers';

describe('a durable delivery (H5)', () => {
  it('is counted by the bridge where the engine does not, anew when it is done with', async () => {
    const { x, deliver, published } = await uncounted();
    const attempts: unknown[] = [];
    let fails = true;
    x.connect((_kwargs, { delivery }) => {
      attempts.push(`${delivery?.id} ${delivery?.attempt}`);
      if (fails) throw new Error('no');
    });
    expect([await deliver('one'), await deliver('two'), await deliver('one')]).toEqual([1_000, 1_000, 2_000]);
    expect(published).toEqual([]);
    expect(await deliver('one')).toBeUndefined(); // set aside after its third
    fails = false;
    expect([await deliver('two'), await deliver('one'), await deliver('two')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(attempts).toEqual(['one 1', 'two 1', 'one 2', 'one 3', 'two 2', 'one 1', 'two 1']);
    expect(published).toEqual([[ASIDE, 'one']]);
  });

  it('is counted by the bridge for ten thousand at once, the oldest forgotten first', async () => {
    const { x, deliver } = await uncounted({ maxAttempts: Infinity });
    const attempts = new Map<unknown, unknown>();
    x.connect((_kwargs, { delivery }) => {
      attempts.set(delivery?.id, delivery?.attempt);
      throw new Error('no');
    });
    for (let n = 0; n <= 10_000; n++) await deliver(`id${n}`);
    await deliver('id1');
    await deliver('id0');
    expect([attempts.get('id1'), attempts.get('id0')]).toEqual([2, 1]);
    await deliver('id1'); // not the oldest any more
    expect(attempts.get('id1')).toBe(3);
  });

  it('that is none is set aside unread', async () => {
    const { x, deliver, published, errors } = await uncounted();
    const called = jest.fn();
    x.connect(called);
    const bad = [
      new Uint8Array(),
      job('2', { type: 'bye' }),
      job('3', { signal: 'y' }),
      onWire({ type: 'dance', from: 'b', run: RUN }, '', '1.7'),
    ];
    for (const [n, message] of bad.entries()) expect(await deliver(`${n}`, message)).toBeUndefined();
    expect(called).not.toHaveBeenCalled();
    expect(published).toEqual(['0', '1', '2', '3'].map((id) => [ASIDE, id]));
    expect(errors).toHaveLength(4);
  });

  it('waits while the manager is closing, goes on if it does not close after all, and uses up no try', async () => {
    const { x, deliver, published, errors } = await uncounted({ maxAttempts: 1 });
    const busy = Symbol('busy');
    const finish = deferred();
    const seen: unknown[] = [];
    x.connect((_kwargs, { delivery }) => seen.push(delivery?.attempt));
    x.manager.connect(() => finish.promise, busy);
    x.manager.emit(busy);
    const closing = rejectionOf(x.manager.close({ timeoutMs: 100 }));
    const done = deliver('one');
    await flush();
    expect(seen).toEqual([]);
    jest.advanceTimersByTime(100);
    expect(String(await closing)).toContain('DrainTimeoutError');
    expect([await done, seen]).toEqual([undefined, [1]]);
    expect([published, errors]).toEqual([[], []]);
    finish.resolve();
  });

  it('goes back when the bridge of a manager that is closed closes, too', async () => {
    const { x, bridge, deliver, published, errors } = await uncounted({ maxAttempts: 1 });
    x.connect(() => 1);
    await x.manager.close();
    const back = deliver('one');
    await flush();
    await bridge.close();
    expect([await back, published, errors]).toEqual([0, [], []]);
  });

  it('of a sticky signal waits for a receiver, too', async () => {
    const [sender, node] = [await nodes.add('sender', only), nodes.bare('w')];
    const x = new Signal<{ n?: number }>({ name: 'x', manager: node.manager, sticky: true });
    await node.bridge.share(x, { durable: true, group: 'workers' });
    for (const n of [1, 2]) await sender.x.send({ n });
    await flush();
    const seen: unknown[] = [];
    x.connect(({ n }, { delivery }) => seen.push([n, delivery?.attempt]));
    await flush();
    expect(seen).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it.each([
    ['the signal', ({ x }: Node) => x.mute()],
    ['the manager', ({ manager }: Node) => manager.mute()],
    ['ANY, which the receiver is connected to,', ({ manager }: Node) => manager.mute(ANY)],
  ])('waits while %s is muted', async (what, mute) => {
    const [sender, node] = [await nodes.add('sender', only), await nodes.add('w', worker())];
    const seen: unknown[] = [];
    const receive = ({ n }: Record<string, unknown>) => seen.push(n);
    if (what.startsWith('ANY')) node.manager.connect(receive as never, ANY);
    else node.x.connect(receive);
    const muted = mute(node);
    const again = mute(node);
    await sender.x.send({ n: 1 });
    await flush();
    again[DISPOSE]();
    await flush();
    expect(seen).toEqual([]);
    muted[DISPOSE]();
    await flush();
    expect(seen).toEqual([1]);
  });

  it('with kwargs that the signal does not declare fails, and is reported', async () => {
    const [sender, node] = [await nodes.add('sender', only), nodes.bare('w')];
    const strict = new Signal({ name: 'x', manager: node.manager, defaults: { m: 1 } });
    const called = jest.fn();
    strict.connect(called);
    await node.bridge.share(strict, { durable: true, group: 'workers', maxAttempts: 1 });
    await sender.x.send({ n: 1 });
    await flush();
    expect(called).not.toHaveBeenCalled();
    expect(node.errors.map(String)).toEqual([
      expect.stringContaining('TypeError'),
      expect.stringContaining('has been set aside'),
    ]);
  });

  it('that the manager refuses is reported with its sender', async () => {
    const sender = await nodes.add('sender', only);
    const senders: unknown[] = [];
    const manager = new SignalManager({ onError: (_error, report) => senders.push(report.sender) });
    const strict = new Signal({ name: 'x', manager, defaults: { m: 1 } });
    strict.connect(() => undefined);
    const bridge = new Bridge(manager, nodes.engine, { namespace: 'tests', node: 'w', onError: null });
    await bridge.share(strict, { durable: true, group: 'workers', maxAttempts: 1 });
    await sender.x.send({ n: 1 }, { sender: 's' });
    await flush();
    await bridge.close();
    expect(senders).toEqual(['s']);
  });

  it('that no filter of a receiver matches is done with', async () => {
    const { x, deliver, published, errors } = await uncounted();
    const called = jest.fn();
    x.connect(called, { key: 'books' });
    expect([await deliver('one'), published, errors]).toEqual([undefined, [], []]);
    expect(called).not.toHaveBeenCalled();
  });

  it.each(['here', 'by the engine'])(
    'whose nodes die of it is set aside before one more than `maxAttempts`, and reported (H10), counted %s',
    async (by) => {
      const { x, deliver, published, errors } = await uncounted({ maxAttempts: 2 });
      const called = jest.fn(() => new Promise(() => undefined)); // as far as its engine sees, the node is gone
      x.connect(called);
      const counts = by === 'here' ? [undefined, undefined, undefined] : [1, 2, 3];
      for (const attempt of counts.slice(0, 2)) void deliver('one', job('one'), attempt);
      await flush();
      expect([called.mock.calls.length, published]).toEqual([2, []]);
      expect(await deliver('one', job('one'), counts[2])).toBeUndefined();
      expect([called.mock.calls.length, published]).toEqual([2, [[ASIDE, 'one']]]);
      expect(errors).toEqual([new SetAsideError('x', 'workers', 'one', ASIDE, 2)]);
      expect(errors[0]).toMatchObject({ code: 'ERR_SET_ASIDE', attempts: 2 });
    },
  );

  it('that can’t be set aside is reported, and comes again after its delay', async () => {
    const { x, deliver, errors } = await uncounted({
      maxAttempts: 1,
      publish: () => Promise.reject(new Error('disk full')),
    });
    x.connect(() => {
      throw new Error('no');
    });
    expect([await deliver('one'), await deliver('one')]).toEqual([1_000, 2_000]);
    // Its receiver has had the one delivery that there is.
    expect(errors.map(String)).toEqual(['Error: no', 'Error: disk full', 'Error: disk full']);
  });

  it('that the engine does not answer when it is set aside is reported after `timeoutMs`, and comes again', async () => {
    const { x, deliver, errors } = await uncounted({ maxAttempts: 1, publish: () => new Promise(() => undefined) });
    x.connect(() => {
      throw new Error('no');
    });
    const again = deliver('one');
    await flush();
    jest.advanceTimersByTime(5_000);
    expect(await again).toBe(1_000);
    expect(errors.map(String)).toEqual([
      'Error: no',
      'ReceiverTimeoutError: Receiver (memory) of signal "x" has not settled within 5000 ms',
    ]);
  });
});
