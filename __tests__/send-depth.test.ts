import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  ANY,
  AsyncReceiverError,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  SendDepthError,
  Signal,
  SignalManager,
  type SignalToken,
} from '../src/index.js';
import { attachFar } from '../src/far/index.js';
import { PendingSends } from '../src/dispatch/pending-sends.js';
import { FailureLog } from '../src/signals/failure-log.js';
import { errorOf, flush, rejectionOf } from './helpers/promises.js';

type Send = (manager: SignalManager, signal: SignalToken) => unknown;

/** Every way to send at once, and what the outermost sender gets of a failure. */
const verbs: [verb: string, send: Send, failure: (sent: () => unknown) => unknown][] = [
  ['emit', (manager, signal) => manager.emit(signal), errorOf],
  ['emit of kwargs', (manager, signal) => manager.emit(signal, {}), errorOf],
  ['emit to a key', (manager, signal) => manager.emit(signal, {}, { key: 'k' }), errorOf],
  ['sendSync', (manager, signal) => manager.sendSync(signal), errorOf],
  ['send', (manager, signal) => manager.send(signal), (sent) => rejectionOf(sent() as Promise<unknown>)],
  ['send of kwargs', (manager, signal) => manager.send(signal, {}), (sent) => rejectionOf(sent() as Promise<unknown>)],
  [
    'send with a timeout',
    (manager, signal) => manager.send(signal, {}, { timeoutMs: 1000 }),
    (sent) => rejectionOf(sent() as Promise<unknown>),
  ],
  ['sendSerial', (manager, signal) => manager.sendSerial(signal), (sent) => rejectionOf(sent() as Promise<unknown>)],
];

/** How a receiver sends: what comes of the send stays with it, or reaches who called it. */
const ways: [way: string, nest: (sent: () => unknown) => unknown][] = [
  ['and lets it pass', (sent) => sent()],
  ['and drops it', (sent) => void sent()],
  ['in an async function', async (sent) => [await sent()]],
  ['and catches what it throws', (sent) => swallow(sent)],
];

function swallow(sent: () => unknown): void {
  try {
    void sent();
  } catch {
    // as a receiver may
  }
}

afterEach(async () => {
  jest.useRealTimers();
  await flush();
});

function makeManager(): { manager: SignalManager; onError: jest.Mock } {
  const onError = jest.fn();
  return { manager: new SignalManager({ onError }), onError };
}

const cases = verbs.flatMap(([verb, send, failure]) => ways.map(([way, nest]) => ({ verb, way, send, failure, nest })));

describe('receivers that send what calls them again (R25)', () => {
  it.each(cases)('two receivers, $verb $way: the outermost sender gets a SendDepthError', async (each) => {
    jest.useFakeTimers();
    const { send, failure, nest } = each;
    const { manager, onError } = makeManager();
    const signal = new Signal({ manager, name: 'moved' });
    let calls = 0;
    for (let i = 0; i < 2; i++) {
      manager.connect(() => {
        calls += 1;
        return nest(() => send(manager, signal));
      }, signal);
    }
    const error = await failure(() => send(manager, signal));
    expect(error).toBeInstanceOf(SendDepthError);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ name: 'SendDepthError', code: 'ERR_SEND_DEPTH', signals: ['"moved"'] });
    // No other receiver is called in any of the sends around the one that is too deep.
    expect(calls).toBe((error as SendDepthError).depth);
    jest.useRealTimers();
    await flush();
    expect(manager.pending).toBe(0);
    await manager.drain();
    // What sendSync says of receivers that return a promise is true all the same.
    expect(onError.mock.calls.filter(([reason]) => !(reason instanceof AsyncReceiverError))).toEqual([]);
    expect(await failure(() => send(manager, signal))).toBeInstanceOf(SendDepthError);
  });

  it.each([2, 3, 7])(
    'a cycle of %i signals: the error names them all, and not the signals that led there',
    (length) => {
      const { manager } = makeManager();
      const start = new Signal({ manager, name: 'start' });
      const ring = Array.from({ length }, (_each, i) => new Signal({ manager, name: `signal ${i}` }));
      ring.forEach((signal, i) => {
        for (let twice = 0; twice < 2; twice++) signal.connect(() => ring[(i + 1) % length]?.emit());
      });
      start.connect(() => ring[0]?.emit());
      const error = errorOf(() => start.emit()) as SendDepthError;
      expect(error).toBeInstanceOf(SendDepthError);
      expect([...error.signals].sort()).toEqual(ring.map(({ name }) => `"${name}"`));
      for (const { name } of ring) expect(error.message).toContain(name);
      expect(error.message).not.toContain('start');
      expect(manager.pending).toBe(0);
    },
  );

  it('allows 500 nested sends, and not 501', () => {
    const { manager } = makeManager();
    const signal = Symbol('moved');
    let most = 500;
    let depth = 0;
    manager.connect(() => {
      if (depth < most) {
        depth += 1;
        manager.emit(signal);
      }
    }, signal);
    manager.emit(signal);
    expect(depth).toBe(500);
    [most, depth] = [501, 0];
    expect(errorOf(() => manager.emit(signal))).toBeInstanceOf(SendDepthError);
    [most, depth] = [500, 0];
    manager.emit(signal);
    expect(depth).toBe(500);
  });

  it.each<[string, (manager: SignalManager, signal: SignalToken, again: () => void) => void]>([
    ['ANY', (manager, _signal, again) => [again, again].forEach((each) => manager.connect(() => each(), ANY))],
    [
      'a once connection each time',
      (manager, signal, again) => {
        const connect = (): void => {
          const next = (): void => {
            connect();
            again();
          };
          manager.connect(next, signal, { once: true });
          manager.connect(() => again(), signal, { weak: true });
        };
        connect();
      },
    ],
    [
      'the where of a stream',
      (manager, signal, again) => {
        manager.stream(signal, { where: () => (again(), true) });
        manager.stream(signal, { where: () => (again(), true) });
        manager.connect(() => again(), signal);
      },
    ],
    [
      'receivers elsewhere',
      (manager, signal, again) => {
        const start = (): undefined => void 0;
        const call = { start, abort: () => undefined };
        attachFar(manager, signal, { reach: () => ['there'], prepare: () => call, heard: () => undefined });
        for (let i = 0; i < 2; i++) manager.connect(() => again(), signal);
      },
    ],
  ])('ends with %s, too', (_what, connect) => {
    const { manager } = makeManager();
    const signal = Symbol('moved');
    connect(manager, signal, () => manager.emit(signal));
    expect(errorOf(() => manager.emit(signal))).toMatchObject({ code: 'ERR_SEND_DEPTH', signals: ['Symbol(moved)'] });
    expect(manager.pending).toBe(0);
  });

  it('by the where of a wait: nothing is passed on', () => {
    const { manager } = makeManager();
    const signal = Symbol('moved');
    const start = jest.fn((): undefined => undefined);
    const call = { start, abort: () => undefined };
    attachFar(manager, signal, { reach: () => ['there'], prepare: () => call, heard: () => undefined });
    manager.stream(signal, { where: () => (swallow(() => manager.emit(signal)), true) });
    expect(errorOf(() => manager.emit(signal))).toBeInstanceOf(SendDepthError);
    expect(start).not.toHaveBeenCalled();
  });

  it('ends in a send that reaches receivers elsewhere and waits for them', async () => {
    const { manager } = makeManager();
    const signal = Symbol('moved');
    const call = { start: () => Promise.resolve([]), abort: () => undefined };
    attachFar(manager, signal, { reach: () => ['there'], prepare: () => call, heard: () => undefined });
    for (let i = 0; i < 2; i++) manager.connect(async () => [await manager.send(signal)], signal);
    expect(await rejectionOf(manager.send(signal))).toMatchObject({ code: 'ERR_SEND_DEPTH' });
    expect(errorOf(() => manager.emit(signal))).toMatchObject({ code: 'ERR_SEND_DEPTH' });
    await manager.drain();
    expect(manager.pending).toBe(0);
  });

  it('reaches the caller of connect, when receivers of RECEIVER_CONNECTED connect', () => {
    const { manager } = makeManager();
    for (let i = 0; i < 2; i++) {
      manager.connect(({ manager: own }) => void own.connect(() => 1, Symbol('more')), RECEIVER_CONNECTED);
    }
    expect(errorOf(() => manager.connect(() => 1, Symbol('first')))).toBeInstanceOf(SendDepthError);
  });

  it('calls no receiver that comes later in a serial send', async () => {
    const { manager } = makeManager();
    const signal = Symbol('moved');
    const later = jest.fn();
    manager.connect(async () => [await manager.sendSerial(signal)], signal);
    manager.connect(later, signal);
    expect(await rejectionOf(manager.sendSerial(signal))).toBeInstanceOf(SendDepthError);
    await manager.drain();
    expect(later).not.toHaveBeenCalled();
  });

  it('fails every other send until the outermost one has ended', () => {
    const { manager } = makeManager();
    const [signal, other] = [Symbol('moved'), Symbol('other')];
    const onOther = jest.fn();
    const outcomes: unknown[] = [];
    manager.connect(onOther, other);
    manager.connect(() => {
      try {
        manager.emit(signal);
      } finally {
        outcomes.push(errorOf(() => manager.emit(other)));
      }
    }, signal);
    const error = errorOf(() => manager.emit(signal));
    expect(outcomes).toEqual(Array(501).fill(error));
    expect(onOther).not.toHaveBeenCalled();
    manager.emit(other);
    expect(onOther).toHaveBeenCalledTimes(1);
  });

  it('is the failure of a receiver where another manager, or a later turn, has sent', async () => {
    const { manager, onError } = makeManager();
    const inner = new SignalManager({ onError: null });
    const signal = Symbol('moved');
    inner.connect(() => inner.emit(signal), signal);
    const next = jest.fn();
    manager.connect(() => inner.emit(signal), signal);
    manager.connect(async () => {
      await Promise.resolve();
      inner.emit(signal);
    }, signal);
    manager.connect(next, signal);
    const results = await manager.send(signal);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(onError.mock.calls.map(([error]) => (error as Error).name)).toEqual(['SendDepthError', 'SendDepthError']);
  });
});

describe('PendingSends', () => {
  it('recovers at the next nest if the stack ended before `called` could (R25)', () => {
    const home = new PendingSends(new FailureLog(null));
    const context = { signal: Symbol('moved') };
    const nestDeep = (): never => {
      for (;;) home.begin(context);
    };
    expect(errorOf(nestDeep)).toBeInstanceOf(SendDepthError);
    home.calling = 0; // each send does this without a call
    home.begin(context);
    expect([home.calling, home.tooDeep]).toEqual([1, undefined]);
  });
});

describe('a receiver that calls itself without end (R14, R25)', () => {
  const endless = (): unknown => [endless()];

  it.each(verbs)('is its own failure, and no other receiver misses its call: %s', async (_verb, send) => {
    jest.useFakeTimers();
    const { manager, onError } = makeManager();
    const [outer, inner] = [Symbol('outer'), Symbol('inner')];
    const next = jest.fn();
    manager.connect(() => send(manager, inner), outer);
    manager.connect(endless, inner);
    for (const signal of [inner, outer]) manager.connect(next, signal);
    await send(manager, outer);
    expect(next).toHaveBeenCalledTimes(2);
    expect(onError.mock.calls.map(([error]) => (error as Error).name)).toContain('RangeError');
    expect(manager.pending).toBe(0);
  });

  it('ends the sends around it where the stack has no room for them', () => {
    const { manager, onError } = makeManager();
    const signal = Symbol('deep');
    const next = jest.fn();
    const nested = (frames: number): void => (frames === 0 ? manager.emit(signal) : nested(frames - 1));
    manager.connect(() => {
      nested(200);
    }, signal);
    manager.connect(next, signal);
    const error = errorOf(() => manager.emit(signal)) as SendDepthError;
    expect(error).toBeInstanceOf(SendDepthError);
    expect(error.depth).toBeLessThan(500);
    expect(error.message).toContain('the stack ends');
    expect(error.signals).toEqual(['Symbol(deep)']);
    expect(next).not.toHaveBeenCalled();
    expect(onError).not.toHaveBeenCalled();
    expect(manager.pending).toBe(0);
  });

  it('calls nobody if a watcher nests sends too deep before it calls `go`, and hides that (R25, W7)', () => {
    const { manager } = makeManager();
    const [watched, deep] = [Symbol('watched'), Symbol('deep')];
    const receiver = jest.fn();
    manager.connect(receiver, watched);
    manager.connect(() => {
      manager.emit(deep);
    }, deep);
    const run = (go: () => unknown) => {
      errorOf(() => manager.emit(deep));
      go();
    };
    manager.watch({ onSend: ({ signal }) => (signal === watched ? { run } : undefined) });
    expect(errorOf(() => manager.emit(watched, {}))).toBeInstanceOf(SendDepthError);
    expect(receiver).not.toHaveBeenCalled();
    expect(manager.pending).toBe(0);
  });

  it.each(verbs)(
    'reaches the outermost sender from an `onSend` that sends, and each watch ends: %s (W12)',
    async (...verb) => {
      const [, send, failure] = verb;
      const { manager, onError } = makeManager();
      const signal = Symbol('watched');
      const receiver = jest.fn();
      manager.connect(receiver, signal);
      let [begun, ended] = [0, 0];
      const onEnd = (): void => void (ended += 1);
      manager.watch({
        onSend() {
          begun += 1;
          return { onEnd };
        },
      });
      // Dropped on purpose: the outermost sender gets the error.
      manager.watch({ onSend: () => void Promise.resolve(send(manager, signal)).catch(() => undefined) });
      expect(await failure(() => send(manager, signal))).toBeInstanceOf(SendDepthError);
      expect([begun, ended]).toEqual([501, 501]);
      expect(receiver).not.toHaveBeenCalled();
      expect(onError).not.toHaveBeenCalled();
      expect(manager.pending).toBe(0);
    },
  );

  it('does not keep an abort from others, if reports of the connections that it ends nest too deep (R16)', async () => {
    const { manager } = makeManager();
    const controller = new AbortController();
    const { signal: abortSignal } = controller;
    const [deep, ended] = [Symbol('deep'), Symbol('ended')];
    manager.connect(() => undefined, RECEIVER_DISCONNECTED);
    const connection = manager.connect(() => undefined, ended, { abortSignal });
    const other = new SignalManager();
    const waiting = rejectionOf(other.wait(ended, { abortSignal }));
    const another = other.connect(() => undefined, ended, { abortSignal });
    let depth = 0;
    manager.connect(() => {
      depth += 1;
      if (depth < 501) manager.emit(deep, {});
      else controller.abort();
    }, deep);
    expect(errorOf(() => manager.emit(deep, {}))).toBeInstanceOf(SendDepthError);
    expect(await waiting).toBe(abortSignal.reason);
    expect([connection.connected, another.connected]).toEqual([false, false]);
  });
});
