import { describe, expect, it } from '@jest/globals';
import { Stage, leavingNothing, plain } from './threads.js';

leavingNothing();

const SIGNALS = ['ping', 'pong', 'log'];

/** Which receivers the results are of, and where. */
const namesOf = (results: readonly unknown[]) =>
  results.map((result) => {
    const { thread, receiverName } = result as { thread?: string; receiverName?: string };
    return thread === undefined ? 'here' : `${String(receiverName)} ${thread}`;
  });

describe('a send of a shared signal (T2)', () => {
  it('settles with the results of all threads: its own first, then in joining order', async () => {
    const stage = new Stage(SIGNALS);
    await stage.join('a', { ping: 'double' });
    const b = await stage.join('b', { ping: 'asyncDouble' });
    await stage.join('c', { ping: 'double' });
    stage.signal('ping').connect(function here({ n }) {
      return n;
    });
    const far = (thread: string, receiverName: string) => ({ status: 'fulfilled', value: 2, receiverName, thread });

    expect(plain(await stage.signal('ping').send({ n: 1 }))).toEqual([
      { status: 'fulfilled', value: 1, receiver: 'here' },
      far('a', 'double'),
      far('b', 'asyncDouble'),
      far('c', 'double'),
    ]);
    expect(await b.run('send', 'ping', { n: 1 })).toEqual([
      { status: 'fulfilled', value: 2, receiver: 'asyncDouble' },
      { status: 'fulfilled', value: 1, receiverName: 'here', thread: 'main' },
      far('a', 'double'),
      far('c', 'double'),
    ]);
  });

  it('is the exact mirror in reverse', async () => {
    const stage = new Stage(SIGNALS);
    const a = await stage.join('a', { ping: 'double' });
    await a.run('connect', 'ping', 'asyncDouble');
    await stage.join('b', { ping: 'double' });
    stage.signal('ping').connect(function here() {
      return 0;
    });
    const names = async (reverse: boolean) => namesOf(await stage.signal('ping').send({ n: 1 }, { reverse }));
    const forwards = await names(false);
    expect(forwards).toEqual(['here', 'double a', 'asyncDouble a', 'double b']);
    expect(await names(true)).toEqual([...forwards].reverse());
  });

  it('runs each receiver in the thread that connected it', async () => {
    const stage = new Stage(SIGNALS);
    const threads = [await stage.join('a', { ping: 'whoAmI' }), await stage.join('b', { ping: 'whoAmI' })];
    const results = plain(await stage.signal('ping').send());
    expect(results).toMatchObject(threads.map(({ worker }) => ({ value: worker.threadId })));
  });

  it('reaches a thread that shares more signals, or fewer, for those that both share', async () => {
    const stage = new Stage(SIGNALS);
    const thread = stage.start();
    await thread.run('connect', 'ping', 'double');
    await thread.run('connect', 'pong', 'double');
    await Promise.all([stage.hub.attach(thread.worker), thread.run('join', { signals: ['other', 'ping'] })]);
    expect(await stage.signal('ping').send({ n: 1 })).toHaveLength(1);
    expect(await stage.signal('pong').send({ n: 1 })).toEqual([]);
    expect(await thread.run('send', 'other', { n: 1 })).toEqual([]);

    // The hub passes on what it does not share itself.
    const another = stage.start();
    await another.run('connect', 'other', 'double');
    await Promise.all([stage.hub.attach(another.worker), another.run('join', { signals: ['other'] })]);
    expect(await thread.run('send', 'other', { n: 2 })).toMatchObject([{ value: 4 }]);
  });

  it('is chosen by keys and primitive senders over there as here; other senders are left out', async () => {
    const stage = new Stage(SIGNALS);
    const thread = await stage.join('a');
    await thread.run('connect', 'ping', 'where', { keys: ['k', 7], sender: 's' });
    const ping = stage.signal('ping');
    const got = async (options: object) => (await ping.send({}, options)).map((result) => Object.values(result)[1]);
    expect(await got({})).toEqual([]);
    expect(await got({ key: 'other' })).toEqual([]);
    expect(await got({ key: 7 })).toEqual([{ sender: undefined, senders: [], keys: [7] }]);
    expect(await got({ senders: ['s', { an: 'object' }], keys: [Symbol('local')] })).toEqual([
      { sender: 's', senders: ['s'], keys: [] },
    ]);
  });

  it('reaches registered symbols by their names', async () => {
    const stage = new Stage(SIGNALS);
    const module = new URL(`file://${__dirname}/fixtures/receivers.mjs`);
    await stage.join('a');
    await stage.hub.connectOn('a', module, 'whoAmI', stage.signal('ping'), { key: Symbol.for('shared') });
    expect(await stage.signal('ping').send({}, { key: Symbol.for('shared') })).toHaveLength(1);
    expect(await stage.signal('ping').send({}, { key: Symbol.for('another') })).toEqual([]);
  });

  it('is a send of the manager in the other thread: ANY, waits and streams there see it', async () => {
    const stage = new Stage(SIGNALS);
    const thread = await stage.join('a');
    const waited = thread.run('wait', 'ping');
    await thread.run('threadId');
    stage.signal('ping').emit({ n: 7 });
    expect(await waited).toEqual({ n: 7 });

    const stream = stage.signal('pong').stream();
    await thread.run('emit', 'pong', { n: 1 }, { n: 2 });
    expect((await stream.next()).value).toMatchObject({ kwargs: { n: 1 } });
    expect((await stream.next()).value).toMatchObject({ kwargs: { n: 2 } });
    await stream.return?.();
  });

  it('crosses as it was, whatever receivers and senders do with the kwargs later', async () => {
    const stage = new Stage(SIGNALS);
    const thread = await stage.join('a', { log: 'note', ping: 'double' });
    const other = await stage.join('b', { log: 'note' });
    stage.signal('log').connect((kwargs) => {
      kwargs['n'] = 'changed by a receiver here';
    });
    const kwargs: Record<string, unknown> = { n: 1, deep: { list: [1] } };
    stage.signal('log').emit(kwargs);
    kwargs['n'] = 'changed by the sender';
    await stage.manager.drain();
    expect(await thread.run('received')).toEqual([{ n: 1, deep: { list: [1] } }]);
    await other.run('received');

    await other.run('emit', 'log', { n: 2 });
    await other.run('drain');
    await stage.signal('ping').send({ n: 1 }); // comes to it after what the hub passes on
    expect(await thread.run('received')).toEqual([{ n: 2 }]);
  });

  it('keeps the order of one sender, whatever the verbs', async () => {
    const stage = new Stage(SIGNALS);
    const a = await stage.join('a', { log: 'note' });
    const b = await stage.join('b');
    const log = stage.signal('log');
    for (let n = 0; n < 1000; n += 1) {
      if (n % 100 === 99) void log.send({ n });
      else log.emit({ n });
    }
    await stage.manager.drain();
    const inOrder = Array.from({ length: 1000 }, (_, n) => ({ n }));
    expect(await a.run('received')).toEqual(inOrder);

    await b.run('emit', 'log', ...inOrder);
    await b.run('send', 'log', { n: 'last' });
    expect(await a.run('received')).toEqual([...inOrder, { n: 'last' }]);
  });

  it('ends by its abortSignal over there, too', async () => {
    const stage = new Stage(['ping', 'told']);
    await stage.join('a', { ping: 'untilAborted' });
    const told = stage.signal('told');
    const called = told.wait();
    const controller = new AbortController();
    const sent = stage.signal('ping').send({}, { abortSignal: controller.signal });
    await called;
    const aborted = told.wait();
    controller.abort(new Error('enough'));
    expect(plain(await sent)).toEqual([
      { status: 'rejected', reason: 'Error: enough', receiverName: '(no answer)', thread: 'a' },
    ]);
    expect((await aborted).kwargs).toEqual({ what: 'aborted: Error: enough' });
  });
});

describe('the questions about a shared signal (T7)', () => {
  it('count each thread that hears it as one', async () => {
    const stage = new Stage(SIGNALS);
    const a = await stage.join('a', { ping: 'double' });
    const b = await stage.join('b');
    await b.run('connect', 'ping', 'double', { key: 'k' });
    const ping = stage.signal('ping');
    expect(ping.receivers()).toEqual([]);
    expect(ping.explain().map(({ name, matches }) => [name, matches])).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(ping.explain({ key: 'x' }).map(({ name, matches }) => [name, matches])).toEqual([
      ['a', true],
      ['b', true],
    ]);
    expect([ping.hasReceivers(), stage.signal('pong').hasReceivers()]).toEqual([true, false]);
    expect(await b.run('hasReceivers', 'ping')).toBe(true);

    await a.run('disconnect', 'ping', 'double');
    expect([ping.hasReceivers(), ping.hasReceivers({ key: 'k' })]).toEqual([false, true]);
    expect(await b.run('hasReceivers', 'ping', { key: 'x' })).toBe(false);
  });

  it('drain waits for far answers, and for emits that are not taken', async () => {
    const stage = new Stage(['ping', 'block']);
    await stage.join('a', { ping: 'double', block: 'block' });
    const flag = new SharedArrayBuffer(4);
    stage.signal('block').emit({ flag });
    stage.signal('ping').emit({ n: 1 });
    await Promise.resolve();
    await expect(stage.manager.drain({ timeoutMs: 30 })).rejects.toMatchObject({
      code: 'ERR_DRAIN_TIMEOUT',
      pending: ['(emits for thread a)', '(emits for thread a)'],
    });
    const sent = stage.signal('ping').send({ n: 1 });
    await expect(stage.manager.drain({ timeoutMs: 1 })).rejects.toMatchObject({
      pending: ['(emits for thread a)', '(emits for thread a)', 'a'],
    });
    Atomics.store(new Int32Array(flag), 0, 1);
    Atomics.notify(new Int32Array(flag), 0);
    await stage.manager.drain();
    expect(await sent).toHaveLength(1);
  });

  it('sendSync is local', async () => {
    const stage = new Stage(SIGNALS);
    await stage.join('a', { ping: 'double' });
    expect(stage.signal('ping').sendSync({ n: 1 })).toEqual([]);
  });
});

describe('sendSerial of a shared signal (T7)', () => {
  async function threeThreads() {
    const stage = new Stage(['ping', 'log']);
    for (const name of ['a', 'b']) {
      const thread = await stage.join(name, { ping: 'asyncDouble' });
      await thread.run('connect', 'ping', 'whoAmI');
    }
    stage.signal('ping').connect(function here() {
      return 0;
    });
    return stage;
  }
  const ALL = ['here', 'asyncDouble a', 'whoAmI a', 'asyncDouble b', 'whoAmI b'];

  it('goes through the receivers here, then thread by thread; in reverse, the other way round', async () => {
    const stage = await threeThreads();
    expect(namesOf(await stage.signal('ping').sendSerial({ n: 1 }))).toEqual(ALL);
    expect(namesOf(await stage.signal('ping').sendSerial({ n: 1 }, { reverse: true }))).toEqual([...ALL].reverse());
  });

  it('asks `until` after each result, in whichever thread, and stops there', async () => {
    const stage = await threeThreads();
    for (let stop = 1; stop <= ALL.length; stop += 1) {
      const asked: string[] = [];
      const until = (result: unknown) => asked.push(...namesOf([result])) === stop;
      const results = await stage.signal('ping').sendSerial({ n: 1 }, { until });
      expect(namesOf(results)).toEqual(ALL.slice(0, stop));
      expect(asked).toEqual(ALL.slice(0, stop));
    }
  });

  it('waits for one thread before it asks the next', async () => {
    const stage = new Stage(['block', 'log']);
    await stage.join('a', { block: 'block' });
    const b = await stage.join('b', { block: 'note' });
    const flag = new SharedArrayBuffer(4);
    const sent = stage.signal('block').sendSerial({ flag });
    await b.run('sleep', 20);
    expect(await b.run('received')).toEqual([]);
    Atomics.store(new Int32Array(flag), 0, 1);
    Atomics.notify(new Int32Array(flag), 0);
    await sent;
    expect(await b.run('received')).toHaveLength(1);
  });

  it('goes on with the next thread when one gives no answer', async () => {
    const stage = new Stage(['ping']);
    await stage.join('a', { ping: 'exit' });
    await stage.join('b', { ping: 'double' });
    const results = plain(await stage.signal('ping').sendSerial({ n: 1 }));
    expect(results).toMatchObject([
      { status: 'rejected', thread: 'a' },
      { status: 'fulfilled', thread: 'b' },
    ]);
  });

  it('is over in a thread that is given up in the middle of a receiver', async () => {
    const stage = new Stage(['ping', 'told']);
    const stuck = await stage.join('stuck', { ping: 'untilAborted' });
    const controller = new AbortController();
    const called = stage.signal('told').wait();
    const sent = stage.signal('ping').sendSerial({ n: 1 }, { until: () => false, abortSignal: controller.signal });
    await called;
    controller.abort('enough');
    await sent;
    await stuck.run('drain');
    expect(await stuck.run('pending')).toBe(0);
  });

  it('ends when `until` throws, or it is aborted', async () => {
    const stage = await threeThreads();
    const until = (result: unknown): boolean => {
      if (namesOf([result])[0] === 'asyncDouble a') throw new Error('until throws');
      return false;
    };
    await expect(stage.signal('ping').sendSerial({ n: 1 }, { until })).rejects.toThrow('until throws');

    const controller = new AbortController();
    const aborting = (result: unknown): boolean => {
      if (namesOf([result])[0] === 'asyncDouble a') controller.abort('enough');
      return false;
    };
    const options = { until: aborting, abortSignal: controller.signal };
    expect(plain(await stage.signal('ping').sendSerial({ n: 1 }, options))).toEqual([
      { status: 'fulfilled', value: 0, receiver: 'here' },
      { status: 'fulfilled', value: 2, receiverName: 'asyncDouble', thread: 'a' },
      { status: 'rejected', reason: 'enough', receiverName: '(no answer)', thread: 'a' },
      { status: 'rejected', reason: 'enough', receiverName: '(no answer)', thread: 'b' },
    ]);
    // No receiver is running in a that could have failed with it there.
    expect(stage.reported).toEqual([
      ['enough', 'a'],
      ['enough', 'b'],
    ]);
  });

  it('has the results of the receivers that had settled when their thread gives no more answer', async () => {
    const stage = new Stage(['ping']);
    const a = await stage.join('a', { ping: 'double' });
    await a.run('connect', 'ping', 'exit');
    await stage.join('b', { ping: 'double' });
    expect(plain(await stage.signal('ping').sendSerial({ n: 1 }))).toEqual([
      { status: 'fulfilled', value: 2, receiverName: 'double', thread: 'a' },
      {
        status: 'rejected',
        reason: 'ThreadExitedError: Thread a has exited',
        receiverName: '(no answer)',
        thread: 'a',
      },
      { status: 'fulfilled', value: 2, receiverName: 'double', thread: 'b' },
    ]);
  });

  it('that is aborted is reported once for each thread: by itself, or here when it has not been asked', async () => {
    const stage = new Stage(['ping', 'told']);
    const a = await stage.join('a', { ping: 'untilAborted' });
    await stage.join('b', { ping: 'double' });
    await stage.join('c', { ping: 'double' });
    const controller = new AbortController();
    const called = stage.signal('told').wait();
    const sent = stage.signal('ping').sendSerial({ n: 1 }, { abortSignal: controller.signal });
    await called;
    controller.abort('enough');
    expect(plain(await sent)).toEqual(
      ['a', 'b', 'c'].map((thread) => ({ status: 'rejected', reason: 'enough', receiverName: '(no answer)', thread })),
    );
    expect(stage.reported).toEqual([
      ['enough', 'b'],
      ['enough', 'c'],
    ]);
    expect(await a.reports(1)).toEqual([['enough', 'untilAborted']]);

    await stage.signal('ping').send({ n: 1 }, { abortSignal: AbortSignal.abort('too late') });
    expect(stage.reported.slice(2)).toEqual(['a', 'b', 'c'].map((thread) => ['too late', thread]));
  });
});
