import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { SendResult } from '../../src/index.js';
import { Stage, leavingNothing, plain } from './threads.js';

leavingNothing();
afterEach(() => {
  jest.useRealTimers();
});

/** In this thread: however late the others are, no time passes here. */
const stopClock = () => jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });

const exited = (thread: string) => ({
  status: 'rejected',
  reason: `ThreadExitedError: Thread ${thread} has exited`,
  receiverName: '(no answer)',
  thread,
});

describe('a thread that exits (T4)', () => {
  it.each(['terminate', 'exit', 'throw'])('by %s answers at once, here and in other threads', async (way) => {
    const stage = new Stage(['ping']);
    const a = await stage.join('a', { ping: 'never' });
    const b = await stage.join('b');
    const sent = stage.signal('ping').send();
    const sentByOther = b.run('send', 'ping');
    await b.run('threadId');
    await a.run('threadId');
    if (way === 'terminate') void a.worker.terminate();
    else void a.run(way);
    expect(plain(await sent)).toEqual([exited('a')]);
    expect(await sentByOther).toMatchObject([
      { reason: { name: 'ThreadExitedError', code: 'ERR_THREAD_EXITED' }, thread: 'a' },
    ]);
    expect(stage.reported).toEqual([['ThreadExitedError: Thread a has exited', 'a']]);
    expect(stage.hub.threads).toEqual(['b']);
    expect(stage.signal('ping').hasReceivers()).toBe(false);
    expect(await stage.signal('ping').send()).toEqual([]);
    expect(await b.run('threads')).toEqual(['main']);
  });

  it('while it is being asked, with others, costs the results of no other', async () => {
    const stage = new Stage(['ping']);
    await stage.join('a', { ping: 'double' });
    await stage.join('b', { ping: 'exit' });
    await stage.join('c', { ping: 'asyncDouble' });
    expect(plain(await stage.signal('ping').send({ n: 1 }))).toEqual([
      { status: 'fulfilled', value: 2, receiverName: 'double', thread: 'a' },
      exited('b'),
      { status: 'fulfilled', value: 2, receiverName: 'asyncDouble', thread: 'c' },
    ]);
  });

  it('after it has answered has answered', async () => {
    const stage = new Stage(['ping', 'log']);
    await stage.join('a', { ping: 'answerThenExit' });
    const sent = stage.signal('ping').send();
    // What it has posted, and its exit, are both there when this thread looks.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(plain(await sent)).toMatchObject([{ status: 'fulfilled', value: 'last words' }]);
  });

  it('while it blocks, by terminate, answers at once', async () => {
    const stage = new Stage(['block']);
    const a = await stage.join('a', { block: 'block' });
    const sent = stage.signal('block').send({ flag: new SharedArrayBuffer(4) });
    await a.worker.terminate();
    expect(plain(await sent)).toEqual([exited('a')]);
  });

  it('in the middle of sends from all sides leaves none of them open', async () => {
    const stage = new Stage(['ping']);
    const names = ['a', 'b', 'c', 'd'];
    const threads = await Promise.all(names.map((name) => stage.join(name, { ping: 'asyncDouble' })));
    const sends = Array.from({ length: 50 }, async (_, n) => [
      ...(await stage.signal('ping').send({ n })),
      ...((await threads[1]?.run('send', 'ping', { n })) as unknown[]),
    ]);
    await threads[2]?.run('threadId');
    await threads[0]?.worker.terminate();
    for (const results of await Promise.all(sends)) expect(results.length).toBeGreaterThanOrEqual(3 + 3);
    expect(await threads[1]?.run('drain')).toBeUndefined();
  });

  it('with emits that it has not taken loses them, which is reported', async () => {
    const stage = new Stage(['block', 'log']);
    const a = await stage.join('a', { block: 'block', log: 'note' });
    const b = await stage.join('b');
    stage.signal('block').emit({ flag: new SharedArrayBuffer(4) });
    await Promise.resolve();
    for (let n = 0; n < 10; n += 1) stage.signal('log').emit({ n });
    await b.run('emit', 'log', { n: 1 }, { n: 2 });
    await b.run('drain'); // the hub has them now
    const drained = stage.manager.drain();
    await a.worker.terminate();
    await drained;
    const lost = (count: number) =>
      `ThreadExitedError: Thread a has exited; it had not taken ${count} emits, which are lost`;
    expect(stage.reported.sort()).toEqual([
      [lost(1), 'a'],
      [lost(10), 'a'],
    ]);
    expect(await b.reports(1)).toEqual([[lost(2), 'a']]);
  });

  it('is seen by `until`, as is one that hangs, so that no other thread is called (T7)', async () => {
    const stage = new Stage(['ping', 'block'], { timeoutMs: 10 });
    await stage.join('a', { ping: 'exit', block: 'never' });
    await stage.join('b', { ping: 'double', block: 'double' });
    const until = ({ status }: SendResult): boolean => status === 'rejected';
    for (const [signal, reason] of [
      ['block', 'ReceiverTimeoutError'],
      ['ping', 'ThreadExitedError'],
    ] as const) {
      const options = signal === 'ping' ? { timeoutMs: 60_000 } : {};
      expect(await stage.signal(signal).sendSerial({}, { until, ...options })).toMatchObject([
        { reason: { name: reason }, thread: 'a' },
      ]);
    }
  });

  it('is not reported when the sender expects it', async () => {
    const stage = new Stage(['ping']);
    await stage.join('a', { ping: 'exit' });
    class ThreadExitedError extends Error {}
    await stage.signal('ping').send({}, { expected: [ThreadExitedError] });
    expect(stage.reported).toEqual([]);
  });
});

describe('a thread that hangs (T4)', () => {
  const timeout = (thread: string, ms: number) => ({
    status: 'rejected',
    reason: `ReceiverTimeoutError: Receiver (all of thread ${thread}) of signal "block" has not settled within ${ms} ms`,
    receiverName: '(no answer)',
    thread,
  });

  it('is given up after the `timeoutMs` of the send, or that of the hub, and answers later sends again', async () => {
    const stage = new Stage(['block', 'ping'], { timeoutMs: 40 });
    const a = await stage.join('a', { block: 'block', ping: 'double' });
    await stage.join('b', { ping: 'double' });
    const flag = new SharedArrayBuffer(4);
    const block = stage.signal('block');
    const sent = Promise.all([
      block.send({ flag }),
      block.send({ flag }, { timeoutMs: 10 }),
      block.sendSerial({ flag }),
    ]);
    expect((await sent).map((results) => plain(results))).toEqual([
      [timeout('a', 40)],
      [timeout('a', 10)],
      [timeout('a', 40)],
    ]);
    expect(stage.reported).toHaveLength(3);
    Atomics.store(new Int32Array(flag), 0, 1);
    Atomics.notify(new Int32Array(flag), 0);
    await a.run('threadId');
    // Without a limit, for a busy machine may be as slow as one that hangs.
    expect(await stage.signal('ping').send({ n: 1 }, { timeoutMs: Infinity })).toHaveLength(2);
    expect(stage.reported).toHaveLength(3); // its late answers are dropped
  });

  it('is another matter than receivers that are slow: those are told one by one, by their thread', async () => {
    const stage = new Stage(['ping']);
    const a = await stage.join('a', { ping: 'never' });
    await a.run('connect', 'ping', 'double');
    stopClock();
    expect(plain(await stage.signal('ping').send({ n: 1 }, { timeoutMs: 5 }))).toEqual([
      {
        status: 'rejected',
        reason: 'ReceiverTimeoutError: Receiver never of signal "ping" has not settled within 5 ms',
        receiverName: 'never',
        thread: 'a',
      },
      { status: 'fulfilled', value: 2, receiverName: 'double', thread: 'a' },
    ]);
    expect(stage.reported).toEqual([]);
    expect(await a.run('reported')).toHaveLength(1);
  });

  it('is not one that takes long over a serial send, receiver by receiver', async () => {
    const stage = new Stage(['ping'], { timeoutMs: 1500 });
    const a = await stage.join('a', { ping: 'double' });
    for (const receiver of ['asyncDouble', 'whoAmI', 'where']) await a.run('connect', 'ping', receiver);
    stopClock();
    const until = (): boolean => {
      jest.advanceTimersByTime(1000);
      return false;
    };
    const results = await stage.signal('ping').sendSerial({ n: 1 }, { until });
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
  });
});
