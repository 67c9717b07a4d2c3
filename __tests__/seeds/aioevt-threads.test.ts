/**
 * aioevt's project description (seed document 003) where it is about threads: events that any thread emits and waits for,
 * and callbacks that run in the loop they are registered for. A loop is a thread here.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import { type Signal, SignalManager } from '../../src/index.js';
import { ThreadHub } from '../../src/threads/index.js';
import { requireBuild } from '../helpers/package.js';

requireBuild();

const fixture = (name: string) => path.join(__dirname, 'fixtures', name);
const callbacks = pathToFileURL(fixture('aioevt-callbacks.mjs'));

interface Numbers {
  num1: number;
  num2: number;
  num3: number;
  num4: number;
}

let mgr: SignalManager;
let hub: ThreadHub;
let loop: Worker;
let otherLoop: Worker;
let add: Signal<Numbers>;
let calculated: Signal<{ total: number; threadId: number }>;
let myEvent: Signal<{ number: number }>;
let waited: Signal<{ kwargs?: unknown; error?: string }>;

beforeEach(async () => {
  mgr = new SignalManager();
  add = mgr.signal('Add');
  calculated = mgr.signal('Calculated');
  myEvent = mgr.signal('MyEvent');
  waited = mgr.signal('Waited');
  hub = new ThreadHub(mgr, { signals: [add, calculated, myEvent, waited] });
  loop = new Worker(fixture('aioevt-loop.mjs'));
  await hub.attach(loop, { name: 'my_event_loop' });
  otherLoop = new Worker(fixture('aioevt-loop.mjs'));
});

afterEach(async () => {
  await hub.close();
  await Promise.all([loop.terminate(), otherLoop.terminate()]);
});

async function letWait(worker: Worker, timeoutMs?: number): Promise<void> {
  const waiting = once(worker, 'message');
  worker.postMessage(timeoutMs);
  await waiting;
}

describe('aioevt across threads: register an event', () => {
  it('adds four numbers in the thread of the callback, and the sum is waited for here', async () => {
    mgr.emitAfter(100, add, { num1: 1, num2: 2, num3: 3, num4: 4 });
    const data = await mgr.wait(calculated);
    expect(data.kwargs).toEqual({ total: 10, threadId: loop.threadId });
  });

  it('registers a callback for the loop of another thread (`loop=my_event_loop`), which gets every emit', async () => {
    const registered = await hub.connectOn('my_event_loop', callbacks, 'myFunc', myEvent);
    myEvent.emit({ number: 1 });
    myEvent.emit({ number: 2 });
    const [result] = await myEvent.send({ number: 3 });
    // What the document says can't be had, the callback's return value, is in the results.
    expect(result).toMatchObject({ value: { threadId: loop.threadId, calls: [1, 2, 3] } });

    // mgr.unregister(func=my_callback_func)
    await registered[Symbol.asyncDispose]();
    expect(await myEvent.send({ number: 4 })).toEqual([]);
  });

  it('registers one that is called at the first emit only (`recurring=False`)', async () => {
    await hub.connectOn('my_event_loop', callbacks, 'myFunc', myEvent, { once: true });
    expect(await myEvent.send({ number: 1 })).toMatchObject([{ value: { calls: [1] } }]);
    expect(await myEvent.send({ number: 2 })).toEqual([]);
  });

  it('calls each callback with the same kwargs, in the loop that each belongs to', async () => {
    await hub.attach(otherLoop, { name: 'other_event_loop' });
    const loops = ['my_event_loop', 'other_event_loop'];
    for (const name of loops) await hub.connectOn(name, callbacks, 'myFunc', myEvent);
    expect(await myEvent.send({ number: 7 })).toMatchObject([
      { value: { threadId: loop.threadId, calls: [7] }, thread: 'my_event_loop' },
      { value: { threadId: otherLoop.threadId, calls: [7] }, thread: 'other_event_loop' },
    ]);
  });
});

describe('aioevt across threads: emitting and waiting', () => {
  it('wakes what waits in other threads, whoever emits', async () => {
    await letWait(loop);
    const woken = mgr.wait(waited);
    myEvent.emit({ number: 1 });
    expect((await woken).kwargs).toEqual({ kwargs: { number: 1 } });
  });

  it('wakes all that wait, in all threads', async () => {
    await hub.attach(otherLoop);
    await Promise.all([letWait(loop), letWait(otherLoop)]);
    const all = waited.stream();
    const here = mgr.wait(myEvent);
    myEvent.emit({ number: 5 });
    expect((await here).kwargs).toEqual({ number: 5 });
    for (const _loop of [loop, otherLoop]) {
      expect((await all.next()).value).toMatchObject({ kwargs: { kwargs: { number: 5 } } });
    }
    await all.return?.();
  });

  it('gives up after the timeout, in whichever thread', async () => {
    const woken = mgr.wait(waited);
    await letWait(loop, 10);
    expect((await woken).kwargs).toEqual({ error: 'WaitTimeoutError' });
    // Nothing is left of it that an emit would wake.
    expect(myEvent.hasReceivers()).toBe(false);
  });
});
