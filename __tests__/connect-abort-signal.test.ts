import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ConnectOptions, SignalManager } from '../src/index.js';
import { flush } from './helpers/promises.js';

const signal = Symbol('stopping');
const abortListeners = (abortSignal: AbortSignal) => getEventListeners(abortSignal, 'abort').length;

let manager: SignalManager;

beforeEach(() => {
  jest.useFakeTimers();
  manager = new SignalManager({ onError: null });
});

afterEach(async () => {
  // Whatever the test was about: no timer is left behind.
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  await flush();
  jest.restoreAllMocks();
});

describe('abortSignal of connect', () => {
  it('disconnects when aborted', () => {
    const controller = new AbortController();
    const receiver = jest.fn();
    const connection = manager.connect(receiver, signal, { abortSignal: controller.signal });
    manager.sendSync(signal);
    controller.abort();
    expect(connection.connected).toBe(false);
    expect(connection.disconnect()).toBe(false);
    expect(manager.sendSync(signal)).toEqual([]);
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(manager.signals()).toEqual([]);
  });

  it('disconnects that connection alone', () => {
    const controller = new AbortController();
    const receiver = jest.fn();
    const stays = manager.connect(receiver, signal);
    const goes = manager.connect(receiver, signal, { abortSignal: controller.signal });
    controller.abort();
    expect([goes.connected, stays.connected]).toEqual([false, true]);
    expect(manager.receivers(signal)).toEqual([receiver]);
  });

  it.each<[string, ConnectOptions, (at: 'before' | 'after') => boolean]>([
    ['after one without it', {}, (at) => at === 'before'],
    ['before one without it', {}, (at) => at === 'after'],
    ['after a once one without it', { once: true }, (at) => at === 'before'],
    ['before a once one without it', { once: true }, (at) => at === 'after'],
  ])(
    'leaves no listener when the connection is undone, though it is identical and made %s',
    (_when, options, isNow) => {
      const { signal: abortSignal } = new AbortController();
      const receiver = jest.fn();
      if (isNow('before')) manager.connect(receiver, signal, options);
      const connection = manager.connect(receiver, signal, { ...options, abortSignal });
      if (isNow('after')) manager.connect(receiver, signal, options);
      expect(abortListeners(abortSignal)).toBe(1);
      connection.disconnect();
      expect(abortListeners(abortSignal)).toBe(0);
      expect(manager.receivers(signal)).toEqual([receiver]);
    },
  );

  it('already aborted: nothing is connected', () => {
    const abortSignal = AbortSignal.abort();
    const connection = manager.connect(() => 1, signal, { abortSignal });
    expect(connection.connected).toBe(false);
    expect(connection.signal).toBe(signal);
    expect(connection.disconnect()).toBe(false);
    expect(manager.receivers(signal)).toEqual([]);
    expect(manager.signals()).toEqual([]);
    expect(abortListeners(abortSignal)).toBe(0);
  });

  it.each<[string, (receiver: () => void, connection: Disposable) => unknown]>([
    ['its handle', (_receiver, connection) => connection[Symbol.dispose]()],
    ['disconnect', (receiver) => manager.disconnect(receiver, signal)],
    ['disconnectAll', () => manager.disconnectAll()],
    ['partial disconnects', (receiver) => manager.disconnect(receiver, signal, { key: 'k' })],
    ['close', () => manager.close()],
  ])('leaves no abort listener after %s', async (_what, disconnect) => {
    const controller = new AbortController();
    const receiver = () => undefined;
    const connection = manager.connect(receiver, signal, { abortSignal: controller.signal, key: 'k' });
    expect(abortListeners(controller.signal)).toBe(1);
    await disconnect(receiver, connection);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('leaves no abort listener after its once call', () => {
    const controller = new AbortController();
    manager.connect(() => undefined, signal, { abortSignal: controller.signal, once: true });
    manager.sendSync(signal);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('after a disconnect and a new connect leaves the new connection alone', () => {
    const controller = new AbortController();
    const receiver = () => undefined;
    manager.connect(receiver, signal, { abortSignal: controller.signal });
    manager.disconnect(receiver, signal);
    const current = manager.connect(receiver, signal);
    controller.abort();
    expect(current.connected).toBe(true);
  });

  it('has one listener, however many connections, waits and streams it ends', async () => {
    const controller = new AbortController();
    const { signal: abortSignal } = controller;
    const many = <T>(make: () => T): T[] => Array.from({ length: 20 }, make);
    const connections = many(() => manager.connect(() => undefined, signal, { abortSignal }));
    const ends = Promise.allSettled([
      ...many(() => manager.wait(signal, { abortSignal, key: 'k' })),
      ...many(() => manager.stream(signal, { abortSignal, key: 'k' }).next()),
    ]);
    expect(abortListeners(abortSignal)).toBe(1);
    controller.abort();
    expect(await ends).toHaveLength(40);
    expect(connections.filter(({ connected }) => connected)).toEqual([]);
    expect(abortListeners(abortSignal)).toBe(0);
  });

  it('may be one that calls its listeners as functions', () => {
    const listeners: (() => void)[] = [];
    const polyfill = Object.assign(new AbortController().signal, {
      addEventListener: (_type: string, listener: () => void) => listeners.push(listener),
    });
    const connection = manager.connect(() => undefined, signal, { abortSignal: polyfill });
    for (const listener of listeners) listener.call(polyfill);
    expect(connection.connected).toBe(false);
  });

  it('is listened to as long as anything needs it', () => {
    const controller = new AbortController();
    const { signal: abortSignal } = controller;
    const [first, second] = [() => 1, () => 2].map((receiver) => manager.connect(receiver, signal, { abortSignal }));
    first?.disconnect();
    first?.disconnect();
    expect(abortListeners(abortSignal)).toBe(1);
    second?.disconnect();
    expect(abortListeners(abortSignal)).toBe(0);
    manager.connect(() => 3, signal, { abortSignal });
    first?.disconnect();
    controller.abort();
    expect(manager.receivers(signal)).toEqual([]);
  });

  it('of several connections of one receiver ends its own', () => {
    const controllers = [new AbortController(), new AbortController()] as const;
    const receiver = () => undefined;
    const connections = controllers.map(({ signal: abortSignal }) =>
      manager.connect(receiver, signal, { abortSignal }),
    );
    controllers[1].abort();
    expect(connections.map((connection) => connection.connected)).toEqual([true, false]);
    expect(manager.receivers(signal)).toEqual([receiver]);
    controllers[0].abort();
    expect(manager.receivers(signal)).toEqual([]);
  });
});
