import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  ANY,
  type ConnectOptions,
  type Connection,
  type ConnectionChange,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  type SendContext,
  Signal,
  SignalManager,
} from '../src/index.js';
import { errorOf, flush } from './helpers/promises.js';

const signal = Symbol('started');

afterEach(async () => {
  jest.useRealTimers();
  await flush();
});

/** Writes down which connections are reported. */
function watch(manager: SignalManager): { connected: Connection[]; disconnected: Connection[] } {
  const [connected, disconnected]: [Connection[], Connection[]] = [[], []];
  manager.connect(({ connection }) => void connected.push(connection), RECEIVER_CONNECTED);
  manager.connect(({ connection }) => void disconnected.push(connection), RECEIVER_DISCONNECTED);
  return { connected, disconnected };
}

/** What a connection without options is reported with. */
const plain = {
  signal,
  thisArg: undefined,
  uid: undefined,
  senders: [],
  keys: [],
  weak: false,
  once: false,
  priority: 0,
};

const NONE = { senders: [], keys: [] };

function all({ sender, keys }: { sender: unknown; keys: unknown[] }): { senders: unknown[]; keys: unknown[] } {
  return { senders: [sender], keys };
}

/** What a report says, with the members of its sets. */
function said({ senders, keys, ...change }: ConnectionChange): object {
  return { ...change, senders: [...senders], keys: [...keys] };
}

describe('RECEIVER_CONNECTED (R18)', () => {
  it('is sent with the manager and the connection, when the change is in force', () => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const seen: unknown[] = [];
    manager.connect((change: ConnectionChange, context: SendContext) => {
      seen.push(change, context.signal, context.manager, manager.receivers(signal), change.connection.connected);
    }, RECEIVER_CONNECTED);
    const connection = manager.connect(receiver, signal);
    expect(seen).toHaveLength(5);
    expect(said(seen[0] as ConnectionChange)).toEqual({ ...plain, manager, connection, receiver });
    expect((seen[0] as ConnectionChange).connection).toBe(connection);
    expect(seen[1]).toBe(RECEIVER_CONNECTED);
    expect(seen[2]).toBe(manager);
    expect(seen.slice(3)).toEqual([[receiver], true]);
  });

  it('is sent once per connection made, an equal one too', () => {
    const manager = new SignalManager();
    const { connected } = watch(manager);
    const receiver = () => undefined;
    const made = [
      manager.connect(receiver, signal),
      manager.connect(receiver, signal),
      manager.connect(receiver, signal, { keys: ['a', 'b'], sender: 'app' }),
      manager.connect(receiver, ANY),
      manager.connect(receiver, new Signal({ manager }), { once: true, weak: true }),
    ];
    manager.connectVia(signal)(() => undefined);
    expect(connected).toHaveLength(made.length + 1);
    made.forEach((connection, index) => expect(connected[index]).toBe(connection));
    expect(connected.map((connection) => connection.signal).slice(0, 4)).toEqual([signal, signal, signal, ANY]);
  });

  it('is not sent when nothing was connected', () => {
    const manager = new SignalManager();
    const { connected, disconnected } = watch(manager);
    manager.connect(() => undefined, signal, { abortSignal: AbortSignal.abort() });
    errorOf(() => manager.connect('no' as never, signal));
    errorOf(() => manager.connect(() => undefined, signal, { keys: [] }));
    expect([connected, disconnected]).toEqual([[], []]);
  });

  it('is sent by the manager it happened on, and by no other', () => {
    const [manager, other] = [new SignalManager(), new SignalManager()];
    const { connected, disconnected } = watch(manager);
    other.connect(() => undefined, signal).disconnect();
    expect([connected, disconnected]).toEqual([[], []]);
  });

  it('cannot make connect throw: a receiver that fails goes to onError', () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const failure = new Error('receiver failed');
    const throws = () => {
      throw failure;
    };
    manager.connect(throws, RECEIVER_CONNECTED);
    manager.connect(throws, RECEIVER_DISCONNECTED);
    const connection = manager.connect(() => undefined, signal);
    expect(connection.disconnect()).toBe(true);
    expect(onError.mock.calls.map(([error]) => error)).toEqual([failure, failure]);
  });

  it('lets its receiver disconnect what was just connected', () => {
    const manager = new SignalManager();
    manager.connect(({ connection }) => connection.disconnect(), RECEIVER_CONNECTED);
    expect(manager.connect(() => undefined, signal).connected).toBe(false);
    expect(manager.signals()).toEqual([]);
  });
});

describe('RECEIVER_DISCONNECTED (R18)', () => {
  const removals: [
    what: string,
    remove: (manager: SignalManager, receiver: () => void, connection: Connection) => unknown,
  ][] = [
    ['its handle', (_manager, _receiver, connection) => connection.disconnect()],
    ['its handle, disposed', (_manager, _receiver, connection) => connection[Symbol.dispose]()],
    ['disconnect', (manager, receiver) => manager.disconnect(receiver, signal)],
    ['disconnect from every signal', (manager, receiver) => manager.disconnect(receiver)],
    ['disconnect of its last key', (manager, receiver) => manager.disconnect(receiver, signal, { key: 'k' })],
    ['disconnectAll of the signal', (manager) => manager.disconnectAll(signal)],
    ['its once call', (manager) => manager.sendSync(signal, {}, { key: 'k' })],
  ];

  it.each(removals)('is sent once, when the change is in force: by %s', (_what, remove) => {
    const manager = new SignalManager();
    const receiver = () => undefined;
    const seen: unknown[] = [];
    manager.connect((change: ConnectionChange) => {
      seen.push(change, change.connection.connected, manager.receivers(signal, { key: 'k' }));
    }, RECEIVER_DISCONNECTED);
    const connection = manager.connect(receiver, signal, { key: 'k', once: true });
    remove(manager, receiver, connection);
    const facts = { ...plain, keys: ['k'], once: true };
    expect(said(seen[0] as ConnectionChange)).toEqual({ ...facts, manager, connection, receiver });
    expect(seen.slice(1)).toEqual([false, []]);
    expect((seen[0] as ConnectionChange).connection).toBe(connection);
    // What is gone is not reported again.
    remove(manager, receiver, connection);
    connection.disconnect();
    expect(seen).toHaveLength(3);
  });

  it('is sent for an abort', () => {
    const manager = new SignalManager();
    const { disconnected } = watch(manager);
    const controller = new AbortController();
    const connection = manager.connect(() => undefined, signal, { abortSignal: controller.signal });
    controller.abort();
    expect(disconnected).toHaveLength(1);
    expect(disconnected[0]).toBe(connection);
  });

  it('is sent for each receiver that disconnectAll removes', () => {
    const manager = new SignalManager();
    const { disconnected } = watch(manager);
    const made = [
      manager.connect(() => 1, signal),
      manager.connect(() => 2, signal, { key: 'k' }),
      manager.connect(() => 3, signal),
    ];
    expect(manager.disconnectAll(signal)).toBe(3);
    expect(new Set(disconnected)).toEqual(new Set(made));
    expect(disconnected).toHaveLength(3);
  });

  it('is sent for each signal that disconnect removes a receiver from', () => {
    const manager = new SignalManager();
    const { disconnected } = watch(manager);
    const receiver = () => undefined;
    const made = [signal, Symbol('stopped'), ANY].map((each) => manager.connect(receiver, each));
    expect(manager.disconnect(receiver)).toBe(true);
    expect(new Set(disconnected)).toEqual(new Set(made));
    expect(disconnected).toHaveLength(3);
  });

  it('is not sent for a part of a filter: nobody was removed', () => {
    const manager = new SignalManager();
    const { disconnected } = watch(manager);
    const receiver = () => undefined;
    manager.connect(receiver, signal, { keys: ['a', 'b'] });
    expect(manager.disconnect(receiver, signal, { key: 'a' })).toBe(true);
    expect(disconnected).toEqual([]);
    expect(manager.disconnect(receiver, signal, { key: 'b' })).toBe(true);
    expect(disconnected).toHaveLength(1);
  });

  it('is not sent when nothing was disconnected', () => {
    const manager = new SignalManager();
    const { disconnected } = watch(manager);
    const receiver = () => undefined;
    manager.connect(receiver, signal, { key: 'a' });
    manager.disconnect(receiver, signal, { key: 'x' });
    manager.disconnect(receiver, Symbol('other'));
    manager.disconnect(() => undefined, signal);
    manager.disconnectAll({});
    expect(disconnected).toEqual([]);
  });

  it('is sent for connections that are older than its first receiver', () => {
    const manager = new SignalManager();
    const receivers = [() => 1, () => 2, () => 3, () => 4] as const;
    const connections = receivers.map((receiver) => manager.connect(receiver, signal, { key: 'k' }));
    manager.connect(receivers[3], signal, { once: true });
    const { disconnected } = watch(manager);
    connections[0]?.disconnect();
    manager.disconnect(receivers[1], signal);
    manager.disconnectAll(signal);
    expect(disconnected).toHaveLength(5);
    expect(
      disconnected.map((connection) => [connection.signal, connection.connected, connection.disconnect()]),
    ).toEqual(disconnected.map(() => [signal, false, false]));
    expect(disconnected[0]).toBe(connections[0]);
  });
});

describe('one report per connection (R18, N6)', () => {
  const options = { keys: ['a', 'b'], sender: 'app' };
  /** Which of the reports is about whose connection, and what it says was removed. */
  const endings: [
    what: string,
    connects: ConnectOptions[],
    remove: (manager: SignalManager, receiver: () => void) => unknown,
    reports: { senders: unknown[]; keys: unknown[]; once?: boolean }[],
  ][] = [
    ['identical ones', [{}, {}, {}], (manager, fn) => manager.disconnect(fn, signal), [NONE, NONE, NONE]],
    [
      'identical ones with several values',
      [options, { ...options, keys: ['b', 'a'] }],
      (manager) => manager.disconnectAll(signal),
      [all(options), all(options)],
    ],
    [
      'one key of a receiver that has another one, too',
      [{ key: 'a' }, { key: 'b' }],
      (manager, fn) => manager.disconnect(fn, signal, { key: 'a' }),
      [{ senders: [], keys: ['a'] }],
    ],
    [
      'in parts: at its last value',
      [options],
      (manager, fn) => {
        for (const key of ['a', 'b']) manager.disconnect(fn, signal, { key });
        manager.disconnect(fn, signal, { sender: 'app' });
      },
      [{ senders: ['app'], keys: [] }],
    ],
    [
      'in parts, the last of them together',
      [options, { key: 'b' }],
      (manager, fn) => {
        manager.disconnect(fn, signal, { key: 'a' });
        manager.disconnect(fn, signal, { key: 'b', sender: 'app' });
      },
      [
        { senders: [], keys: ['b'] },
        { senders: ['app'], keys: ['b'] },
      ],
    ],
    [
      'a once connection used up beside a permanent one',
      [{}, { once: true }],
      (manager) => manager.sendSync(signal),
      [{ ...NONE, once: true }],
    ],
    [
      'two once connections used up by one call',
      [{ once: true }, { once: true, key: 'a' }, { once: true, ...options }],
      (manager) => manager.sendSync(signal, {}, { key: 'a' }),
      [
        { ...NONE, once: true },
        { senders: [], keys: ['a'], once: true },
        { ...all(options), once: true },
      ],
    ],
    ['all of several', [{}, { key: 'a' }], (manager) => manager.disconnectAll(), [NONE, { senders: [], keys: ['a'] }]],
  ];

  describe.each(endings)('%s', (_what, connects, remove, reports) => {
    it('of those made before and those made after somebody has connected to the meta signal', () => {
      for (const older of connects.map((_connect, i) => i).concat(connects.length)) {
        const manager = new SignalManager();
        const receiver = () => undefined;
        const changes: ConnectionChange[] = [];
        const connect = (each: ConnectOptions): Connection => manager.connect(receiver, signal, each);
        const before = connects.slice(0, older).map(connect);
        manager.connect((change) => void changes.push(change), RECEIVER_DISCONNECTED);
        const after = connects.slice(older).map(connect);
        remove(manager, receiver);
        const facts = changes.map(({ senders, keys, once }) => JSON.stringify([[...senders], [...keys], once]));
        const expectedFacts = reports.map(({ senders, keys, once = false }) => JSON.stringify([senders, keys, once]));
        expect(facts.sort()).toEqual(expectedFacts.sort());
        for (const { connection, receiver: of } of changes) {
          expect(of).toBe(receiver);
          expect(connection).toMatchObject({ signal, signals: [signal], receiver, connected: false });
        }
        // The very object for those that were made while somebody was connected to the meta signal.
        const reported = new Set(changes.map(({ connection }) => connection));
        expect(reported.size).toBe(changes.length);
        const ended = after.filter(({ connected }) => !connected);
        expect(ended.filter((each) => !reported.has(each))).toEqual([]);
        expect(changes.length).toBe([...before, ...after].filter(({ connected }) => !connected).length);
      }
    });
  });

  it('of identical ones that end one after the other, none of them twice', () => {
    const manager = new SignalManager();
    const { disconnected } = watch(manager);
    const receiver = () => undefined;
    const [first, ...rest] = [1, 2, 3].map(() => manager.connect(receiver, signal));
    first?.disconnect();
    manager.disconnect(receiver, signal);
    expect(disconnected).toHaveLength(3);
    expect(disconnected[0]).toBe(first);
    expect(new Set(disconnected.slice(1))).toEqual(new Set(rest));
  });

  it('of a connection to several signals, one for each, in their order, with the same object', () => {
    const manager = new SignalManager();
    const changes: ConnectionChange[] = [];
    for (const meta of [RECEIVER_CONNECTED, RECEIVER_DISCONNECTED]) {
      manager.connect((change) => void changes.push(change), meta);
    }
    const signals = [Symbol('first'), Symbol('second')];
    const connection = manager.connect(() => undefined, signals, { once: true });
    manager.sendSync(signals[1] as symbol);
    expect(changes.map((change) => change.signal)).toEqual([...signals, ...signals]);
    for (const change of changes) expect(change.connection).toBe(connection);
  });

  it('has the identity and priority in force', () => {
    const manager = new SignalManager();
    const changes: ConnectionChange[] = [];
    for (const meta of [RECEIVER_CONNECTED, RECEIVER_DISCONNECTED]) {
      manager.connect((change) => void changes.push(change), meta);
    }
    const [first, second, thisArg] = [() => 1, () => 2, { name: 'service' }];
    manager.connect(first, signal, { uid: 'u', priority: 2, thisArg, weak: true });
    manager.connect(second, signal, { uid: 'u', priority: 5, key: 'k' });
    manager.disconnectAll();
    const who = { signal, receiver: first, thisArg, uid: 'u', priority: 2, manager };
    expect(changes).toHaveLength(4);
    for (const change of changes) expect(change).toMatchObject(who);
    expect(changes.map(({ weak, keys }) => [weak, [...keys]])).toEqual([
      [true, []],
      [false, ['k']],
      [true, []],
      [false, ['k']],
    ]);
  });
});

describe('the meta signals (R18)', () => {
  it.each([
    ['RECEIVER_CONNECTED', RECEIVER_CONNECTED],
    ['RECEIVER_DISCONNECTED', RECEIVER_DISCONNECTED],
  ])('are not sent from outside: %s', async (_name, meta) => {
    const onMeta = jest.fn();
    const manager = new SignalManager();
    manager.connect(onMeta, meta);
    const kwargs = { manager } as never;
    const refused = new TypeError(
      'Expected `signal` to be none of the meta signals, got object Signal; only the manager itself reports connections',
    );
    expect(errorOf(() => manager.emit(meta, kwargs))).toEqual(refused);
    expect(errorOf(() => manager.sendSync(meta, kwargs))).toEqual(refused);
    expect(errorOf(() => manager.emitAfter(0, meta, kwargs))).toEqual(refused);
    await expect(manager.send(meta, kwargs)).rejects.toEqual(refused);
    await expect(manager.sendSerial(meta, kwargs)).rejects.toEqual(refused);
    expect(onMeta).not.toHaveBeenCalled();
  });

  it('do not report themselves', () => {
    const manager = new SignalManager();
    const { connected, disconnected } = watch(manager);
    const receiver = () => undefined;
    manager.connect(receiver, RECEIVER_CONNECTED).disconnect();
    manager.connect(receiver, RECEIVER_DISCONNECTED, { once: true });
    manager.disconnect(receiver, RECEIVER_DISCONNECTED);
    expect([connected, disconnected]).toEqual([[], []]);
  });

  it('are not listed among the signals', () => {
    const manager = new SignalManager();
    watch(manager);
    expect(manager.signals()).toEqual([]);
    manager.connect(() => undefined, signal);
    expect(manager.signals()).toEqual([signal]);
  });

  it('do not report waits and streams', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const { connected, disconnected } = watch(manager);
    const waits = [manager.wait(signal), manager.wait(signal, { timeoutMs: 10 }).catch(() => undefined)];
    const stream = manager.stream(signal);
    await jest.advanceTimersByTimeAsync(10);
    manager.emit(signal);
    await Promise.all(waits);
    await stream.return?.();
    expect([connected, disconnected]).toEqual([[], []]);
  });

  it('are shared by all managers, and connected on one by its connect', () => {
    const [manager, other] = [new SignalManager(), new SignalManager()];
    const receiver = jest.fn();
    manager.connect(receiver, RECEIVER_CONNECTED);
    other.connect(receiver, RECEIVER_CONNECTED);
    manager.connect(() => undefined, signal);
    expect(receiver.mock.calls.map(([change]) => (change as ConnectionChange).manager)).toEqual([manager]);
  });

  it('tell what connects in their order: a connect within a report is reported after it', () => {
    const manager = new SignalManager();
    const { connected } = watch(manager);
    const made: Connection[] = [];
    manager.connect(() => void made.push(manager.connect(() => 2, signal)), RECEIVER_CONNECTED, { once: true });
    const outer = manager.connect(() => 1, signal);
    expect(new Set(connected)).toEqual(new Set([outer, ...made]));
    expect(connected).toHaveLength(2);
  });
});
