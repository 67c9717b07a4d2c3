import { describe, expect, it, jest } from '@jest/globals';
import { ANY, type ConnectOptions, type Connection, RECEIVER_DISCONNECTED, SignalManager } from '../src/index.js';
import { farHostOf } from '../src/send/far-hook.js';
import { collectGarbage, heapUsed } from './helpers/gc.js';
import { deferred } from './helpers/promises.js';
import { fulfilled } from './helpers/results.js';

const signal = Symbol('started');
const everybody = { sender: 'app', key: 'k' };

/**
 * What a test looks at is made and dropped in functions of their own: a variable of the test's own function, or what an
 * expression of it has just looked up, would still be alive when the garbage is collected.
 */
function makeCounting(calls: unknown[]): () => void {
  return () => void calls.push('called');
}

class Service {
  constructor(readonly calls: unknown[]) {}
  onStarted(): void {
    this.calls.push('called');
  }
}

function connectDropped(manager: SignalManager, calls: unknown[], options: ConnectOptions): Connection {
  return manager.connect(makeCounting(calls), signal, options);
}

function connectDroppedService(manager: SignalManager, calls: unknown[], options: ConnectOptions): Connection {
  return manager.connect(Service.prototype.onStarted, signal, { ...options, thisArg: new Service(calls) });
}

it('a transport is told that a collected receiver is called by no send, before the manager has removed it (R12)', async () => {
  const manager = new SignalManager();
  const host = farHostOf(manager);
  connectDropped(manager, [], { weak: true });
  expect(host.calls(signal, { senders: [], keys: [] })).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  expect(host.calls(signal, { senders: [], keys: [] })).toBe(false);
});

describe('a strong receiver, the default (R12)', () => {
  it.each<[string, ConnectOptions]>([
    ['by default', {}],
    ['weak: false', { weak: false }],
  ])('is called for as long as it is connected, though nobody else holds it: %s', async (_what, options) => {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    connectDropped(manager, calls, options);
    connectDroppedService(manager, calls, options);
    await collectGarbage();
    manager.sendSync(signal);
    expect(calls).toEqual(['called', 'called']);
  });
});

describe('a weak receiver that somebody holds (R12)', () => {
  it('is called after a collection like any other', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    const connection = manager.connect(receiver, signal, { weak: true });
    await collectGarbage();
    expect(connection.connected).toBe(true);
    manager.sendSync(signal);
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(connection.disconnect()).toBe(true);
    manager.sendSync(signal);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('is one receiver with itself, weak and strong', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal, { weak: true });
    manager.connect(receiver, signal);
    manager.connect(receiver, signal, { weak: true });
    expect(manager.receivers(signal)).toEqual([receiver]);
    manager.sendSync(signal);
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(manager.disconnect(receiver, signal)).toBe(true);
    expect(manager.signals()).toEqual([]);
  });

  it('with thisArg lives with the object: the connection holds the function', async () => {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    const service = { name: 'service' };
    (() => {
      function onStarted(this: unknown): void {
        calls.push(this);
      }
      manager.connect(onStarted, signal, { weak: true, thisArg: service });
    })();
    await collectGarbage();
    manager.sendSync(signal);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toBe(service);
  });

  it('with thisArg takes a prototype method', async () => {
    const manager = new SignalManager();
    const service = new Service([]);
    manager.connect(Service.prototype.onStarted, signal, { weak: true, thisArg: service });
    await collectGarbage();
    manager.sendSync(signal);
    expect(service.calls).toEqual(['called']);
  });
});

describe('a weak receiver that has been collected (R12)', () => {
  const connects: [string, typeof connectDropped][] = [
    ['a function', connectDropped],
    ['a method with thisArg', connectDroppedService],
  ];
  const options: [string, ConnectOptions][] = [
    ['no filter', {}],
    ['a key', { key: 'k' }],
    ['a sender and keys', { sender: 'app', keys: ['k', 'l'] }],
    ['a priority', { priority: 3 }],
    ['a uid', { uid: 'stats' }],
    ['once', { once: true }],
    ['an abort signal', { abortSignal: new AbortController().signal }],
  ];

  describe.each(connects)('%s', (_kind, connect) => {
    it.each(options)('connected with %s is not called, not listed and not connected', async (_what, each) => {
      const manager = new SignalManager();
      const calls: unknown[] = [];
      const stays = jest.fn();
      manager.connect(stays, ANY);
      const connection = connect(manager, calls, { ...each, weak: true });
      await collectGarbage();
      // Asked in this order: nothing that a send would tidy up may be what makes the answers right.
      expect(connection.connected).toBe(false);
      expect(manager.receivers(signal, everybody)).toEqual([stays]);
      expect(manager.explain(signal, everybody)).toHaveLength(1);
      expect(manager.signals()).not.toContain(signal);
      expect(await manager.send(signal, {}, everybody)).toHaveLength(1);
      expect(manager.sendSync(signal, {}, everybody)).toHaveLength(1);
      expect(calls).toEqual([]);
      expect(connection.disconnect()).toBe(false);
    });
  });

  it('leaves nobody to be called', async () => {
    const manager = new SignalManager();
    connectDropped(manager, [], { weak: true });
    await collectGarbage();
    expect(manager.hasReceivers(signal)).toBe(false);
    expect(manager.signals()).toEqual([]);
    expect(manager.disconnectAll(signal)).toBe(0);
  });

  it('leaves the others in their order', async () => {
    const manager = new SignalManager();
    const [first, last] = [() => 1, () => 2];
    manager.connect(first, signal);
    connectDropped(manager, [], { weak: true });
    connectDroppedService(manager, [], { weak: true });
    manager.connect(last, signal);
    await collectGarbage();
    expect(manager.receivers(signal)).toEqual([first, last]);
    expect(manager.sendSync(signal)).toHaveLength(2);
  });

  it('was connected to ANY', async () => {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    (() => manager.connect(makeCounting(calls), ANY, { weak: true }))();
    await collectGarbage();
    expect(manager.sendSync(signal)).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('makes room for another one of the same uid', async () => {
    const manager = new SignalManager();
    connectDropped(manager, [], { weak: true, uid: 'stats' });
    await collectGarbage();
    const next = () => 1;
    manager.connect(next, signal, { uid: 'stats' });
    expect(manager.receivers(signal)).toEqual([next]);
  });

  it('is not reported as disconnected (R18)', async () => {
    const manager = new SignalManager();
    const reported = jest.fn();
    manager.connect(reported, RECEIVER_DISCONNECTED);
    connectDropped(manager, [], { weak: true });
    await collectGarbage();
    manager.sendSync(signal);
    expect(manager.receivers(signal)).toEqual([]);
    expect(reported).not.toHaveBeenCalled();
  });

  it('is not held by a settled send, its results dropped', async () => {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    const receiver = new WeakRef(makeCounting(calls));
    await (async () => {
      const held = receiver.deref();
      if (held === undefined) throw new Error('collected too early');
      manager.connect(held, signal, { weak: true });
      await manager.send(signal);
      await manager.send(signal, {}, { timeoutMs: 60_000 });
      await manager.sendSerial(signal);
      manager.sendSync(signal);
      manager.emit(signal);
    })();
    expect(calls).toHaveLength(5);
    await collectGarbage();
    expect(receiver.deref()).toBeUndefined();
    expect(manager.sendSync(signal)).toEqual([]);
  });

  it.each([
    ['alone', 0],
    ['among others that live on and are disconnected', 3],
  ])('needs no send for its bookkeeping to be removed, %s', async (_where, others) => {
    const manager = new SignalManager();
    const sender = {};
    const living = Array.from({ length: others }, (_, i) => () => i);
    // Something stays connected everywhere: its table is not dropped as a whole.
    manager.connect(() => undefined, signal, { sender, key: 'k' });
    connectMany(50_000);
    await collectGarbage();
    const before = heapUsed();
    connectMany(50_000);
    await collectGarbage();
    expect(heapUsed() - before).toBeLessThan(600_000);

    function connectMany(count: number): void {
      for (let i = 0; i < count; i++) {
        manager.connect(() => i, signal, { weak: true, ...[{}, { key: 'k' }, { sender }, { key: `k${i}` }][i % 4] });
        for (const each of living) manager.connect(each, signal, { weak: true }).disconnect();
      }
    }
  });

  it('makes room for another one of the same uid, its bookkeeping removed or not yet', async () => {
    const manager = new SignalManager();
    const next = () => 1;
    connectDropped(manager, [], { weak: true, uid: 'stats' });
    connectDroppedService(manager, [], { weak: true, uid: 'service' });
    // In a turn of its own, and without a turn in which the registries are told.
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
    expect(manager.hasReceivers(signal)).toBe(false);
    manager.connect(next, signal, { uid: 'stats' });
    const thisArg = {};
    manager.connect(next, signal, { uid: 'service', thisArg });
    expect(manager.sendSync(signal)).toHaveLength(2);
    await collectGarbage();
    expect(manager.sendSync(signal)).toHaveLength(2);
    expect(manager.receivers(signal)).toEqual([next, next]);
  });

  it('is not held by a send that has yet to call it', async () => {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    const gate = deferred<string>();
    const slow = () => gate.promise;
    manager.connect(slow, signal, { key: 'slow' });
    connectDropped(manager, calls, { weak: true });
    connectDroppedService(manager, calls, { weak: true, key: 'slow' });
    const sends = [
      manager.sendSerial(signal, {}, { key: 'slow' }),
      manager.sendSerial(signal, {}, { key: 'slow', timeoutMs: 60_000 }),
    ];
    await collectGarbage();
    gate.resolve('done');
    for (const sent of sends) expect(await sent).toEqual([fulfilled(slow, 'done')]);
    expect(calls).toEqual([]);
  });
});

describe('weak and strong connections of one receiver (R12, R3)', () => {
  async function isKeptBy(connect: (manager: SignalManager, receiver: () => void) => void): Promise<boolean> {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    connect(manager, makeCounting(calls));
    await collectGarbage();
    manager.sendSync(signal, {}, everybody);
    return calls.length === 1;
  }

  it('a strong one beside a weak one keeps it', async () => {
    expect(
      await isKeptBy((manager, receiver) => {
        manager.connect(receiver, signal, { weak: true });
        manager.connect(receiver, signal);
      }),
    ).toBe(true);
    expect(
      await isKeptBy((manager, receiver) => {
        manager.connect(receiver, signal, { key: 'k' });
        manager.connect(receiver, signal, { weak: true });
      }),
    ).toBe(true);
  });

  it('once the strong one is disconnected the weak one alone does not keep it', async () => {
    expect(
      await isKeptBy((manager, receiver) => {
        manager.connect(receiver, signal, { weak: true });
        manager.connect(receiver, signal).disconnect();
      }),
    ).toBe(false);
    expect(
      await isKeptBy((manager, receiver) => {
        const strong = manager.connect(receiver, signal);
        manager.connect(receiver, signal, { weak: true });
        strong.disconnect();
      }),
    ).toBe(false);
  });

  it('once the strong one is used up the weak one alone does not keep it', async () => {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    (() => {
      const receiver = makeCounting(calls);
      manager.connect(receiver, signal, { weak: true });
      manager.connect(receiver, signal, { once: true });
      manager.sendSync(signal);
    })();
    await collectGarbage();
    expect(manager.sendSync(signal)).toEqual([]);
    expect(calls).toHaveLength(1);
  });
});

describe('what a connection holds (R12)', () => {
  it('the handle of a weak receiver does not keep it', async () => {
    const manager = new SignalManager();
    const handles = [
      connectDropped(manager, [], { weak: true }),
      connectDroppedService(manager, [], { weak: true, key: 'k' }),
    ];
    await collectGarbage();
    expect(handles.map((handle) => handle.connected)).toEqual([false, false]);
  });

  it('a disconnected receiver is not held by the manager, nor by the abort signal it was connected with', async () => {
    const manager = new SignalManager();
    const controller = new AbortController();
    const receiver = (() => {
      const held = makeCounting([]);
      manager.connect(held, signal, { key: 'k', abortSignal: controller.signal }).disconnect();
      return new WeakRef(held);
    })();
    await collectGarbage();
    expect(receiver.deref()).toBeUndefined();
    expect(controller.signal.aborted).toBe(false);
  });

  it('an abort signal ends a connection whose handle nobody keeps', async () => {
    const manager = new SignalManager();
    const controller = new AbortController();
    for (const options of [{}, { key: 'k', sender: {} }, { uid: 'stats', priority: 1 }]) {
      manager.connect(() => 1, signal, { ...options, abortSignal: controller.signal });
    }
    await collectGarbage();
    expect(manager.receivers(signal, { key: 'k' })).toHaveLength(3);
    controller.abort();
    expect(manager.receivers(signal, { key: 'k' })).toEqual([]);
    expect(manager.signals()).toEqual([]);
  });
});
