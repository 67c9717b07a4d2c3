import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as signalbox from '../src/index.js';
import { flush } from './helpers/promises.js';
import { fulfilled } from './helpers/results.js';

const { ANY, connect, disconnect, emit, RECEIVER_CONNECTED, send, sharedManager, Signal, SignalManager } = signalbox;

const signal = Symbol('started');

/** The library loaded a second time, as another bundle or the other module format would have it. */
let copy: typeof signalbox;

beforeAll(async () => {
  await jest.isolateModulesAsync(async () => {
    copy = await import('../src/index.js');
  });
});

afterEach(async () => {
  sharedManager().disconnectAll();
  await flush();
});

describe('sharedManager (R20)', () => {
  it('is one SignalManager, the same at every call', () => {
    const manager = sharedManager();
    expect(manager).toBeInstanceOf(SignalManager);
    expect(sharedManager()).toBe(manager);
  });

  it('is what the module functions work on, taken by themselves', async () => {
    const receiver = jest.fn(() => 'value');
    const connection = connect(receiver, signal, { key: 'k' });
    expect(sharedManager().receivers(signal, { key: 'k' })).toEqual([receiver]);
    expect(await send(signal, { n: 1 }, { key: 'k' })).toEqual([fulfilled(receiver, 'value')]);
    emit(signal, { n: 2 }, { key: 'k' });
    expect(receiver).toHaveBeenCalledTimes(2);
    expect(disconnect(receiver, signal)).toBe(true);
    expect(connection.connected).toBe(false);
    expect(disconnect(receiver)).toBe(false);
    expect(await send(signal)).toEqual([]);
  });

  it('is the manager of a Signal that was given none', () => {
    const own = new Signal();
    const receiver = jest.fn();
    expect(own.manager).toBe(sharedManager());
    own.connect(receiver);
    sharedManager().emit(own);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('refuses what any manager refuses', () => {
    expect(() => connect('no' as never, signal)).toThrow(TypeError);
    expect(() => emit('started' as unknown as symbol)).toThrow(TypeError);
    expect(() => disconnect(() => undefined, undefined as never)).toThrow(TypeError);
  });
});

describe('two copies of the library (R20)', () => {
  it('are two', () => {
    expect(copy.SignalManager).not.toBe(SignalManager);
    expect(copy.connect).not.toBe(connect);
  });

  it('share one manager, ANY and the meta signals', () => {
    expect(copy.sharedManager()).toBe(sharedManager());
    expect(copy.ANY).toBe(ANY);
    expect(copy.RECEIVER_CONNECTED).toBe(RECEIVER_CONNECTED);
    expect(copy.RECEIVER_DISCONNECTED).toBe(signalbox.RECEIVER_DISCONNECTED);
  });

  it('send to each other over the shared manager', async () => {
    const receiver = jest.fn(() => 1);
    const far = new copy.Signal<{ n: number }>();
    copy.connect(receiver, far);
    expect(await send(far, { n: 1 })).toEqual([fulfilled(receiver, 1)]);
    expect(await far.send({ n: 2 })).toEqual([fulfilled(receiver, 1)]);
  });

  it('know each other’s Signals: defaults and sticky work on a manager of the other copy', () => {
    const manager = new SignalManager();
    const far = new copy.Signal({ manager, sticky: true, defaults: { n: 1 } });
    expect(far.manager).toBe(manager);
    const early = jest.fn();
    manager.connect(early, far);
    manager.emit(far);
    const late = jest.fn();
    manager.connect(late, far);
    expect([early, late].map((receiver) => receiver.mock.calls.map(([kwargs]) => kwargs))).toEqual([
      [{ n: 1 }],
      [{ n: 1 }],
    ]);
    expect(() => manager.sendSync(far, { m: 1 } as never)).toThrow(TypeError);
  });

  it('know each other’s managers', () => {
    const manager = new copy.SignalManager();
    const own = new Signal({ manager });
    const receiver = jest.fn();
    own.connect(receiver);
    own.emit();
    manager.emit(own);
    expect(receiver).toHaveBeenCalledTimes(2);
  });

  it('know each other’s ANY and meta signals', () => {
    const manager = new copy.SignalManager();
    const [any, reported] = [jest.fn(), jest.fn()];
    manager.connect(any, ANY);
    manager.connect(reported, RECEIVER_CONNECTED);
    manager.connect(() => undefined, signal);
    manager.emit(signal);
    expect(any).toHaveBeenCalledTimes(1);
    expect(reported).toHaveBeenCalledTimes(1);
    expect(manager.signals()).not.toContain(RECEIVER_CONNECTED);
  });

  it('read each other’s results', async () => {
    const receiver = () => 'value';
    connect(receiver, signal);
    expect(copy.values(await send(signal))).toEqual(['value']);
    expect(copy.failures(sharedManager().sendSync(signal))).toEqual([]);
  });
});
