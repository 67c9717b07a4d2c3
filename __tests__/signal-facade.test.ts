import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, sharedManager, Signal, SignalManager } from '../src/index.js';
import { flush, rejectionOf } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';

interface Started {
  port: number;
}

let manager: SignalManager;
let started: Signal<Started, string>;
const filter = { sender: 'app', key: 'k' };
const receiver = ({ port }: Started) => `port ${port}`;

beforeEach(() => {
  manager = new SignalManager({ onError: null });
  started = new Signal<Started, string>({ manager, name: 'started' });
});

afterEach(async () => {
  jest.useRealTimers();
  await flush();
});

describe('Signal', () => {
  it('has the name and the manager it was given', () => {
    expect(started.name).toBe('started');
    expect(started.manager).toBe(manager);
  });

  it('without options has no name and works on the shared manager', () => {
    for (const signal of [new Signal(), new Signal({})]) {
      expect(signal.name).toBeUndefined();
      expect(signal.manager).toBe(sharedManager());
    }
  });

  it('is a token: two of the same name are two signals', () => {
    const other = new Signal<Started, string>({ manager, name: 'started' });
    other.connect(receiver);
    expect(started.sendSync({ port: 1 })).toEqual([]);
    expect(manager.signals()).toEqual([other]);
  });

  it('connects and sends on its manager, with its options', async () => {
    const connection = started.connect(receiver, { key: 'k', priority: 1 });
    expect(connection.signal).toBe(started);
    expect(manager.receivers(started, filter)).toEqual([receiver]);
    expect(await started.send({ port: 1 })).toEqual([]);
    expect(await started.send({ port: 1 }, filter)).toEqual([fulfilled(receiver, 'port 1')]);
    expect(await manager.send(started, { port: 2 }, filter)).toEqual([fulfilled(receiver, 'port 2')]);
    expect(connection.disconnect()).toBe(true);
    expect(await started.send({ port: 1 }, filter)).toEqual([]);
  });

  it('connected through the manager is sent through the signal', async () => {
    manager.connect(receiver, started);
    expect(await started.send({ port: 1 })).toEqual([fulfilled(receiver, 'port 1')]);
  });

  it('tells its receivers itself, its manager, the sender and the keys', () => {
    const seen = jest.fn();
    started.connect((kwargs, { signal, manager: on, sender, keys }) => {
      seen(kwargs, signal, on, sender, [...keys]);
      return '';
    });
    started.emit({ port: 1 }, filter);
    expect(seen.mock.calls).toEqual([[{ port: 1 }, started, manager, 'app', ['k']]]);
  });

  it('connectVia returns what it was given', () => {
    const via = started.connectVia({ key: 'k' })(receiver);
    expect(via).toBe(receiver);
    expect(manager.receivers(started, filter)).toEqual([receiver]);
  });

  it('disconnects a receiver, a part of its filter, or all', () => {
    started.connect(receiver, { keys: ['k', 'l'] });
    expect(started.disconnect(receiver, { key: 'k' })).toBe(true);
    expect(started.hasReceivers({ key: 'k' })).toBe(false);
    expect(started.hasReceivers({ key: 'l' })).toBe(true);
    expect(started.disconnect(receiver)).toBe(true);
    expect(started.disconnect(receiver)).toBe(false);

    const other = manager.connect(receiver, Symbol('other'));
    const any = manager.connect(() => undefined, ANY);
    started.connect(receiver);
    started.connect(() => '', { thisArg: {}, uid: 'u' });
    expect(started.disconnect(receiver, { uid: 'u' })).toBe(true);
    expect(started.disconnectAll()).toBe(1);
    expect([other.connected, any.connected]).toEqual([true, true]);
  });

  it('sendSerial goes one by one, until', async () => {
    const veto = async () => 'no';
    started.connect(veto);
    started.connect(receiver);
    expect(await started.sendSerial({ port: 1 })).toEqual([fulfilled(veto, 'no'), fulfilled(receiver, 'port 1')]);
    const until = (result: { status: string }) => result.status === 'fulfilled';
    expect(await started.sendSerial({ port: 1 }, { until, reverse: true })).toEqual([fulfilled(receiver, 'port 1')]);
  });

  it('sendSync answers at once', () => {
    const late = async () => 'late';
    started.connect(receiver);
    started.connect(late);
    expect(started.sendSync({ port: 1 })).toEqual([
      fulfilled(receiver, 'port 1'),
      rejected(late, expect.objectContaining({ code: 'ERR_ASYNC_RECEIVER' })),
    ]);
  });

  it('send takes a timeout', async () => {
    jest.useFakeTimers();
    const never = () => new Promise<string>(() => undefined);
    started.connect(never);
    const sent = started.send({ port: 1 }, { timeoutMs: 10 });
    await jest.advanceTimersByTimeAsync(10);
    expect(await sent).toEqual([rejected(never, expect.objectContaining({ code: 'ERR_RECEIVER_TIMEOUT' }))]);
  });

  it('emits, at once or later', async () => {
    jest.useFakeTimers();
    const seen = jest.fn(() => '');
    started.connect(seen);
    started.emit({ port: 1 });
    const handle = started.emitAfter(100, { port: 2 });
    const cancelled = started.emitAfter(100, { port: 3 });
    expect([handle.pending, cancelled.cancel()]).toEqual([true, true]);
    await jest.advanceTimersByTimeAsync(100);
    expect(handle.pending).toBe(false);
    expect(seen.mock.calls.map(([kwargs]: unknown[]) => kwargs)).toEqual([{ port: 1 }, { port: 2 }]);
  });

  it('waits', async () => {
    const waiting = started.wait({ key: 'k', where: ({ port }) => port > 1 });
    for (const port of [1, 2, 3]) started.emit({ port }, { key: 'k' });
    const delivery = await waiting;
    expect(delivery.kwargs).toEqual({ port: 2 });
    expect(delivery.context.signal).toBe(started);
    const abortSignal = AbortSignal.abort('no');
    expect(await rejectionOf(started.wait({ abortSignal }))).toBe('no');
  });

  it('streams', async () => {
    const stream = started.stream({ where: ({ port }) => port > 1, limit: 5 });
    for (const port of [1, 2, 3]) started.emit({ port });
    const ports: number[] = [];
    for await (const { kwargs } of stream) {
      ports.push(kwargs.port);
      if (ports.length === 2) break;
    }
    expect(ports).toEqual([2, 3]);
  });

  it('answers questions', () => {
    started.connect(receiver, { key: 'k' });
    manager.connect(receiver, Symbol('other'));
    expect(started.receivers()).toEqual([]);
    expect(started.receivers(filter)).toEqual([receiver]);
    expect([started.hasReceivers(), started.hasReceivers({ key: 'k' })]).toEqual([false, true]);
    expect(started.explain()).toEqual([
      { receiver, name: 'receiver', matches: false, because: 'no matching sender or key' },
    ]);
    expect(started.explain({ key: 'k' })).toEqual([{ receiver, name: 'receiver', matches: true, because: 'key' }]);
  });

  it('is muted alone', () => {
    const other = new Signal<Started, string>({ manager });
    for (const each of [started, other]) each.connect(receiver);
    {
      using _muted = started.mute();
      expect(started.sendSync({ port: 1 })).toEqual([]);
      expect(other.sendSync({ port: 1 })).toEqual([fulfilled(receiver, 'port 1')]);
    }
    expect(started.sendSync({ port: 1 })).toEqual([fulfilled(receiver, 'port 1')]);
  });

  it('may be sent on another manager, too: each knows only its own receivers', async () => {
    const other = new SignalManager();
    const far = jest.fn(() => 'far');
    other.connect(far, started);
    started.connect(receiver);
    expect(await other.send(started, { port: 1 })).toEqual([fulfilled(far, 'far')]);
    expect(await started.send({ port: 1 })).toEqual([fulfilled(receiver, 'port 1')]);
    expect(far).toHaveBeenCalledTimes(1);
  });
});

describe('SignalManager#signal', () => {
  it('is the signal of this name on this manager, made on first use', async () => {
    const signal = manager.signal<Started, string>('server started');
    expect(signal.name).toBe('server started');
    expect(signal.manager).toBe(manager);
    expect(manager.signal('server started')).toBe(signal);
    expect(manager.signal('server stopped')).not.toBe(signal);
    expect(new SignalManager().signal('server started')).not.toBe(signal);
    signal.connect(receiver);
    expect(await manager.signal<Started, string>('server started').send({ port: 1 })).toEqual([
      fulfilled(receiver, 'port 1'),
    ]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'a b', 'ä'])('takes any name: %s', (name) => {
    const signal = manager.signal(name);
    expect(signal.name).toBe(name);
    expect(manager.signal(name)).toBe(signal);
  });
});
