import { expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { type Signal, SignalManager } from '../../src/index.js';
import { ThreadHub } from '../../src/threads/index.js';
import { joinAs } from '../../src/threads/thread-link.js';
import { deferred } from '../helpers/promises.js';

class PretendedWorker extends EventEmitter {
  readonly threadId = 2_000_000;
}

function side() {
  const manager = new SignalManager({ onError: null });
  const ping: Signal<Record<string, unknown>> = manager.signal('ping');
  return { manager, ping };
}

it('a thread is told when it is given up, so that it does not go on with the send (T4)', async () => {
  const [main, a] = [side(), side()];
  const hub = new ThreadHub(main.manager, { signals: [main.ping], timeoutMs: 10 });
  const worker = new PretendedWorker();
  const joined = joinAs(worker.threadId, a.manager, { signals: [a.ping], name: 'a' });
  const [link] = await Promise.all([joined, hub.attach(worker)]);
  const gate = deferred();
  const after = jest.fn();
  a.ping.connect(() => gate.promise, { key: 'slow' });
  a.ping.connect(after, { key: 'slow' });
  a.ping.connect(() => 'here', { key: 'quick' });
  expect(await main.ping.sendSerial({}, { key: 'slow' })).toMatchObject([
    { status: 'rejected', reason: { name: 'ReceiverTimeoutError' }, thread: 'a' },
  ]);
  // Its answer comes after what has been posted before.
  expect(await main.ping.send({}, { key: 'quick', timeoutMs: Infinity })).toMatchObject([{ value: 'here' }]);
  gate.resolve();
  await a.manager.drain();
  expect(after).not.toHaveBeenCalled();
  await link.close();
  await hub.close();
});

it('the serial send of a thread that leaves in its middle is given up by the others (T4)', async () => {
  const [main, a] = [side(), side()];
  const hub = new ThreadHub(main.manager, { signals: [main.ping] });
  const worker = new PretendedWorker();
  const joined = joinAs(worker.threadId, a.manager, { signals: [a.ping], name: 'a' });
  const [link] = await Promise.all([joined, hub.attach(worker)]);
  const after = jest.fn();
  main.ping.connect(() => 'first');
  main.ping.connect(after);
  // The thread leaves when it is asked whether to go on, and so never answers.
  const leave = () => {
    void link.close();
    return false;
  };
  expect(await a.ping.sendSerial({}, { until: leave })).toMatchObject([
    { status: 'fulfilled', value: 'first', thread: 'main' },
    { status: 'rejected', reason: { name: 'ThreadExitedError' }, thread: 'main' },
  ]);
  await main.manager.drain();
  expect([after.mock.calls, hub.threads]).toEqual([[], []]);
  await hub.close();
});

/** A hub and the links of `a`, `b`, and `c`, the last two attached by `a`. */
async function family() {
  const sides = [side(), side(), side(), side()] as const;
  const [main, a, b, c] = sides;
  const hub = new ThreadHub(main.manager, { signals: [main.ping] });
  const join = async ({ manager, ping }: typeof a, name: string, parent: Pick<ThreadHub, 'attach'>) => {
    const worker = new PretendedWorker();
    const [link] = await Promise.all([
      joinAs(worker.threadId, manager, { signals: [ping], name }),
      parent.attach(worker),
    ]);
    return link;
  };
  const link = await join(a, 'a', hub);
  const called: string[] = [];
  const children = [await join(b, 'b', link), await join(c, 'c', link)];
  for (const [index, name] of ['a', 'b', 'c'].entries())
    sides[index + 1]?.ping.connect(() => {
      called.push(name);
      return new Promise(() => undefined);
    });
  while (main.manager.explain(main.ping).length < 3) await new Promise(setImmediate);
  const close = async () => {
    for (const each of [...children, link, hub]) await each.close();
  };
  return { main, hub, link, called, close };
}

const exited = (thread: string) => ({ status: 'rejected', reason: { name: 'ThreadExitedError' }, thread });
/** Messages between threads take some turns. */
const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

it('a hub that closes calls no other thread of a serial send, and gives up all (T7)', async () => {
  const { main, hub, called, close } = await family();
  const sent = main.ping.sendSerial();
  while (called.length === 0) await new Promise(setImmediate);
  await hub.close();
  expect(await sent).toMatchObject([exited('a'), exited('b'), exited('c')]);
  await turns();
  expect(called).toEqual(['a']);
  await close();
});

it('a thread that leaves takes those along that it has attached, and a serial send calls none of them (T7)', async () => {
  const { main, hub, link, called, close } = await family();
  const sent = main.ping.sendSerial();
  while (called.length === 0) await new Promise(setImmediate);
  await link.close();
  expect(await sent).toMatchObject([exited('a')]);
  await turns();
  expect([called, hub.threads]).toEqual([['a'], []]);
  await close();
});
