import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, Signal, SignalManager } from '../src/index.js';
import { deferred, errorOf, flush, rejectionOf } from './helpers/promises.js';
import { callList, fulfilled, rejected } from './helpers/results.js';

const signal = Symbol('started');
const failure = new Error('receiver failed');

/** A manager whose reports are of no interest to the test. */
const silent = () => new SignalManager({ onError: null });

afterEach(async () => {
  jest.useRealTimers();
  // An unhandled rejection fails the test that is running.
  await flush();
});

describe('SignalManager#send (R13)', () => {
  it('calls the sync parts in order before it returns', async () => {
    const manager = new SignalManager();
    const log: string[] = [];
    const gate = deferred();
    manager.connect(() => void log.push('first'), signal);
    manager.connect(async () => {
      log.push('second starts');
      await gate.promise;
      log.push('second ends');
    }, signal);
    manager.connect(() => void log.push('third'), signal);
    const sent = manager.send(signal);
    log.push('send has returned');
    gate.resolve();
    await sent;
    expect(log).toEqual(['first', 'second starts', 'third', 'send has returned', 'second ends']);
  });

  it('resolves when all receivers have settled, not before', async () => {
    const manager = silent();
    const gates = [deferred<number>(), deferred<number>()] as const;
    const receivers = [() => gates[0].promise, () => gates[1].promise] as const;
    for (const receiver of receivers) manager.connect(receiver, signal);
    const settled = jest.fn();
    const sent = manager.send(signal).finally(settled);
    gates[1].reject(failure);
    await flush();
    expect(settled).not.toHaveBeenCalled();
    gates[0].resolve(1);
    expect(await sent).toEqual([fulfilled(receivers[0], 1), rejected(receivers[1], failure)]);
  });

  it('has the receiver beside each outcome, like Promise.allSettled otherwise', async () => {
    const manager = silent();
    const receivers = [
      () => 'value',
      () => undefined,
      async () => 'late value',
      () => {
        throw failure;
      },
      async () => {
        throw failure;
      },
      () => Promise.reject(failure),
    ] as const;
    for (const receiver of receivers) manager.connect(receiver, signal);
    expect(await manager.send(signal)).toEqual([
      fulfilled(receivers[0], 'value'),
      fulfilled(receivers[1], undefined),
      fulfilled(receivers[2], 'late value'),
      rejected(receivers[3], failure),
      rejected(receivers[4], failure),
      rejected(receivers[5], failure),
    ]);
  });

  it('names the function as the receiver of a method, and the first function of a uid', async () => {
    const manager = new SignalManager();
    class Service {
      async onStarted(): Promise<this> {
        return this;
      }
    }
    const service = new Service();
    const onStarted = () => 1;
    manager.connect(Service.prototype.onStarted, signal, { thisArg: service });
    manager.connect(onStarted, signal, { uid: 'stats' });
    expect(await manager.send(signal)).toEqual([
      fulfilled(Service.prototype.onStarted, service),
      fulfilled(onStarted, 1),
    ]);
  });

  it('resolves with no results when nobody is connected', async () => {
    expect(await new SignalManager().send(signal)).toEqual([]);
  });

  it.each([
    ['an Error', failure],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'no'],
    ['a promise', Promise.resolve(1)],
  ])('a receiver that throws or rejects with %s changes nothing for the others', async (_what, reason) => {
    const manager = silent();
    const { calls, receiver } = callList();
    const throws = () => {
      throw reason;
    };
    const rejects = () => Promise.reject(reason);
    const [before, after] = [receiver('before'), receiver('after')];
    for (const each of [before, throws, rejects, after]) manager.connect(each, signal);
    const results = await manager.send(signal);
    expect(results).toEqual([
      fulfilled(before, 'before'),
      rejected(throws, reason),
      rejected(rejects, reason),
      fulfilled(after, 'after'),
    ]);
    expect(calls).toEqual(['before', 'after']);
    expect(manager.pending).toBe(0);
  });
});

describe('hostile thenables (R13)', () => {
  const broken = new Error('broken');
  const hostile: [what: string, make: () => unknown, outcome: object][] = [
    [
      'a then that throws',
      () => ({
        then() {
          throw broken;
        },
      }),
      { status: 'rejected', reason: broken },
    ],
    [
      'a then that cannot be read',
      () => ({
        get then() {
          throw broken;
        },
      }),
      { status: 'rejected', reason: broken },
    ],
    [
      'a then that resolves twice',
      () => ({
        then(resolve: (value: number) => void) {
          resolve(1);
          resolve(2);
        },
      }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'a then that resolves and rejects',
      () => ({
        then(resolve: (value: number) => void, reject: (reason: unknown) => void) {
          resolve(1);
          reject(broken);
        },
      }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'a then that rejects and resolves',
      () => ({
        then(resolve: (value: number) => void, reject: (reason: unknown) => void) {
          reject(broken);
          resolve(1);
        },
      }),
      { status: 'rejected', reason: broken },
    ],
    [
      'a then that resolves and throws',
      () => ({
        then(resolve: (value: number) => void) {
          resolve(1);
          throw broken;
        },
      }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'a then that resolves at once with a promise that rejects',
      () => ({ then: (resolve: (value: unknown) => void) => resolve(Promise.reject(broken)) }),
      { status: 'rejected', reason: broken },
    ],
    [
      'a promise with a then of its own that answers twice',
      () =>
        Object.assign(Promise.resolve(1), {
          then(resolve: (value: number) => void) {
            resolve(1);
            resolve(2);
          },
        }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'a promise by its prototype alone, with a then of its own',
      () =>
        Object.assign(Object.create(Promise.prototype) as object, {
          then: (resolve: (value: 1) => void) => resolve(1),
        }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'a proxy of a promise',
      () =>
        new Proxy(Promise.resolve(1), {
          get: (promise, name) =>
            name === 'then' ? promise.then.bind(promise) : (Reflect.get(promise, name) as unknown),
        }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'a promise by its prototype alone',
      () => Object.create(Promise.prototype) as unknown,
      { status: 'rejected', reason: expect.any(TypeError) },
    ],
    [
      'a proxy of a promise, on which its then fails',
      () => new Proxy(Promise.resolve(1), {}),
      { status: 'rejected', reason: expect.any(TypeError) },
    ],
    [
      'a proxy that throws',
      () => new Proxy({}, { get: () => errorThrower(broken) }),
      { status: 'rejected', reason: broken },
    ],
  ];
  function errorThrower(error: unknown): never {
    throw error;
  }

  it.each(['send', 'sendSerial', 'sendSync', 'emit'] as const)(
    '%s reads the then of what came back once',
    async (verb) => {
      const manager = silent();
      const read = jest.fn(() => (resolve: (value: number) => void) => resolve(1));
      const signal = Symbol('signal');
      manager.connect(() => Object.defineProperty({}, 'then', { get: read }), signal);
      await manager[verb](signal);
      manager.connect(() => undefined, signal);
      await manager[verb](signal);
      await manager.drain();
      expect(read).toHaveBeenCalledTimes(2);
    },
  );

  it.each(hostile)('%s is one outcome, and the others are called', async (_what, make, outcome) => {
    const manager = silent();
    const after = jest.fn(() => 'after');
    const receiver = () => make();
    manager.connect(receiver, signal);
    manager.connect(after, signal);
    const results = [{ ...outcome, receiver }, fulfilled(after, 'after')];
    expect(await manager.send(signal)).toEqual(results);
    expect(await manager.sendSerial(signal)).toEqual(results);
    expect(await manager.send(signal, {}, { timeoutMs: 60_000 })).toEqual(results);
    manager.emit(signal);
    await manager.drain();
    expect(after).toHaveBeenCalledTimes(4);
    expect(manager.pending).toBe(0);
  });

  it.each(hostile)('%s harms no sync send', (_what, make) => {
    const manager = silent();
    const after = jest.fn(() => 'after');
    manager.connect(() => make(), signal);
    manager.connect(after, signal);
    const results = manager.sendSync(signal);
    expect(results).toMatchObject([{ status: 'rejected' }, fulfilled(after, 'after')]);
  });

  it('a promise with a then of its own that throws holds up nobody', async () => {
    const manager = silent();
    const after = jest.fn(() => 'after');
    const then = () => {
      throw broken;
    };
    manager.connect(() => Object.assign(Promise.resolve(1), { then }), signal);
    manager.connect(after, signal);
    for (const sent of [manager.send(signal), manager.sendSerial(signal)]) {
      expect((await sent)[1]).toEqual(fulfilled(after, 'after'));
    }
    manager.emit(signal);
    await manager.drain();
    expect(manager.pending).toBe(0);
  });

  it('a then that answers twice is settled once: pending goes down once', async () => {
    const manager = silent();
    const gate = deferred();
    manager.connect(() => ({ then: (resolve: () => void) => [1, 2].forEach(() => resolve()) }), signal);
    manager.connect(() => gate.promise, signal);
    const settled = jest.fn();
    const sent = manager.send(signal).then(settled);
    await flush();
    expect(manager.pending).toBe(1);
    expect(settled).not.toHaveBeenCalled();
    gate.resolve();
    await sent;
    expect(manager.pending).toBe(0);
  });
});

describe('a send that fails itself (R13)', () => {
  const declared = new Signal({ manager: new SignalManager(), defaults: { port: 80 } });
  const bad: [what: string, token: symbol | object, kwargs: object, options: object][] = [
    ['no token', 'started' as unknown as symbol, {}, {}],
    ['ANY', ANY, {}, {}],
    ['an undeclared kwarg', declared, { prot: 1 }, {}],
    ['kwargs that are no object', signal, 'port' as unknown as object, {}],
    ['keys that are a string', signal, {}, { keys: 'ab' }],
  ];

  it.each(bad)('has called nobody: %s', async (_what, token, kwargs, options) => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const receiver = jest.fn();
    for (const each of [signal, declared, ANY]) manager.connect(receiver, each);
    const sent = kwargs as Record<string, unknown>;
    // The verbs that return a promise reject, and never throw …
    for (const promise of [manager.send(token, sent, options), manager.sendSerial(token, sent, options)]) {
      expect(await rejectionOf(promise)).toBeInstanceOf(TypeError);
    }
    // … the others throw.
    expect(errorOf(() => manager.sendSync(token, sent, options))).toBeInstanceOf(TypeError);
    expect(errorOf(() => manager.emit(token, sent, options))).toBeInstanceOf(TypeError);
    expect(errorOf(() => manager.emitAfter(1, token, sent, options))).toBeInstanceOf(TypeError);
    await jest.advanceTimersByTimeAsync(5);
    expect(receiver).not.toHaveBeenCalled();
    expect(manager.pending).toBe(0);
  });
});
