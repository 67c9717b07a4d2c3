import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ANY,
  RECEIVER_CONNECTED,
  type Receiver,
  type SendResult,
  type SendWatch,
  type SendWatcher,
  Signal,
  SignalManager,
  type WatchedSend,
} from '../src/index.js';
import { attachFar } from '../src/far/index.js';
import { Elsewhere, farResult, noAnswer } from './helpers/elsewhere.js';
import { deferred, flush, rejectionOf } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';
import { verbs } from './helpers/verbs.js';
import { Watched } from './helpers/watching.js';

const signal = Symbol('saved');
const failure = new Error('receiver failed');

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  jest.useRealTimers();
  // An unhandled rejection fails the test that is running.
  await flush();
});

function setUp() {
  const onError = jest.fn();
  return { onError, manager: new SignalManager({ onError }), watched: new Watched() };
}

/** The kind of each verb in `verbs`. */
const kindOf = (verb: string): string =>
  verb.startsWith('send with')
    ? 'send'
    : verb === 'sendSerial'
      ? 'serial'
      : verb === 'sendSync'
        ? 'sync'
        : verb === 'send'
          ? 'send'
          : 'emit';

describe('onSend', () => {
  it.each(verbs)('is called once for a %s, before any receiver (W2, W4)', async (verb, send) => {
    const { manager, watched } = setUp();
    manager.connect(() => watched.note('receiver'), signal);
    manager.watch(watched.watcher());
    await send(manager, signal, { key: 'a', sender: 'me' });
    expect(watched.take().map((each) => each.slice(0, 2).join(' '))).toEqual([
      'watch onSend',
      'watch run',
      'watch call',
      'receiver',
      'watch call',
      'watch onResult',
      ...(verb === 'sendSerial' ? ['watch run', 'watch onEnd'] : ['watch onEnd', 'watch run']),
    ]);
    const [
      { kind, origin, signal: sent, signalName, manager: of, receivers, queues, peers, trace } = {} as WatchedSend,
    ] = watched.sends;
    expect({ kind, origin, sent, signalName, of, receivers, queues, peers, trace }).toEqual({
      ...{ kind: kindOf(verb), origin: 'local', sent: signal, signalName: 'saved', of: manager },
      ...{ receivers: 1, queues: 0, peers: [], trace: undefined },
    });
    expect([...(watched.sends[0]?.context.keys ?? [])]).toEqual(['a']);
    expect(watched.sends).toHaveLength(1);
  });

  it.each(verbs)('is called for a %s that calls nobody, also a muted one (W2)', async (_verb, send) => {
    const { manager, watched } = setUp();
    manager.watch(watched.watcher());
    await send(manager, signal);
    const named = new Signal({ manager, name: 'named' });
    await send(manager, named);
    await send(manager, named);
    manager.connect(jest.fn(), signal);
    attachFar(manager, signal, new Elsewhere());
    const muted = manager.mute();
    await send(manager, signal);
    muted[Symbol.dispose]();
    expect(watched.sends.map(({ signalName, receivers, peers }) => [signalName, receivers, peers])).toEqual([
      ['saved', 0, []],
      ['named', 0, []],
      ['named', 0, []],
      ['saved', 0, []],
    ]);
    expect(watched.take().filter(([, method]) => method === 'onEnd')).toHaveLength(4);
  });

  it.each(verbs)(
    'names the signal of a %s that was emitted to nobody before the watch began (W2)',
    async (_verb, send) => {
      const { manager, watched } = setUp();
      const named = new Signal({ manager, name: 'named' });
      named.emit({});
      manager.watch(watched.watcher());
      await send(manager, named);
      expect(watched.sends.map(({ signalName, signal: sent }) => [signalName, sent === named])).toEqual([
        ['named', true],
      ]);
    },
  );

  it.each(verbs)(
    'that connects or disconnects receivers: a %s calls those that were chosen (W2, R15)',
    async (_verb, send) => {
      const { manager } = setUp();
      const [first, second, late] = [jest.fn(), jest.fn(), jest.fn()];
      manager.connect(first, signal);
      manager.connect(second, signal);
      for (const watch of [undefined, {}]) {
        const watching = manager.watch({
          onSend: () => {
            manager.connect(late, signal);
            manager.disconnect(second, signal);
            return watch;
          },
        });
        await send(manager, signal);
        await send(manager, signal, { key: 'a' });
        watching[Symbol.dispose]();
        manager.disconnect(late, signal);
        manager.connect(second, signal);
      }
      expect([first, second, late].map((each) => each.mock.calls.length)).toEqual([4, 0, 2]);
    },
  );

  it('is called when an emitAfter falls due (W2)', async () => {
    const { manager, watched } = setUp();
    manager.watch(watched.watcher());
    manager.emitAfter(5, signal);
    await jest.advanceTimersByTimeAsync(4);
    expect(watched.sends).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(watched.sends).toHaveLength(1);
  });

  it('counts the receivers that the send calls, each once, those of ANY included (W2)', () => {
    const { manager, watched } = setUp();
    const both = jest.fn();
    manager.connect(both, signal, { keys: ['a', 'b'] });
    manager.connect(both, ANY);
    manager.connect(jest.fn(), signal, { key: 'c' });
    manager.connect(jest.fn(), signal, { once: true });
    manager.connect(jest.fn(), signal).disconnect();
    manager.watch(watched.watcher());
    manager.emit(signal, {}, { keys: ['a', 'b'] });
    manager.emit(signal);
    expect(watched.sends.map(({ receivers }) => receivers)).toEqual([2, 1]);
    expect(both).toHaveBeenCalledTimes(2);
  });

  it.each(['watched', 'not watched'])('gives the frozen kwargs of a send without kwargs, %s (W2, R10)', async (how) => {
    const { manager, watched } = setUp();
    const receiver = jest.fn();
    const named = manager.signal('named');
    named.connect(receiver);
    if (how === 'watched') manager.watch(watched.watcher());
    named.emit();
    expect(await named.send()).toEqual([fulfilled(receiver, undefined)]);
    const given = receiver.mock.calls.map(([kwargs]) => kwargs);
    expect(given).toEqual([{}, {}]);
    expect(given.every(Object.isFrozen)).toBe(true);
    expect(watched.sends.map(({ kwargs }) => kwargs)).toEqual(how === 'watched' ? given : []);
    expect(() => named.emit(null as never)).toThrow('`kwargs` to be an object, got null');
  });

  it('gives the object that the receivers get, with the defaults of the signal (W2)', () => {
    const { manager, watched } = setUp();
    const receiver = jest.fn();
    const declared = new Signal({ manager, defaults: { a: 1, b: 2 } });
    declared.connect(receiver);
    manager.watch(watched.watcher());
    declared.emit({ b: 3 });
    expect(watched.sends[0]?.kwargs).toEqual({ a: 1, b: 3 });
    expect(receiver.mock.calls[0]?.[0]).toBe(watched.sends[0]?.kwargs);
  });

  it.each<[string, symbol | object]>([
    ['saved', Symbol('saved')],
    ['(unnamed)', Symbol('')],
    ['(unnamed)', {}],
    ['orders', new Signal({ name: 'orders' })],
    ['(unnamed)', new Signal()],
    ['token', function token() {}],
    [
      '(unnamed)',
      Object.defineProperty(() => undefined, 'name', {
        get: () => {
          throw failure;
        },
      }),
    ],
  ])('names the signal %j', (name, token) => {
    const { manager, watched } = setUp();
    manager.watch(watched.watcher());
    manager.emit(token);
    expect(watched.sends.map(({ signalName }) => signalName)).toEqual([name]);
  });

  it('does not see reports of connections, late deliveries of a sticky signal, and sends that are refused (W3)', async () => {
    const { manager, watched } = setUp();
    const sticky = new Signal<{ n?: number }>({ manager, sticky: true });
    const declared = new Signal({ manager, defaults: { a: 1 } });
    sticky.emit({ n: 1 });
    manager.connect(jest.fn(), RECEIVER_CONNECTED);
    manager.watch(watched.watcher());
    const late = jest.fn();
    sticky.connect(late);
    expect(late).toHaveBeenCalledTimes(1);
    for (const [, send] of verbs) {
      await expect(async () => send(manager, ANY)).rejects.toThrow(TypeError);
      await expect(async () => send(manager, signal, { expected: 5 as never })).rejects.toThrow(TypeError);
      await expect(async () => send(manager, signal, { wrong: 5 } as never)).rejects.toThrow(TypeError);
    }
    expect(() => declared.emit({ b: 2 } as never)).toThrow(TypeError);
    await manager.close();
    expect(() => manager.emit(signal)).toThrow('closed');
    expect(watched.log).toEqual([]);
  });

  it('sees waits and streams fed inside `run`, and no result of them (W5, W11)', async () => {
    const { manager, watched } = setUp();
    const where = (): boolean => {
      watched.note('where');
      return true;
    };
    const waiting = manager.wait(signal, { where });
    manager.watch(watched.watcher());
    manager.emit(signal);
    await waiting;
    expect(watched.take()).toEqual([
      ['watch', 'onSend', 'emit'],
      ['watch', 'run'],
      ['where'],
      ['watch', 'onEnd'],
      ['watch', 'run', 'over'],
    ]);
  });
});

describe('run and call', () => {
  it('enter AsyncLocalStorage stores, which later receivers of a serial send and the receiver itself see (W5)', async () => {
    const { manager } = setUp();
    const [ofRun, ofCall] = [new AsyncLocalStorage<string>(), new AsyncLocalStorage<string>()];
    const seen: unknown[] = [];
    const receiver = async (): Promise<void> => {
      seen.push([ofRun.getStore(), ofCall.getStore()]);
      await Promise.resolve();
      seen.push([ofRun.getStore(), ofCall.getStore()]);
    };
    manager.connect(receiver, signal);
    manager.connect(function second() {
      seen.push(['second', ofRun.getStore(), ofCall.getStore()]);
    }, signal);
    const stream = manager.stream(signal, { where: () => seen.push(['where', ofRun.getStore()]) > 0 });
    manager.watch({
      onSend: () => ({
        run: (go) => ofRun.run('run', go),
        call: ({ name }, go) => ofCall.run(name, go),
      }),
    });
    const expected = [
      ['where', 'run'],
      ['run', 'receiver'],
      ['run', 'receiver'],
      ['second', 'run', 'second'],
    ];
    await manager.sendSerial(signal);
    expect(seen.splice(0)).toEqual(expected);
    await manager.send(signal);
    expect(seen).toEqual([expected[0], expected[1], expected[3], expected[2]]);
    await stream.return?.();
  });

  it.each(verbs)(
    'of a %s may return anything; a second `go` calls nobody, and repeats the first outcome (W6)',
    async (_verb, send) => {
      const { manager, onError } = setUp();
      const receiver = jest.fn(() => 'value');
      manager.connect(receiver, signal);
      const outcomes: unknown[] = [];
      const before = await send(manager, signal);
      manager.watch({
        onSend: () => ({
          run: (go) => {
            const first = go();
            outcomes.push(go() === first);
            return 'other';
          },
          call: (_receiver, go) => {
            outcomes.push(go(), go());
            return Promise.reject(failure);
          },
        }),
      });
      expect(await send(manager, signal)).toEqual(before);
      expect(receiver).toHaveBeenCalledTimes(2);
      expect(outcomes).toEqual(['value', 'value', true]);
      expect(onError).not.toHaveBeenCalled();
    },
  );

  it('repeat an error, too, and do nothing with a late `go` (W6)', () => {
    const { manager } = setUp();
    const fails = jest.fn(() => {
      throw failure;
    });
    manager.connect(fails, signal);
    const seen: unknown[] = [];
    const late: (() => unknown)[] = [];
    manager.watch({
      onSend: () => ({
        run: (go) => {
          late.push(go);
          go();
        },
        call: (_receiver, go) => {
          late.push(go);
          for (let i = 0; i < 2; i++) {
            try {
              go();
            } catch (error) {
              seen.push(error);
            }
          }
        },
      }),
    });
    expect(manager.sendSync(signal)).toEqual([rejected(fails, failure)]);
    expect(seen).toEqual([failure, failure]);
    expect(late.map((go) => go())).toEqual([undefined, undefined]);
    expect(fails).toHaveBeenCalledTimes(1);
  });

  it('get undefined of a `go` inside `go` (W6)', () => {
    const { manager } = setUp();
    const gos: (() => unknown)[] = [];
    const receiver = jest.fn(() => gos.map((go) => go()));
    manager.connect(receiver, signal);
    const keep = (go: () => unknown): unknown => {
      gos.push(go);
      return go();
    };
    manager.watch({ onSend: () => ({ run: keep, call: (_receiver, go) => keep(go) }) });
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, [undefined, undefined])]);
  });

  const swallowing: [string, (go: () => unknown) => unknown][] = [
    [
      'throws before it calls `go`',
      () => {
        throw new Error('watcher failed');
      },
    ],
    ['returns without calling `go`', () => undefined],
    ['rejects without calling `go`', () => Promise.reject(new Error('watcher failed'))],
    ['calls `go` too late', (go) => void Promise.resolve().then(go)],
  ];
  describe.each(swallowing)('that %s', (_what, method) => {
    it.each(verbs)('swallow no %s (W7, W9)', async (_verb, send) => {
      const { manager, onError } = setUp();
      const [first, second] = [jest.fn(() => 1), jest.fn(() => Promise.resolve(2))];
      manager.connect(first, signal);
      manager.connect(second, signal);
      const results = await send(manager, signal);
      onError.mockClear();
      const watch: SendWatch = { run: method, call: (_receiver, go) => method(go) };
      manager.watch({ onSend: () => watch });
      expect(await send(manager, signal)).toEqual(results);
      await flush();
      expect([first, second].map((each) => each.mock.calls.length)).toEqual([2, 2]);
      const reports = onError.mock.calls.filter(([, report]) => (report as { source: string }).source === 'watcher');
      expect(reports.map(([, report]) => report)).toEqual([
        { signal, source: 'watcher', receiver: watch.run, sender: undefined },
        { signal, source: 'watcher', receiver: watch.call, sender: undefined },
      ]);
    });
  });
});

describe('errors of watchers (W9)', () => {
  const broken = (): SendWatch => ({
    run: (go) => {
      go();
      throw new Error('run');
    },
    call: (_receiver, go) => {
      go();
      throw new Error('call');
    },
    trace: () => {
      throw new Error('trace');
    },
    onResult: () => {
      throw new Error('onResult');
    },
    onEnd: () => Promise.reject(new Error('onEnd')) as never,
  });

  it('go to onError once per watch call and method, and the watcher stays', async () => {
    const { manager, onError } = setUp();
    manager.connect(() => 1, signal);
    const far = new Elsewhere();
    far.silent = true;
    attachFar(manager, signal, far);
    let onSends = 0;
    const watcher = {
      onSend: () => {
        onSends += 1;
        return broken();
      },
    };
    manager.watch(watcher);
    manager.emit(signal);
    manager.emit(signal, {}, { sender: 'me' });
    await flush();
    const reported = onError.mock.calls.map(([error, report]) => [
      (error as Error).message,
      (report as { receiver: Receiver }).receiver.name,
    ]);
    expect(reported).toEqual(['trace', 'call', 'onResult', 'run', 'onEnd'].map((name) => [name, name]));
    expect(onSends).toBe(2);
    manager.watch(watcher);
    manager.emit(signal);
    await flush();
    expect(onError).toHaveBeenCalledTimes(10);
  });

  it('thrown by onSend leave the send alone', () => {
    const { manager, onError } = setUp();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    const onSend = (): never => {
      throw failure;
    };
    manager.watch({ onSend });
    manager.emit(signal, {}, { sender: 'me' });
    manager.emit(signal);
    expect(receiver).toHaveBeenCalledTimes(2);
    expect(onError.mock.calls).toEqual([[failure, { signal, source: 'watcher', receiver: onSend, sender: 'me' }]]);
  });

  it('are not those that come out of `go`', () => {
    const { manager, onError } = setUp();
    const fails: Receiver = () => {
      throw failure;
    };
    manager.connect(fails, signal);
    manager.watch({ onSend: () => ({ run: (go) => go(), call: (_receiver, go) => go() }) });
    const until = (): never => {
      throw new Error('until');
    };
    expect(() => manager.sendSync(signal, {}, { until })).toThrow('until');
    expect(onError.mock.calls).toEqual([[failure, { signal, source: 'receiver', receiver: fails, sender: undefined }]]);
  });

  it('are printed with the name of the method', () => {
    const print = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const manager = new SignalManager();
    manager.watch({
      onSend() {
        throw failure;
      },
    });
    manager.emit(signal);
    expect(print.mock.calls).toEqual([['Watcher method onSend of signal Symbol(saved) failed:', failure]]);
    print.mockRestore();
  });

  it.each(['run', 'call', 'onResult', 'onEnd'] as const)('include a `%s` that cannot be read', (name) => {
    const { manager, onError } = setUp();
    const receiver = jest.fn(() => 1);
    manager.connect(receiver, signal);
    let reads = 0;
    const watch = Object.defineProperty({}, name, {
      get: () => {
        reads += 1;
        // The first read of `run` and `call` only asks whether there are any.
        if (reads > 1 || name === 'onResult' || name === 'onEnd') throw failure;
        return (go: () => unknown) => go();
      },
    });
    manager.watch({ onSend: () => watch });
    expect(manager.sendSync(signal)).toEqual([fulfilled(receiver, 1)]);
    const reported = onError.mock.calls.map(([error, report]) => {
      const { source, receiver: method } = report as { source: string; receiver: Receiver };
      return [error, source, method.name];
    });
    expect(reported).toEqual([[failure, 'watcher', name]]);
  });

  it('include members that are no functions, or cannot be read', () => {
    const { manager, onError } = setUp();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    manager.watch({ onSend: () => ({ run: 5, onEnd: 'no' }) as never });
    manager.watch({
      onSend: () =>
        Object.defineProperty({}, 'call', {
          get: () => {
            throw failure;
          },
        }),
    });
    manager.emit(signal);
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(onError).toHaveBeenCalledTimes(3);
  });
});

describe('several watchers (W10)', () => {
  it('nest in the order of their watch calls, the first one outermost', () => {
    const { manager, watched } = setUp();
    manager.connect(function receiver() {}, signal);
    const twice = watched.watcher('a');
    manager.watch(twice);
    manager.watch({ onSend: () => undefined });
    manager.watch(watched.watcher('b'));
    manager.watch(twice);
    manager.sendSync(signal);
    const order = watched.take().map((each) => each.filter((what) => typeof what === 'string').join(' '));
    expect(order).toEqual([
      ...['a onSend sync', 'b onSend sync', 'a onSend sync', 'a run', 'b run', 'a run'],
      ...['a call receiver', 'b call receiver', 'a call receiver'],
      ...['a call receiver over', 'b call receiver over', 'a call receiver over'],
      ...['a onResult', 'b onResult', 'a onResult', 'a onEnd', 'b onEnd', 'a onEnd'],
      ...['a run over', 'b run over', 'a run over'],
    ]);
  });

  it('watch until each is disposed, disposing twice does nothing', () => {
    const { manager, watched } = setUp();
    const watcher = watched.watcher();
    const [first, second] = [manager.watch(watcher), manager.watch(watcher)];
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    manager.emit(signal);
    expect(watched.sends).toHaveLength(1);
    second[Symbol.dispose]();
    manager.emit(signal);
    expect(watched.sends).toHaveLength(1);
  });
});

describe('onResult and onEnd', () => {
  const slow = deferred<string>();
  const receivers: Receiver[] = [
    function sync() {
      return 'sync';
    },
    function later() {
      return slow.promise;
    },
    function throws() {
      throw failure;
    },
  ];

  it.each([
    ['send', {}],
    ['send', { timeoutMs: 1_000 }],
  ] as const)(
    'of a %s with %j get each result as soon as it is known, the object that the send returns (W11, W12)',
    async (_verb, options) => {
      const { manager, watched } = setUp();
      const gate = deferred<string>();
      const later = (): Promise<string> => gate.promise;
      for (const each of [receivers[0], later, receivers[2]] as Receiver[]) manager.connect(each, signal);
      manager.watch(watched.watcher('watch', { call: undefined as never }));
      const sent = manager.send(signal, {}, { ...options, expected: [Error] });
      const early = watched.take().filter(([, method]) => method !== 'run');
      expect(early).toEqual([
        ['watch', 'onSend', 'send'],
        ['watch', 'onResult', fulfilled(receivers[0] as Receiver, 'sync'), false],
        ['watch', 'onResult', rejected(receivers[2] as Receiver, failure), true],
      ]);
      gate.resolve('late');
      const results = await sent;
      const late = watched.take();
      expect(late).toEqual([
        ['watch', 'onResult', fulfilled(later, 'late'), false],
        ['watch', 'onEnd'],
      ]);
      const told = [...early.slice(1), late[0] as unknown[]].map(([, , result]) => result);
      expect(told.every((result) => results.includes(result as SendResult))).toBe(true);
    },
  );

  it.each(verbs)('of a %s get one result per receiver, then the end (W11, W12)', async (_verb, send) => {
    const { manager, watched } = setUp();
    const [value, thrown, late] = [() => 1, receivers[2] as Receiver, () => Promise.reject(failure)];
    for (const each of [value, thrown, late]) manager.connect(each, signal);
    manager.connect(value, ANY);
    manager.watch(watched.watcher());
    const results = await send(manager, signal, { expected: [TypeError] });
    await flush();
    const told = watched.take().filter(([, method]) => method === 'onResult' || method === 'onEnd');
    expect(told.map(([, method]) => method)).toEqual(['onResult', 'onResult', 'onResult', 'onEnd']);
    if (Array.isArray(results)) {
      expect(told.slice(0, 3).map(([, , result]) => results.indexOf(result))).toEqual([0, 1, 2]);
    }
    expect(told.slice(0, 3).map(([, , , expected]) => expected)).toEqual([false, false, false]);
  });

  it('end before the verb returns if all receivers are sync, unless it is a sendSerial (W12)', async () => {
    const { manager, watched } = setUp();
    manager.connect(() => 1, signal);
    manager.watch({ onSend: ({ kind }) => ({ onEnd: () => watched.note(kind) }) });
    const { signal: abortSignal } = new AbortController();
    manager.emit(signal);
    manager.sendSync(signal);
    void manager.send(signal);
    void manager.send(signal, {}, { timeoutMs: 5, abortSignal });
    const serial = manager.sendSerial(signal);
    expect(watched.take()).toEqual([['emit'], ['sync'], ['send'], ['send']]);
    await serial;
    expect(watched.take()).toEqual([['serial']]);
  });

  it('hear nothing more of a receiver after its time-out, or an abort (W12)', async () => {
    const { manager, watched, onError } = setUp();
    const gates = [deferred<number>(), deferred<number>()];
    for (const gate of gates) manager.connect(() => gate.promise, signal);
    manager.watch({
      onSend: () => ({
        onResult: (result) => {
          watched.note(result.status);
        },
        onEnd: () => {
          watched.note('end');
        },
      }),
    });
    const sent = manager.send(signal, {}, { timeoutMs: 5 });
    await jest.advanceTimersByTimeAsync(5);
    await sent;
    const controller = new AbortController();
    const aborted = manager.send(signal, {}, { abortSignal: controller.signal });
    controller.abort(new Error('stop'));
    await aborted;
    const end = [['rejected'], ['rejected'], ['end']];
    expect(watched.take()).toEqual([...end, ...end]);
    gates[0]?.resolve(1);
    gates[1]?.reject(failure);
    await flush();
    expect(watched.log).toEqual([]);
    expect(onError).toHaveBeenCalled();
  });

  it('get the results of receivers that an aborted send has not called (W11)', async () => {
    const { manager, watched } = setUp();
    manager.connect(() => 1, signal);
    manager.connect(() => 2, signal);
    manager.watch(watched.watcher());
    const results = await manager.send(signal, {}, { abortSignal: AbortSignal.abort(failure) });
    const told = watched.take().filter(([, method]) => method === 'onResult');
    expect(told.map(([, , result]) => result)).toEqual(results);
    expect(results).toHaveLength(2);
  });

  it.each(['sendSync', 'sendSerial'] as const)(
    'get the failure of the send itself: `until` of %s threw (W12)',
    async (verb) => {
      const { manager, watched } = setUp();
      manager.connect(() => 1, signal);
      manager.watch(watched.watcher());
      const until = (): never => {
        throw failure;
      };
      expect(await rejectionOf((async () => manager[verb](signal, {}, { until }))())).toBe(failure);
      expect(watched.take().filter(([, method]) => method === 'onEnd')).toEqual([
        ['watch', 'onEnd', { error: failure }],
      ]);
    },
  );

  it('get the failure of sends that are nested too deep, once each (W12, R25)', () => {
    const { manager, onError } = setUp();
    const failures: unknown[] = [];
    const receiver = jest.fn(() => manager.emit(signal));
    manager.connect(receiver, signal);
    let sends = 0;
    const ends: number[] = [];
    manager.watch({
      onSend: () => {
        const number = sends++;
        return {
          onEnd: (ended) => {
            ends.push(number);
            failures.push((ended?.error as Error | undefined)?.name);
          },
        };
      },
    });
    expect(() => manager.emit(signal)).toThrow('nested');
    expect(new Set(failures)).toEqual(new Set(['SendDepthError']));
    expect(ends).toHaveLength(sends);
    expect(new Set(ends).size).toBe(sends);
    expect(onError).not.toHaveBeenCalled();
    receiver.mockReset();
    expect(manager.sendSync(signal)).toHaveLength(1);
  });
});

describe('a watcher that uses its manager', () => {
  const methods = ['onSend', 'run', 'call', 'onResult', 'onEnd'] as const;

  /** A watcher that calls `act` in this method. */
  const acting = (method: (typeof methods)[number], act: () => void): SendWatcher => {
    const at = (name: string): void => {
      if (name === method) act();
    };
    return {
      onSend: () => {
        at('onSend');
        return {
          run: (go) => {
            at('run');
            return go();
          },
          call: (_receiver, go) => {
            at('call');
            return go();
          },
          onResult: () => at('onResult'),
          onEnd: () => at('onEnd'),
        };
      },
    };
  };

  it.each(methods)('loses nothing of the send if it closes it in `%s` (R23, W8)', async (method) => {
    const { manager } = setUp();
    const [first, second] = [jest.fn(() => Promise.resolve(1)), jest.fn(() => 2)];
    manager.connect(first, signal);
    manager.connect(second, signal);
    let closing: Promise<void> | undefined;
    manager.watch(acting(method, () => void (closing ??= manager.close())));
    expect(await manager.sendSerial(signal)).toEqual([fulfilled(first, 1), fulfilled(second, 2)]);
    await closing;
  });

  it('waits with a `close` in `onSend` for a send without options (R23, W17)', async () => {
    const { manager, watched } = setUp();
    const gate = deferred<number>();
    const receiver = (): Promise<number> => gate.promise;
    manager.connect(receiver, signal);
    let closing: Promise<void> | undefined;
    manager.watch(acting('onSend', () => void (closing ??= manager.close().then(() => watched.note('closed')))));
    const sent = manager.send(signal);
    await flush();
    expect(manager.receivers(signal)).toEqual([receiver]);
    gate.resolve(1);
    expect(await sent).toEqual([fulfilled(receiver, 1)]);
    await closing;
    expect(watched.take()).toEqual([['closed']]);
  });

  it.each(methods)(
    'ends in bounded time if it sends in `%s` what it watches, and its sender hears of it (R25)',
    (method) => {
      const { manager, onError } = setUp();
      let calls = 0;
      manager.connect(() => 1, signal);
      manager.watch(
        acting(method, () => {
          calls += 1;
          if (calls > 2_000) throw new Error('without end');
          for (let i = 0; i < 2; i++) manager.emit(signal);
        }),
      );
      expect(() => manager.emit(signal)).toThrow('nested');
      expect(calls).toBeLessThan(1_100);
      expect(onError).not.toHaveBeenCalled();
      expect(manager.pending).toBe(0);
    },
  );

  it('leaves the depth that sends may have as it is (W8, R25)', () => {
    const { manager } = setUp();
    let depth = 0;
    manager.connect(() => {
      depth += 1;
      if (depth < 300) manager.emit(signal);
    }, signal);
    manager.watch({ onSend: () => undefined }); // one that watches more would need more of the stack
    manager.emit(signal);
    expect(depth).toBe(300);
  });
});

describe('a watch that changes during a send (W13)', () => {
  it('sees the next send if it starts', async () => {
    const { manager, watched } = setUp();
    const gate = deferred<number>();
    manager.connect(
      () => {
        manager.watch(watched.watcher('inner'));
        return gate.promise;
      },
      signal,
      { once: true },
    );
    manager.watch({ onSend: () => undefined });
    const sent = manager.send(signal);
    gate.resolve(1);
    await sent;
    expect(watched.log).toEqual([]);
    manager.emit(signal);
    expect(watched.log).not.toEqual([]);
  });

  it.each(['onSend', 'run', 'receiver'])('gets only results and the end if it is disposed in %s', async (where) => {
    const { manager, watched } = setUp();
    const dispose = (at: string): void => {
      if (at === where) watching[Symbol.dispose]();
    };
    manager.connect(function first() {
      dispose('receiver');
      return Promise.resolve(1);
    }, signal);
    manager.connect(function second() {
      manager.emit(Symbol('inner'));
    }, signal);
    const { onSend } = watched.watcher('watch', {
      run: (go) => {
        watched.note('watch', 'run');
        dispose('run');
        go();
      },
      trace: () => {
        watched.note('watch', 'trace');
        return undefined;
      },
    });
    const far = new Elsewhere();
    attachFar(manager, signal, far);
    const watching = manager.watch({
      onSend: (send) => {
        dispose('onSend');
        return onSend?.(send);
      },
    });
    const sent = manager.send(signal);
    far.answer(farResult('far', 1));
    await sent;
    const methods = watched.take().map(([, method, name]) => (method === 'call' ? `call ${String(name)}` : method));
    expect(methods).toEqual([
      'onSend',
      ...(where === 'onSend' ? [] : ['run']),
      ...(where === 'receiver' ? ['trace', 'call first', 'call first'] : []),
      ...['onResult', 'onResult', 'onResult', 'onEnd'],
    ]);
    manager.emit(signal);
    expect(watched.log).toEqual([]);
  });
});

describe('remote receivers', () => {
  it('are in `peers`; their results are told as they arrive, with the objects that the send returns (W2, W11)', async () => {
    const { manager, watched } = setUp();
    const [near, far] = [new Elsewhere({ a: 'everything', b: 'filtered' }), new Elsewhere({ c: 'everything' })];
    for (const each of [near, far]) attachFar(manager, signal, each);
    const receiver = (): string => 'here';
    manager.connect(receiver, signal);
    manager.watch(watched.watcher());
    const sent = manager.send(signal, {}, { expected: [RangeError] });
    expect(watched.sends.map(({ peers, receivers, origin }) => [peers, receivers, origin])).toEqual([
      [['a', 'c'], 1, 'local'],
    ]);
    expect(watched.take().filter(([, method]) => method === 'onResult')).toHaveLength(1);
    const reason = Object.defineProperty(new Error('too much'), 'name', { value: 'RangeError' });
    const [early, late] = [farResult('c', 1), { ...farResult('a', 2), status: 'rejected', reason } as never];
    far.started[0]?.onResult?.(early);
    expect(watched.take()).toEqual([['watch', 'onResult', early, false]]);
    far.answer(early);
    await flush();
    expect(watched.log).toEqual([]);
    near.answer(late);
    const results = await sent;
    expect(watched.take()).toEqual([
      ['watch', 'onResult', late, true],
      ['watch', 'onEnd'],
    ]);
    expect(results).toEqual([fulfilled(receiver, 'here'), late, early]);
  });

  it('may fail with an error whose name cannot be read (W8)', async () => {
    const { manager, watched } = setUp();
    const far = new Elsewhere();
    attachFar(manager, signal, far);
    manager.watch(watched.watcher());
    const reason = Object.defineProperty(new Error(), 'name', {
      get: () => {
        throw failure;
      },
    });
    const sent = manager.send(signal, {}, { expected: [RangeError] });
    const result = noAnswer('far', reason);
    far.answer(result);
    expect(await sent).toEqual([result]);
    expect(watched.take()).toContainEqual(['watch', 'onResult', result, false]);
  });

  it('that a sendSync and a durable send do not go to are not in `peers` (W2)', async () => {
    const { manager, watched } = setUp();
    attachFar(manager, signal, new Elsewhere());
    const stored = Symbol('stored');
    const store = Object.assign(new Elsewhere({ engine: 'everything' }), { stores: true, silent: true });
    attachFar(manager, stored, store);
    manager.watch(watched.watcher());
    manager.sendSync(signal);
    manager.emit(stored);
    expect(watched.sends.map(({ peers }) => peers)).toEqual([[], []]);
    expect(store.started).toHaveLength(1);
  });

  it('kwargs that cannot cross are a failure of the send itself, and nobody is called (W8, W12)', async () => {
    const { manager, watched } = setUp();
    const far = new Elsewhere();
    far.refusal = failure;
    attachFar(manager, signal, far);
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    manager.watch(watched.watcher());
    expect(await rejectionOf(manager.send(signal))).toBe(failure);
    expect(() => manager.emit(signal)).toThrow(failure);
    expect(receiver).not.toHaveBeenCalled();
    expect(watched.take().filter(([, method]) => method === 'onEnd')).toEqual([
      ['watch', 'onEnd', { error: failure }],
      ['watch', 'onEnd', { error: failure }],
    ]);
  });

  it.each([
    ['send', 'send'],
    ['serial', 'serial'],
    ['emit', 'emit'],
  ] as const)('a delivery of a %s is remote and goes no further (W2, W4)', async (kind, verb) => {
    const { manager, watched } = setUp();
    const far = new Elsewhere();
    const attached = attachFar(manager, signal, far);
    const receiver = (): number => 1;
    manager.connect(receiver, signal);
    manager.watch(watched.watcher('watch', { call: undefined as never }));
    if (kind === 'send') await attached.deliver({ kwargs: { n: 1 } });
    else if (kind === 'serial') await attached.deliverSerially({ kwargs: { n: 1 } });
    else attached.deliverEmit({ kwargs: { n: 1 } });
    await attached.deliver({ kwargs: { n: 2 }, kind });
    expect(watched.sends.map((send) => [send.kind, send.origin, send.receivers, send.peers, send.kwargs])).toEqual([
      [verb, 'remote', 1, [], { n: 1 }],
      [kind, 'remote', 1, [], { n: 2 }],
    ]);
    expect(watched.take().filter(([, method]) => method === 'onResult' || method === 'onEnd')).toEqual([
      ['watch', 'onResult', fulfilled(receiver, 1), false],
      ['watch', 'onEnd'],
      ['watch', 'onResult', fulfilled(receiver, 1), false],
      ['watch', 'onEnd'],
    ]);
    expect(far.started).toEqual([]);
  });

  it.each(['send', 'sendSerial'] as const)('a %s with remote receivers ends with its promise (W12)', async (verb) => {
    const { manager, watched } = setUp();
    const far = new Elsewhere();
    attachFar(manager, signal, far);
    manager.connect(() => 1, signal);
    manager.watch(watched.watcher());
    const sent = manager[verb](signal);
    await flush();
    expect(watched.take().some(([, method]) => method === 'onEnd')).toBe(false);
    far.answer(farResult('far', 1));
    await sent;
    expect(watched.take().map(([, method]) => method)).toEqual(['onResult', 'onEnd']);
  });
});

describe('watch', () => {
  it('refuses anything but a watcher, naming what came', () => {
    const { manager } = setUp();
    expect(() => manager.watch(undefined as never)).toThrow('Expected `watcher` to be an object, got undefined');
    expect(() => manager.watch({})).toThrow(TypeError);
    expect(() => manager.watch({ onSend: 5 } as never)).toThrow(
      'Expected `watcher.onSend` to be a function, got number 5',
    );
    expect(() => manager.watch({ onWork: 'no' } as never)).toThrow('watcher.onWork');
  });

  it('throws once `close` has been called; pending sends are watched to their end (W17)', async () => {
    const { manager, watched } = setUp();
    const gate = deferred<number>();
    manager.connect(() => gate.promise, signal);
    manager.watch(watched.watcher());
    const sent = manager.send(signal);
    watched.take();
    const closed = manager.close();
    expect(() => manager.watch({ onSend: () => undefined })).toThrow('closed');
    gate.resolve(1);
    await sent;
    expect(watched.take().map(([, method]) => method)).toEqual(['onResult', 'onEnd']);
    await closed;
  });

  it('keeps watching after a `close` that timed out (W17)', async () => {
    const { manager, watched } = setUp();
    manager.connect(() => new Promise<void>(() => undefined), signal);
    manager.watch(watched.watcher());
    manager.emit(signal);
    const closing = rejectionOf(manager.close({ timeoutMs: 5 }));
    await jest.advanceTimersByTimeAsync(5);
    await closing;
    manager.emit(Symbol('other'));
    expect(watched.sends).toHaveLength(2);
  });
});
