import { describe, expect, it, jest } from '@jest/globals';
import { ANY, ManagerClosedError, Signal, SignalManager, type SendContext, type SignalToken } from '../src/index.js';
import { attachFar } from '../src/far/index.js';
import { OPTION_NAMES } from '../src/internal/option-names.js';
import { errorOf } from './helpers/promises.js';

/** Keys whose iterator acts before it gives the only one. */
function* acting(act: () => unknown): Generator<string> {
  act();
  yield 'k';
}

describe('options that act while they are read, which is before receivers are looked up (R15)', () => {
  it.each<[string, SignalToken]>([
    ['a symbol', Symbol('token')],
    ['a signal of the manager', new SignalManager().signal('other')],
  ])('an emit of %s reaches what they connect, and so do later ones', (_what, signal) => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.emit(signal, {}, { keys: acting(() => manager.connect(receiver, signal)) });
    manager.emit(signal, {});
    manager.emit(signal);
    expect(receiver).toHaveBeenCalledTimes(3);
    expect(manager.hasReceivers(signal)).toBe(true);
  });

  it('a Signal of the manager keeps what they connect, wait for or mute', async () => {
    const manager = new SignalManager();
    const [heard, awaited, muted] = ['heard', 'awaited', 'muted'].map((name) => manager.signal(name));
    if (heard === undefined || awaited === undefined || muted === undefined) throw new Error('Expected three signals');
    const receiver = jest.fn();
    manager.emit(heard, {}, { keys: acting(() => manager.connect(receiver, heard)) });
    manager.emit(heard, {});
    expect(receiver).toHaveBeenCalledTimes(2);
    let waiting: Promise<unknown> | undefined;
    manager.emit(awaited, {}, { keys: acting(() => (waiting = manager.wait(awaited, { timeoutMs: 1_000 }))) });
    manager.emit(awaited, {});
    await expect(waiting).resolves.toMatchObject({ kwargs: {} });
    manager.emit(muted, {}, { keys: acting(() => manager.mute(muted)) });
    manager.connect(receiver, muted);
    manager.emit(muted, {});
    expect(receiver).toHaveBeenCalledTimes(2);
  });

  it.each([undefined, {}])('a send with the kwargs %p reaches a receiver of ANY that they connect', async (kwargs) => {
    const manager = new SignalManager();
    const signal = Symbol('token');
    const receiver = jest.fn();
    await manager.send(signal, kwargs, { keys: acting(() => manager.connect(receiver, ANY)) });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('those of a connect are not read for a receiver that is no function', () => {
    const read = jest.fn();
    const options = {
      get key() {
        return read();
      },
    };
    expect(() => new SignalManager().connect(5 as never, Symbol('token'), options)).toThrow('Expected `receiver`');
    expect(read).not.toHaveBeenCalled();
  });

  it('disconnect finds what they connect', () => {
    const manager = new SignalManager();
    const signal = Symbol('token');
    const receiver = jest.fn();
    const keys = acting(() => manager.connect(receiver, signal, { key: 'k' }));
    expect(manager.disconnect(receiver, signal, { keys })).toBe(true);
    expect(manager.signals()).toEqual([]);
  });
});

describe.each(['emit', 'send', 'sendSerial', 'sendSync'] as const)('options of %s that act (R15)', (verb) => {
  const forms = {
    iterator: (act: () => unknown) => ({ keys: acting(act) }),
    accessor: (act: () => unknown) => ({
      get key() {
        act();
        return 'k';
      },
    }),
  };
  /** Sends a signal that has a receiver, with options that act once. @returns The calls of receivers, waits and watchers. */
  async function callsOf(form: keyof typeof forms, act: (manager: SignalManager, seen: string[]) => unknown) {
    const manager = new SignalManager();
    const seen: string[] = [];
    manager.connect(() => void seen.push('old'), token, { key: 'k' });
    let acts = 0;
    const options = forms[form](() => (acts++ === 0 ? act(manager, seen) : undefined));
    let error: unknown;
    try {
      await manager[verb](token, {}, options);
    } catch (thrown) {
      error = thrown;
    }
    return { seen, error, manager };
  }
  const token = Symbol('token');

  describe.each(['iterator', 'accessor'] as const)('by an %s', (form) => {
    it.each<[title: string, act: (manager: SignalManager, seen: string[]) => unknown, seen: string[]]>([
      ['connect to ANY', (manager, seen) => manager.connect(() => void seen.push('any'), ANY), ['old', 'any']],
      ['wait', (manager, seen) => void manager.wait(token, { where: () => seen.push('where') > 0 }), ['where', 'old']],
      ['watch', (manager, seen) => manager.watch({ onSend: () => void seen.push('watch') }), ['watch', 'old']],
      ['mute the signal', (manager) => manager.mute(token), []],
      [
        'connect another in place of the only receiver',
        (manager, seen) => {
          manager.disconnectAll();
          manager.connect(() => void seen.push('new'), token, { key: 'k' });
        },
        ['new'],
      ],
    ])('count if they %s', async (_title, act, expected) => {
      const { seen, error } = await callsOf(form, act);
      expect(seen).toEqual(expected);
      expect(error).toBeUndefined();
    });

    it('fail the send if they close the manager (R23)', async () => {
      const { seen, error, manager } = await callsOf(form, (closing) => void closing.close());
      expect(error).toBeInstanceOf(ManagerClosedError);
      expect(seen).toEqual([]);
      await manager.close();
    });
  });
});

it.each(['emit', 'send'] as const)(
  'options of %s that connect to ANY count with the others of the send (R9, R14)',
  async (verb) => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const token = Symbol('token');
    const seen: string[] = [];
    const fail = (name: string) => () => {
      seen.push(name);
      throw new RangeError(name);
    };
    manager.connect(fail('old'), token);
    const keys = acting(() => manager.connect(fail('any'), ANY));
    await manager[verb](token, {}, { keys, reverse: true, expected: [RangeError] });
    expect(seen).toEqual(['any', 'old']);
    expect(onError).not.toHaveBeenCalled();
  },
);

describe.each(['emit', 'send'] as const)('options of %s of a Signal that nobody hears', (verb) => {
  it.each<[title: string, connect: (signal: Signal, seen: unknown[]) => void]>([
    ['to the signal', (signal, seen) => void signal.connect((_kwargs, context) => seen.push(context.signal))],
    ['to ANY', (signal, seen) => void signal.manager.connect((_kwargs, context) => seen.push(context.signal), ANY)],
  ])('reach the receiver that they connect %s (R15)', async (_to, connect) => {
    const signal = new SignalManager().signal('unheard');
    signal.emit();
    const seen: unknown[] = [];
    let reads = 0;
    const options = {
      get key() {
        if (reads++ === 0) connect(signal, seen);
        return 'k';
      },
    };
    await signal[verb]({}, options);
    expect(seen).toEqual([signal]);
  });
});

it('`sender` is read once by a connect (R8)', () => {
  const manager = new SignalManager();
  const token = Symbol('token');
  const senders = ['a', ANY];
  const receiver = jest.fn();
  const options = {
    get sender() {
      return senders.shift();
    },
  };
  manager.connect(receiver, token, options);
  manager.emit(token, {}, { sender: 'a' });
  expect(receiver).toHaveBeenCalledTimes(1);
});

describe('each option is read once, so that none acts or changes after its check (R23), by', () => {
  const token = Symbol('token');
  const calls = {
    connect: (manager, options) => manager.connect(() => undefined, token, options),
    disconnect: (manager, options) => manager.disconnect(() => undefined, token, options),
    wait: (manager, options) => manager.wait(token, options),
    stream: (manager, options) => manager.stream(token, options),
    drain: (manager, options) => manager.drain(options),
    close: (manager, options) => manager.close(options),
  } satisfies Record<string, (manager: SignalManager, options: object) => unknown>;
  const names = Object.keys(calls) as (keyof typeof calls)[];

  it.each(names.flatMap((call) => OPTION_NAMES[call].map((name) => [call, name] as const)))(
    '%s: %s',
    async (call, name) => {
      const manager = new SignalManager();
      let reads = 0;
      const options = {
        get [name]() {
          reads += 1;
          return undefined;
        },
      };
      const called = Promise.allSettled([calls[call](manager, options)]);
      expect(reads).toBe(1);
      await manager.close();
      await called;
    },
  );
});

it.each(['emit', 'send'] as const)(
  '%s reads the common options once, if it reaches several receivers',
  async (verb) => {
    const manager = new SignalManager();
    const token = Symbol('token');
    const seen = jest.fn<(kwargs: object, context: SendContext) => void>();
    manager.connect((kwargs: object, context: SendContext) => seen(kwargs, context), token);
    manager.connect((kwargs: object, context: SendContext) => seen(kwargs, context), token);
    const read: string[] = [];
    const options = {
      get sender() {
        read.push('sender');
        return `sender ${read.length}`;
      },
      get key() {
        read.push('key');
        return `key ${read.length}`;
      },
    };
    await manager[verb](token, {}, options);
    expect(read).toEqual(['sender', 'key']);
    const contexts = seen.mock.calls.map(([, { sender, keys }]) => [sender, ...keys]);
    expect(contexts).toEqual([
      ['sender 1', 'key 2'],
      ['sender 1', 'key 2'],
    ]);
  },
);

describe('kwargs of a signal with defaults that close the manager (R23)', () => {
  const make = () => {
    const manager = new SignalManager();
    const signal = new Signal({ manager, defaults: { a: 1 } });
    const receiver = jest.fn();
    signal.connect(receiver);
    const kwargs = {
      get a() {
        void manager.close();
        return 2;
      },
    };
    return { signal, receiver, kwargs };
  };

  it('make an emit throw, and nobody is called', () => {
    const { signal, receiver, kwargs } = make();
    expect(() => {
      signal.emit(kwargs);
    }).toThrow(ManagerClosedError);
    expect(receiver).not.toHaveBeenCalled();
  });

  it('make emitAfter throw, and no timer runs', () => {
    jest.useFakeTimers();
    try {
      const { signal, kwargs } = make();
      expect(() => signal.emitAfter(5, kwargs)).toThrow(ManagerClosedError);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});

it.each([
  ['one signal', Symbol('token')],
  ['several', [Symbol('token'), Symbol('other')]],
])('options of a connect to %s that close the manager make it throw (R23)', async (_what, signal) => {
  const manager = new SignalManager();
  const connect = () => manager.connect(() => undefined, signal, { keys: acting(() => void manager.close()) });
  expect(connect).toThrow(ManagerClosedError);
  expect(manager.signals()).toEqual([]);
  await manager.close();
});

it('options of emitAfter that close the manager make it throw, and no timer runs (R23)', () => {
  const manager = new SignalManager();
  jest.useFakeTimers();
  try {
    const emit = () => manager.emitAfter(5, Symbol('token'), {}, { keys: acting(() => void manager.close()) });
    expect(emit).toThrow(ManagerClosedError);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

it('no signal can be sent from where a transport is told of the close (R23)', async () => {
  const manager = new SignalManager();
  const [shared, local] = [Symbol('shared'), Symbol('local')];
  const receiver = jest.fn();
  const thrown: unknown[] = [];
  manager.connect(receiver, shared);
  manager.connect(receiver, local);
  attachFar(manager, shared, {
    reach: () => [],
    prepare: () => undefined,
    heard: (heard) => {
      if (heard !== 'nothing') return;
      for (const kwargs of [undefined, {}]) {
        thrown.push(
          errorOf(() => {
            manager.emit(local, kwargs);
          }),
        );
      }
    },
  });
  await manager.close();
  expect(thrown.length).toBeGreaterThan(0);
  for (const error of thrown) expect(error).toBeInstanceOf(ManagerClosedError);
  expect(receiver).not.toHaveBeenCalled();
});
