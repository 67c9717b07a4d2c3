import { describe, expect, it } from '@jest/globals';
import { ANY, type Connection, RECEIVER_CONNECTED, Signal, SignalManager } from '../src/index.js';
import { collectGarbage, heapUsed } from './helpers/gc.js';

/** Twice this many are made up. */
const MANY = 50_000;
/** Bytes: far less than one Map entry for each of them. */
const SMALL = 600_000;

const signal = Symbol('started');
const receiver = () => undefined;

/** By how much the second half grows the heap: the tables have had their size since the first. */
async function heapGrowth(work: (count: number) => unknown): Promise<number> {
  await work(MANY);
  await collectGarbage();
  const before = heapUsed();
  await work(MANY);
  await collectGarbage();
  return heapUsed() - before;
}

/** One at a time: a made-up name is used and forgotten. */
type Use = (manager: SignalManager, i: number) => unknown;

const uses: [what: string, use: Use][] = [
  ['symbols: connect, disconnect', (manager, i) => manager.connect(receiver, Symbol(`s${i}`)).disconnect()],
  [
    'symbols: connect, disconnect by receiver',
    (manager, i) => {
      const token = Symbol(`s${i}`);
      manager.connect(receiver, token);
      return manager.disconnect(receiver, token);
    },
  ],
  [
    'symbols: connect, disconnect the receiver from every signal',
    (manager, i) => {
      const own = () => i;
      manager.connect(own, Symbol(`s${i}`));
      return manager.disconnect(own);
    },
  ],
  [
    'registered symbols: connect, disconnectAll',
    (manager, i) => {
      // As many as their realm would keep for ever: only the manager is under test.
      const token = Symbol.for(`signalbox tests: ${i % 1000}`);
      manager.connect(() => i, token, { key: i });
      return manager.disconnectAll(token);
    },
  ],
  ['objects: connect, disconnect', (manager, i) => manager.connect(receiver, { i }).disconnect()],
  ['objects: connect only', (manager, i) => manager.connect(() => i, { i })],
  ['Signals: connect only', (manager) => new Signal({ manager }).connect(receiver)],
  ['named signals: made only', (manager, i) => manager.signal(`s${i}`)],
  ['named signals: connect, disconnect', (manager, i) => manager.signal(`s${i}`).connect(receiver).disconnect()],
  ['signals: sent to nobody', (manager, i) => manager.emit(Symbol(`s${i}`), {}, { key: i, sender: { i } })],
  [
    'signals: asked about',
    (manager, i) => {
      const token = Symbol(`s${i}`);
      manager.receivers(token, { key: i });
      manager.hasReceivers(token);
      manager.explain(token, { sender: i });
      manager.disconnect(receiver, token);
      manager.disconnectAll(token);
    },
  ],
  ['signals: muted', (manager, i) => manager.mute(Symbol(`s${i}`))[Symbol.dispose]()],
  ['keys: connect, disconnect', (manager, i) => manager.connect(receiver, signal, { key: `k${i}` }).disconnect()],
  [
    'keys: connect, disconnect key by key',
    (manager, i) => {
      manager.connect(receiver, signal, { keys: [`k${i}`, `l${i}`] });
      manager.disconnect(receiver, signal, { key: `k${i}` });
      manager.disconnect(receiver, signal, { key: `l${i}` });
    },
  ],
  ['keys of ANY: connect, disconnect', (manager, i) => manager.connect(receiver, ANY, { key: { i } }).disconnect()],
  [
    'primitive senders: connect, disconnect',
    (manager, i) => manager.connect(receiver, signal, { sender: `s${i}` }).disconnect(),
  ],
  [
    'object senders: connect, disconnect',
    (manager, i) => manager.connect(receiver, signal, { sender: { i }, key: i }).disconnect(),
  ],
  [
    'object senders of one receiver: connect only (R6)',
    (manager, i) => manager.connect(receiver, signal, { sender: { i } }),
  ],
  ['object senders: connect only (R6)', (manager, i) => manager.connect(() => i, signal, { senders: [{ i }, { i }] })],
  [
    'senders and keys: sent to somebody',
    (manager, i) => {
      manager.sendSync(signal, {}, { sender: { i }, key: `k${i}` });
      manager.emit(signal, {}, { sender: `s${i}`, key: { i } });
    },
  ],
  [
    'receivers: once',
    (manager, i) => {
      manager.connect(() => i, signal, { once: true, key: i });
      manager.emit(signal, {}, { key: i });
    },
  ],
  ['receivers: weak', (manager, i) => manager.connect(() => i, Symbol(`s${i}`), { weak: true, key: i })],
  ['receivers: thisArg', (manager, i) => manager.connect(receiver, signal, { thisArg: { i } }).disconnect()],
  ['receivers: uid', (manager, i) => manager.connect(receiver, signal, { uid: `u${i}` }).disconnect()],
  ['receivers: uid symbol', (manager, i) => manager.connect(receiver, signal, { uid: Symbol(`u${i}`) }).disconnect()],
  [
    'receivers: abort signal',
    (manager, i) => {
      const controller = new AbortController();
      manager.connect(() => i, signal, { abortSignal: controller.signal });
      controller.abort();
    },
  ],
  ['meta signals: connect, disconnect', (manager, i) => manager.connect(() => i, RECEIVER_CONNECTED).disconnect()],
  ['streams: returned', (manager, i) => manager.stream(Symbol(`s${i}`), { key: i }).return?.()],
  ['streams: aborted before', (manager, i) => manager.stream(signal, { key: i, abortSignal: aborted })],
  [
    'waits: answered',
    (manager, i) => {
      const token = Symbol(`s${i}`);
      const waiting = manager.wait(token, { key: i });
      manager.emit(token, {}, { key: i });
      return waiting;
    },
  ],
  ['waits: aborted before', (manager, i) => manager.wait({ i }, { abortSignal: aborted }).catch(() => undefined)],
  ['emitAfter: cancelled', (manager, i) => manager.emitAfter(60_000, { i }, { i }).cancel()],
];
const aborted = AbortSignal.abort();

describe('nothing is left of what was made up and used once (R19)', () => {
  it.each(uses)('%s', async (_what, use) => {
    const manager = new SignalManager();
    // Somebody stays connected: the tables are not simply dropped with the last of theirs.
    manager.connect(() => 'stays', signal);
    manager.connect(() => 'stays', signal, { key: 'stays', sender: 'stays' });
    const growth = await heapGrowth((count) => {
      const done: unknown[] = [];
      for (let i = 0; i < count; i++) {
        const used = use(manager, i);
        if (used instanceof Promise) done.push(used);
      }
      return Promise.all(done).then(() => undefined);
    });
    expect(growth).toBeLessThan(SMALL);
    expect(manager.signals()).toEqual([signal]);
    expect(manager.pending).toBe(0);
  });
});

describe('nothing is left of many at a time (R19)', () => {
  const connects: [what: string, connect: (manager: SignalManager, i: number) => Connection][] = [
    ['signals', (manager, i) => manager.connect(receiver, Symbol(`s${i}`))],
    ['named signals', (manager, i) => manager.signal(`s${i}`).connect(receiver)],
    ['keys', (manager, i) => manager.connect(receiver, signal, { key: i })],
    ['senders', (manager, i) => manager.connect(receiver, signal, { sender: { i } })],
    ['receivers', (manager, i) => manager.connect(() => i, signal)],
    ['receivers by priority', (manager, i) => manager.connect(() => i, signal, { priority: i % 7 })],
    ['receivers of one key', (manager, i) => manager.connect(() => i, signal, { key: 'k' })],
  ];

  it.each(connects)('%s, connected and disconnected again', async (_what, connect) => {
    const manager = new SignalManager();
    const growth = await heapGrowth((count) => {
      const connections = Array.from({ length: count }, (_, i) => connect(manager, i));
      for (const connection of connections) connection.disconnect();
    });
    expect(growth).toBeLessThan(SMALL);
    expect(manager.signals()).toEqual([]);
  });

  it.each(connects)('%s, connected and swept by disconnectAll', async (_what, connect) => {
    const manager = new SignalManager();
    const growth = await heapGrowth((count) => {
      for (let i = 0; i < count; i++) connect(manager, i);
      manager.disconnectAll();
    });
    expect(growth).toBeLessThan(SMALL);
    expect(manager.signals()).toEqual([]);
  });
});

describe('nothing is left of functions that live on (R19)', () => {
  const functions = Array.from({ length: 2 * MANY }, (_, i) => () => i);

  it.each([
    ['one at a time', 1, {}],
    ['a thousand at a time', 1000, {}],
    ['one at a time, weak', 1, { weak: true }],
    ['a thousand at a time, weak', 1000, { weak: true }],
  ])('connected and disconnected, %s', async (_how, atOnce, options) => {
    const manager = new SignalManager();
    manager.connect(receiver, signal, options);
    let next = 0;
    const growth = await heapGrowth((count) => {
      for (const end = next + count; next < end; next += atOnce) {
        const connections = functions.slice(next, next + atOnce).map((each) => manager.connect(each, signal, options));
        for (const connection of connections) connection.disconnect();
      }
    });
    expect(growth).toBeLessThan(SMALL);
    expect(manager.receivers(signal)).toEqual([receiver]);
  });
});

describe('a sticky signal (R17, R19)', () => {
  it('keeps none of the receivers it was delivered to', async () => {
    const manager = new SignalManager();
    const sticky = new Signal<{ n: number }>({ manager, sticky: true });
    sticky.emit({ n: 1 });
    const growth = await heapGrowth((count) => {
      for (let i = 0; i < count; i++) sticky.connect(() => i).disconnect();
    });
    expect(growth).toBeLessThan(SMALL);
  });
});

it('a muted sticky signal keeps few of the connections that have ended (R17, R19)', async () => {
  const manager = new SignalManager();
  const sticky = new Signal({ manager, sticky: true });
  sticky.emit();
  using _mute = sticky.mute();
  const ended: WeakRef<Connection>[] = [];
  const makeConnections = (): void => {
    for (let i = 0; i < 1000; i++) {
      const connection = sticky.connect(() => i);
      connection.disconnect();
      ended.push(new WeakRef(connection));
    }
  };
  makeConnections();
  await collectGarbage();
  expect(ended.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(20);
});
