import { getEventListeners } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import {
  ANY,
  type Connection,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  Signal,
  SignalManager,
  type SignalToken,
} from '../src/index.js';
import { INSPECTED } from '../src/signals/tokens.js';
import type { InspectHost } from '../src/watch/inspect-host.js';
import { collectGarbage } from './helpers/gc.js';
import { rejectionOf } from './helpers/promises.js';

const a = Symbol('a');
const b = Symbol('b');
const c = Symbol('c');

function makeReceiver() {
  const calls: SignalToken[] = [];
  return { calls, receiver: (_kwargs: object, { signal }: { signal: SignalToken }) => void calls.push(signal) };
}

describe('connecting to several signals', () => {
  it('has the effect of one call per signal, and one Connection undoes all of it (N1)', () => {
    const manager = new SignalManager();
    const { calls, receiver } = makeReceiver();
    const connection = manager.connect(receiver, [a, b]);
    for (const signal of [b, c, a]) manager.emit(signal);
    expect(calls).toEqual([b, a]);
    expect(connection.signal).toBe(a);
    expect(manager.signals()).toEqual([a, b]);
    expect(connection.disconnect()).toBe(true);
    expect(connection.connected).toBe(false);
    expect(connection.disconnect()).toBe(false);
    expect(manager.signals()).toEqual([]);
  });

  it('is connected while any of it remains (N1)', () => {
    const manager = new SignalManager();
    const { calls, receiver } = makeReceiver();
    const connection = manager.connect(receiver, [a, b]);
    manager.disconnect(receiver, a);
    expect(connection.connected).toBe(true);
    manager.emit(b);
    manager.disconnect(receiver, b);
    expect(connection.connected).toBe(false);
    expect(connection.disconnect()).toBe(false);
    expect(calls).toEqual([b]);
  });

  it('does not undo what another connect has connected (R3)', () => {
    const manager = new SignalManager();
    const { calls, receiver } = makeReceiver();
    manager.connect(receiver, b);
    manager.connect(receiver, [a, b]).disconnect();
    for (const signal of [a, b]) manager.emit(signal);
    expect(calls).toEqual([b]);
  });

  it('works with `using`, and counts duplicates once (N2)', () => {
    const manager = new SignalManager();
    const { calls, receiver } = makeReceiver();
    {
      using connection = manager.connect(receiver, [a, b, a]);
      expect(connection.connected).toBe(true);
      manager.emit(a);
    }
    manager.emit(a);
    expect(calls).toEqual([a]);
  });

  it.each([
    ['an empty array', [], /Expected `signal` to be an array of at least one signal/],
    ['a string', [a, 'b'], /Expected `signal\[1\]` to be a symbol or an object, got string "b"/],
    ['a nested array', [a, [b]], /Expected `signal\[1\]` to be one signal, got array/],
    // eslint-disable-next-line no-sparse-arrays -- that is the case
    ['a hole', [a, , b], /Expected `signal\[1\]` to be a symbol or an object, got undefined/],
  ])('refuses %s before anything is connected (N2)', async (_what, signals, message) => {
    const manager = new SignalManager();
    const reports = jest.fn();
    manager.connect(reports, RECEIVER_CONNECTED);
    const given = signals as SignalToken[];
    expect(() => manager.connect(() => undefined, given)).toThrow(message);
    expect(() => manager.connectVia(given)).toThrow(message);
    expect(() => manager.stream(given)).toThrow(message);
    await expect(manager.wait(given)).rejects.toThrow(message);
    expect(manager.signals()).toEqual([]);
    expect(reports).not.toHaveBeenCalled();
  });

  it('an array is a TypeError in all other calls (N2, R1)', async () => {
    const manager = new SignalManager();
    const message = /Expected `signal` to be one signal, got array/;
    const receiver = () => undefined;
    for (const call of [
      () => manager.emit([a]),
      () => manager.sendSync([a]),
      () => manager.emitAfter(1, [a]),
      () => manager.disconnect(receiver, [a]),
      () => manager.disconnectAll([a]),
      () => manager.receivers([a]),
      () => manager.hasReceivers([a]),
      () => manager.explain([a]),
      () => manager.mute([a]),
    ]) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(message);
    }
    await expect(manager.send([a])).rejects.toThrow(message);
    await expect(manager.sendSerial([a])).rejects.toThrow(message);
  });

  it('with `once`, the first call for any of the signals ends all of it before that call (N3)', () => {
    const manager = new SignalManager();
    const calls: SignalToken[] = [];
    const connection = manager.connect(
      (_kwargs: object, { signal }: { signal: SignalToken }) => {
        calls.push(signal);
        manager.emit(a);
        manager.emit(b);
      },
      [a, b],
      { once: true },
    );
    manager.emit(b);
    expect(calls).toEqual([b]);
    expect(connection.connected).toBe(false);
    expect(manager.signals()).toEqual([]);
  });

  it('with `once` and ANY among the signals, a send calls it once (N3)', () => {
    const manager = new SignalManager();
    const { calls, receiver } = makeReceiver();
    manager.connect(receiver, [a, ANY], { once: true });
    for (const signal of [a, a, b]) manager.emit(signal);
    expect(calls).toEqual([a]);
  });

  it('with `once`, a call uses up no connection to the other signals that another connect made (N3)', () => {
    const manager = new SignalManager();
    const { calls, receiver } = makeReceiver();
    manager.connect(receiver, b, { once: true });
    const single = manager.connect(receiver, a, { once: true });
    const both = manager.connect(receiver, [a, b], { once: true });
    manager.emit(a);
    expect([single.connected, both.connected]).toEqual([false, false]);
    for (const signal of [a, b, b]) manager.emit(signal);
    expect(calls).toEqual([a, b]);
  });

  it('with `once` and keys, the first key of any of the signals ends all of it (N3)', () => {
    const manager = new SignalManager();
    const { calls, receiver } = makeReceiver();
    manager.connect(receiver, [a, b], { once: true, keys: [1, 2] });
    manager.emit(a, {}, { key: 3 });
    manager.emit(b, {}, { key: 2 });
    for (const signal of [a, b]) for (const key of [1, 2]) manager.emit(signal, {}, { key });
    expect(calls).toEqual([b]);
    expect(manager.signals()).toEqual([]);
  });

  it('an abort ends all of it, and no listener is left however it ends (N3)', () => {
    const manager = new SignalManager();
    const controller = new AbortController();
    const listeners = () => getEventListeners(controller.signal, 'abort').length;
    const { receiver } = makeReceiver();
    const options = { abortSignal: controller.signal };
    manager.connect(receiver, [a, b], options).disconnect();
    expect(listeners()).toBe(0);
    manager.connect(receiver, [a, b], { ...options, once: true });
    manager.emit(a);
    expect(listeners()).toBe(0);
    const connection = manager.connect(receiver, [a, b], options);
    controller.abort();
    expect(connection.connected).toBe(false);
    expect(manager.signals()).toEqual([]);
    expect(manager.connect(receiver, [a, b], options).connected).toBe(false);
    expect(manager.signals()).toEqual([]);
  });

  it('with declared, sticky signals, each kept send is delivered; with `once`, the first one ends all of it (R17)', () => {
    const manager = new SignalManager();
    const first = new Signal({ manager, sticky: true });
    const second = new Signal({ manager, sticky: true });
    manager.emit(second);
    manager.emit(first);
    const always = makeReceiver();
    manager.connect(always.receiver, [first, second]);
    expect(always.calls).toEqual([first, second]);
    const once = makeReceiver();
    expect(manager.connect(once.receiver, [first, second], { once: true }).connected).toBe(false);
    expect(once.calls).toEqual([first]);
    manager.emit(second);
    expect(once.calls).toEqual([first]);
  });

  it('causes one report per signal, in order, all with the same Connection (N6)', () => {
    const manager = new SignalManager();
    const reports: [string, Connection][] = [];
    manager.connect(({ connection }) => void reports.push(['connected', connection]), RECEIVER_CONNECTED);
    manager.connect(({ connection }) => void reports.push(['disconnected', connection]), RECEIVER_DISCONNECTED);
    const connection = manager.connect(() => undefined, [a, b]);
    connection.disconnect();
    const once = manager.connect(() => undefined, [a, b], { once: true });
    manager.emit(b);
    expect(reports.map(([change]) => change)).toEqual(
      ['connected', 'connected', 'disconnected', 'disconnected', 'connected', 'connected', 'disconnected', 'disconnected'], // prettier-ignore
    );
    expect(reports.slice(0, 4).every(([, reported]) => reported === connection)).toBe(true);
    expect(reports.slice(4).every(([, reported]) => reported === once)).toBe(true);
  });

  it.each([{}, { once: true }, { abortSignal: new AbortController().signal }, { once: true, keys: [1, 2] }])(
    'keeps none of its tokens alive for another one (R19): %p',
    async (options) => {
      const manager = new SignalManager();
      const kept = {};
      const { calls, receiver } = makeReceiver();
      const gone = [{}, {}].map((token, i) => {
        manager.connect(receiver, i === 0 ? [token, kept] : [kept, token], options);
        return new WeakRef(token);
      });
      await collectGarbage();
      expect(gone.map((token) => token.deref())).toEqual([undefined, undefined]);
      expect(manager.signals()).toEqual([kept]);
      manager.emit(kept, {}, { key: 1 });
      expect(calls).toEqual([kept]);
    },
  );

  it('has the function that sends call, the first one of a uid, as its receiver (R3, N7)', () => {
    const manager = new SignalManager();
    const [first, second] = [() => 1, () => 2];
    manager.connect(first, a, { uid: 'u' });
    expect(manager.connect(second, [a, b], { uid: 'u' }).receiver).toBe(first);
  });

  it('tells inspectors whether a call used it up (I13)', () => {
    const manager = new SignalManager();
    const ends: unknown[] = [];
    (manager as unknown as { readonly [INSPECTED]: InspectHost })[INSPECTED].follow({
      connected: () => undefined,
      disconnected: ({ signal }, _connection, usedUp) => void ends.push([signal, usedUp]),
    });
    manager.connect(() => undefined, [a, b], { once: true });
    manager.emit(b);
    manager.connect(() => undefined, [a, b]).disconnect();
    expect(ends).toEqual([
      [a, true],
      [b, true],
      [a, false],
      [b, false],
    ]);
  });

  it('ended by a call is reported by its parts once its handle has been collected (N6)', async () => {
    const manager = new SignalManager();
    (() => manager.connect(() => undefined, [a, b], { once: true }))();
    await collectGarbage();
    const ended: (readonly SignalToken[])[] = [];
    manager.connect(({ connection }) => void ended.push(connection.signals), RECEIVER_DISCONNECTED);
    manager.emit(b);
    expect(ended).toEqual([[a], [b]]);
  });

  it('`connectVia` connects what it decorates to each of the signals (N1)', () => {
    const manager = new SignalManager();
    const { calls, receiver } = makeReceiver();
    expect(manager.connectVia([a, b])(receiver)).toBe(receiver);
    for (const signal of [a, b]) manager.emit(signal);
    expect(calls).toEqual([a, b]);
  });
});

describe('waiting for several signals', () => {
  it('`wait` takes the next send of any of them, and leaves nothing (N4)', async () => {
    const manager = new SignalManager();
    const where = jest.fn(() => true);
    const waiting = manager.wait([a, b], { where });
    manager.emit(b, { n: 1 });
    expect(await waiting).toMatchObject({ kwargs: { n: 1 }, context: { signal: b } });
    manager.emit(a);
    expect(where).toHaveBeenCalledTimes(1);
  });

  it('`wait` takes the kept send of the first sticky signal in the array (N4)', async () => {
    const manager = new SignalManager();
    const first = new Signal<{ n?: number }>({ manager, sticky: true });
    const second = new Signal<{ n?: number }>({ manager, sticky: true });
    first.emit({ n: 1 });
    second.emit({ n: 2 });
    expect((await manager.wait([second, first])).kwargs).toEqual({ n: 2 });
    expect((await manager.wait([first, second])).kwargs).toEqual({ n: 1 });
  });

  it('a wait that times out names all of them (N4)', async () => {
    const manager = new SignalManager();
    const error = await rejectionOf(manager.wait([a, new Signal({ name: 'b' })], { timeoutMs: 0 }));
    expect(error).toMatchObject({ code: 'ERR_WAIT_TIMEOUT', message: expect.stringContaining('Symbol(a), "b"') });
  });

  it('`stream` has one order and one limit (N4)', async () => {
    const manager = new SignalManager();
    const stream = manager.stream([a, b], { limit: 3, overflow: 'drop-newest' });
    for (const signal of [a, b, c, a, b]) manager.emit(signal);
    const seen: SignalToken[] = [];
    for (let i = 0; i < 3; i++)
      seen.push(((await stream.next()).value as { context: { signal: SignalToken } }).context.signal);
    expect(seen).toEqual([a, b, a]);
    await stream.return?.();
  });

  it('`stream` takes a send once that two of its signals stand for (N4, R8)', async () => {
    const manager = new SignalManager();
    const where = jest.fn(() => true);
    manager.stream([a, ANY], { where });
    manager.emit(a);
    expect(where).toHaveBeenCalledTimes(1);
    manager.emit(b);
    expect(where).toHaveBeenCalledTimes(2);
    const both = jest.fn(() => true);
    const any = jest.fn(() => true);
    manager.stream([a, ANY], { where: both, keys: [1, 2] });
    manager.stream(ANY, { where: any, keys: [1, 2] });
    manager.emit(a, {}, { keys: [1, 2] });
    expect([both.mock.calls.length, any.mock.calls.length]).toEqual([1, 1]);
    await manager.close();
  });

  it('`stream` begins with the kept sends, in the order of the array (N4, R17)', async () => {
    const manager = new SignalManager();
    const first = new Signal<{ n?: number }>({ manager, sticky: true });
    const second = new Signal<{ n?: number }>({ manager, sticky: true });
    first.emit({ n: 1 });
    second.emit({ n: 2 });
    const stream = manager.stream([second, first]);
    first.emit({ n: 3 });
    const seen: unknown[] = [];
    for await (const { kwargs } of stream) if (seen.push(kwargs.n) === 3) break;
    expect(seen).toEqual([2, 1, 3]);
  });
});
