import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ThreadsClosedError } from '../../src/threads/index.js';
import { rejectionOf } from '../helpers/promises.js';
import { Stage, eventually, fixture, leavingNothing, receiversModule } from './threads.js';

leavingNothing();

async function twoThreads() {
  const stage = new Stage(['ping']);
  return { stage, a: await stage.join('a'), b: await stage.join('b'), ping: stage.signal('ping') };
}

describe('connectOn (T1)', () => {
  it('connects a function of a module in another thread, until it is disposed', async () => {
    const { stage, a, ping } = await twoThreads();
    for (const module of [receiversModule, new URL(receiversModule), fileURLToPath(receiversModule)]) {
      const connection = await stage.hub.connectOn('a', module, 'whoAmI', ping);
      expect(await ping.send()).toEqual([
        { status: 'fulfilled', value: a.worker.threadId, receiverName: 'whoAmI', thread: 'a' },
      ]);
      await connection[Symbol.asyncDispose]();
      await connection[Symbol.asyncDispose]();
      expect(await ping.send()).toEqual([]);
    }
  });

  it('connects from a worker in another worker', async () => {
    const { b, ping } = await twoThreads();
    await b.run('connectOn', 'a', receiversModule, 'double', 'ping');
    expect(await ping.send({ n: 4 })).toMatchObject([{ value: 8, thread: 'a' }]);
    await b.run('disposeOf', 'double');
    expect(await ping.send({ n: 4 })).toEqual([]);
  });

  it('takes key, keys, once, priority and uid', async () => {
    const { stage, ping } = await twoThreads();
    const { hub } = stage;
    await hub.connectOn('a', receiversModule, 'double', ping, { keys: ['k', Symbol.for('s')] });
    await hub.connectOn('a', receiversModule, 'asyncDouble', ping, { once: true, priority: 1, key: 'k' });
    await hub.connectOn('a', receiversModule, 'where', ping, { uid: 'only' });
    await hub.connectOn('a', receiversModule, 'whoAmI', ping, { uid: 'only', key: 'k' });
    const names = async (options: object) =>
      (await ping.send({ n: 1 }, options)).map((result) => Object.values(result)[2]);
    expect(await names({ key: 'k' })).toEqual(['asyncDouble', 'double', 'where']);
    expect(await names({ key: 'k' })).toEqual(['double', 'where']);
    expect(await names({ key: Symbol.for('s') })).toEqual(['double', 'where']);
    expect(await names({})).toEqual(['where']);
  });

  it('rejects with what goes wrong over there', async () => {
    const { stage, ping } = await twoThreads();
    const folder = await mkdtemp(path.join(tmpdir(), 'signalbox-test-'));
    const throwing = path.join(folder, 'throws.mjs');
    await writeFile(throwing, "throw Object.assign(new RangeError('while it loads'), { code: 'ERR_LOAD' });");
    const connectOn = (module: string, name: string) => rejectionOf(stage.hub.connectOn('a', module, name, ping));

    expect(await connectOn(throwing, 'x')).toMatchObject({
      name: 'RangeError',
      message: 'while it loads',
      code: 'ERR_LOAD',
    });
    expect(await connectOn(path.join(folder, 'missing.mjs'), 'x')).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
    const missing = (await connectOn(receiversModule, 'missing')) as TypeError;
    expect(missing).toBeInstanceOf(TypeError);
    expect(missing.message).toMatch(/^Expected `missing` of file:.* to be a function; the module exports OwnError, /);
    expect(await connectOn(receiversModule, 'isText')).toBeInstanceOf(TypeError);
    await rm(folder, { recursive: true });
  });

  it('rejects when the other thread does not share the signal', async () => {
    const stage = new Stage(['ping']);
    const a = stage.start();
    await Promise.all([stage.hub.attach(a.worker, { name: 'a' }), a.run('join', { signals: ['other'] })]);
    const asked = rejectionOf(stage.hub.connectOn('a', receiversModule, 'double', stage.signal('ping')));
    expect(await asked).toMatchObject({ message: 'Thread a does not share signal "ping"' });
  });

  it('rejects when the other thread gives no answer, or ends', async () => {
    const stage = new Stage(['ping', 'block'], { timeoutMs: 50 });
    const a = await stage.join('a', { block: 'block' });
    const connectOn = () => rejectionOf(stage.hub.connectOn('a', receiversModule, 'double', stage.signal('ping')));
    stage.signal('block').emit({ flag: new SharedArrayBuffer(4) });
    expect(await connectOn()).toMatchObject({ code: 'ERR_RECEIVER_TIMEOUT' });
    const asked = connectOn();
    // Ended in this turn of the event loop, so that no time-out comes first.
    a.worker.emit('exit', 1);
    expect(await asked).toMatchObject({ code: 'ERR_THREAD_EXITED', thread: 'a' });
  });

  it('leaves nothing connected when it has timed out, when the other thread gets to it at last', async () => {
    const stage = new Stage(['ping', 'block'], { timeoutMs: 50 });
    await stage.join('a', { block: 'block' });
    const b = await stage.join('b');
    const flag = new SharedArrayBuffer(4);
    stage.signal('block').emit({ flag });
    const asked = rejectionOf(stage.hub.connectOn('a', receiversModule, 'double', stage.signal('ping')));
    expect(await asked).toMatchObject({ code: 'ERR_RECEIVER_TIMEOUT' });
    Atomics.store(new Int32Array(flag), 0, 1);
    Atomics.notify(new Int32Array(flag), 0);
    await b.run('connectOn', 'a', receiversModule, 'whoAmI', 'ping'); // by then the other one has been dealt with
    expect(await b.run('send', 'ping', { n: 1 })).toMatchObject([{ receiverName: 'whoAmI' }]);
  });

  it('leaves nothing connected when it has timed out, or who asked has left, while the module loads', async () => {
    const stage = new Stage(['ping'], { timeoutMs: 50 });
    const [a, b, c] = [await stage.join('a'), await stage.join('b'), await stage.join('c')];
    const module = pathToFileURL(fixture('slow.mjs')).href;
    const asked = rejectionOf(stage.hub.connectOn('a', module, 'slow', stage.signal('ping')));
    const askedByOther = rejectionOf(b.run('connectOn', 'a', module, 'slow', 'ping'));
    expect(await asked).toMatchObject({ code: 'ERR_RECEIVER_TIMEOUT' });
    await b.run('close');
    expect(await askedByOther).toMatchObject({ code: 'ERR_THREAD_EXITED' });
    await eventually(async () => expect(await a.run('threads')).toEqual(['main', 'c']));
    await eventually(() => a.run('finishLoading')); // it may not have begun
    await c.run('connectOn', 'a', module, 'later', 'ping');
    expect(await c.run('send', 'ping')).toMatchObject([{ receiverName: 'later' }]);
  });

  it('refuses what can not be meant', async () => {
    const { stage, ping } = await twoThreads();
    const { hub } = stage;
    const refused: [Parameters<typeof hub.connectOn>, RegExp][] = [
      [
        ['c', receiversModule, 'double', ping],
        /`thread` to be the name of another joined thread \(a, b\), got string "c"/,
      ],
      [['main', receiversModule, 'double', ping], /`thread`/],
      [['a', './receivers.mjs', 'double', ping], /`module` to be a URL, an absolute path or the name of a package/],
      [['a', '', 'double', ping], /`module`/],
      [['a', receiversModule, '', ping], /`exportName`/],
      [['a', receiversModule, 'double', stage.signal('pong')], /`signal` to be one of the shared signals/],
      [['a', receiversModule, 'double', undefined as never], /`signal`/],
      [['a', receiversModule, 'double', ping, { weak: true } as never], /Unknown option `weak` of connectOn/],
      [['a', receiversModule, 'double', ping, { key: {} }], /`key` to be the same in other threads, .*, got object/],
      [['a', receiversModule, 'double', ping, { keys: [Symbol('local')] }], /`keys` .*, got Symbol\(local\)/],
      [['a', receiversModule, 'double', ping, { keys: ['k', Symbol('local')] }], /`keys` .*, got Symbol\(local\)/],
      [['a', receiversModule, 'double', ping, { key: 'k', keys: [fixture] }], /`keys` .*, got function fixture/],
      [['a', receiversModule, 'double', ping, { uid: Symbol('local') }], /`uid`/],
    ];
    for (const [args, message] of refused) {
      const error = await rejectionOf(hub.connectOn(...args));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(message);
    }
    await hub.close();
    expect(await rejectionOf(hub.connectOn('a', receiversModule, 'double', ping))).toBeInstanceOf(ThreadsClosedError);
  });
});
