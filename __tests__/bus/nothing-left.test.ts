import { expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { SignalBus } from '../../src/bus/index.js';
import { SignalManager } from '../../src/index.js';
import { collectGarbage } from '../helpers/gc.js';

it('a bus keeps nothing of what has been aborted (B3)', async () => {
  const manager = new SignalManager();
  const bus = new SignalBus({ manager });
  const subscribe = (): WeakRef<object>[] => {
    const abort = new AbortController();
    const options = { abortSignal: abort.signal };
    const fns = [() => 1, () => 2, () => 3] as const;
    bus.subscriber('topic', fns[0], options);
    bus.batchSubscriber('topic', fns[1], options);
    bus.periodicTask({ periodMs: 10, ...options }, fns[2]);
    abort.abort();
    return fns.map((fn) => new WeakRef(fn));
  };
  const refs = subscribe();
  await collectGarbage();
  expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined]);
  expect(manager.signals()).toEqual([]);
  await bus.run(() => bus.publish('topic', 1));
});

it('a bus keeps nothing of topics that were only published to', async () => {
  const manager = new SignalManager();
  const bus = new SignalBus({ manager });
  const publish = async (): Promise<WeakRef<object>> => {
    await bus.publish('made up', 1);
    return new WeakRef(manager.signal('made up'));
  };
  const ref = await publish();
  await collectGarbage();
  expect(ref.deref()).toBeUndefined();
});

it('a bus keeps no payload that was handled, though what its call started goes on', async () => {
  const bus = new SignalBus();
  const timers: NodeJS.Timeout[] = [];
  const options = { concurrency: 1 };
  bus.subscriber('topic', () => void timers.push(setInterval(() => undefined, 1_000_000)), options);
  await bus.start();
  const publish = async (): Promise<WeakRef<object>> => {
    const payload = {};
    await bus.publish('topic', payload);
    return new WeakRef(payload);
  };
  const ref = await publish();
  await collectGarbage();
  expect({ timers: timers.length, payload: ref.deref() }).toEqual({ timers: 1, payload: undefined });
  for (const timer of timers) clearInterval(timer);
  await bus.stop();
});

it('an abort signal that lives on keeps no bus, and no listener (B3, R19)', async () => {
  const abort = new AbortController();
  const subscribe = async (): Promise<WeakRef<object>[]> => {
    const manager = new SignalManager();
    const bus = new SignalBus({ manager });
    const options = { abortSignal: abort.signal };
    bus.subscriber('topic', () => 1, options);
    bus.periodicTask({ periodMs: 10, ...options }, () => 2);
    await bus.run(() => bus.publish('topic', 1));
    await manager.close();
    return [new WeakRef(bus), new WeakRef(manager)];
  };
  const refs = await subscribe();
  await collectGarbage();
  expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined]);
  await collectGarbage();
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
});
