import { describe, expect, it, jest } from '@jest/globals';
import path from 'node:path';
import { ManagerClosedError, SignalManager } from '../../src/index.js';
import {
  NoThreadHubError,
  ThreadExitedError,
  ThreadHub,
  ThreadsClosedError,
  joinThreads,
} from '../../src/threads/index.js';
import { root } from '../helpers/package.js';
import { deferred, errorOf, flush, rejectionOf } from '../helpers/promises.js';
import { Stage, eventually, leavingNothing } from './threads.js';

leavingNothing();

describe('ThreadHub#attach and joinThreads (T1)', () => {
  it('meet when the worker comes first', async () => {
    const stage = new Stage(['ping']);
    const thread = stage.start();
    const joined = thread.run('join');
    await thread.run('threadId'); // it seeks by now
    await stage.hub.attach(thread.worker);
    const name = `worker-${thread.worker.threadId}`;
    expect(await joined).toEqual({ name, threads: ['main'] });
    expect(stage.hub.threads).toEqual([name]);
  });

  it('meet when the hub comes first, and the worker takes its time', async () => {
    const stage = new Stage(['ping']);
    const thread = stage.start();
    const attached = stage.hub.attach(thread.worker);
    await thread.run('sleep', 50);
    expect(stage.hub.threads).toEqual([]);
    await Promise.all([attached, thread.run('join')]);
    expect(stage.hub.threads).toEqual([`worker-${thread.worker.threadId}`]);
  });

  it('leave the port of the worker, and what is listening on it, alone', async () => {
    const stage = new Stage(['ping']);
    const thread = stage.start();
    const messages: unknown[] = [];
    thread.worker.on('message', (message) => messages.push(message));
    await Promise.all([stage.hub.attach(thread.worker), thread.run('join'), thread.run('threadId')]);
    // The answers to the two commands of the test, and nothing else.
    expect(messages).toHaveLength(2);
  });

  it('give each thread a name of its own: that of `attach`, or its own, or the number of the thread', async () => {
    const stage = new Stage(['ping'], { name: 'boss' });
    const threads = [stage.start(), stage.start(), stage.start(), stage.start()] as const;
    await Promise.all([stage.hub.attach(threads[0].worker, { name: 'cook' }), threads[0].run('join', { name: 'own' })]);
    await Promise.all([stage.hub.attach(threads[1].worker), threads[1].run('join', { name: 'cook' })]);
    await Promise.all([stage.hub.attach(threads[2].worker, { name: 'boss' }), threads[2].run('join')]);
    await Promise.all([stage.hub.attach(threads[3].worker, { name: 'cook' }), threads[3].run('join')]);
    expect(stage.hub.threads).toEqual(['cook', 'cook#2', 'boss#2', 'cook#3']);
    expect(await threads[1].run('threads')).toEqual(['boss', 'cook', 'boss#2', 'cook#3']);
  });

  it('join a worker to two hubs in the order of the calls', async () => {
    const stage = new Stage(['ping'], { name: 'first' });
    const other = new SignalManager();
    const second = new ThreadHub(other, { signals: [other.signal('ping')], name: 'second' });
    const thread = stage.start();
    const attached = Promise.all([stage.hub.attach(thread.worker), second.attach(thread.worker)]);
    expect(await thread.run('join')).toMatchObject({ threads: ['first'] });
    // The same manager joins once more, by a link of its own.
    expect(await thread.run('join')).toMatchObject({ threads: ['second'] });
    await attached;
    await second.close();
  });

  it('reject when the worker ends before it has joined', async () => {
    const stage = new Stage(['ping']);
    const thread = stage.start();
    const attached = rejectionOf(stage.hub.attach(thread.worker, { name: 'brief' }));
    void thread.run('exit');
    const error = await attached;
    expect(error).toBeInstanceOf(ThreadExitedError);
    expect(error).toMatchObject({ code: 'ERR_THREAD_EXITED', thread: 'brief' });
    // Its number is gone with it.
    for (const [options, name] of [
      [{ name: 'brief' }, 'brief'],
      [{}, '(unnamed)'],
    ] as const) {
      expect(await rejectionOf(stage.hub.attach(thread.worker, options))).toEqual(new ThreadExitedError(name));
    }
  });

  it('reject when no hub lets the worker in within `timeoutMs`, and it may try again', async () => {
    const stage = new Stage(['ping']);
    const thread = stage.start();
    expect(await rejectionOf(thread.run('join', { timeoutMs: 20 }))).toMatchObject({
      name: 'NoThreadHubError',
      code: 'ERR_NO_THREAD_HUB',
    });
    await Promise.all([stage.hub.attach(thread.worker, { name: 'again' }), thread.run('join')]);
    expect(stage.hub.threads).toEqual(['again']);
  });

  it('pass over a worker that gave up while the thread of the hub was blocked, and it may try again', async () => {
    const stage = new Stage(['ping']);
    const witness = await stage.join('witness');
    const thread = stage.start();
    await thread.run('threadId'); // it is up
    const listeners = thread.worker.listenerCount('exit');
    const attached = stage.hub.attach(thread.worker, { name: 'again' });
    await flush();
    const flag = new SharedArrayBuffer(4);
    const gaveUp = thread.run('joinInVain', flag);
    Atomics.wait(new Int32Array(flag), 0, 0);
    await gaveUp;
    await Promise.all([attached, thread.run('join')]);
    expect(stage.hub.threads).toEqual(['witness', 'again']);
    expect(await witness.run('threads')).toEqual(['main', 'again']);
    expect(thread.worker.listenerCount('exit')).toBe(listeners + 1);
  });

  it('reject at once in the main thread, which nobody can attach', async () => {
    const manager = new SignalManager();
    expect(await rejectionOf(joinThreads(manager, { signals: [] }))).toBeInstanceOf(NoThreadHubError);
  });

  it('let a worker in through the worker that has made it, until either ends', async () => {
    const stage = new Stage(['ping']);
    const parent = await stage.join('parent');
    await parent.run('nest', 'child', 'join');
    await parent.run('nest', 'other', 'join');
    expect(stage.hub.threads).toEqual(['parent', 'child', 'other']);
    expect(await parent.run('threads')).toEqual(['main', 'child', 'other']);
    stage.signal('ping').connect(function here({ n }) {
      return n;
    });
    expect(await parent.run('askNested', 'other', 'send', 'ping', { n: 1 })).toEqual([
      { status: 'fulfilled', value: 1, receiverName: 'here', thread: 'main' },
    ]);

    await parent.run('terminateNested', 'child');
    await eventually(() => expect(stage.hub.threads).toEqual(['parent', 'other']));

    await parent.worker.terminate();
    expect(stage.hub.threads).toEqual([]);
  });
});

describe('a ThreadHub', () => {
  const copy = () => jest.requireActual<{ ThreadHub: typeof ThreadHub }>(path.join(root, 'dist/threads.cjs'));

  it('is the only one of its manager, whichever copy of the library makes another, until it is closed', async () => {
    const manager = new SignalManager();
    const options = { signals: [manager.signal('ping')] };
    const classes = [ThreadHub, copy().ThreadHub];
    expect(new Set(classes).size).toBe(2);
    for (const First of classes) {
      const hub = new First(manager, options);
      for (const Second of classes) {
        expect(errorOf(() => new Second(manager, options))).toEqual(
          new TypeError(
            'Expected `manager` to be one without an open ThreadHub, got object SignalManager; ' +
              'attach all workers to one, or close it first',
          ),
        );
      }
      await hub.close();
    }
  });

  it('of another manager may be open besides', async () => {
    const hubs = [new SignalManager(), new SignalManager()].map((manager) => new ThreadHub(manager, { signals: [] }));
    for (const hub of hubs) await hub.close();
  });

  it('leaves its manager to another one when it could not be made', async () => {
    const manager = new SignalManager();
    const ping = manager.signal('ping');
    const { promise, resolve } = deferred();
    ping.connect(() => promise);
    const sent = ping.send();
    const closing = manager.close({ timeoutMs: 0 });
    expect(errorOf(() => new ThreadHub(manager, { signals: [ping] }))).toBeInstanceOf(ManagerClosedError);
    await rejectionOf(closing); // it is open again
    expect(errorOf(() => new ThreadHub(manager, { signals: [undefined as never] }))).toBeInstanceOf(TypeError);
    const hub = new ThreadHub(manager, { signals: [ping] });
    expect(errorOf(() => new ThreadHub(manager, { signals: [ping] }))).toBeInstanceOf(TypeError);
    await hub.close();
    resolve();
    await sent;
  });
});

describe('ThreadHub#close', () => {
  it('ends the sharing for all, and is the same when called again', async () => {
    const stage = new Stage(['ping']);
    const a = await stage.join('a', { ping: 'double' });
    const b = await stage.join('b');
    await stage.hub.close();
    await stage.hub.close();
    expect(stage.hub.threads).toEqual([]);
    expect(await stage.signal('ping').send({ n: 1 })).toEqual([]);
    await eventually(async () => expect(await b.run('threads')).toEqual([]));
    expect(await b.run('send', 'ping', { n: 1 })).toEqual([]);
    expect(await a.run('send', 'ping', { n: 1 })).toEqual([{ status: 'fulfilled', value: 2, receiver: 'double' }]);
  });

  it('ends what waits for workers to join', async () => {
    const stage = new Stage(['ping']);
    const attached = rejectionOf(stage.hub.attach(stage.start().worker));
    await Promise.resolve();
    await stage.hub.close();
    expect(await attached).toBeInstanceOf(ThreadsClosedError);
    expect(await rejectionOf(stage.hub.attach(stage.start().worker))).toBeInstanceOf(ThreadsClosedError);
  });
});

describe('ThreadLink#close', () => {
  it('leaves: the others forget the thread, which may join again', async () => {
    const stage = new Stage(['ping']);
    const thread = await stage.join('a', { ping: 'double' });
    const witness = await stage.join('b');
    await thread.run('close');
    await eventually(async () => expect(await witness.run('threads')).toEqual(['main']));
    expect(stage.hub.threads).toEqual(['b']);
    expect(await stage.signal('ping').send({ n: 1 })).toEqual([]);
    await Promise.all([stage.hub.attach(thread.worker, { name: 'c' }), thread.run('join')]);
    expect(stage.hub.threads).toEqual(['b', 'c']);
    expect(await stage.signal('ping').send({ n: 1 })).toHaveLength(1);
  });
});
