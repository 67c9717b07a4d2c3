import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, type ConnectOptions, type Connection, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';
import { callList, fulfilled } from './helpers/results.js';

const signal = Symbol('started');
const filter = { sender: 'app', key: 'k' };

afterEach(async () => {
  jest.useRealTimers();
  await flush();
});

const verbs: [verb: string, send: (manager: SignalManager, options?: object) => unknown][] = [
  ['send', (manager, options) => manager.send(signal, {}, { ...filter, ...options })],
  ['send with a timeout', (manager, options) => manager.send(signal, {}, { ...filter, timeoutMs: 1000, ...options })],
  ['sendSerial', (manager, options) => manager.sendSerial(signal, {}, { ...filter, ...options })],
  ['sendSync', (manager, options) => manager.sendSync(signal, {}, { ...filter, ...options })],
  ['emit', (manager, options) => manager.emit(signal, {}, { ...filter, ...options })],
];

describe.each(verbs)('changes during %s (R15)', (_verb, send) => {
  it.each<[string, ConnectOptions, symbol]>([
    ['without a filter', {}, signal],
    ['by key', { key: 'k' }, signal],
    ['by sender', { sender: 'app' }, signal],
    ['with a higher priority', { priority: 9 }, signal],
    ['with a lower priority', { priority: -9 }, signal],
    ['to ANY', {}, ANY],
    ['once', { once: true }, signal],
  ])('connected during a send: first called by the next one: %s', async (_how, options, on) => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const late = receiver('late');
    manager.connect(
      () => {
        calls.push('connects');
        manager.connect(late, on, options);
      },
      signal,
      { once: true },
    );
    manager.connect(receiver('other'), signal);
    await send(manager);
    expect(calls).toEqual(['connects', 'other']);
    await send(manager);
    expect(calls.slice(2).sort()).toEqual(['late', 'other']);
  });

  it('connected during a send that reaches nobody else afterwards: called by the next one', async () => {
    const manager = new SignalManager();
    const late = jest.fn();
    manager.connect(() => void manager.connect(late, signal), signal, { once: true });
    await send(manager);
    expect(late).not.toHaveBeenCalled();
    await send(manager);
    expect(late).toHaveBeenCalledTimes(1);
  });

  const removals: [
    what: string,
    remove: (manager: SignalManager, connection: Connection, receiver: () => unknown) => unknown,
  ][] = [
    ['its handle', (_manager, connection) => connection.disconnect()],
    ['its handle, disposed', (_manager, connection) => connection[Symbol.dispose]()],
    ['disconnect', (manager, _connection, receiver) => manager.disconnect(receiver, signal)],
    ['disconnect from every signal', (manager, _connection, receiver) => manager.disconnect(receiver)],
    ['disconnectAll of the signal', (manager) => manager.disconnectAll(signal)],
    ['disconnectAll', (manager) => manager.disconnectAll()],
    [
      'disconnect and connect anew',
      (manager, connection, receiver) => [connection.disconnect(), manager.connect(receiver, signal)],
    ],
  ];
  describe.each<[string, ConnectOptions]>([
    ['without a filter', {}],
    ['by key', { key: 'k' }],
    ['once', { once: true }],
  ])('a receiver connected %s', (_how, options) => {
    it.each(removals)('disconnected before its turn is not called: by %s', async (_what, remove) => {
      const manager = new SignalManager();
      const receiver = jest.fn();
      const first = jest.fn(() => void remove(manager, connection, receiver));
      manager.connect(first, signal, { once: true });
      const connection = manager.connect(receiver, signal, options);
      const results = await send(manager);
      expect(first).toHaveBeenCalledTimes(1);
      expect(receiver).not.toHaveBeenCalled();
      if (results !== undefined) expect(results).toEqual([fulfilled(first, undefined)]);
    });
  });

  it('disconnected after its turn changes nothing, and no other is skipped', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const own: Connection = manager.connect(() => {
      calls.push('a');
      own.disconnect();
    }, signal);
    const b = manager.connect(receiver('b'), signal);
    manager.connect(() => {
      calls.push('c');
      b.disconnect();
    }, signal);
    manager.connect(receiver('d'), signal);
    await send(manager);
    expect(calls).toEqual(['a', 'b', 'c', 'd']);
    await send(manager);
    expect(calls.slice(4)).toEqual(['c', 'd']);
  });

  it('all that disconnect themselves are called once each', async () => {
    const manager = new SignalManager();
    const calls: number[] = [];
    for (let i = 0; i < 50; i++) {
      const connection: Connection = manager.connect(() => [calls.push(i), connection.disconnect()], signal);
    }
    await send(manager);
    await send(manager);
    expect(calls).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(manager.signals()).toEqual([]);
  });

  it('one that loses the connection that matched is not called, though another remains', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(() => matching.disconnect(), signal);
    const matching = manager.connect(receiver, signal, { key: 'k' });
    const other = manager.connect(receiver, signal, { key: 'other' });
    await send(manager);
    expect(receiver).not.toHaveBeenCalled();
    expect(other.connected).toBe(true);
    await send(manager, { key: 'other' });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('one that loses the key that matched is not called, though its connection remains', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(() => manager.disconnect(receiver, signal, { key: 'k' }), signal);
    const connection = manager.connect(receiver, signal, { keys: ['k', 'other'] });
    await send(manager);
    expect(receiver).not.toHaveBeenCalled();
    expect(connection.connected).toBe(true);
  });

  it('one that loses a connection that did not match is called', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(() => other.disconnect(), signal);
    manager.connect(receiver, signal, { key: 'k' });
    const other = manager.connect(receiver, signal, { key: 'other' });
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('one that keeps one of two connections that matched is called', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(() => one.disconnect(), signal);
    const one = manager.connect(receiver, signal, { key: 'k' });
    manager.connect(receiver, signal, { sender: 'app' });
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (manager: SignalManager) => Disposable]>([
    ['its signal', (manager) => manager.mute(signal)],
    ['everything', (manager) => manager.mute()],
  ])('muted before its turn: not called, and called again when that is disposed: %s', async (_what, mute) => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    let muted: Disposable | undefined;
    const first = jest.fn(() => {
      muted ??= mute(manager);
    });
    manager.connect(first, signal);
    manager.connect(receiver, signal, filter);
    const results = await send(manager);
    if (results !== undefined) expect(results).toEqual([fulfilled(first, undefined)]);
    expect(receiver).not.toHaveBeenCalled();
    muted?.[Symbol.dispose]();
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('muted and heard again before its turn: called', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(() => manager.mute(signal)[Symbol.dispose](), signal);
    manager.connect(receiver, signal);
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('keeps to its list with reverse, too', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const a = manager.connect(receiver('a'), signal);
    manager.connect(receiver('b'), signal);
    manager.connect(() => {
      calls.push('c');
      a.disconnect();
      manager.connect(receiver('d'), signal, { priority: -1 });
    }, signal);
    await send(manager, { reverse: true });
    expect(calls).toEqual(['c', 'b']);
  });

  it('one that is connected once more, with other options, is called once', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(
      () => {
        for (const options of [{ key: 'k' }, { priority: 5 }, { once: true }, { weak: true }]) {
          manager.connect(receiver, signal, options);
        }
      },
      signal,
      { once: true },
    );
    manager.connect(receiver, signal);
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('one that is connected once more, and loses the connection that matched, is not called', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(
      () => {
        manager.connect(receiver, signal, { key: 'k' });
        matching.disconnect();
      },
      signal,
      { once: true },
    );
    const matching = manager.connect(receiver, signal);
    await send(manager);
    expect(receiver).not.toHaveBeenCalled();
    await send(manager);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('goes on in its order, whatever is connected, disconnected and sent meanwhile', async () => {
    const manager = new SignalManager();
    const calls: number[] = [];
    const connections: Connection[] = [];
    let depth = 0;
    const churn = () => {
      depth += 1;
      if (depth > 1) return;
      for (const connection of connections.slice(0, 40)) connection.disconnect();
      for (let i = 0; i < 20; i++) manager.connect(() => calls.push(1000 + i), signal, { priority: i, key: 'k' });
      manager.emit(signal, {}, filter);
      calls.length = 0;
    };
    manager.connect(churn, signal, { priority: 100 });
    for (let i = 0; i < 60; i++) {
      const options = [{}, { key: 'k' }, { sender: 'app' }, { priority: 1 }, { once: i < 40 }][i % 5] ?? {};
      connections.push(manager.connect(() => calls.push(i), signal, options));
    }
    const expected = [43, 48, 53, 58, ...[40, 41, 42, 44, 45, 46, 47, 49, 50, 51, 52, 54, 55, 56, 57, 59]];
    await send(manager);
    expect(calls).toEqual(expected);
  });
});

describe('a nested send (R15)', () => {
  it('goes depth first', () => {
    const manager = new SignalManager();
    const log: string[] = [];
    manager.connect(({ depth }: { depth: number }) => {
      log.push(`a${depth}`);
      if (depth < 2) manager.emit(signal, { depth: depth + 1 });
      log.push(`/a${depth}`);
    }, signal);
    manager.connect(({ depth }: { depth: number }) => void log.push(`b${depth}`), signal);
    manager.emit(signal, { depth: 0 });
    expect(log).toEqual(['a0', 'a1', 'a2', '/a2', 'b2', '/a1', 'b1', '/a0', 'b0']);
  });

  it.each(['send', 'sendSync', 'sendSerial'] as const)('by %s has its own results', async (verb) => {
    const manager = new SignalManager();
    const nested: unknown[] = [];
    const inner = ({ depth }: { depth: number }) => `inner ${depth}`;
    const outer = async ({ depth }: { depth: number }) => {
      if (depth === 0) nested.push(...(await manager[verb](signal, { depth: 1 }, { key: 'inner' })));
      return `outer ${depth}`;
    };
    manager.connect(outer, signal, { key: 'outer' });
    manager.connect(inner, signal);
    expect(await manager.send(signal, { depth: 0 }, { key: 'outer' })).toEqual([
      fulfilled(outer, 'outer 0'),
      fulfilled(inner, 'inner 0'),
    ]);
    expect(nested).toEqual([fulfilled(inner, 'inner 1')]);
  });

  it('calls what was connected since the outer one started', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    let depth = 0;
    manager.connect(() => {
      if (depth++ > 0) return;
      manager.connect(receiver('late'), signal);
      manager.emit(signal);
      calls.push('outer goes on');
    }, signal);
    manager.emit(signal);
    expect(calls).toEqual(['late', 'outer goes on']);
  });

  it('that disconnects receivers takes them from the outer one, too', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    let depth = 0;
    manager.connect(() => {
      if (depth++ === 0) manager.emit(signal);
    }, signal);
    manager.connect(() => {
      calls.push('b');
      c.disconnect();
    }, signal);
    const c = manager.connect(receiver('c'), signal);
    manager.connect(receiver('d'), signal);
    manager.emit(signal);
    expect(calls).toEqual(['b', 'd', 'b', 'd']);
  });
});

describe('between the receivers of a serial send (R15)', () => {
  it('what was connected meanwhile is not called, what was disconnected or muted neither', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const gates = [deferred(), deferred()] as const;
    const first = () => gates[0].promise;
    const third = () => gates[1].promise;
    manager.connect(first, signal);
    const second = manager.connect(receiver('second'), signal);
    manager.connect(third, signal);
    manager.connect(receiver('fourth'), signal);
    const sent = manager.sendSerial(signal);
    await flush();
    second.disconnect();
    manager.connect(receiver('late'), signal);
    gates[0].resolve();
    await flush();
    const muted = manager.mute(signal);
    gates[1].resolve();
    expect(await sent).toEqual([fulfilled(first, undefined), fulfilled(third, undefined)]);
    expect(calls).toEqual([]);
    muted[Symbol.dispose]();
  });
});
