import { getEventListeners, getMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Bridge, type Engine, memoryEngine } from '../src/bridge/index.js';
import { Signal, SignalManager } from '../src/index.js';
import { unlessAborted, whenAborted } from '../src/internal/abort.js';
import { deferred, flush } from './helpers/promises.js';
import { rejected } from './helpers/results.js';

const signal = Symbol('stopping');
const reason = new Error('stop');
const never = () => new Promise<never>(() => undefined);
const abortListeners = (abortSignal: AbortSignal) => getEventListeners(abortSignal, 'abort').length;

/** All that an AbortSignal needs. Listeners are called in turn, like those of a polyfill. */
class BareSignal {
  aborted = false;
  reason: unknown;
  readonly listeners = new Set<() => void>();

  addEventListener(_type: string, listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: string, listener: () => void): void {
    this.listeners.delete(listener);
  }

  abort(why: unknown): void {
    this.aborted = true;
    this.reason = why;
    for (const listener of [...this.listeners]) listener();
  }
}
const bareSignal = () => {
  const bare = new BareSignal();
  return { bare, abortSignal: bare as unknown as AbortSignal };
};

/** Starts each kind of call with the same signal. @returns Asks what has come of each. */
function startAll(manager: SignalManager, abortSignal: AbortSignal): () => Record<string, unknown> {
  const other = Symbol('other');
  const calls = {
    wait: manager.wait(other, { abortSignal }),
    stream: manager.stream(other, { abortSignal }).next(),
    connection: manager.connect(never, signal, { abortSignal }),
    send: manager.send(signal, {}, { abortSignal }),
    sendSerial: manager.sendSerial(signal, {}, { abortSignal }),
  };
  const come: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    if (!(call instanceof Promise)) continue;
    call.then(
      (value) => (come[name] = value),
      (error: unknown) => (come[name] = error),
    );
  }
  return () => ({ ...come, connected: calls.connection.connected });
}

const aborted = {
  wait: reason,
  stream: { done: true, value: undefined },
  connected: false,
  send: [rejected(never, reason)],
  sendSerial: [rejected(never, reason)],
};

let manager: SignalManager;

beforeEach(() => {
  manager = new SignalManager({ onError: null });
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe('one listener per AbortSignal (R16)', () => {
  it('serves calls of all verbs, and goes with the last of them', async () => {
    const controller = new AbortController();
    const gate = deferred();
    manager.connect(() => gate.promise, signal);
    const other = Symbol('other');
    const connections = Array.from({ length: 11 }, () =>
      manager.connect(() => undefined, other, { abortSignal: controller.signal }),
    );
    const options = { abortSignal: controller.signal };
    const calls = Array.from({ length: 11 }, () => [
      manager.send(signal, {}, options),
      manager.sendSerial(signal, {}, options),
      manager.wait(signal, options),
    ]).flat();
    const streams = Array.from({ length: 11 }, () => manager.stream(signal, options));
    expect(abortListeners(controller.signal)).toBe(1);
    manager.emit(signal);
    gate.resolve();
    await Promise.all(calls);
    for (const connection of connections) connection.disconnect();
    expect(abortListeners(controller.signal)).toBe(1);
    for (const stream of streams) await stream.return?.();
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('is shared by several managers', () => {
    const controller = new AbortController();
    for (const one of [manager, new SignalManager({ onError: null })]) {
      one.connect(never, signal, { abortSignal: controller.signal });
      void one.send(signal, {}, { abortSignal: controller.signal });
    }
    expect(abortListeners(controller.signal)).toBe(1);
    controller.abort(reason);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('is not added to a signal that is aborted already', async () => {
    const abortSignal = AbortSignal.abort(reason);
    startAll(manager, abortSignal);
    await flush();
    expect(abortListeners(abortSignal)).toBe(0);
  });

  it('does not call a callback that an earlier one has removed', async () => {
    const controller = new AbortController();
    const told = jest.fn();
    const undo = [whenAborted(controller.signal, () => undo[1]?.()), whenAborted(controller.signal, told)];
    controller.abort(reason);
    expect(told).not.toHaveBeenCalled();
    expect(abortListeners(controller.signal)).toBe(0);
    await flush();
  });
});

describe('the abort signal of a bridge (R16)', () => {
  it('has one listener, whatever an engine opens', async () => {
    const controller = new AbortController();
    const opening = Array.from({ length: 11 }, () => unlessAborted(never(), controller.signal));
    expect(abortListeners(controller.signal)).toBe(1);
    const failures = Promise.allSettled(opening);
    controller.abort(reason);
    expect(await failures).toEqual(Array(11).fill({ status: 'rejected', reason }));
    expect(abortListeners(controller.signal)).toBe(0);
  });

  it('may have any number of listeners of the engine', async () => {
    const most: number[] = [];
    const consumers = memoryEngine();
    const engine: Engine = {
      ...consumers,
      subscribe: (subject, onMessage, options) => {
        if (options?.abortSignal !== undefined) most.push(getMaxListeners(options.abortSignal));
        return consumers.subscribe(subject, onMessage);
      },
    };
    const bridge = new Bridge(manager, engine, { namespace: 'shop' });
    await bridge.share(new Signal({ name: 'shared', manager }));
    await bridge.close();
    expect(new Set(most)).toEqual(new Set([Infinity]));
  });
});

describe('context.abortSignal (R16)', () => {
  it('may have any number of listeners, of one receiver or of many, before Node warns of a leak', async () => {
    const told = jest.fn();
    const most: number[] = [];
    for (let i = 0; i < 11; i++) {
      manager.connect((_kwargs, { abortSignal }) => {
        if (abortSignal === undefined) return;
        for (let j = 0; j < 11; j++) abortSignal.addEventListener('abort', () => told());
        most.push(getMaxListeners(abortSignal));
        return never();
      }, signal);
    }
    const controller = new AbortController();
    const sent = manager.send(signal, {}, { abortSignal: controller.signal });
    controller.abort(reason);
    await sent;
    expect(told).toHaveBeenCalledTimes(121);
    expect(most).toEqual(Array(11).fill(Infinity));
  });
});

describe('an abort whose propagation an earlier listener stops (R16)', () => {
  const stop = (event: Event) => event.stopImmediatePropagation();

  it('is heard by every kind of call', async () => {
    const controller = new AbortController();
    controller.signal.addEventListener('abort', stop);
    const outcomes = startAll(manager, controller.signal);
    controller.abort(reason);
    await flush();
    expect(outcomes()).toEqual(aborted);
    expect(abortListeners(controller.signal)).toBe(1); // the one that stops
  });

  it('is noticed without Node’s events, through a dependent signal', async () => {
    jest.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    await jest.isolateModulesAsync(async () => {
      const { SignalManager: Elsewhere } = await import('../src/index.js');
      const dependents = jest.spyOn(AbortSignal, 'any');
      const controller = new AbortController();
      controller.signal.addEventListener('abort', stop);
      const elsewhere = new Elsewhere({ onError: null });
      for (let i = 0; i < 3; i++) await elsewhere.send(signal, {}, { abortSignal: controller.signal });
      const outcomes = startAll(elsewhere, controller.signal);
      expect(dependents).toHaveBeenCalledTimes(1);
      const [dependent] = dependents.mock.results.map(({ value }) => value as AbortSignal);
      expect(abortListeners(dependent as AbortSignal)).toBe(1);
      controller.abort(reason);
      await flush();
      expect(outcomes()).toEqual(aborted);
      expect(abortListeners(controller.signal)).toBe(1);
      expect(abortListeners(dependent as AbortSignal)).toBe(0);
    });
  });

  it('is noticed through the event of the signal if neither is available', async () => {
    jest.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    const any = Object.getOwnPropertyDescriptor(AbortSignal, 'any') as PropertyDescriptor;
    Reflect.deleteProperty(AbortSignal, 'any');
    try {
      await jest.isolateModulesAsync(async () => {
        const { SignalManager: Elsewhere } = await import('../src/index.js');
        const controller = new AbortController();
        const outcomes = startAll(new Elsewhere({ onError: null }), controller.signal);
        controller.abort(reason);
        await flush();
        expect(outcomes()).toEqual(aborted);
      });
    } finally {
      Object.defineProperty(AbortSignal, 'any', any);
    }
  });
});

describe('an object with `aborted`, `reason` and the two listener methods (R16)', () => {
  it('is an AbortSignal to every kind of call', async () => {
    const { bare, abortSignal } = bareSignal();
    const outcomes = startAll(manager, abortSignal);
    expect(bare.listeners.size).toBe(1);
    bare.abort(reason);
    await flush();
    expect(outcomes()).toEqual(aborted);
    expect(bare.listeners.size).toBe(0);
  });

  it('is one when it is aborted already', async () => {
    const { bare, abortSignal } = bareSignal();
    bare.abort(reason);
    const connection = manager.connect(never, signal, { abortSignal });
    expect(connection.connected).toBe(false);
    manager.connect(never, signal);
    await expect(manager.wait(signal, { abortSignal })).rejects.toBe(reason);
    expect(await manager.stream(signal, { abortSignal }).next()).toEqual({ done: true, value: undefined });
    expect(await manager.send(signal, {}, { abortSignal })).toEqual([rejected(never, reason)]);
    expect(bare.listeners.size).toBe(0);
  });

  it('calls back all the same after a callback that throws', () => {
    const { bare, abortSignal } = bareSignal();
    const called = jest.fn();
    whenAborted(abortSignal, () => {
      throw reason;
    });
    whenAborted(abortSignal, called);
    expect(() => bare.abort(undefined)).toThrow(reason);
    expect(called).toHaveBeenCalledTimes(1);
  });
});
