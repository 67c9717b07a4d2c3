import { runInNewContext } from 'node:vm';
import { describe, expect, it, jest } from '@jest/globals';
import { ANY, type Receiver, Signal, SignalManager, type SignalToken } from '../src/index.js';
import { errorOf, rejectionOf } from './helpers/promises.js';
import { callList, fulfilled } from './helpers/results.js';

describe('signal tokens (R1)', () => {
  const tokens: [kind: string, token: SignalToken][] = [
    ['a symbol', Symbol('started')],
    ['a symbol without description', Symbol()],
    ['a registered symbol', Symbol.for('signalbox tests: started')],
    ['a well-known symbol', Symbol.iterator],
    ['an object', {}],
    ['a frozen object', Object.freeze({})],
    ['an object without prototype', Object.create(null) as object],
    ['a function', () => undefined],
    ['a class', SignalManager],
    ['a Signal', new Signal()],
  ];

  it.each(tokens)('%s is a signal', async (_kind, token) => {
    const manager = new SignalManager();
    const receiver = jest.fn(() => 'called');
    const connection = manager.connect(receiver, token);
    expect(connection.signal).toBe(token);
    expect(manager.signals()).toEqual([token]);
    expect(await manager.send(token)).toEqual([fulfilled(receiver, 'called')]);
    expect(manager.sendSync(token)).toEqual([fulfilled(receiver, 'called')]);
    expect(connection.disconnect()).toBe(true);
    expect(manager.sendSync(token)).toEqual([]);
  });

  it('tells tokens apart by identity, not by what they look like', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, Symbol('same'));
    manager.connect(receiver, { same: true });
    manager.connect(receiver, new Signal({ manager, name: 'same' }));
    expect(manager.sendSync(Symbol('same'))).toEqual([]);
    expect(manager.sendSync({ same: true })).toEqual([]);
    expect(manager.sendSync(new Signal({ manager, name: 'same' }))).toEqual([]);
    expect(receiver).not.toHaveBeenCalled();
  });

  it('keeps the managers apart', () => {
    const signal = Symbol('started');
    const receiver = jest.fn();
    new SignalManager().connect(receiver, signal);
    expect(new SignalManager().sendSync(signal)).toEqual([]);
    expect(receiver).not.toHaveBeenCalled();
  });

  describe('what is no token', () => {
    const noTokens: [kind: string, value: unknown, got: string][] = [
      ['a string', 'started', 'string "started"'],
      ['a number', 5, ''],
      ['NaN', NaN, ''],
      ['a boolean', true, ''],
      ['a bigint', 5n, ''],
      ['null', null, 'null'],
      ['an explicit undefined', undefined, 'undefined'],
    ];
    const receiver = () => undefined;
    const throwing: [verb: string, call: (manager: SignalManager, signal: symbol) => unknown][] = [
      ['connect', (manager, signal) => manager.connect(receiver, signal)],
      ['connectVia', (manager, signal) => manager.connectVia(signal)(receiver)],
      ['disconnect', (manager, signal) => manager.disconnect(receiver, signal)],
      ['disconnectAll', (manager, signal) => manager.disconnectAll(signal)],
      ['sendSync', (manager, signal) => manager.sendSync(signal)],
      ['emit', (manager, signal) => manager.emit(signal)],
      ['emitAfter', (manager, signal) => manager.emitAfter(1, signal)],
      ['stream', (manager, signal) => manager.stream(signal)],
      ['receivers', (manager, signal) => manager.receivers(signal)],
      ['hasReceivers', (manager, signal) => manager.hasReceivers(signal)],
      ['explain', (manager, signal) => manager.explain(signal)],
      ['mute', (manager, signal) => manager.mute(signal)],
    ];
    const rejecting: [verb: string, call: (manager: SignalManager, signal: symbol) => Promise<unknown>][] = [
      ['send', (manager, signal) => manager.send(signal)],
      ['sendSerial', (manager, signal) => manager.sendSerial(signal)],
      ['wait', (manager, signal) => manager.wait(signal)],
    ];

    function expectRefusal(error: unknown, got: string): void {
      expect(error).toBeInstanceOf(TypeError);
      const start = `Expected \`signal\` to be a symbol or an object, got ${got}`;
      expect((error as TypeError).message.slice(0, start.length)).toBe(start);
    }

    describe.each(noTokens)('%s', (_kind, value, got) => {
      it.each(throwing)('is refused by %s', (_verb, call) => {
        const manager = new SignalManager();
        const standing = () => undefined;
        manager.connect(standing, ANY);
        expectRefusal(
          errorOf(() => call(manager, value as symbol)),
          got,
        );
        expect(manager.receivers(Symbol('any'))).toEqual([standing]);
      });

      it.each(rejecting)('is refused by %s', async (_verb, call) => {
        expectRefusal(await rejectionOf(call(new SignalManager(), value as symbol)), got);
      });
    });
  });
});

describe('receivers (R2)', () => {
  const signal = Symbol('asked');

  class Service {
    constructor(readonly answer: string) {}
    static readonly answer = 'static';
    static onAsked(): string {
      return this.answer;
    }
    onAsked(): string {
      return this.answer;
    }
    async onAskedLater(): Promise<string> {
      return this.answer;
    }
  }
  const service = new Service('instance');
  const plain = { answer: 'object', onAsked: (): string => 'object' };

  const receivers: [kind: string, receiver: Receiver, thisArg: object | undefined, value: unknown][] = [
    [
      'a function',
      function () {
        return 'function';
      },
      undefined,
      'function',
    ],
    [
      'an async function',
      async function () {
        return 'async function';
      },
      undefined,
      'async function',
    ],
    ['an arrow', () => 'arrow', undefined, 'arrow'],
    ['an async arrow', async () => 'async arrow', undefined, 'async arrow'],
    ['a method of an object', plain.onAsked, plain, 'object'],
    ['an instance method through thisArg', Service.prototype.onAsked, service, 'instance'],
    ['an async instance method through thisArg', Service.prototype.onAskedLater, service, 'instance'],
    ['a static method', Service.onAsked, Service, 'static'],
    ['a bound function', service.onAsked.bind(service), undefined, 'instance'],
    ['a proxy of a function', new Proxy(() => 'proxied', {}), undefined, 'proxied'],
    [
      'a function with a `call` of its own',
      Object.assign(() => 'called', { call: () => 'call', apply: () => 'apply' }),
      undefined,
      'called',
    ],
    [
      'a method without a prototype',
      Object.setPrototypeOf(function (this: Service) {
        return this.answer;
      }, null) as () => string,
      service,
      'instance',
    ],
    [
      'a function of another realm',
      runInNewContext('(function () { return "far" })') as () => string,
      undefined,
      'far',
    ],
  ];

  it.each(receivers)('%s receives', async (_kind, receiver, thisArg, value) => {
    const manager = new SignalManager();
    manager.connect(receiver, signal, thisArg === undefined ? {} : { thisArg });
    expect(await manager.send(signal)).toEqual([fulfilled(receiver, value)]);
  });

  const thenables: [kind: string, returned: unknown, value: unknown][] = [
    ['a promise of a function that is not async', Promise.resolve('value'), 'value'],
    ['a promise of another realm', runInNewContext('Promise.resolve("value")'), 'value'],
    ['an object with a then method', { then: (resolve: (value: string) => void) => resolve('value') }, 'value'],
    ['a thenable of another realm', runInNewContext('({ then(resolve) { resolve("value") } })'), 'value'],
    [
      'a function with a then method',
      Object.assign(() => undefined, { then: (resolve: (value: string) => void) => resolve('value') }),
      'value',
    ],
    [
      'a thenable of a thenable',
      { then: (resolve: (value: unknown) => void) => resolve(Promise.resolve('value')) },
      'value',
    ],
  ];

  it.each(thenables)('what a receiver returns decides that it is async: %s', async (_kind, returned, value) => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const receiver = () => returned;
    manager.connect(receiver, signal);
    expect(await manager.send(signal)).toEqual([fulfilled(receiver, value)]);
    expect(await manager.sendSerial(signal)).toEqual([fulfilled(receiver, value)]);
    expect(manager.sendSync(signal)).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ name: 'AsyncReceiverError' }) as unknown, receiver },
    ]);
  });

  it.each([
    ['a then that is no function', { then: 'later' }],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'value'],
    ['an array', ['value']],
  ])('a value is taken as it is: %s', async (_kind, value) => {
    const manager = new SignalManager();
    const receiver = () => value;
    manager.connect(receiver, signal);
    const [concurrent] = await manager.send(signal);
    const [sync] = manager.sendSync(signal);
    expect(concurrent).toEqual(fulfilled(receiver, value));
    expect(sync).toEqual(fulfilled(receiver, value));
    expect(concurrent).toHaveProperty('value', value);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'onAsked'],
    ['a number', 1],
    ['an object', { onAsked: () => undefined }],
    ['an object with a call method', { call: () => undefined }],
    ['a promise of a function', Promise.resolve(() => undefined)],
  ])('%s is refused by connect', (_kind, receiver) => {
    const manager = new SignalManager();
    const error = errorOf(() => manager.connect(receiver as never, signal));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(/^Expected `receiver` to be a function, got ./);
    expect(manager.signals()).toEqual([]);
  });
});

describe('the place of a receiver in a send', () => {
  it('is told by the results, whatever kinds of receivers there are (R2, R9)', async () => {
    const manager = new SignalManager();
    const signal = Symbol('asked');
    const { calls, receiver } = callList();
    const [first, second] = [receiver('first'), receiver('second')];
    const late = async () => 'late';
    manager.connect(first, signal);
    manager.connect(late, signal);
    manager.connect(second, signal);
    expect(await manager.send(signal)).toEqual([
      fulfilled(first, 'first'),
      fulfilled(late, 'late'),
      fulfilled(second, 'second'),
    ]);
    expect(calls).toEqual(['first', 'second']);
  });
});
