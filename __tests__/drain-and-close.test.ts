import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type DrainTimeoutError, RECEIVER_DISCONNECTED, Signal, SignalManager } from '../src/index.js';
import { deferred, errorOf, flush, rejectionOf } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';

const signal = Symbol('stopping');
const closed = expect.objectContaining({ name: 'ManagerClosedError', code: 'ERR_MANAGER_CLOSED' }) as unknown;

let manager: SignalManager;

beforeEach(() => {
  jest.useFakeTimers();
  manager = new SignalManager({ onError: null });
});

afterEach(async () => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  await flush();
});

describe('SignalManager#drain (R23)', () => {
  it('resolves when nothing is pending', async () => {
    manager.connect(() => 1, signal);
    manager.emit(signal);
    await expect(manager.drain()).resolves.toBeUndefined();
    await expect(manager.drain({ timeoutMs: 100 })).resolves.toBeUndefined();
  });

  it('resolves when no send is pending, not before', async () => {
    const gates = [deferred(), deferred(), deferred()] as const;
    const [a, b, c] = [Symbol('a'), Symbol('b'), Symbol('c')];
    [a, b, c].forEach((each, index) => manager.connect(() => gates[index]?.promise, each));
    void manager.send(a);
    void manager.sendSerial(b);
    manager.emit(c);
    expect(manager.pending).toBe(3);
    const drained = jest.fn();
    const draining = manager.drain({ timeoutMs: 1000 }).then(drained);
    for (const gate of gates) {
      await flush();
      expect(drained).not.toHaveBeenCalled();
      gate.resolve();
    }
    await draining;
    expect(manager.pending).toBe(0);
  });

  it('waits for what pending receivers send, too', async () => {
    const [first, second] = [deferred(), deferred()];
    const chained = Symbol('chained');
    manager.connect(async () => {
      await first.promise;
      manager.emit(chained);
    }, signal);
    manager.connect(() => second.promise, chained);
    manager.emit(signal);
    const drained = jest.fn();
    const draining = manager.drain().then(drained);
    first.resolve();
    await flush();
    expect(manager.pending).toBe(1);
    expect(drained).not.toHaveBeenCalled();
    second.resolve();
    await draining;
  });

  it('resolves whatever the receivers come to: a failure, a timeout, an abort', async () => {
    const controller = new AbortController();
    const failing = deferred();
    manager.connect(() => new Promise(() => undefined), signal);
    manager.connect(() => failing.promise, signal);
    void manager.send(signal, {}, { timeoutMs: 10 });
    void manager.send(signal, {}, { abortSignal: controller.signal });
    const draining = manager.drain();
    failing.reject(new Error('receiver failed'));
    controller.abort();
    await jest.advanceTimersByTimeAsync(10);
    await draining;
    expect(manager.pending).toBe(0);
  });

  it('resolves for all who wait', async () => {
    const gate = deferred();
    manager.connect(() => gate.promise, signal);
    manager.emit(signal);
    const draining = [manager.drain(), manager.drain(), manager.drain({ timeoutMs: 50 })];
    gate.resolve();
    expect(await Promise.all(draining)).toEqual([undefined, undefined, undefined]);
  });

  it('past timeoutMs rejects with DrainTimeoutError naming the receivers still running', async () => {
    const gates = [deferred(), deferred()] as const;
    async function flushQueue(): Promise<void> {
      await gates[0].promise;
    }
    async function closeDatabase(): Promise<void> {
      await gates[1].promise;
    }
    const done = async () => undefined;
    for (const receiver of [flushQueue, done, closeDatabase]) manager.connect(receiver, signal);
    const sent = manager.send(signal);
    const draining = rejectionOf(manager.drain({ timeoutMs: 1000 }));
    gates[0].resolve();
    await jest.advanceTimersByTimeAsync(1000);
    const error = (await draining) as DrainTimeoutError;
    expect([error.name, error.code, error.timeoutMs]).toEqual(['DrainTimeoutError', 'ERR_DRAIN_TIMEOUT', 1000]);
    expect(error.pending).toEqual([expect.stringContaining('closeDatabase')]);
    expect(error.message).toContain('closeDatabase');
    // The manager is as it was, and no send is lost.
    expect(manager.pending).toBe(1);
    expect(manager.receivers(signal)).toHaveLength(3);
    gates[1].resolve();
    expect(await sent).toHaveLength(3);
    await manager.drain({ timeoutMs: 10 });
  });

  it('Infinity means no timeout, and more than 2³¹−1 is honoured (R16)', async () => {
    const gate = deferred();
    manager.connect(() => gate.promise, signal);
    manager.emit(signal);
    const draining = [manager.drain({ timeoutMs: Infinity }), manager.drain({ timeoutMs: 2 ** 33 })];
    await jest.advanceTimersByTimeAsync(2 ** 32);
    gate.resolve();
    expect(await Promise.all(draining)).toEqual([undefined, undefined]);
  });
});

/** Every verb that sends or connects, and what it answers with. */
async function refusals(): Promise<unknown[]> {
  const receiver = () => undefined;
  return [
    await rejectionOf(manager.send(signal)),
    await rejectionOf(manager.sendSerial(signal)),
    errorOf(() => manager.sendSync(signal)),
    errorOf(() => manager.emit(signal)),
    errorOf(() => manager.emitAfter(10, signal)),
    errorOf(() => manager.connect(receiver, signal)),
    errorOf(() => manager.connectVia(signal)(receiver)),
    await rejectionOf(manager.wait(signal)),
  ];
}

describe('SignalManager#close (R23)', () => {
  it('refuses sends, connects and waits from the moment it is called', async () => {
    const gate = deferred();
    const receiver = jest.fn(() => gate.promise);
    manager.connect(receiver, signal);
    const sent = manager.send(signal);
    const closing = manager.close();
    expect(await refusals()).toEqual(Array.from({ length: 8 }, () => closed));
    expect(receiver).toHaveBeenCalledTimes(1);
    gate.resolve();
    await closing;
    expect(await refusals()).toEqual(Array.from({ length: 8 }, () => closed));
    expect(await sent).toEqual([fulfilled(receiver, undefined)]);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('refuses the sends of a Signal of this manager, too', async () => {
    const own = new Signal({ manager, name: 'own' });
    await manager.close();
    expect([
      await rejectionOf(own.send()),
      errorOf(() => own.emit()),
      errorOf(() => own.connect(() => undefined)),
      await rejectionOf(manager.signal('named').send()),
    ]).toEqual([closed, closed, closed, closed]);
  });

  it('loses no pending send', async () => {
    const gate = deferred<string>();
    const [late, failing] = [() => gate.promise, () => gate.promise.then(() => Promise.reject(new Error('late')))];
    manager.connect(late, signal);
    manager.connect(failing, signal);
    const sends = [manager.send(signal), manager.sendSerial(signal)];
    const settled = jest.fn();
    const closing = manager.close().then(settled);
    await flush();
    expect(settled).not.toHaveBeenCalled();
    expect(manager.pending).toBe(2);
    gate.resolve('value');
    for (const sent of sends) {
      expect(await sent).toEqual([fulfilled(late, 'value'), rejected(failing, new Error('late'))]);
    }
    await closing;
    expect(manager.pending).toBe(0);
  });

  it('disconnects everything when the drain is done', async () => {
    const gate = deferred();
    const connections = [
      manager.connect(() => gate.promise, signal),
      manager.connect(() => undefined, signal, { key: 'k', once: true }),
      manager.connect(() => undefined, { token: true }, { weak: true }),
      manager.signal('named').connect(() => undefined),
    ];
    manager.emit(signal);
    const closing = manager.close();
    gate.resolve();
    await closing;
    expect(connections.map((connection) => connection.connected)).toEqual([false, false, false, false]);
    expect(connections.map((connection) => connection.disconnect())).toEqual([false, false, false, false]);
    expect(manager.signals()).toEqual([]);
    expect(manager.receivers(signal)).toEqual([]);
    expect(manager.hasReceivers(signal, { key: 'k' })).toBe(false);
  });

  it('rejects waits and ends streams', async () => {
    const controller = new AbortController();
    const waits = [
      rejectionOf(manager.wait(signal)),
      rejectionOf(manager.wait({}, { timeoutMs: 1000, abortSignal: controller.signal })),
    ];
    const stream = manager.stream(signal);
    const next = stream.next();
    await manager.close();
    expect(await Promise.all(waits)).toEqual([closed, closed]);
    expect(await next).toEqual({ done: true, value: undefined });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects waits and ends streams at once, while a send is still pending', async () => {
    const gate = deferred();
    manager.connect(() => gate.promise, signal);
    manager.emit(signal);
    const waiting = rejectionOf(manager.wait(signal));
    const next = manager.stream(signal).next();
    const closing = manager.close();
    expect(await waiting).toEqual(closed);
    expect(await next).toEqual({ done: true, value: undefined });
    expect(manager.pending).toBe(1);
    gate.resolve();
    await closing;
  });

  it('cancels what emitAfter still holds', async () => {
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    const handles = [manager.emitAfter(10, signal), manager.emitAfter(100, signal)];
    const closing = manager.close();
    expect(handles.map((handle) => handle.pending)).toEqual([false, false]);
    expect(handles.map((handle) => handle.cancel())).toEqual([false, false]);
    expect(jest.getTimerCount()).toBe(0);
    await closing;
    await jest.advanceTimersByTimeAsync(1000);
    expect(receiver).not.toHaveBeenCalled();
  });

  it('twice is the same promise', async () => {
    const gate = deferred();
    manager.connect(() => gate.promise, signal);
    manager.emit(signal);
    const closing = manager.close({ timeoutMs: 1000 });
    expect(manager.close()).toBe(closing);
    gate.resolve();
    await closing;
    expect(manager.close()).toBe(closing);
  });

  it('is what the end of a block does', async () => {
    const gate = deferred();
    let connection;
    setTimeout(() => gate.resolve(), 100);
    const block = (async () => {
      await using own = new SignalManager();
      connection = own.connect(() => gate.promise, signal);
      own.emit(signal);
      manager = own;
    })();
    await flush();
    expect(connection).toMatchObject({ connected: true });
    await jest.advanceTimersByTimeAsync(100);
    await block;
    expect(connection).toMatchObject({ connected: false });
    expect(errorOf(() => manager.emit(signal))).toEqual(closed);
  });

  it('past timeoutMs rejects with DrainTimeoutError, and the manager is as it was', async () => {
    const gate = deferred();
    async function flushQueue(): Promise<void> {
      await gate.promise;
    }
    const connection = manager.connect(flushQueue, signal);
    const sent = manager.send(signal);
    const closing = rejectionOf(manager.close({ timeoutMs: 100 }));
    expect(errorOf(() => manager.emit(signal))).toEqual(closed);
    await jest.advanceTimersByTimeAsync(100);
    expect(await closing).toMatchObject({
      name: 'DrainTimeoutError',
      timeoutMs: 100,
      pending: [expect.stringContaining('flushQueue')],
    });
    // Open again, with everything connected.
    expect(connection.connected).toBe(true);
    expect(manager.pending).toBe(1);
    expect(manager.receivers(signal)).toEqual([flushQueue]);
    const more = jest.fn();
    manager.connect(more, signal, { key: 'k' });
    gate.resolve();
    expect(await manager.send(signal, {}, { key: 'k' })).toHaveLength(2);
    expect(await sent).toHaveLength(1);
    const waiting = manager.wait(signal);
    manager.emit(signal, { n: 1 });
    expect((await waiting).kwargs).toEqual({ n: 1 });
    // And it can be closed once more.
    await manager.close({ timeoutMs: 100 });
    expect(connection.connected).toBe(false);
    expect(errorOf(() => manager.emit(signal))).toEqual(closed);
  });

  it('rejects when the last reports take too long, stays closed, and a later close waits again (R23)', async () => {
    const gate = deferred();
    manager.connect(async function report() {
      await gate.promise;
    }, RECEIVER_DISCONNECTED);
    const connection = manager.connect(() => undefined, signal);
    const closing = rejectionOf(manager.close({ timeoutMs: 100 }));
    await jest.advanceTimersByTimeAsync(100);
    expect(await closing).toMatchObject({ name: 'DrainTimeoutError', pending: ['report'] });
    expect(connection.connected).toBe(false);
    expect(errorOf(() => manager.emit(signal))).toEqual(closed);
    expect(errorOf(() => manager.connect(() => undefined, signal))).toEqual(closed);
    const again = rejectionOf(manager.close({ timeoutMs: 50 }));
    await jest.advanceTimersByTimeAsync(50);
    expect(await again).toMatchObject({ name: 'DrainTimeoutError', timeoutMs: 50 });
    expect(errorOf(() => manager.emit(signal))).toEqual(closed);
    const last = manager.close({ timeoutMs: 50 });
    gate.resolve();
    await last;
    expect(manager.pending).toBe(0);
    expect(manager.close()).toBe(last);
  });

  it('leaves other managers alone', async () => {
    const other = new SignalManager();
    other.connect(() => 1, signal);
    await manager.close();
    expect(other.sendSync(signal)).toHaveLength(1);
  });

  it('still answers questions', async () => {
    await manager.close();
    expect(manager.receivers(signal)).toEqual([]);
    expect(manager.explain(signal)).toEqual([]);
    expect(manager.disconnect(() => undefined, signal)).toBe(false);
    expect(manager.disconnectAll()).toBe(0);
    await manager.drain();
  });
});

describe('a where that drains or closes (R23)', () => {
  const sends: [verb: string, send: (token: object) => unknown][] = [
    ['emit', (token) => manager.emit(token)],
    ['send', (token) => manager.send(token)],
    ['send with a timeout', (token) => manager.send(token, {}, { timeoutMs: 1000 })],
    ['sendSerial', (token) => manager.sendSerial(token)],
  ];
  const observers: [what: string, observe: (token: object, where: () => boolean) => unknown][] = [
    ['wait', (token, where) => manager.wait(token, { where }).catch(() => undefined)],
    ['stream', (token, where) => manager.stream(token, { where })],
  ];
  const cases = observers.flatMap(([what, observe]) => sends.map(([verb, send]) => ({ what, observe, verb, send })));

  it.each(cases)('loses nothing of the send: $verb, $what', async ({ observe, send }) => {
    const token = {};
    const gate = deferred();
    const ends: string[] = [];
    const ended = (name: string) => () => void ends.push(name);
    observe(token, () => {
      expect(manager.pending).toBe(1);
      manager.drain().then(ended('drain'), ended('drain failed'));
      manager.close().then(ended('close'), ended('close failed'));
      return false;
    });
    manager.connect(() => gate.promise.then(ended('first')), token);
    manager.connect(async () => {
      await gate.promise;
      ended('second')();
    }, token);
    send(token);
    await flush();
    expect([manager.pending, ends]).toEqual([1, []]);
    gate.resolve();
    await flush();
    await manager.close();
    expect(ends.slice(0, 2)).toEqual(['first', 'second']);
    expect(ends.slice(2).sort()).toEqual(['close', 'drain']);
  });

  it('drains when the send calls nobody', async () => {
    const token = {};
    let draining: Promise<void> | undefined;
    manager.stream(token, { where: () => ((draining = manager.drain()), false) });
    manager.emit(token);
    await draining;
    manager.sendSync(token);
    await draining;
    expect(manager.pending).toBe(0);
  });
});
