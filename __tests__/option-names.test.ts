import { describe, expect, it, jest } from '@jest/globals';
import { type DelayedEmit, Signal, SignalManager, connect, emit } from '../src/index.js';

const filter = 'sender, senders, key, keys';
const sent = `${filter}, expected, reverse`;
const token = Symbol('token');

interface Call {
  readonly of: string;
  readonly known: string;
  readonly make: (manager: SignalManager, options: object) => unknown;
  /** The same through a Signal. */
  readonly facade?: (signal: Signal, options: object) => unknown;
}

const calls: readonly Call[] = [
  { of: 'SignalManager', known: 'name, onError', make: (_manager, options) => new SignalManager(options) },
  { of: 'Signal', known: 'name, manager, sticky, defaults', make: (_manager, options) => new Signal(options) },
  {
    of: 'connect',
    known: `${filter}, weak, thisArg, once, priority, uid, abortSignal`,
    make: (manager, options) => manager.connect(jest.fn(), token, options),
    facade: (signal, options) => signal.connect(jest.fn(), options),
  },
  {
    of: 'disconnect',
    known: `${filter}, thisArg, uid`,
    make: (manager, options) => manager.disconnect(jest.fn(), token, options),
    facade: (signal, options) => signal.disconnect(jest.fn(), options),
  },
  {
    of: 'send',
    known: `${sent}, timeoutMs, abortSignal`,
    make: (manager, options) => manager.send(token, {}, options),
    facade: (signal, options) => signal.send({}, options),
  },
  {
    of: 'sendSerial',
    known: `${sent}, timeoutMs, abortSignal, until, hurrySignal`,
    make: (manager, options) => manager.sendSerial(token, {}, options),
    facade: (signal, options) => signal.sendSerial({}, options),
  },
  {
    of: 'sendSync',
    known: `${sent}, until`,
    make: (manager, options) => manager.sendSync(token, {}, options),
    facade: (signal, options) => signal.sendSync({}, options),
  },
  {
    of: 'emit',
    known: sent,
    make: (manager, options) => manager.emit(token, {}, options),
    facade: (signal, options) => signal.emit({}, options),
  },
  {
    of: 'emitAfter',
    known: sent,
    make: (manager, options) => manager.emitAfter(1, token, {}, options),
    facade: (signal, options) => signal.emitAfter(1, {}, options),
  },
  {
    of: 'wait',
    known: `${filter}, where, timeoutMs, abortSignal, rejectOn`,
    make: (manager, options) => manager.wait(token, options),
    facade: (signal, options) => signal.wait(options),
  },
  {
    of: 'stream',
    known: `${filter}, where, abortSignal, limit, overflow`,
    make: (manager, options) => manager.stream(token, options),
    facade: (signal, options) => signal.stream(options),
  },
  {
    of: 'receivers',
    known: filter,
    make: (manager, options) => manager.receivers(token, options),
    facade: (signal, options) => signal.receivers(options),
  },
  {
    of: 'hasReceivers',
    known: filter,
    make: (manager, options) => manager.hasReceivers(token, options),
    facade: (signal, options) => signal.hasReceivers(options),
  },
  {
    of: 'explain',
    known: filter,
    make: (manager, options) => manager.explain(token, options),
    facade: (signal, options) => signal.explain(options),
  },
  { of: 'drain', known: 'timeoutMs', make: (manager, options) => manager.drain(options) },
  { of: 'close', known: 'timeoutMs', make: (manager, options) => manager.close(options) },
];

describe('names of options (R7)', () => {
  // `signal` is what DOM and Node call an abort signal; the others are slips that used to be ignored.
  const unknown = ['signal', 'timeout', 'sneder', 'toString'];
  const rows = calls.flatMap((call) => unknown.map((name) => ({ ...call, name })));

  it.each(rows)('$of does not know `$name`, and lists what it knows', async ({ of, known, name, make, facade }) => {
    const manager = new SignalManager();
    const signal = new Signal({ manager });
    const receiver = jest.fn();
    for (const each of [token, signal]) manager.connect(receiver, each);
    // A key beside it must not hide it: with one, and with one that reaches a receiver alone, sends go other ways.
    manager.connect(receiver, token, { key: 'alone' });
    for (const beside of [{}, ...(known.includes('key,') ? [{ key: 'k' }, { key: 'alone' }] : [])]) {
      const options = { ...beside, [name]: 1 };
      const attempts = [() => make(manager, options), ...(facade === undefined ? [] : [() => facade(signal, options)])];
      for (const attempt of attempts) {
        const expectation = expect(Promise.resolve().then(attempt)).rejects;
        await expectation.toThrow(new TypeError(`Unknown option \`${name}\` of ${of}; expected one of ${known}`));
      }
    }
    expect(receiver).not.toHaveBeenCalled();
    // Nothing is half done: not closed, nothing connected, nothing pending.
    expect(manager.receivers(token)).toEqual([receiver]);
    expect(manager.receivers(signal)).toEqual([receiver]);
    expect(manager.pending).toBe(0);
    await manager.close();
  });

  it('a send with a key that one receiver alone has knows no other name', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, token, { key: 'k' });
    const options = { key: 'k', timeout: 5 } as object;
    const error = new TypeError(`Unknown option \`timeout\` of emit; expected one of ${sent}`);
    expect(() => {
      manager.emit(token, {}, options);
    }).toThrow(error);
    await expect(manager.send(token, {}, options)).rejects.toThrow('Unknown option `timeout` of send');
    expect(receiver).not.toHaveBeenCalled();
  });

  it('the functions of the shared manager know no more', () => {
    expect(() => connect(jest.fn(), token, { prio: 1 } as object)).toThrow('Unknown option `prio` of connect');
    expect(() => {
      emit(token, {}, { timeoutMs: 1 } as object);
    }).toThrow('Unknown option `timeoutMs` of emit');
  });

  it.each(calls)('$of takes nothing but a plain object for options', async ({ make, facade }) => {
    const manager = new SignalManager();
    const signal = new Signal({ manager });
    const receiver = jest.fn();
    manager.connect(receiver, token);
    for (const attempt of [make, ...(facade === undefined ? [] : [() => facade(signal, signal)])]) {
      await expect(Promise.resolve().then(() => attempt(manager, signal))).rejects.toThrow(
        /Expected `(options|filter)` to be a plain object, got object Signal$/,
      );
    }
    await expect(Promise.resolve().then(() => make(manager, new Map()))).rejects.toThrow('got object Map');
    await expect(Promise.resolve().then(() => make(manager, Math))).rejects.toThrow('got object Math');
    expect(receiver).not.toHaveBeenCalled();
    expect(manager.pending).toBe(0);
    await manager.close();
  });

  it.each(calls)('$of takes undefined for any option as left out (N8)', async ({ of, known, make, facade }) => {
    const manager = new SignalManager();
    const signal = new Signal({ manager });
    const options = Object.fromEntries(known.split(', ').map((name) => [name, undefined]));
    for (const attempt of [() => make(manager, options), () => facade?.(signal, options)]) {
      const outcome = attempt();
      if (of === 'wait') for (const each of [token, signal]) manager.emit(each);
      await outcome;
    }
    await manager.close();
  });

  it.each(calls.filter(({ of }) => /^(send|emit)/.test(of)))(
    '$of takes undefined for the options of other sends as left out (N8)',
    async ({ of, known, make, facade }) => {
      const manager = new SignalManager();
      const receiver = jest.fn();
      const signal = new Signal({ manager });
      for (const each of [token, signal]) manager.connect(receiver, each, { key: 'k' });
      const others = ['timeoutMs', 'abortSignal', 'until', 'hurrySignal'].filter((name) => !known.includes(name));
      const leftOut = Object.fromEntries(others.map((name) => [name, undefined]));
      const delayed = await Promise.all([
        make(manager, { key: 'k', ...leftOut }),
        facade?.(signal, { key: 'k', ...leftOut }),
      ]);
      if (of === 'emitAfter') for (const each of delayed) (each as DelayedEmit).cancel();
      else expect(receiver).toHaveBeenCalledTimes(2);
      expect(() => manager.sendSync(token, {}, { uid: undefined } as object)).toThrow('Unknown option `uid`');
      await manager.close();
    },
  );
});

describe('SignalManager#disconnect by uid', () => {
  it('finds the receiver that was connected with that uid, whatever its function and `thisArg` (N5)', () => {
    const manager = new SignalManager();
    const signal = new Signal({ manager });
    const receiver = jest.fn();
    const uid = Symbol('uid');
    manager.connect(receiver, token, { uid, thisArg: {} });
    manager.connect(receiver, signal, { uid: 'text' });
    manager.connect(receiver, signal, { uid });
    expect(manager.disconnect({ uid }, token)).toBe(true);
    expect(manager.disconnect({ uid }, token)).toBe(false);
    expect(signal.disconnect({ uid: 'text' })).toBe(true);
    expect(manager.signals()).toEqual([signal]);
    expect(manager.disconnect({ uid })).toBe(true);
    expect(manager.signals()).toEqual([]);
  });

  it('takes a filter, which removes just those keys (N5)', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, token, { uid: 'u', keys: ['a', 'b'] });
    expect(manager.disconnect({ uid: 'u' }, token, { key: 'a' })).toBe(true);
    expect(manager.receivers(token, { key: 'a' })).toEqual([]);
    expect(manager.receivers(token, { key: 'b' })).toEqual([receiver]);
  });

  it.each<[string, unknown, object | undefined, RegExp]>([
    [
      'a `thisArg` as well',
      { uid: 'u' },
      { thisArg: {} },
      /Expected `thisArg` to be left out beside `{ uid }`, got obj/,
    ],
    ['a `uid` as well', { uid: 'u' }, { uid: 'u' }, /Expected `uid` to be left out beside `{ uid }`, got string "u"/],
    ['a uid of another type', { uid: 5 }, undefined, /Expected `uid` to be a string or a symbol, got number 5/],
    ['no uid', {}, undefined, /Expected `receiver` to be a function or `{ uid }`, got object/],
    ['another name', { uid: 'u', thisArg: {} }, undefined, /Unknown name `thisArg` of receiver; expected one of uid/],
    ['null', null, undefined, /Expected `receiver/],
  ])('refuses %s (N5)', (_what, receiver, options, message) => {
    const manager = new SignalManager();
    manager.connect(jest.fn(), token, { uid: 'u' });
    const disconnect = () => manager.disconnect(receiver as { uid: string }, token, options);
    expect(disconnect).toThrow(TypeError);
    expect(disconnect).toThrow(message);
    expect(manager.signals()).toEqual([token]);
  });
});

/** Options as accessors, which no loop over names sees. */
class Patience {
  get key(): string {
    return 'k';
  }

  get abortSignal(): AbortSignal {
    return AbortSignal.abort(new Error('given up'));
  }
}

it('options of a class are read whole by a send to a single receiver (R7, R16)', async () => {
  const signal = new Signal({ manager: new SignalManager({ onError: null }) });
  const called = jest.fn();
  signal.connect(called, { key: 'k' });
  const [result] = await signal.send({}, new Patience());
  expect(result).toMatchObject({ status: 'rejected', reason: new Error('given up') });
  expect(called).not.toHaveBeenCalled();
});
