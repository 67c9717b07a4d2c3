import { describe, expect, it, jest } from '@jest/globals';
import { ANY, RECEIVER_CONNECTED, RECEIVER_DISCONNECTED, Signal, SignalManager } from '../src/index.js';
import { deferred, errorOf, flush, rejectionOf } from './helpers/promises.js';
import { fulfilled } from './helpers/results.js';

const started = Symbol('started');
const stopped = Symbol('stopped');

describe('a receiver of ANY (R8)', () => {
  it('is called by every send of every signal of its manager', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, ANY);
    const signals = [started, {}, () => undefined, new Signal({ manager }), manager.signal('named')];
    for (const signal of signals) {
      await manager.send(signal);
      await manager.sendSerial(signal, {}, { key: 'k' });
      manager.sendSync(signal, {}, { sender: 's' });
      manager.emit(signal);
    }
    await new SignalManager().send(started);
    const seen = receiver.mock.calls.map(([, context]) => (context as { signal: unknown }).signal);
    expect(seen).toHaveLength(signals.length * 4);
    expect(new Set(seen)).toEqual(new Set(signals));
  });

  it('is not called by the meta signals', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, ANY);
    manager.connect(() => undefined, RECEIVER_CONNECTED);
    manager.connect(() => undefined, RECEIVER_DISCONNECTED);
    manager.connect(() => undefined, started).disconnect();
    expect(receiver).not.toHaveBeenCalled();
  });

  it('chooses by sender and key like any other', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    manager.connect(receiver, ANY, { sender: 's', key: 'k' });
    expect(manager.sendSync(started)).toEqual([]);
    expect(manager.sendSync(started, {}, { key: 'x' })).toEqual([]);
    expect(manager.sendSync(started, {}, { key: 'k' })).toEqual([fulfilled(receiver, 1)]);
    expect(manager.sendSync(stopped, {}, { sender: 's' })).toEqual([fulfilled(receiver, 1)]);
  });

  it('is among the receivers of every signal', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    manager.connect(receiver, ANY);
    expect(manager.receivers(started)).toEqual([receiver]);
    expect(manager.hasReceivers({})).toBe(true);
  });

  it('once is used up by the first send of any signal', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    const connection = manager.connect(receiver, ANY, { once: true });
    expect(manager.sendSync(started)).toEqual([fulfilled(receiver, 1)]);
    expect(connection.connected).toBe(false);
    expect(manager.sendSync(stopped)).toEqual([]);
  });

  it('is disconnected by disconnect with ANY, with the signal of ANY, or with the receiver alone', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    const any = manager.connect(receiver, ANY);
    expect(any.signal).toBe(ANY);
    expect(manager.disconnect(receiver, started)).toBe(false);
    expect(any.connected).toBe(true);
    expect(manager.disconnect(receiver, ANY)).toBe(true);
    expect(any.connected).toBe(false);
    expect(manager.disconnect(receiver, ANY)).toBe(false);
    const again = manager.connect(receiver, ANY);
    expect(manager.disconnect(receiver)).toBe(true);
    expect(again.connected).toBe(false);
  });

  it('is disconnected by disconnectAll with ANY, and not by disconnectAll of a signal', () => {
    const manager = new SignalManager();
    const connections = [manager.connect(() => 1, ANY), manager.connect(() => 2, ANY, { key: 'k' })];
    expect(manager.disconnectAll(started)).toBe(0);
    expect(connections.map((connection) => connection.connected)).toEqual([true, true]);
    expect(manager.disconnectAll(ANY)).toBe(2);
    expect(connections.map((connection) => connection.connected)).toEqual([false, false]);
    expect(manager.receivers(started, { key: 'k' })).toEqual([]);
  });

  it('is silent while ANY is muted', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    manager.connect(receiver, ANY);
    const muted = manager.mute(ANY);
    expect(manager.sendSync(started)).toEqual([]);
    muted[Symbol.dispose]();
    expect(manager.sendSync(started)).toEqual([fulfilled(receiver, 1)]);
  });
});

describe('receivers of ANY that come later in a send (R8, R15)', () => {
  it.each<[string, (manager: SignalManager) => Disposable]>([
    ['ANY', (manager) => manager.mute(ANY)],
    ['the signal, which nothing else is connected to', (manager) => manager.mute(started)],
    ['all signals', (manager) => manager.mute()],
  ])('are not called once an earlier one has muted %s', (_what, mute) => {
    const manager = new SignalManager();
    const first = jest.fn(() => void mute(manager));
    const second = jest.fn();
    for (const receiver of [first, second]) manager.connect(receiver, ANY);
    manager.emit(started);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 0]);
  });

  it('are called if the mute of all ends before, whatever has become of the signal meanwhile', async () => {
    const manager = new SignalManager();
    const gate = deferred();
    const connection = manager.connect(() => gate.promise, started);
    const any = jest.fn();
    manager.connect(any, ANY);
    const sent = manager.sendSerial(started);
    const muted = manager.mute();
    connection.disconnect();
    muted[Symbol.dispose]();
    gate.resolve();
    await sent;
    expect(any).toHaveBeenCalledTimes(1);
  });
});

describe('ANY as the signal of the other verbs (R8)', () => {
  it('wait takes the next send of any signal', async () => {
    const manager = new SignalManager();
    const waiting = manager.wait(ANY);
    const keyed = manager.wait(ANY, { key: 'k' });
    manager.emit(started, { n: 1 });
    manager.emit(stopped, { n: 2 }, { key: 'k' });
    const [first, second] = [await waiting, await keyed];
    expect([first.kwargs, first.context.signal]).toEqual([{ n: 1 }, started]);
    expect([second.kwargs, second.context.signal]).toEqual([{ n: 2 }, stopped]);
  });

  it('stream takes the sends of all signals, the meta signals aside', async () => {
    const manager = new SignalManager();
    const stream = manager.stream(ANY);
    manager.emit(started);
    manager.connect(() => undefined, RECEIVER_CONNECTED);
    manager.connect(() => undefined, stopped);
    manager.emit(stopped);
    const signals = [await stream.next(), await stream.next()].map(
      (next) => (next.value as { context: { signal: unknown } }).context.signal,
    );
    expect(signals).toEqual([started, stopped]);
    await stream.return?.();
  });

  it('sending it is a TypeError, and calls nobody', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, ANY);
    const any: symbol = ANY; // The types refuse ANY itself.
    const refusals = [
      await rejectionOf(manager.send(any)),
      await rejectionOf(manager.sendSerial(any)),
      errorOf(() => manager.sendSync(any)),
      errorOf(() => manager.emit(any)),
      errorOf(() => manager.emitAfter(1, any)),
    ];
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(TypeError);
      expect((refusal as TypeError).message).toContain('`signal`');
    }
    await jest.advanceTimersByTimeAsync(10);
    jest.useRealTimers();
    await flush();
    expect(receiver).not.toHaveBeenCalled();
    expect(manager.pending).toBe(0);
  });
});

describe('sender: ANY (R8)', () => {
  it('means not given, when connecting', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    manager.connect(receiver, started, { sender: ANY });
    expect(manager.receivers(started)).toEqual([receiver]);
    expect(manager.receivers(started, { sender: 'whoever' })).toEqual([receiver]);
  });

  it('means not given, when connecting with a key', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    manager.connect(receiver, started, { sender: ANY, key: 'k' });
    expect(manager.receivers(started)).toEqual([]);
    expect(manager.receivers(started, { sender: 'whoever' })).toEqual([]);
    expect(manager.receivers(started, { key: 'k' })).toEqual([receiver]);
  });

  it('means not given, when sending: the send is anonymous', () => {
    const manager = new SignalManager();
    const filtered = jest.fn();
    const plain = jest.fn();
    manager.connect(filtered, started, { sender: 's' });
    manager.connect(plain, started);
    manager.sendSync(started, {}, { sender: ANY });
    expect(filtered).not.toHaveBeenCalled();
    const [, context] = plain.mock.calls[0] as [unknown, { sender: unknown; senders: ReadonlySet<unknown> }];
    expect(context.sender).toBeUndefined();
    expect([...context.senders]).toEqual([]);
  });

  it.each([{ connected: undefined }, { connected: { key: 'k' } }])(
    'means not given in a send that reaches a single plain function, connected with $connected',
    async ({ connected }) => {
      const manager = new SignalManager();
      const senders: unknown[] = [];
      manager.connect((_kwargs, { sender }) => senders.push(sender), started, connected);
      manager.emit(started, {}, { sender: ANY, ...connected });
      await expect(manager.send(started, {}, { sender: ANY, ...connected })).resolves.toHaveLength(1);
      expect(senders).toEqual([undefined, undefined]);
    },
  );

  it('means not given, when disconnecting: the whole receiver goes', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const connection = manager.connect(receiver, started, { sender: 's', key: 'k' });
    expect(manager.disconnect(receiver, started, { sender: ANY })).toBe(true);
    expect(connection.connected).toBe(false);
  });

  it('means not given, when asking, waiting and streaming', async () => {
    const manager = new SignalManager();
    manager.connect(() => undefined, started, { sender: 's' });
    expect(manager.receivers(started, { sender: ANY })).toEqual([]);
    expect(manager.hasReceivers(started, { sender: ANY })).toBe(false);
    expect(manager.explain(started, { sender: ANY })).toMatchObject([{ matches: false }]);
    const waiting = manager.wait(started, { sender: ANY });
    const stream = manager.stream(started, { sender: ANY });
    manager.emit(started, { n: 1 });
    expect((await waiting).kwargs).toEqual({ n: 1 });
    expect((await stream.next()).value).toMatchObject({ kwargs: { n: 1 } });
    await stream.return?.();
  });
});
