/**
 * A link in the thread of its hub, by a number that no thread has: what crosses can be looked at, and what nobody of ours
 * would say can be said.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { BroadcastChannel } from 'node:worker_threads';
import { ManagerClosedError, type Signal, SignalManager } from '../../src/index.js';
import {
  NoThreadHubError,
  ThreadExitedError,
  ThreadHub,
  type ThreadLink,
  ThreadsClosedError,
} from '../../src/threads/index.js';
import { threadSettings } from '../../src/threads/options.js';
import { WorkerLink, joinAs } from '../../src/threads/thread-link.js';
import { CallSite } from '../../src/internal/call-site.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';
import { eventually, plain, receiversModule } from './threads.js';

let lastThread = 1_000_000;

class PretendedWorker extends EventEmitter {
  readonly threadId = (lastThread += 1);
}

class Side {
  readonly reported: string[] = [];
  readonly manager = new SignalManager({ onError: (error) => this.reported.push(String(error)) });
  readonly ping: Signal<Record<string, unknown>> = this.manager.signal('ping');
}

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
});

function hubOf(side: Side, options: object = {}): ThreadHub {
  const hub = new ThreadHub(side.manager, { signals: [side.ping], ...options });
  closing.push(hub);
  return hub;
}

async function join(
  hub: ThreadHub,
  side: Side,
  options: object = {},
): Promise<{ link: ThreadLink; worker: PretendedWorker }> {
  const worker = new PretendedWorker();
  const joined = joinAs(worker.threadId, side.manager, { signals: [side.ping], ...options });
  const [link] = await Promise.all([joined, hub.attach(worker)]);
  closing.unshift(link);
  return { link, worker };
}

/** All that is posted on channels of ours while `work` is done: by the channels, in order. */
function channelOf(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(`signalbox@1/threads/${name}`);
  closing.push({ close: () => channel.close() });
  return channel;
}

/** A thread that hears all of `ping`, as far as the hub can tell; it says what it is told to. */
async function pretendToJoin(
  hub: ThreadHub,
  name: string,
  onMessage: (type: string, id: number, say: (message: object) => void) => void,
): Promise<PretendedWorker> {
  const worker = new PretendedWorker();
  const attached = hub.attach(worker);
  await flush();
  const levels = new SharedArrayBuffer(1);
  new Uint8Array(levels)[0] = 2;
  const line = channelOf(`a line of ours, ${name}`);
  line.onmessage = ({ data }: { data: unknown }) => {
    const { type, id } = data as { type: string; id: number };
    onMessage(type, id, (message) => line.postMessage(message));
  };
  const seek = { type: 'seek', name, signals: ['ping'], levels, taken: new SharedArrayBuffer(12) };
  channelOf(`door ${worker.threadId}`).postMessage({ ...seek, line: `a line of ours, ${name}` });
  await eventually(() => expect(hub.threads).toEqual([name]));
  line.postMessage({ type: 'ready' });
  await attached;
  return worker;
}

/** Those that channels have, among others, whether or not they keep this process alive. */
function openHandles(): number {
  const { libuv } = process.report.getReport() as unknown as { libuv: { type: string }[] };
  return libuv.filter(({ type }) => type === 'async').length;
}

describe('a hub and links', () => {
  it('send, emit, ask and connect both ways', async () => {
    const [main, a, b] = [new Side(), new Side(), new Side()];
    const hub = hubOf(main);
    const one = await join(hub, a, { name: 'a' });
    const two = await join(hub, b, { name: 'b' });
    main.ping.connect(function inMain() {
      return 'main';
    });
    b.ping.connect(async () => Promise.reject(new RangeError('in b')));
    expect([hub.threads, one.link.name, two.link.threads]).toEqual([['a', 'b'], 'a', ['main', 'a']]);
    expect(plain(await a.ping.send({}))).toEqual([
      { status: 'fulfilled', value: 'main', receiverName: 'inMain', thread: 'main' },
      { status: 'rejected', reason: 'RangeError: in b', receiverName: '(anonymous)', thread: 'b' },
    ]);
    expect(plain(await a.ping.sendSerial({}, { until: ({ status }) => status === 'fulfilled' }))).toHaveLength(1);

    const seen = [main, b].map(({ ping }) => ping.wait());
    a.ping.emit({ n: 1 });
    expect((await Promise.all(seen)).map(({ kwargs }) => kwargs)).toEqual([{ n: 1 }, { n: 1 }]);
    await a.manager.drain();

    const controller = new AbortController();
    b.ping.connect(() => controller.abort('enough'));
    expect(plain(await a.ping.send({}, { abortSignal: controller.signal }))).toMatchObject([
      { reason: 'enough' },
      { reason: 'enough' },
    ]);
    const refused = await rejectionOf(one.link.connectOn('b', receiversModule, 'missing', a.ping));
    expect(refused).toBeInstanceOf(Error);
    expect([main.reported, a.reported]).toEqual([[], []]);
  });

  it('deliver sends of every kind with all that they have', async () => {
    const [main, a] = [new Side(), new Side()];
    const hub = hubOf(main);
    await join(hub, a, { name: 'a' });
    const seen: unknown[] = [];
    a.ping.connect(function whole(kwargs, { sender, keys }) {
      seen.push([kwargs, sender, [...keys]]);
      return () => 'can not be cloned';
    });
    a.ping.connect(
      function failing() {
        throw new RangeError('it fails');
      },
      { key: 'k' },
    );
    const options = { key: 'k', sender: 's', reverse: true, expected: [RangeError] };
    const uncloneable = "DataCloneError: () => 'can not be cloned' could not be cloned.";
    const results = [
      { status: 'rejected', reason: 'RangeError: it fails', receiverName: 'failing', thread: 'a' },
      { status: 'rejected', reason: uncloneable, receiverName: 'whole', thread: 'a' },
    ];
    expect(plain(await main.ping.send({ n: 1 }, options))).toEqual(results);
    expect(plain(await main.ping.sendSerial({ n: 2 }, { ...options, until: () => false }))).toEqual(results);
    expect(plain(await main.ping.sendSerial({ n: 3 }, options))).toEqual(results);
    expect(a.reported).toEqual([uncloneable, uncloneable, uncloneable]);
    main.ping.emit({ n: 4 }, options);
    main.ping.emit({ n: 5 });
    main.ping.emit({ deep: [6] }, { key: 'k', expected: [Error] });
    await main.manager.drain();
    expect(seen).toEqual([
      ...[1, 2, 3, 4].map((n) => [{ n }, 's', ['k']]),
      [{ n: 5 }, undefined, []],
      [{ deep: [6] }, undefined, ['k']],
    ]);
    expect([main.reported, a.reported.length]).toEqual([[], 3]);
  });

  it('connect functions of modules that all threads have', async () => {
    const [main, a] = [new Side(), new Side()];
    const hub = hubOf(main);
    await join(hub, a, { name: 'a' });
    const options = { keys: ['k'], once: false, priority: 1, uid: 'only one' };
    const connection = await hub.connectOn('a', 'node:path', 'parse', main.ping, options);
    a.ping.connect(() => 'other', { key: 'k' });
    const results = plain(await main.ping.send({}, { key: 'k' }));
    expect(results).toMatchObject([{ receiverName: 'parse', status: 'rejected' }, { value: 'other' }]);
    await connection[Symbol.asyncDispose]();
    expect(await main.ping.send({}, { key: 'k' })).toHaveLength(1);
    await hub.connectOn('a', 'node:path', 'parse', main.ping);
    expect(await main.ping.send()).toHaveLength(1);
    expect(await rejectionOf(hub.connectOn('a', 'node:path', 'sep', main.ping))).toBeInstanceOf(TypeError);
  });

  it('do not ask a thread in a serial send that has left before its turn, or after an abort', async () => {
    const [main, a] = [new Side(), new Side()];
    const hub = hubOf(main);
    const { worker } = await join(hub, a, { name: 'a' });
    const called: unknown[] = [];
    a.ping.connect((kwargs) => called.push(kwargs));
    const controller = new AbortController();
    const aborting = main.ping.connect(() => controller.abort('enough'));
    expect(plain(await main.ping.sendSerial({}, { abortSignal: controller.signal }))).toContainEqual({
      status: 'rejected',
      reason: 'enough',
      receiverName: '(no answer)',
      thread: 'a',
    });
    aborting.disconnect();
    main.ping.connect(function leaving() {
      worker.emit('exit');
    });
    expect(plain(await main.ping.sendSerial({}))).toEqual([
      { status: 'fulfilled', value: undefined, receiver: 'leaving' },
    ]);
    expect(called).toEqual([]);
  });

  it('leave: by the link, by the exit of the worker, by the hub', async () => {
    const main = new Side();
    const hub = hubOf(main);
    const sides = [new Side(), new Side(), new Side()] as const;
    const one = await join(hub, sides[0], { name: 'one' });
    const two = await join(hub, sides[1], { name: 'two' });
    const three = await join(hub, sides[2], { name: 'three' });
    const never = () => new Promise(() => undefined);
    sides[0].ping.connect(never);
    sides[1].ping.connect(never);
    const asked = main.ping.send({});
    main.ping.connect(never);
    const sent = sides[2].ping.send({});
    await one.link.close();
    await one.link.close();
    await eventually(() => expect(hub.threads).toEqual(['two', 'three']));
    two.worker.emit('exit');
    expect(hub.threads).toEqual(['three']);
    await eventually(() => expect(three.link.threads).toEqual(['main']));
    await hub.close();
    await eventually(() => expect(three.link.threads).toEqual([]));
    const exited = (thread: string) => ({
      status: 'rejected',
      reason: `ThreadExitedError: Thread ${thread} has exited`,
      receiverName: '(no answer)',
      thread,
    });
    expect(plain(await asked)).toEqual([exited('one'), exited('two')]);
    expect(plain(await sent)).toEqual([exited('main'), exited('one'), exited('two')]);
    expect(await rejectionOf(three.link.connectOn('main', receiversModule, 'x', sides[2].ping))).toBeInstanceOf(
      ThreadsClosedError,
    );
    expect(
      one.worker.listenerCount('exit') + two.worker.listenerCount('exit') + three.worker.listenerCount('exit'),
    ).toBe(0);
  });

  it('let in the workers of a worker', async () => {
    const hub = hubOf(new Side());
    const { link, worker } = await join(hub, new Side(), { name: 'parent' });
    const children = [new PretendedWorker(), new PretendedWorker()] as const;
    const sides = children.map(() => new Side());
    const links = children.map((child, index) =>
      joinAs(child.threadId, sides[index]?.manager as SignalManager, { signals: [] }),
    );
    await link.attach(children[0], { name: 'child' });
    await link.attach(children[1]);
    closing.unshift(...(await Promise.all(links)));
    expect(hub.threads).toEqual(['parent', 'child', `worker-${children[1].threadId}`]);
    children[0].emit('exit');
    await eventually(() => expect(hub.threads).toEqual(['parent', `worker-${children[1].threadId}`]));
    worker.emit('exit');
    expect(hub.threads).toEqual([]);
  });

  it('give up what can not come any more', async () => {
    const hub = hubOf(new Side());
    const side = new Side();
    const { link } = await join(hub, side);
    const waiting = new PretendedWorker();
    const attached = rejectionOf(link.attach(waiting));
    await flush();
    await link.close();
    expect(await attached).toBeInstanceOf(ThreadsClosedError);
    expect(await rejectionOf(link.attach(waiting))).toBeInstanceOf(ThreadsClosedError);
    expect(waiting.listenerCount('exit')).toBe(0);

    const seeking = rejectionOf(joinAs((lastThread += 1), side.manager, { signals: [side.ping], timeoutMs: 1 }));
    expect(await seeking).toBeInstanceOf(NoThreadHubError);
    expect(side.ping.hasReceivers()).toBe(false);
  });

  it('pass over a worker of a worker that gave up before the hub read of it, and wait for it again', async () => {
    const hub = hubOf(new Side());
    const { link } = await join(hub, new Side(), { name: 'parent' });
    const child = new PretendedWorker();
    const door = channelOf(`door ${child.threadId}`);
    const offers: unknown[] = [];
    door.onmessage = ({ data }: { data: unknown }) => offers.push(data);
    const attached = rejectionOf(link.attach(child));
    for (const count of [1, 2, 3]) {
      await eventually(() => expect(offers).toHaveLength(count));
      // Only what waits for it waits for its exit.
      expect(child.listenerCount('exit')).toBe(1);
      const [levels, taken] = [new SharedArrayBuffer(0), new SharedArrayBuffer(12)];
      new Int32Array(taken)[2] = 1;
      door.postMessage({
        type: 'seek',
        name: 'gone',
        signals: [],
        levels,
        taken,
        line: `a line not listened to ${count}`,
      });
    }
    await eventually(() => expect(offers).toHaveLength(4));
    expect([hub.threads, link.threads]).toEqual([['parent'], ['main']]);
    child.emit('exit');
    expect(await attached).toBeInstanceOf(ThreadExitedError);
  });

  it('leave nothing on a worker of a worker whose thread has left', async () => {
    const hub = hubOf(new Side());
    const { link } = await join(hub, new Side(), { name: 'parent' });
    const child = new PretendedWorker();
    const side = new Side();
    for (const time of [1, 2]) {
      const joined = joinAs(child.threadId, side.manager, { signals: [side.ping] });
      await Promise.all([link.attach(child), joined]);
      expect([time, child.listenerCount('exit')]).toEqual([time, 1]);
      await (await joined).close();
      await eventually(() => expect(child.listenerCount('exit')).toBe(0));
    }
  });

  it('forget a thread of whose leaving is read before its joining', async () => {
    const thread = (lastThread += 1);
    const seeks: { line: string }[] = [];
    channelOf(`door ${thread}`).onmessage = ({ data }: { data: unknown }) => seeks.push(data as { line: string });
    const side = new Side();
    const joined = joinAs(thread, side.manager, { signals: [side.ping] });
    await eventually(() => expect(seeks).toHaveLength(1));
    const [line, news] = ['', ' news'].map((end) => channelOf(`${String(seeks[0]?.line)}${end}`));
    const card = (id: number) => ({ id, name: `thread ${id}`, signals: [], levels: new SharedArrayBuffer(0) });
    line?.postMessage({ type: 'welcome', id: 1, name: 'a', peers: [card(0)], admitted: new SharedArrayBuffer(4) });
    const link = await joined;
    closing.unshift(link);
    line?.postMessage({ type: 'left', id: 2 });
    await flush();
    for (const id of [2, 3]) news?.postMessage({ type: 'joined', peer: card(id) });
    await eventually(() => expect(link.threads).toContain('thread 3'));
    expect(link.threads).toEqual(['thread 0', 'thread 3']);
  });

  it('read the welcome first when news is read before it', async () => {
    const side = new Side();
    const link = new WorkerLink(threadSettings(side.manager, { signals: [side.ping] }, 'joinThreads'), 'a');
    closing.unshift(link);
    const thread = (lastThread += 1);
    const seeks: { line: string }[] = [];
    channelOf(`door ${thread}`).onmessage = ({ data }: { data: unknown }) => seeks.push(data as { line: string });
    const joined = link.join(thread, new CallSite());
    await eventually(() => expect(seeks).toHaveLength(1));
    const line = channelOf(String(seeks[0]?.line));
    const card = (id: number) => ({ id, name: `thread ${id}`, signals: [], levels: new SharedArrayBuffer(0) });
    const admitted = new SharedArrayBuffer(4);
    new Int32Array(admitted)[0] = 2;
    line.postMessage({ type: 'welcome', id: 1, name: 'a', peers: [card(0)], admitted });
    // As if the news came first: the link has had no turn of the event loop to read the welcome.
    link.takeNews({ type: 'joined', peer: card(2) });
    await joined;
    expect(link.member.threads).toEqual(['thread 0', 'thread 2']);
    line.postMessage({ type: 'left', id: 2 });
    await eventually(() => expect(link.member.threads).toEqual(['thread 0']));
  });

  it('leave no channel open when a manager is closed', async () => {
    const side = new Side();
    await side.manager.close();
    const before = openHandles();
    const joined = joinAs((lastThread += 1), side.manager, { signals: [side.ping] });
    expect(await rejectionOf(joined)).toBeInstanceOf(ManagerClosedError);
    expect(openHandles()).toBe(before);
  });

  it.each([
    ['a signal', ({ ping }: Side) => [ping]],
    ['none', () => []],
  ])('give up at once when the manager is closed while one seeks a hub, sharing %s', async (_what, signals) => {
    const side = new Side();
    const before = openHandles();
    const options = { signals: signals(side), timeoutMs: Infinity };
    const joined = rejectionOf(joinAs((lastThread += 1), side.manager, options));
    await flush(); // it seeks by now
    await side.manager.close();
    expect(await joined).toBeInstanceOf(ManagerClosedError);
    await eventually(() => expect(openHandles()).toBeLessThanOrEqual(before));
  });

  it('do not take a worker for joined that has given up, and let it in when it tries again', async () => {
    const hub = hubOf(new Side());
    const worker = new PretendedWorker();
    const attached = hub.attach(worker);
    const door = channelOf(`door ${worker.threadId}`);
    await flush();
    const line = 'a line whose worker has gone';
    const gone = channelOf(line);
    const shared = { levels: new SharedArrayBuffer(0), taken: new SharedArrayBuffer(12) };
    door.postMessage({ type: 'seek', name: 'impatient', signals: [], line, ...shared });
    await eventually(() => expect(hub.threads).toEqual(['impatient']));
    gone.postMessage({ type: 'bye' });
    await eventually(() => expect(hub.threads).toEqual([]));
    const side = new Side();
    closing.unshift(await joinAs(worker.threadId, side.manager, { signals: [], name: 'patient' }));
    await attached;
    expect(hub.threads).toEqual(['patient']);
  });
});

describe('what nobody of ours would say', () => {
  it('is ignored, and harms nobody', async () => {
    const main = new Side();
    const hub = hubOf(main);
    const worker = new PretendedWorker();
    const door = channelOf(`door ${worker.threadId}`);
    const seeks: { line: string }[] = [];
    door.onmessage = ({ data }: { data: unknown }) => seeks.push(data as { line: string });
    const side = new Side();
    const joined = joinAs(worker.threadId, side.manager, { signals: [side.ping], name: 'a' });
    await eventually(() => expect(seeks).toHaveLength(1));
    const noSeek = [
      'anything',
      null,
      7,
      { type: 'seek' },
      { type: 'nonsense' },
      { type: 'toString' },
      { ...seeks[0], levels: new SharedArrayBuffer(0) },
      { ...seeks[0], taken: new SharedArrayBuffer(3) },
    ];
    const attached = hub.attach(worker);
    for (const message of noSeek) door.postMessage(message);
    closing.unshift(await joined);
    await attached;

    const line = channelOf(String(seeks[0]?.line));
    const news = channelOf(`${String(seeks[0]?.line)} news`);
    side.ping.connect(({ n }) => n);
    const routed = { to: [0, 1, 99], from: 1, id: 1 };
    const nonsense: unknown[] = [
      ...noSeek,
      { type: 'seek' },
      { type: 'emits', runs: [{ signal: 'ping' }] },
      { type: 'emits', runs: 7 },
      { type: 'send', ...routed },
      { type: 'send', ...routed, to: 'everybody' },
      { type: 'answer', ...routed, results: [] },
      { type: 'answer', ...routed, from: 12, results: [] },
      { type: 'answer', ...routed, from: 0, results: 'none' },
      { type: 'failed', ...routed, reason: {} },
      { type: 'step', ...routed, results: [{}] },
      { type: 'go-on', ...routed, stop: true },
      { type: 'abort', ...routed, reason: {} },
      { type: 'disconnect', ...routed, connect: 77 },
      { type: 'lost', ...routed, signal: 'unknown', place: '?', reason: {} },
      { type: 'welcome', id: 7, name: 'x', peers: [], admitted: new SharedArrayBuffer(4) },
      { type: 'left', id: 99 },
      { type: 'gone', line: 'unknown' },
      { type: 'let-in-answer', line: 'unknown', ready: true },
      { type: 'joined' },
      {
        type: 'emits',
        runs: [{ to: [0, 1], from: 1, signal: 'unknown', kwargs: [{}] }],
      },
      { type: 'taken' },
      { type: 'ready' },
    ];
    for (const message of nonsense) line.postMessage(message);
    for (const message of nonsense) news.postMessage(message);
    await flush();
    expect(plain(await main.ping.send({ n: 5 }))).toEqual([
      { status: 'fulfilled', value: 5, receiverName: '(anonymous)', thread: 'a' },
    ]);
    expect([hub.threads, main.reported, side.reported]).toEqual([['a'], [], []]);
  });

  it('is taken for what it is when an answer makes no sense', async () => {
    const main = new Side();
    const hub = hubOf(main);
    await pretendToJoin(hub, 'odd', (type, id, say) => {
      const results = [7, { status: 'fulfilled', value: 1 }, { status: 'rejected', reason: 8 }];
      if (type === 'send') say({ type: 'answer', to: [0], from: 1, id, results });
      if (type === 'connect') say({ type: 'failed', to: [0], from: 1, id, reason: { error: { name: 7 } } });
    });
    expect(plain(await main.ping.send({}))).toEqual([
      { status: 'rejected', reason: undefined, receiverName: '(anonymous)', thread: 'odd' },
      { status: 'fulfilled', value: 1, receiverName: '(anonymous)', thread: 'odd' },
      { status: 'rejected', reason: undefined, receiverName: '(anonymous)', thread: 'odd' },
    ]);
    expect(String(await rejectionOf(hub.connectOn('odd', 'module', 'name', main.ping)))).toBe('Error');
  });

  it('is dropped when it is said in the name of another worker', async () => {
    const main = new Side();
    const hub = hubOf(main);
    const { promise: saidAll, resolve: onSaidAll } = deferred();
    const heard: unknown[] = [];
    const emits = (from: number, n: string) => ({ to: [0], from, signal: 'ping', kwargs: [{ n }] });
    await pretendToJoin(hub, 'forger', (type, id, say) => {
      if (type !== 'send') return;
      say({ type: 'answer', to: [0], from: 2, id, results: [{ status: 'fulfilled', value: 'forged' }] });
      say({ type: 'answer', to: [0], from: 1, id, results: [{ status: 'fulfilled', value: 'own' }] });
      say({ type: 'emits', runs: [emits(2, 'forged'), emits(1, 'own')] });
    });
    const a = new Side();
    a.ping.connect(async () => {
      await saidAll;
      return 'a';
    });
    await join(hub, a, { name: 'a' });
    const sent = main.ping.send({});
    main.ping.connect(({ n }) => {
      heard.push(n);
      if (n === 'own') onSaidAll();
    });
    expect(plain(await sent)).toMatchObject([{ value: 'own' }, { value: 'a' }]);
    expect(heard).toEqual(['own']);
  });

  it('is read when its thread has ended: its last words count', async () => {
    const main = new Side();
    const hub = hubOf(main);
    const worker = await pretendToJoin(hub, 'brief', (type, id, say) => {
      if (type !== 'send') return;
      say({ type: 'answer', to: [0], from: 1, id, results: [{ status: 'fulfilled', value: 'last words' }] });
      // The hub has had no turn of the event loop to read it.
      worker.emit('exit');
    });
    expect(plain(await main.ping.send({}))).toMatchObject([{ status: 'fulfilled', value: 'last words' }]);
    expect(hub.threads).toEqual([]);
  });
});
