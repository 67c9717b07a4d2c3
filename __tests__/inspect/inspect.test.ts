import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fs, { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import { ANY, type Connection, Signal, SignalManager } from 'signalbox';
import { Bridge, memoryEngine } from 'signalbox/bridge';
import { type InspectOptions, type Inspector, inspect } from 'signalbox/inspect';
import { ConnectionLog } from '../../src/inspect/data/connection-log.js';
import { Identities } from '../../src/inspect/data/identities.js';
import { ReceiversOf } from '../../src/inspect/data/receivers-of.js';
import { collectGarbage } from '../helpers/gc.js';
import { root } from '../helpers/package.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

let state: string;
let stateHome: string | undefined;
let manager: SignalManager;
const running: Inspector[] = [];

beforeEach(() => {
  stateHome = process.env['XDG_STATE_HOME'];
  state = mkdtempSync(path.join(tmpdir(), 'signalbox-inspect-'));
  process.env['XDG_STATE_HOME'] = state;
  manager = new SignalManager({ name: 'shop', onError: null });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(running.splice(0).map((inspector) => inspector.close()));
  await manager.close();
  if (stateHome === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = stateHome;
  rmSync(state, { recursive: true, force: true });
});

async function start(options: InspectOptions = {}): Promise<Inspector> {
  const inspector = await inspect({ managers: [manager], onReady: null, ...options });
  running.push(inspector);
  return inspector;
}

const rowOf = (inspector: Inspector, name: string) => {
  const row = inspector.snapshot().signals.find((each) => each.name === name);
  if (row === undefined) throw new Error(`no row of ${name}`);
  return row;
};

const lastSend = (inspector: Inspector) => {
  const [send] = inspector.sends();
  if (send === undefined) throw new Error('no send');
  return send;
};

/** `[name, called, because]` for each receiver. */
const why = (inspector: Inspector, id = lastSend(inspector).id) =>
  (inspector.whyNot(id) ?? []).map(({ name, called, because }) => [name, called, because]);

const ordered = Symbol('ordered');

function refuse(): never {
  throw Object.assign(new Error('refused'), { code: 'EACCES' });
}

describe('counts (I10)', () => {
  it('are exact from the moment `inspect` resolves', async () => {
    manager.connect(function pack() {}, ordered);
    manager.emit(ordered);
    const inspector = await start();
    manager.connect(function fail() {
      throw new Error('x');
    }, ordered);
    manager.emit(ordered);
    await manager.send(ordered, {}, { expected: [Error] });
    expect(rowOf(inspector, 'ordered')).toMatchObject({ sends: 2, failures: 2, inFlight: 0, peers: [] });
    expect(rowOf(inspector, 'ordered').receivers).toMatchObject([
      { name: 'pack', kind: 'receiver', calls: 2, failures: 0, inFlight: 0, lastFailure: null, site: null },
      { name: 'fail', calls: 2, failures: 2, lastFailure: { name: 'Error', code: null } },
    ]);
  });

  it('show what is in flight', async () => {
    const inspector = await start();
    const done = deferred();
    manager.connect(() => done.promise, ordered);
    manager.connect(() => done.promise, ordered);
    const sent = manager.send(ordered);
    expect(rowOf(inspector, 'ordered')).toMatchObject({ inFlight: 1, p50Ms: null });
    expect(rowOf(inspector, 'ordered').receivers).toMatchObject([
      { inFlight: 1, p99Ms: null },
      { inFlight: 1, p99Ms: null },
    ]);
    const { live, managers } = inspector.snapshot();
    expect(live).toMatchObject([{ durationMs: null, calls: [{ status: 'pending' }, { status: 'pending' }] }]);
    expect(managers).toMatchObject([{ name: 'shop', pending: 1 }]);
    done.resolve();
    await sent;
    expect(rowOf(inspector, 'ordered').receivers).toMatchObject([{ inFlight: 0 }, { inFlight: 0 }]);
    expect(inspector.snapshot().live).toEqual([]);
    expect(lastSend(inspector)).toMatchObject({ calls: [{ status: 'fulfilled' }, { status: 'fulfilled' }] });
  });

  it('of a receiver of ANY are those of its calls for each signal', async () => {
    const inspector = await start();
    manager.connect(function log() {}, ANY);
    manager.emit(ordered);
    manager.emit(ordered);
    manager.emit(Symbol('paid'));
    expect(rowOf(inspector, 'ordered').receivers).toMatchObject([{ name: 'log', any: true, calls: 2 }]);
    expect(rowOf(inspector, 'paid').receivers).toMatchObject([{ name: 'log', any: true, calls: 1 }]);
    const [a, b] = ['ordered', 'paid'].map((name) => rowOf(inspector, name).receivers[0]?.id);
    expect(a).not.toBe(b);
  });

  it('tell methods of several objects apart', async () => {
    class Cart {
      add() {}
    }
    const carts = [new Cart(), new Cart()] as const;
    for (const [key, cart] of carts.entries()) manager.connect(cart.add, ordered, { thisArg: cart, key });
    const inspector = await start();
    manager.emit(ordered, {}, { key: 1 });
    expect(rowOf(inspector, 'ordered').receivers).toMatchObject([
      { name: 'add', calls: 0, filtered: true },
      { name: 'add', calls: 1, filtered: true },
    ]);
  });

  it('give results to the right one of several objects, in whatever order they come', async () => {
    class Cart {
      readonly #outcome: () => unknown;
      constructor(outcome: () => unknown) {
        this.#outcome = outcome;
      }
      pay() {
        return this.#outcome();
      }
    }
    const [slow, fast] = [deferred(), deferred()];
    const fail = (): never => {
      throw new RangeError('x');
    };
    for (const outcome of [() => slow.promise, fail, () => fast.promise, () => 'sync']) {
      const cart = new Cart(outcome);
      manager.connect(cart.pay, ordered, { thisArg: cart });
    }
    const inspector = await start();
    const sent = manager.send(ordered, {});
    const statuses = () => lastSend(inspector).calls.map(({ status }) => status);
    expect(statuses()).toEqual(['pending', 'rejected', 'pending', 'fulfilled']);
    fast.reject(new TypeError('x'));
    await flush();
    expect(statuses()).toEqual(['pending', 'rejected', 'rejected', 'fulfilled']);
    slow.resolve();
    await sent;
    expect(lastSend(inspector).calls.map(({ error }) => error?.name)).toEqual([
      undefined,
      'RangeError',
      'TypeError',
      undefined,
    ]);
    expect(rowOf(inspector, 'ordered').receivers.map(({ failures }) => failures)).toEqual([0, 1, 1, 0]);
  });

  it('have no rows for the reports of connections, and the inspector is not connected to anything (I8)', async () => {
    const inspector = await start();
    const connection = manager.connect(() => 1, ordered);
    expect(inspector.snapshot().signals.map(({ name }) => name)).toEqual(['ordered']);
    expect(manager.signals()).toEqual([ordered]);
    connection.disconnect();
    expect(manager.disconnectAll()).toBe(0);
    expect(rowOf(inspector, 'ordered').receivers).toEqual([]);
  });
});

describe('why a receiver was not called (I13)', () => {
  it('by filters, and why another was', async () => {
    manager.connect(function all() {}, ordered);
    manager.connect(function books() {}, ordered, { key: 'books' });
    manager.connect(function music() {}, ordered, { key: 'music' });
    const shop = {};
    manager.connect(function byShop() {}, ordered, { sender: shop });
    manager.connect(function any() {}, ANY);
    const inspector = await start();
    manager.emit(ordered, {}, { key: 'books', sender: shop });
    expect(why(inspector)).toEqual([
      ['all', true, 'unfiltered'],
      ['books', true, 'key'],
      ['music', false, 'no matching sender or key'],
      ['byShop', true, 'sender'],
      ['any', true, 'any signal'],
    ]);
  });

  it('does not change afterwards', async () => {
    const inspector = await start();
    function f() {}
    const first = manager.connect(f, ordered, { key: 'a' });
    manager.emit(ordered, {}, { key: 'b' });
    const { id } = lastSend(inspector);
    manager.connect(f, ordered, { key: 'b' });
    first.disconnect();
    manager.connect(function late() {}, ordered);
    expect(why(inspector, id)).toEqual([
      ['f', false, 'no matching sender or key'],
      ['late', false, 'connected later'],
    ]);
    manager.disconnectAll();
    expect(why(inspector, id)).toEqual([
      ['f', false, 'no matching sender or key'],
      ['late', false, 'connected later'],
    ]);
  });

  it('by a mute', async () => {
    manager.connect(function f() {}, ordered);
    const inspector = await start();
    const mute = manager.mute(ordered);
    manager.emit(ordered);
    mute[Symbol.dispose]();
    expect(why(inspector)).toEqual([['f', false, 'muted']]);
  });

  it('by a mute of ANY, which calls the other receivers', async () => {
    manager.connect(function own() {}, ordered);
    manager.connect(function any() {}, ANY);
    const inspector = await start();
    const mute = manager.mute(ANY);
    manager.emit(ordered);
    mute[Symbol.dispose]();
    expect(why(inspector)).toEqual([
      ['own', true, 'unfiltered'],
      ['any', false, 'muted'],
    ]);
  });

  it('once it was used up, or disconnected, before the send or during it', async () => {
    const inspector = await start();
    manager.connect(function once() {}, ordered, { once: true });
    const gone = manager.connect(function gone() {}, ordered);
    manager.emit(ordered);
    expect(why(inspector)).toEqual([
      ['once', true, 'unfiltered'],
      ['gone', true, 'unfiltered'],
    ]);
    gone.disconnect();
    manager.connect(function first() {
      second.disconnect();
    }, ordered);
    const second = manager.connect(function second() {}, ordered);
    manager.emit(ordered);
    expect(why(inspector)).toEqual([
      ['once', false, 'once, used up'],
      ['gone', false, 'disconnected'],
      ['first', true, 'unfiltered'],
      ['second', false, 'disconnected'],
    ]);
  });

  it('once it was collected', async () => {
    const inspector = await start();
    const connectWeakly = () => manager.connect(function weak() {}, ordered, { weak: true });
    connectWeakly();
    await collectGarbage();
    manager.emit(ordered);
    expect(why(inspector)).toEqual([['weak', false, 'collected']]);
    expect(rowOf(inspector, 'ordered').receivers).toEqual([]);
  });

  it('in a serial send, by its turn, `until` and an abort', async () => {
    const inspector = await start();
    const [a, b] = [deferred(), deferred()];
    manager.connect(() => a.promise, ordered, { uid: 'a' });
    manager.connect(() => b.promise, ordered, { uid: 'b' });
    manager.connect(function c() {}, ordered);
    const sent = manager.sendSerial(ordered, {}, { until: () => true });
    expect(why(inspector).map(([, ...rest]) => rest)).toEqual([
      [true, 'unfiltered'],
      [false, 'not yet its turn'],
      [false, 'not yet its turn'],
    ]);
    a.resolve();
    await sent;
    expect(why(inspector).map(([, , because]) => because)).toEqual([
      'unfiltered',
      'stopped by until',
      'stopped by until',
    ]);
    const controller = new AbortController();
    const aborted = manager.sendSerial(ordered, {}, { abortSignal: controller.signal });
    await flush();
    controller.abort(new Error('enough'));
    await aborted;
    expect(why(inspector).map(([, , because]) => because)).toEqual(['unfiltered', 'unfiltered', 'aborted']);
    b.resolve();
  });

  it('is what it was at the send also when the receiver comes back later', async () => {
    const inspector = await start();
    function f() {}
    manager.connect(f, ordered, { once: true }).disconnect();
    manager.emit(ordered);
    const { id } = lastSend(inspector);
    expect(why(inspector, id)).toEqual([['f', false, 'disconnected']]);
    manager.connect(f, ordered);
    manager.emit(ordered);
    expect(why(inspector, id)).toEqual([['f', false, 'disconnected']]);
  });

  it('once it was used up by the kept send of a sticky signal, or by another of several signals', async () => {
    const inspector = await start();
    const [sticky, paid] = [new Signal({ manager, sticky: true }), Symbol('paid')];
    sticky.emit();
    sticky.connect(function late() {}, { once: true });
    sticky.emit();
    expect(why(inspector)).toEqual([['late', false, 'once, used up']]);
    manager.connect(function either() {}, [ordered, paid], { once: true });
    manager.emit(ordered);
    manager.emit(paid);
    expect(why(inspector)).toEqual([['either', false, 'once, used up']]);
  });

  it('by `until` of a sendSync, and by a mute before its turn', async () => {
    const inspector = await start();
    manager.connect(function first({ act }: { act?: () => void }) {
      act?.();
    }, ordered);
    manager.connect(function second() {}, ordered);
    manager.sendSync(ordered, {}, { until: () => true });
    expect(why(inspector)[1]).toEqual(['second', false, 'stopped by until']);
    for (const verb of ['emit', 'sendSync', 'sendSerial'] as const) {
      let mute: Disposable | undefined;
      await manager[verb](ordered, { act: () => (mute = manager.mute(ordered)) });
      expect(why(inspector)[1]).toEqual(['second', false, 'muted']);
      mute?.[Symbol.dispose]();
    }
  });

  it('of one function with several `this`, which a send may have lost before their turn', async () => {
    class Cart {
      add() {}
    }
    const inspector = await start();
    manager.connect(function first() {
      lost.disconnect();
    }, ordered);
    const carts = [new Cart(), new Cart()] as const;
    const lost = manager.connect(carts[0].add, ordered, { thisArg: carts[0] });
    manager.connect(carts[1].add, ordered, { thisArg: carts[1] });
    manager.emit(ordered);
    expect(why(inspector).slice(1)).toEqual([
      ['add', false, 'disconnected'],
      ['add', true, 'unfiltered'],
    ]);
  });

  it('keeps nothing of one function for ever new objects (I12)', () => {
    const identities = new Identities();
    const receivers = new ReceiversOf();
    const log = new ConnectionLog(identities, () => 1);
    const receiver = (): void => undefined;
    const shared = { signal: ordered, receiver, uid: undefined, weak: false, once: false, priority: 0 };
    for (let n = 0; n < 1_100; n++) {
      const facts = { ...shared, thisArg: {}, senders: new Set<unknown>(), keys: new Set<unknown>() };
      const connection = {} as Connection;
      log.begin(receivers, facts, connection);
      log.end(receivers, facts, connection, 'disconnected');
    }
    expect([receivers.all.size, receivers.byFunction(receiver).size]).toEqual([1_000, 1_000]);
  });

  it('is not known for a send that is no longer kept', async () => {
    const inspector = await start({ keepSends: 1 });
    manager.emit(ordered);
    const { id } = lastSend(inspector);
    manager.emit(ordered);
    expect(inspector.whyNot(id)).toBeUndefined();
    expect(inspector.sends()).toHaveLength(1);
  });

  it('remembers the last 1,000 lost receivers (I12)', async () => {
    const inspector = await start();
    for (let n = 0; n < 1_001; n++) manager.connect(() => n, ordered).disconnect();
    manager.emit(ordered);
    expect(inspector.whyNot(lastSend(inspector).id)).toHaveLength(1_000);
  });
});

describe('what is shown (I9)', () => {
  const secrets = ['secret key', 'secret sender', 'secret value', 'secret result', 'secret message'];

  it('has no key, sender, result, message, stack or value of a kwarg', async () => {
    const inspector = await start();
    manager.connect(() => 'secret result', ordered);
    manager.connect(
      function fails() {
        throw Object.assign(new RangeError('secret message'), { code: 'ERR_X' });
      },
      ordered,
      { key: 'secret key', sender: 'secret sender' },
    );
    await manager.send(ordered, { card: 'secret value' }, { key: 'secret key', sender: 'secret sender' });
    const all = JSON.stringify([inspector.snapshot(), inspector.sends(), inspector.whyNot(lastSend(inspector).id)]);
    for (const secret of secrets) expect(all).not.toContain(secret);
    expect(lastSend(inspector)).toMatchObject({
      kwargs: ['card'],
      calls: [
        { status: 'fulfilled', error: null },
        { name: 'fails', error: { name: 'RangeError', code: 'ERR_X' } },
      ],
    });
  });

  it('is what `show` returns, unless it throws or JSON has no text for it', async () => {
    const show = jest.fn((kwargs: object, _signal: unknown) => {
      const { how } = kwargs as { how: string };
      if (how === 'throws') throw new Error('x');
      return { data: { how: 'shown' }, undefined, cycle: cyclic, bigint: 1n }[how];
    });
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const inspector = await start({ show });
    const shown = ['data', 'throws', 'undefined', 'cycle', 'bigint'].map((how) => {
      manager.emit(ordered, { how });
      return lastSend(inspector).kwargs;
    });
    expect(shown).toEqual([{ how: 'shown' }, ['how'], ['how'], ['how'], ['how']]);
    expect(show).toHaveBeenLastCalledWith({ how: 'bigint' }, ordered);
  });

  it('is the names of the kwargs if `show` returns a promise, whose rejection does not end the process', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    // Not started: only who awaits a query asks the database.
    const query = { then: jest.fn() };
    const inspector = await start({ show: (kwargs) => ('query' in kwargs ? query : Promise.reject(new Error('x'))) });
    for (const name of ['order', 'query']) {
      manager.emit(ordered, { [name]: 1 });
      expect(lastSend(inspector).kwargs).toEqual([name]);
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(query.then).not.toHaveBeenCalled();
  });

  it('has no names of kwargs that cannot be listed, and counts the send (I10)', async () => {
    const inspector = await start();
    manager.connect(() => undefined, ordered);
    const unlisted = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('x');
        },
      },
    );
    manager.emit(ordered, unlisted);
    expect(lastSend(inspector)).toMatchObject({ kwargs: [], durationMs: expect.any(Number) });
    expect(rowOf(inspector, 'ordered')).toMatchObject({ sends: 1, inFlight: 0, receivers: [{ calls: 1 }] });
  });

  it('keeps no receiver, sender, token or kwargs alive (I12)', async () => {
    const inspector = await start();
    const refs = (() => {
      const things = { token: {}, sender: {}, kwargs: { a: 1 }, receiver: () => undefined };
      const connection = manager.connect(things.receiver, things.token, { sender: things.sender });
      manager.emit(things.token, things.kwargs, { sender: things.sender });
      connection.disconnect();
      return Object.values(things).map((thing) => new WeakRef(thing));
    })();
    expect(inspector.sends()).toHaveLength(1);
    await collectGarbage();
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined, undefined]);
    expect(inspector.sends()).toHaveLength(1);
  });

  it('has one row for the signals beyond 10,000 (I12)', async () => {
    const inspector = await start();
    const tokens = Array.from({ length: 10_002 }, (_, n) => Symbol(`s${n}`));
    for (const token of tokens) manager.emit(token);
    const { signals } = inspector.snapshot();
    expect(signals).toHaveLength(10_001);
    expect(signals.at(-1)).toMatchObject({ name: '(others)', sends: 2 });
    expect(lastSend(inspector)).toMatchObject({ signalName: 's10001', signalId: signals.at(-1)?.id });
  });

  it('knows the receivers that the signals in one row had before (I12, I13)', async () => {
    const tokens = Array.from({ length: 10_002 }, (_, n) => Symbol(`s${n}`));
    for (const [n, token] of tokens.entries()) {
      manager.connect({ [`r${n}`]: () => undefined }[`r${n}`] as () => void, token);
    }
    const inspector = await start();
    manager.emit(tokens[10_001] as symbol);
    expect(why(inspector)).toEqual([
      ['r10000', false, 'no matching sender or key'],
      ['r10001', true, 'unfiltered'],
    ]);
  });

  it('names where a receiver was connected, if it is asked to (I15)', async () => {
    manager.connect(function before() {}, ordered);
    const inspector = await start({ connectSites: true });
    manager.connect(function here() {}, ordered);
    const [line] = /inspect\.test\.ts:\d+/.exec(new Error().stack ?? '') ?? [];
    const { receivers } = rowOf(inspector, 'ordered');
    expect(receivers[0]?.site).toBeNull();
    expect(receivers[1]?.site).toContain(`inspect.test.ts:${Number(line?.split(':')[1]) - 1}:`);
  });
});

describe('the sites of connections (I15)', () => {
  it.each<[string, string]>([
    ['/app (shop)/(group)/page.js', '/app (shop)/(group)/page.js'],
    ['/app (a:1:2)/page.js', '/app (a:1:2)/page.js'],
    ['file:///app%20(shop)/(group).js', '/app (shop)/(group).js'],
    ['file://host/a%2Fb.js', 'file://host/a%2Fb.js'],
    ['file:///a%2Fb.js', 'file:///a%2Fb.js'],
    ['webpack-internal:///./src/a.js', 'webpack-internal:///./src/a.js'],
    [path.join(root, 'src-of-app/a.js'), path.join(root, 'src-of-app/a.js')],
  ])('may be in the file %s', async (filename, expected) => {
    const inspector = await start({ connectSites: true });
    const connectThere = runInThisContext('(manager, signal) => manager.connect(() => {}, signal)', { filename }) as (
      ...args: [SignalManager, symbol]
    ) => void;
    connectThere(manager, ordered);
    expect(rowOf(inspector, 'ordered').receivers[0]?.site).toMatch(/:1:\d+$/);
    expect(rowOf(inspector, 'ordered').receivers[0]?.site?.replace(/:1:\d+$/, '')).toBe(expected);
  });

  it('are those of the callers of `eval`, whose code has no file', async () => {
    const inspector = await start({ connectSites: true });
    const connect = () => manager.connect(() => undefined, ordered);
    const code = '(connect) => eval("connect()")';
    (runInThisContext(code, { filename: '/evals.js' }) as (connect: () => Connection) => void)(() => connect());
    expect(rowOf(inspector, 'ordered').receivers[0]?.site).toContain('inspect.test.ts:');
  });

  it('never make `connect` fail (I8)', async () => {
    const inspector = await start({ connectSites: true });
    const { prepareStackTrace, stackTraceLimit } = Error;
    Error.prepareStackTrace = () => {
      throw new Error('x');
    };
    try {
      manager.connect(function hostile() {}, ordered);
    } finally {
      Object.assign(Error, { prepareStackTrace });
    }
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    Object.defineProperty(Error, 'stackTraceLimit', { writable: false });
    try {
      manager.connect(function frozen() {}, ordered);
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', { writable: true });
    }
    expect(rowOf(inspector, 'ordered').receivers).toMatchObject([
      { name: 'hostile', site: null },
      { name: 'frozen', site: expect.stringContaining('inspect.test.ts:') },
    ]);
  });
});

describe('other nodes (I14)', () => {
  it('are listed while they hear a signal, with their results', async () => {
    const inspector = await start();
    const engine = memoryEngine();
    const far = new SignalManager({ onError: null });
    const here = new Bridge(manager, engine, { namespace: 'n', node: 'here' });
    const there = new Bridge(far, engine, { namespace: 'n', node: 'there' });
    const name = 'shared';
    await Promise.all([here.share(manager.signal(name)), there.share(far.signal(name))]);
    await here.ready({ nodes: 2 });
    expect(inspector.snapshot().peers).toEqual([]);
    far.signal(name).connect(() => 1);
    far.signal(name).connect(() => {
      throw new Error('x');
    });
    await there.ready({ nodes: 2 });
    expect(inspector.snapshot().peers).toEqual([{ name: 'there', kind: null, results: 0, failures: 0 }]);
    expect(rowOf(inspector, name).peers).toEqual(['there']);
    await manager.signal(name).send();
    expect(inspector.snapshot().peers).toEqual([{ name: 'there', kind: 'node', results: 2, failures: 1 }]);
    expect(rowOf(inspector, name)).toMatchObject({ sends: 1, failures: 1 });
    expect(lastSend(inspector)).toMatchObject({ peers: ['there'], calls: [] });
    await Promise.all([here.close(), there.close()]);
    expect(rowOf(inspector, name).peers).toEqual([]);
    await far.close();
  });
});

describe('the inspector', () => {
  it('finds the managers that live, and later ones, unless it is given some', async () => {
    const inspector = await start({ managers: undefined });
    const later = new SignalManager({ name: 'later' });
    const names = inspector.snapshot().managers.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['shop', 'later']));
    later.emit(ordered);
    expect(rowOf(inspector, 'ordered').sends).toBe(1);
    await later.close();
  });

  it('has a token of 24 bytes in the fragment of its url, which no other has (I2)', async () => {
    const urls = await Promise.all([start(), start()]).then((both) => both.map(({ url }) => url));
    const tokens = urls.map((url) => /^http:\/\/127\.0\.0\.1:\d+\/#([\w-]{32})$/.exec(url)?.[1] ?? '');
    expect(tokens.map((token) => Buffer.from(token, 'base64url').length)).toEqual([24, 24]);
    expect(new Set(tokens).size).toBe(2);
  });

  it('has the sends of a signal, newest first', async () => {
    const inspector = await start();
    const paid = Symbol('paid');
    for (const token of [ordered, paid, ordered]) manager.emit(token, { token: 1 });
    expect(inspector.sends().map(({ signalName }) => signalName)).toEqual(['ordered', 'paid', 'ordered']);
    expect(inspector.sends({ signal: ordered })).toHaveLength(2);
    expect(inspector.sends({ limit: 1 })).toHaveLength(1);
    expect(inspector.sends({ signal: Symbol('unknown') })).toEqual([]);
  });

  it('has a job file that only its user can read, until it closes (I20)', async () => {
    const file = path.join(state, 'signalbox', `${process.pid}.json`);
    const inspector = await start();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      pid: process.pid,
      url: inspector.url,
      token: inspector.url.split('#')[1],
      startedAt: expect.any(Number),
    });
    expect([statSync(file).mode & 0o777, statSync(path.dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
    const second = await start();
    await second.close();
    expect(existsSync(file)).toBe(true);
    await inspector.close();
    expect(existsSync(file)).toBe(false);
  });

  it('leaves nothing behind when it closes, and closes once (I22)', async () => {
    const listeners = process.listenerCount('exit');
    const inspector = await start();
    const closing = inspector.close();
    expect(inspector.close()).toBe(closing);
    await closing;
    expect(process.listenerCount('exit')).toBe(listeners);
    const { port } = new URL(inspector.url);
    await new Promise<void>((resolve) => {
      const server = createServer().listen(Number(port), '127.0.0.1', () => server.close(() => resolve()));
    });
    await inspector[Symbol.asyncDispose]();
  });

  it.each<[string, () => unknown]>([
    ['its job file cannot be removed', () => jest.spyOn(fs, 'rmSync').mockImplementation(refuse)],
    ['one step fails', () => jest.spyOn(process, 'off').mockImplementation(refuse)],
  ])('closes the rest although %s (I22)', async (_what, spoil) => {
    const inspector = await inspect({ managers: [manager], onReady: null });
    spoil();
    await inspector.close().catch(() => undefined);
    jest.restoreAllMocks();
    await expect(fetch(inspector.url)).rejects.toThrow();
    manager.emit(ordered);
    expect(inspector.sends()).toEqual([]);
    const next = await start();
    expect(existsSync(path.join(state, 'signalbox', `${process.pid}.json`))).toBe(true);
    await next.close();
  });

  it('does not fail because its job file cannot be removed (I22)', async () => {
    const inspector = await inspect({ managers: [manager], onReady: null });
    jest.spyOn(fs, 'rmSync').mockImplementation(refuse);
    await inspector.close();
  });

  it('closes again if `onReady` fails, at once or later', async () => {
    const urls: string[] = [];
    const onReady = (url: string): unknown => {
      urls.push(url);
      return Promise.reject(new Error('later'));
    };
    expect(await rejectionOf(inspect({ onReady: onReady }))).toMatchObject({
      message: 'later',
    });
    await expect(fetch(urls[0] ?? '')).rejects.toThrow();
  });

  it('rejects when the port is taken, and leaves nothing (I1)', async () => {
    const inspector = await start();
    const port = Number(new URL(inspector.url).port);
    expect(await rejectionOf(inspect({ port, onReady: null }))).toMatchObject({ code: 'EADDRINUSE' });
  });

  it.each<[string, unknown, string]>([
    ['managers', { managers: {} }, 'TypeError: Expected `managers` to be an iterable of SignalManagers, got object'],
    ['a manager', { managers: [{}] }, 'TypeError: Expected `managers[0]` to be a SignalManager'],
    ['port', { port: 65_536 }, 'RangeError: Expected `port` to be a whole number from 0 to 65535, got number 65536'],
    ['updateEveryMs', { updateEveryMs: 99 }, 'RangeError: Expected `updateEveryMs` to be a whole number from 100'],
    ['keepSends', { keepSends: -1 }, 'RangeError: Expected `keepSends` to be a whole number from 0 to 100000'],
    ['show', { show: 'all' }, 'TypeError: Expected `show` to be a function, got string'],
    ['connectSites', { connectSites: 1 }, 'TypeError: Expected `connectSites` to be a boolean'],
    ['onReady', { onReady: 'x' }, 'TypeError: Expected `onReady` to be a function'],
    ['an unknown option', { host: '0.0.0.0' }, 'TypeError: Unknown option `host` of inspect'],
  ])('rejects a bad option: %s', async (_what, options, message) => {
    expect(String(await rejectionOf(inspect(options as never)))).toContain(message);
  });
});
