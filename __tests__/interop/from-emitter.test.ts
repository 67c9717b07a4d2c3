import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter, getEventListeners, once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { ANY, RECEIVER_CONNECTED, RECEIVER_DISCONNECTED, Signal, SignalManager } from '../../src/index.js';
import { fromEmitter } from '../../src/interop/index.js';
import { attachFar } from '../../src/far/index.js';
import { DISPOSE } from '../../src/internal/dispose.js';
import type { SignalState } from '../../src/send/signal-state.js';
import { STATE } from '../../src/signals/tokens.js';
import { Elsewhere, farResult } from '../helpers/elsewhere.js';
import { deferred, errorOf, flush, rejectionOf } from '../helpers/promises.js';

interface Text {
  readonly text: string;
}

let manager: SignalManager;
let reports: unknown[][];
let received: Signal<Text>;
let emitter: EventEmitter;

beforeEach(() => {
  reports = [];
  manager = new SignalManager({
    name: 'chat',
    onError: (error, { receiver, signal }) => reports.push([error, receiver.name, signal]),
  });
  received = new Signal({ name: 'received', manager });
  emitter = new EventEmitter();
});

const textOf = (text: string): Text => ({ text });
const listeners = (): number => emitter.listenerCount('message');
const silent = (): undefined => undefined;

/** Connects a receiver that keeps the texts. */
function texts(signal = received): string[] {
  const seen: string[] = [];
  signal.connect(({ text }) => void seen.push(text));
  return seen;
}

describe('an emitter that repeats its last event for each new listener', () => {
  const repeating = {
    listeners: new Set<(text: string) => void>(),
    on(_event: string, listener: (text: string) => void): void {
      this.listeners.add(listener);
      listener('last');
    },
    off(_event: string, listener: (text: string) => void): void {
      this.listeners.delete(listener);
    },
  };
  let other: Signal<Text>;

  beforeEach(() => {
    other = new Signal({ name: 'other', manager });
    fromEmitter(repeating, 'message', received, textOf);
  });

  afterEach(() => {
    expect(reports).toEqual([]);
    expect(repeating.listeners.size).toBe(0);
  });

  const last = { kwargs: { text: 'last' } };

  it.each([
    ['one signal', () => received.wait()],
    ['several signals', () => manager.wait([received, other])],
    ['ANY', () => manager.wait(ANY)],
  ])('resolves the wait for %s that makes it heard (R21)', async (_what, wait) => {
    await expect(wait()).resolves.toMatchObject(last);
  });

  it('rejects the wait whose rejectOn makes it heard (N9)', async () => {
    await expect(manager.wait(other, { rejectOn: [received] })).rejects.toThrow('Signal "received" was sent');
  });

  it('fills the stream that makes it heard (R22)', async () => {
    const stream = manager.stream([received, other], { limit: 1 });
    await expect(stream.next()).resolves.toMatchObject({ value: last });
    await stream.return?.();
  });

  it.each([
    ['one signal', () => received],
    ['several signals', () => [received, other]],
  ])('uses up the once connection to %s that makes it heard (N3, R18)', (_what, signal) => {
    const changes: string[] = [];
    manager.connect(() => void changes.push('+'), RECEIVER_CONNECTED);
    manager.connect(() => void changes.push('-'), RECEIVER_DISCONNECTED);
    const receiver = jest.fn();
    const connection = manager.connect(receiver, signal() as Signal<Text>, { once: true });
    expect(receiver.mock.calls).toEqual([[last.kwargs, expect.anything()]]);
    expect(connection.connected).toBe(false);
    expect(manager.signals()).toEqual([]);
    const count = connection.signals.length;
    expect(changes).toEqual([...Array<string>(count).fill('+'), ...Array<string>(count).fill('-')]);
  });

  it.each([
    ['one signal', () => received],
    ['several signals', () => [received, other]],
  ])('ends the connection to %s if its receiver aborts it then', (_what, signal) => {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const connection = manager.connect(abort, signal() as Signal<Text>, { abortSignal: controller.signal });
    expect(connection.connected).toBe(false);
  });
});

describe('fromEmitter (X4)', () => {
  it('emits the signal for each event of an EventEmitter, synchronously, with the kwargs for its arguments', () => {
    const add = jest.fn((first: string, second: string) => ({ text: first + second }));
    fromEmitter(emitter, 'message', received, add);
    const seen = texts();
    expect(emitter.emit('message', 'a', 'b')).toBe(true);
    emitter.emit('message', 'c', 'd');
    emitter.emit('other', 'e', 'f');
    expect(seen).toEqual(['ab', 'cd']);
    expect(add.mock.calls).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('accepts an event that is a symbol', () => {
    const event = Symbol('message');
    fromEmitter(emitter, event, received, textOf);
    const seen = texts();
    emitter.emit(event, 'a');
    expect(seen).toEqual(['a']);
  });

  it('treats an object with addEventListener as an EventTarget, even if it has on and off', () => {
    const target = Object.assign(new EventTarget(), { on: jest.fn(), off: jest.fn() });
    using _source = fromEmitter(target, 'message', received, (event: CustomEvent<string>) => ({ text: event.detail }));
    const seen = texts();
    target.dispatchEvent(new CustomEvent('message', { detail: 'a' }));
    expect(seen).toEqual(['a']);
    expect(target.on).not.toHaveBeenCalled();
  });

  it('takes any object with on and off, and calls them as methods', () => {
    class Bare {
      readonly listeners = new Set<(...args: unknown[]) => void>();
      on(_event: unknown, listener: (...args: unknown[]) => void): void {
        this.listeners.add(listener);
      }
      off(_event: unknown, listener: (...args: unknown[]) => void): void {
        this.listeners.delete(listener);
      }
    }
    const bare = new Bare();
    const source = fromEmitter(bare, 'message', received, textOf);
    const seen = texts();
    for (const listener of bare.listeners) listener('a');
    source[DISPOSE]();
    expect(seen).toEqual(['a']);
    expect(bare.listeners.size).toBe(0);
  });

  it('lets an error of kwargsOf reach the emitter, as from any listener', () => {
    const failure = new Error('no text');
    fromEmitter(emitter, 'message', received, () => {
      throw failure;
    });
    const seen = texts();
    expect(errorOf(() => emitter.emit('message'))).toBe(failure);
    expect(seen).toEqual([]);
    expect(reports).toEqual([]);
    expect(listeners()).toBe(1);
  });

  it('lets an error of the emit reach the emitter', () => {
    const declared = new Signal({ name: 'declared', manager, defaults: { text: '' } });
    fromEmitter(emitter, 'message', declared, () => ({ other: 1 }) as unknown as Text);
    declared.connect(silent);
    expect(() => emitter.emit('message')).toThrow(TypeError);
  });

  it('reports a failing receiver to onError, not to the emitter', () => {
    const failure = new Error('no');
    fromEmitter(emitter, 'message', received, textOf);
    received.connect(function fail() {
      throw failure;
    });
    emitter.emit('message', 'a');
    expect(reports).toEqual([[failure, 'fail', received]]);
  });

  it('listens to a MessagePort', async () => {
    const { port1, port2 } = new MessageChannel();
    const source = fromEmitter(port2 as unknown as EventTarget, 'message', received, ({ data }: MessageEvent) => ({
      text: data as string,
    }));
    const waiting = received.wait();
    port1.postMessage('a');
    expect((await waiting).kwargs).toEqual({ text: 'a' });
    source[DISPOSE]();
    port1.close();
    await once(port2, 'close');
  });
});

describe('fromEmitter listens only while the signal is heard (X5)', () => {
  /** What hears a signal, and what ends that. */
  const audiences: [what: string, hear: () => () => unknown][] = [
    ['a receiver', () => endOf(received.connect(silent))],
    ['a receiver with a key', () => endOf(received.connect(silent, { key: 1 }))],
    ['a receiver with a priority', () => endOf(received.connect(silent, { priority: 1 }))],
    ['a receiver of ANY', () => endOf(manager.connect(silent, ANY))],
    ['a receiver of several signals', () => endOf(manager.connect(silent, [Symbol('other'), received]))],
    ['a wait', () => abortOf((abortSignal) => received.wait({ abortSignal }).catch(silent))],
    ['a wait for ANY', () => abortOf((abortSignal) => manager.wait(ANY, { abortSignal }).catch(silent))],
    ['a stream', () => abortOf((abortSignal) => received.stream({ abortSignal }))],
    ['a stream of ANY', () => abortOf((abortSignal) => manager.stream(ANY, { abortSignal }))],
  ];
  const endOf = (connection: { disconnect(): boolean }) => () => connection.disconnect();
  const abortOf = (hear: (abortSignal: AbortSignal) => unknown) => {
    const controller = new AbortController();
    hear(controller.signal);
    return () => controller.abort();
  };

  it.each(audiences)('by %s', (_what, hear) => {
    fromEmitter(emitter, 'message', received, textOf);
    expect(listeners()).toBe(0);
    for (let round = 0; round < 2; round += 1) {
      const end = hear();
      expect(listeners()).toBe(1);
      end();
      expect(listeners()).toBe(0);
    }
  });

  it.each(audiences)('by %s that was there before', (_what, hear) => {
    const end = hear();
    const source = fromEmitter(emitter, 'message', received, textOf);
    expect(listeners()).toBe(1);
    source[DISPOSE]();
    expect(listeners()).toBe(0);
    end();
    expect(listeners()).toBe(0);
  });

  it('until the last of several ends', () => {
    fromEmitter(emitter, 'message', received, textOf);
    const ends = audiences.map(([, hear]) => hear());
    for (const end of ends) {
      expect(listeners()).toBe(1);
      end();
    }
    expect(listeners()).toBe(0);
  });

  it('and not for another signal', () => {
    fromEmitter(emitter, 'message', received, textOf);
    manager.connect(silent, Symbol('other'));
    expect(listeners()).toBe(0);
  });

  it('until a once receiver or a wait is used up', async () => {
    fromEmitter(emitter, 'message', received, textOf);
    const seen: string[] = [];
    received.connect(({ text }) => void seen.push(text), { once: true });
    emitter.emit('message', 'a');
    expect([seen, listeners()]).toEqual([['a'], 0]);
    const waiting = received.wait();
    emitter.emit('message', 'b');
    expect(listeners()).toBe(0);
    expect((await waiting).kwargs).toEqual({ text: 'b' });
  });

  it('not while it is muted', () => {
    fromEmitter(emitter, 'message', received, textOf);
    texts();
    for (const mute of [() => received.mute(), () => manager.mute()]) {
      const muted = mute();
      expect(listeners()).toBe(0);
      muted[DISPOSE]();
      expect(listeners()).toBe(1);
    }
  });

  it('always if it is sticky, because a later receiver hears the last send', () => {
    const sticky = new Signal<Text>({ name: 'sticky', manager, sticky: true });
    fromEmitter(emitter, 'message', sticky, textOf);
    emitter.emit('message', 'a');
    expect(texts(sticky)).toEqual(['a']);
  });

  it('by another thread or node', () => {
    const far = new Elsewhere({ far: 'nothing' });
    const attachment = attachFar(manager, received, far);
    const source = fromEmitter(emitter, 'message', received, textOf);
    expect([attachment.followed, listeners()]).toEqual([true, 0]);
    for (const heard of ['filtered', 'everything'] as const) {
      far.places.set('far', heard);
      attachment.reachChanged();
      expect(listeners()).toBe(1);
      emitter.emit('message', heard);
      far.answer(farResult('far', 1));
      far.places.set('far', 'nothing');
      attachment.reachChanged();
      expect(listeners()).toBe(0);
    }
    expect(far.started.map(({ kwargs }) => kwargs)).toEqual([{ text: 'everything' }]);
    source[DISPOSE]();
    expect(attachment.followed).toBe(false);
  });

  it('by another thread or node that is attached later, until it is detached', () => {
    fromEmitter(emitter, 'message', received, textOf);
    const attachment = attachFar(manager, received, new Elsewhere({ far: 'everything' }));
    expect([attachment.followed, listeners()]).toEqual([true, 1]);
    attachment[DISPOSE]();
    expect(listeners()).toBe(0);
  });

  it('all the time with always', async () => {
    fromEmitter(emitter, 'message', received, textOf, { always: true });
    expect(listeners()).toBe(1);
    using _muted = received.mute();
    expect(listeners()).toBe(1);
    await manager.close();
    expect(listeners()).toBe(0);
  });

  it('and leaves sends of the signal common, so that they cost nothing extra', () => {
    received.connect(silent);
    fromEmitter(emitter, 'message', received, textOf);
    const { [STATE]: state } = received as unknown as { readonly [STATE]: SignalState };
    expect(state.common).toBe(state.table);
  });
});

describe('no listener remains (X5)', () => {
  it('after disposing, however often', () => {
    const source = fromEmitter(emitter, 'message', received, textOf);
    const seen = texts();
    source[DISPOSE]();
    source[DISPOSE]();
    expect(listeners()).toBe(0);
    received.connect(silent);
    expect(listeners()).toBe(0);
    expect(seen).toEqual([]);
  });

  it('after an abort, and nothing listens if it is aborted already', () => {
    const controller = new AbortController();
    texts();
    fromEmitter(emitter, 'message', received, textOf, { abortSignal: controller.signal });
    expect(listeners()).toBe(1);
    controller.abort();
    expect(listeners()).toBe(0);
    fromEmitter(emitter, 'message', received, textOf, { abortSignal: controller.signal })[DISPOSE]();
    expect(listeners()).toBe(0);
  });

  it('from the call of close on, and no event reaches the closing manager', async () => {
    const slow = deferred();
    const { signal: abortSignal } = new AbortController();
    fromEmitter(emitter, 'message', received, textOf, { abortSignal });
    received.connect(() => slow.promise);
    emitter.emit('message', 'a');
    const closed = manager.close();
    expect(listeners()).toBe(0);
    slow.resolve();
    await closed;
    expect(listeners()).toBe(0);
  });

  it('on the abort signal, after the end of close', async () => {
    const { signal: abortSignal } = new AbortController();
    fromEmitter(emitter, 'message', received, textOf, { abortSignal });
    expect(getEventListeners(abortSignal, 'abort')).toHaveLength(1);
    await manager.close();
    expect(getEventListeners(abortSignal, 'abort')).toEqual([]);
  });

  it('while a close is pending, and listens again if it times out', async () => {
    jest.useFakeTimers();
    try {
      const slow = deferred();
      fromEmitter(emitter, 'message', received, textOf);
      received.connect(() => slow.promise);
      received.emit({ text: 'a' });
      const closed = rejectionOf(manager.close({ timeoutMs: 50 }));
      jest.advanceTimersByTime(50);
      expect(await closed).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT' });
      expect(listeners()).toBe(1);
      slow.resolve();
      await flush();
      await manager.close();
      expect(listeners()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('for the rest of an event whose earlier listener disposes it', () => {
    const sources: Disposable[] = [];
    emitter.on('message', () => {
      for (const source of sources) source[DISPOSE]();
    });
    const seen = texts();
    sources.push(fromEmitter(emitter, 'message', received, textOf));
    emitter.emit('message', 'a');
    expect(seen).toEqual([]);
  });

  it.each<[title: string, act: (source: Disposable | undefined, controller: AbortController) => unknown]>([
    ['disposes it', (source) => source?.[DISPOSE]()],
    ['aborts', (_, controller) => controller.abort()],
    ['closes the manager', () => manager.close()],
    ['mutes the signal', () => manager.mute(received)],
    ['disconnects the receiver', () => manager.disconnectAll(received)],
  ])('after a `newListener` that %s before the emitter adds the listener', async (_title, act) => {
    const controller = new AbortController();
    const source = fromEmitter(emitter, 'message', received, textOf, { abortSignal: controller.signal });
    emitter.once('newListener', () => act(source, controller));
    const seen = texts();
    expect(listeners()).toBe(0);
    emitter.emit('message', 'a');
    expect(seen).toEqual([]);
    await manager.close();
  });

  it('twice, if the only receiver leaves and another comes before the emitter adds the listener', () => {
    fromEmitter(emitter, 'message', received, textOf);
    const seen: string[] = [];
    emitter.once('newListener', () => {
      manager.disconnectAll(received);
      received.connect(({ text }) => void seen.push(text));
    });
    received.connect(silent);
    expect(listeners()).toBe(1);
    emitter.emit('message', 'a');
    expect(seen).toEqual(['a']);
  });

  it('for events that the emitter emits while it is disposed', () => {
    let listener: ((text: string) => void) | undefined;
    const on = (_event: string, given: (text: string) => void): void => {
      listener = given;
      source[DISPOSE]();
      given('after its end');
    };
    const source: Disposable = fromEmitter({ on, off: () => (listener = undefined) }, 'message', received, textOf);
    const seen = texts();
    expect([listener, seen]).toEqual([undefined, []]);
  });

  it('and the state of the signal goes with it', () => {
    const named = manager.signal<Text>('named');
    const source = fromEmitter(emitter, 'message', named, textOf);
    expect(String(named)).toBe('Signal "named" (0 receivers)');
    source[DISPOSE]();
    expect(String(manager)).toBe('SignalManager "chat" (0 signals, 0 receivers)');
  });
});

describe('an emitter that changes what is heard, and then fails', () => {
  const failure = new Error('after a change');

  it('is listened to again when the signal is heard again (X5)', () => {
    emitter.once('newListener', () => {
      manager.disconnectAll(received);
      throw failure;
    });
    fromEmitter(emitter, 'message', received, textOf);
    received.connect(silent);
    const seen = texts();
    emitter.emit('message', 'heard');
    expect([seen, listeners()]).toEqual([['heard'], 1]);
  });

  it('keeps no listener of a feed that it disposes (X5)', () => {
    const source: { feed?: Disposable } = {};
    const on = emitter.on.bind(emitter);
    const hostile = Object.assign(emitter, {
      on(event: string, listener: () => void) {
        on(event, listener);
        source.feed?.[DISPOSE]();
        throw failure;
      },
    });
    source.feed = fromEmitter(hostile, 'message', received, textOf);
    received.connect(silent);
    expect([listeners(), reports.map(([error]) => error)]).toEqual([0, [failure]]);
  });
});

describe('an emitter that fails', () => {
  const failure = new Error('no listeners here');
  const failing = (verb: 'on' | 'off') =>
    Object.assign(new EventEmitter(), {
      [verb]: () => {
        throw failure;
      },
    });

  it('throws at the call of fromEmitter, and leaves nothing attached', () => {
    texts();
    const { signal: abortSignal } = new AbortController();
    expect(errorOf(() => fromEmitter(failing('on'), 'message', received, textOf, { abortSignal }))).toBe(failure);
    received.connect(silent);
    expect([reports, getEventListeners(abortSignal, 'abort')]).toEqual([[], []]);
  });

  it('is reported to onError later, and the connect succeeds', () => {
    fromEmitter(failing('on'), 'message', received, textOf);
    const connection = received.connect(silent);
    expect(connection.connected).toBe(true);
    expect(reports).toEqual([[failure, 'fromEmitter', received]]);
  });

  it('throws at the dispose, and is reported after a disconnect', () => {
    const source = fromEmitter(failing('off'), 'message', received, textOf);
    const connection = received.connect(silent);
    expect(errorOf(() => source[DISPOSE]())).toBe(failure);
    connection.disconnect();
    expect(reports).toEqual([]);
    fromEmitter(failing('off'), 'message', received, textOf);
    received.connect(silent).disconnect();
    expect(reports).toEqual([[failure, 'fromEmitter', received]]);
  });
});

describe('a bad argument of fromEmitter', () => {
  const call = fromEmitter as (...args: unknown[]) => unknown;

  it.each([
    [
      'no emitter',
      () => call({ on: silent }, 'x', received, textOf),
      'Expected `emitter` to be an EventTarget, or an object with `on` and `off`, got object',
    ],
    ['undefined', () => call(undefined, 'x', received, textOf), 'Expected `emitter` to be an EventTarget'],
    ['a number as event', () => call(emitter, 1, received, textOf), 'Expected `event` to be a string or a symbol'],
    [
      'a symbol as event of an EventTarget',
      () => call(new EventTarget(), Symbol('x'), received, textOf),
      'Expected `event` to be a string, got Symbol(x)',
    ],
    ['a token', () => call(emitter, 'x', Symbol('s'), textOf), 'Expected `signal` to be a Signal, got Symbol(s)'],
    [
      'a meta signal',
      () => call(emitter, 'x', RECEIVER_CONNECTED, textOf),
      'Expected `signal` to be none of the meta signals',
    ],
    ['no kwargsOf', () => call(emitter, 'x', received), 'Expected `kwargsOf` to be a function, got undefined'],
    ['an unknown option', () => call(emitter, 'x', received, textOf, { once: true }), 'Unknown option `once`'],
    ['null as options', () => call(emitter, 'x', received, textOf, null), 'Expected `options` to be an object'],
    [
      'a number as always',
      () => call(emitter, 'x', received, textOf, { always: 1 }),
      'Expected `always` to be a boolean, got number 1',
    ],
    [
      'a bad abortSignal',
      () => call(emitter, 'x', received, textOf, { abortSignal: {} }),
      'Expected `abortSignal` to be an AbortSignal, got object',
    ],
  ])('%s is a TypeError that names it', (_what, wrong, message) => {
    received.connect(silent);
    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(message);
    expect(emitter.eventNames()).toEqual([]);
  });

  it('is refused by a closed manager', async () => {
    await manager.close();
    expect(errorOf(() => fromEmitter(emitter, 'x', received, textOf))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });
});
