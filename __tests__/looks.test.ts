import { describe, expect, it, jest } from '@jest/globals';
import { inspect } from 'node:util';
import { Bridge, memoryEngine } from '../src/bridge/index.js';
import { SignalBus } from '../src/bus/index.js';
import { ANY, RECEIVER_CONNECTED, Signal, SignalManager } from '../src/index.js';
import { fromEmitter } from '../src/interop/index.js';
import { Lifecycle, loadExtensions } from '../src/lifecycle/index.js';
import { ThreadHub, ThreadLink } from '../src/threads/index.js';

/** One object of each class. */
async function makeAll() {
  const manager = new SignalManager({ name: 'app' });
  const started = new Signal<{ secret?: string }>({ name: 'started', manager });
  const unnamed = new Signal({ manager });
  const token = Symbol('token');
  const connection = started.connect(jest.fn());
  started.connect(jest.fn(), { key: 'k' });
  const both = manager.connect(jest.fn(), [token, unnamed]);
  manager.connect(jest.fn(), ANY);
  manager.connect(jest.fn(), RECEIVER_CONNECTED);
  const contexts: object[] = [];
  started.connect((_kwargs, context: object) => void contexts.push(context), { once: true });
  started.emit({ secret: 'kwargs are secret' });
  started.connect((_kwargs, context: object) => void contexts.push(context), { once: true });
  started.emit({ secret: 'kwargs are secret' }, { keys: ['a'] });
  const past = started.connect(jest.fn(), { abortSignal: AbortSignal.abort() });
  const delayed = started.emitAfter(10_000, {});
  const stream = started.stream();
  const hub = new ThreadHub(manager, { signals: [started] });
  const bridge = new Bridge(new SignalManager({ name: 'bridged' }), memoryEngine(), { namespace: 'n' });
  const bus = new SignalBus({ name: 'orders' });
  const lifecycle = new Lifecycle();
  const extensions = await loadExtensions({}, new Map([[{ name: 'Stats', from: () => ({}) }, 0]]));
  const feed = fromEmitter(new EventTarget(), 'event', started, () => ({}));
  const end = async () => {
    delayed.cancel();
    await Promise.all([stream.return?.(), hub.close(), bridge.close(), bus.stop()]);
    await manager.close();
  };
  const more = { lifecycle, extensions, feed };
  return {
    manager,
    started,
    unnamed,
    connection,
    both,
    past,
    delayed,
    contexts,
    stream,
    hub,
    bridge,
    bus,
    ...more,
    end,
  };
}

describe('how objects are printed (R26)', () => {
  it('they say what they are and how much is connected, in strings and in the console of Node', async () => {
    const { manager, started, unnamed, connection, both, past, delayed, contexts, stream, hub, bridge, bus, ...more } =
      await makeAll();
    const rows: [object, string][] = [
      [started, 'Signal "started" (2 receivers)'],
      [unnamed, 'Signal (1 receiver)'],
      [new Signal({ name: 'quiet', manager }), 'Signal "quiet" (0 receivers)'],
      [manager, 'SignalManager "app" (4 signals, 5 receivers)'],
      [new SignalManager(), 'SignalManager (0 signals, 0 receivers)'],
      [connection, 'Connection to "started" (connected)'],
      [both, 'Connection to Symbol(token), "(unnamed)" (connected)'],
      [past, 'Connection to "started" (disconnected)'],
      [delayed, 'DelayedEmit (pending)'],
      ...contexts.map((context): [object, string] => [context, 'SendContext of "started"']),
      [stream, 'SignalStream of "started"'],
      [hub, 'ThreadHub (0 threads)'],
      [bridge, 'Bridge of SignalManager "bridged" (0 signals, 0 receivers)'],
      [bus, 'SignalBus "orders"'],
      [more.lifecycle, 'Lifecycle (new)'],
      [more.extensions, 'Extensions (1 extension)'],
      [more.feed, 'Feed of "started"'],
    ];
    expect(contexts).toHaveLength(2);
    for (const [object, text] of rows) {
      // eslint-disable-next-line @typescript-eslint/no-base-to-string -- each of them has one of its own
      expect(String(object)).toBe(text);
      expect(inspect({ deep: [object] }, { breakLength: Infinity })).toBe(`{ deep: [ ${text} ] }`);
    }
    connection.disconnect();
    expect(String(connection)).toBe('Connection to "started" (disconnected)');
    delayed.cancel();
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- it has one of its own
    expect(String(delayed)).toBe('DelayedEmit (over)');
    await more.end();
  });

  it('printing a prototype harms nothing', () => {
    expect(String(SignalManager.prototype)).toBe('SignalManager');
    expect(String(Signal.prototype)).toBe('Signal');
  });
});

describe('objects inside a proxy', () => {
  it('have a tag of their own, by which Vue leaves them as they are', async () => {
    const { end, contexts, ...objects } = await makeAll();
    const tags = [...Object.values(objects), ...contexts].map((object) => Object.prototype.toString.call(object));
    expect(tags).not.toContain('[object Object]');
    await end();
  });

  it.each<[string, (all: Awaited<ReturnType<typeof makeAll>>) => unknown]>([
    ['Signal#emit', ({ started }) => proxied(started).emit()],
    ['Signal#send', ({ started }) => proxied(started).send()],
    ['Signal#sendSerial', ({ started }) => proxied(started).sendSerial()],
    ['Signal#sendSync', ({ started }) => proxied(started).sendSync()],
    ['Signal#connect', ({ started }) => proxied(started).connect(jest.fn())],
    ['Signal#wait', ({ started }) => proxied(started).wait()],
    ['Signal#name', ({ started }) => proxied(started).name],
    ['a token of emit', ({ manager, started }) => manager.emit(proxied(started))],
    ['a token of send', ({ manager, started }) => manager.send(proxied(started))],
    ['a token of connect', ({ manager, started }) => manager.connect(jest.fn(), proxied(started))],
    ['a token of connect among others', ({ manager, started }) => manager.connect(jest.fn(), [ANY, proxied(started)])],
    ['a token of wait', ({ manager, started }) => manager.wait(proxied(started))],
    ['a token of receivers', ({ manager, started }) => manager.receivers(proxied(started))],
    ['a token of mute', ({ manager, started }) => manager.mute(proxied(started))],
    ['SignalManager#emit', ({ manager, started }) => proxied(manager).emit(started)],
    ['SignalManager#send', ({ manager, started }) => proxied(manager).send(started)],
    ['SignalManager#sendSerial', ({ manager, started }) => proxied(manager).sendSerial(started)],
    ['SignalManager#connect', ({ manager, started }) => proxied(manager).connect(jest.fn(), started)],
    ['SignalManager#wait', ({ manager, started }) => proxied(manager).wait(started)],
    ['SignalManager#signals', ({ manager }) => proxied(manager).signals()],
    ['SignalManager#close', ({ manager }) => proxied(manager).close()],
    ['the manager of a Signal', ({ manager }) => new Signal({ manager: proxied(manager) })],
    ['Connection#disconnect', ({ connection }) => proxied(connection).disconnect()],
    ['Connection#connected', ({ both }) => proxied(both).connected],
    ['a stream', ({ stream }) => proxied(stream).next()],
    ['ThreadHub#close', ({ hub }) => proxied(hub).close()],
    ['Bridge#close', ({ bridge }) => proxied(bridge).close()],
    ['SignalBus#start', ({ bus }) => proxied(bus).start()],
    ['Lifecycle#start', ({ lifecycle }) => proxied(lifecycle).start()],
    ['Lifecycle#add', ({ lifecycle }) => proxied(lifecycle).add('name', () => undefined)],
    ['disposing of a Lifecycle', ({ lifecycle }) => proxied(lifecycle)[Symbol.asyncDispose]()],
    ['Extensions#unload', ({ extensions }) => proxied(extensions).unload({} as never)],
    ['disposing of Extensions', ({ extensions }) => proxied(extensions)[Symbol.asyncDispose]()],
    ['disposing of a fromEmitter', ({ feed }) => proxied(feed)[Symbol.dispose]()],
  ])('%s is refused with what to do', async (_what, attempt) => {
    const all = await makeAll();
    await expect(Promise.resolve().then(() => attempt(all))).rejects.toThrow(
      /^Expected `this` to be a [A-Za-z ]+, got a proxy of one or another object; call it as a method, and keep its object out of reactive state, or mark it raw \(`markRaw`/,
    );
    expect(String(all.connection)).toBe('Connection to "started" (connected)');
    await all.end();
  });

  it('no member of any of them fails in another way, and those that return a promise reject', async () => {
    const { end, contexts, ...objects } = await makeAll();
    const link = Object.create(ThreadLink.prototype) as object;
    const all = [...Object.values(objects), ...contexts, link];
    const called = all.flatMap((object) => {
      return membersOf(object).map(async ([name, member]) => ({ name, error: await errorOf(member, proxied(object)) }));
    });
    const failed = (await Promise.all(called)).filter(({ error }) => error !== undefined);
    expect(failed.filter(({ error }) => error === undefined || !REFUSED.test(error))).toEqual([]);
    expect(failed.filter(({ name }) => VERBS_WITH_PROMISE.includes(name)).length).toBeGreaterThan(20);
    await end();
  });
});

const REFUSED =
  /^TypeError: Expected `this` to be a [A-Za-z ]+, got a proxy of one or another object; call it as a method/;

const VERBS_WITH_PROMISE = [
  ...['send', 'sendSerial', 'wait', 'drain', 'close', 'next', 'return', 'throw', 'attach', 'connectOn'],
  ...['share', 'ready', 'publish', 'start', 'stop', 'run', 'unload'],
];

/** Members of connections and extensions that the public type does not have. */
const INTERNAL: readonly unknown[] = [
  'links',
  'whole',
  'undo',
  'endWith',
  'tie',
  'release',
  'end',
  'usedUp',
  'over',
  'add',
  'load',
  'unloadAll',
];

/** The members of its class and of the classes above, those for the console left out. */
function membersOf(object: object): [name: string, member: (this: object) => unknown][] {
  const prototype = Object.getPrototypeOf(object) as object;
  if (Object.hasOwn(prototype, 'hasOwnProperty')) return [];
  const own = Reflect.ownKeys(prototype).flatMap((key): [string, (this: object) => unknown][] => {
    const found: PropertyDescriptor | undefined = Object.getOwnPropertyDescriptor(prototype, key);
    const member: unknown = found?.get ?? found?.value;
    if (key === 'constructor' || INTERNAL.includes(key) || typeof member !== 'function') return [];
    return [[String(key), member as () => unknown]];
  });
  return [...own, ...membersOf(prototype)];
}

/** The message of what a member throws or rejects with. A verb that returns promises must not throw. */
async function errorOf(member: (this: object) => unknown, object: object): Promise<string | undefined> {
  const { name } = member;
  let returned: unknown;
  try {
    returned = Reflect.apply(member, object, []);
  } catch (error) {
    return VERBS_WITH_PROMISE.includes(name) ? `${name} throws` : String(error);
  }
  return Promise.resolve(returned).then(
    () => undefined,
    (error: unknown) => String(error as Error),
  );
}

/** As reactive state makes them: what is read is read on the proxy. */
function proxied<T extends object>(target: T): T {
  return new Proxy(target, {});
}
