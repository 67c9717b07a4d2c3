import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, type Connection, RECEIVER_CONNECTED, type Signal, SignalManager, onManager } from '../../src/index.js';
import { ExtensionFailedError, type ExtensionClass, NotConfigured, loadExtensions } from '../../src/lifecycle/index.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

let manager: SignalManager;
let signal: Signal<{ n?: number }>;
let log: string[];

beforeEach(() => {
  manager = new SignalManager();
  signal = manager.signal('shared');
  log = [];
});

type App = { readonly name: string };
const app: App = { name: 'app' };
const failure = new Error('no database');

interface Behaviour {
  readonly from?: (app: App) => unknown;
  readonly dispose?: () => void;
  readonly asyncDispose?: (() => PromiseLike<void>) | null;
}

/** An extension that connects a receiver of its name, and does what else it is told. */
function extension(name: string, { from, dispose, asyncDispose }: Behaviour = {}): ExtensionClass<App> {
  const made = {
    name,
    ...(dispose && { [Symbol.dispose]: dispose }),
    ...(asyncDispose !== undefined && { [Symbol.asyncDispose]: asyncDispose }),
  };
  return {
    name,
    async from(given) {
      log.push(`from ${name}`);
      signal.connect(() => void log.push(`receiver of ${name}`));
      await flush();
      await from?.(given);
      log.push(`made ${name}`);
      return made;
    },
  };
}

/** The names of those whose receivers are connected. */
function heard(): string[] {
  log.length = 0;
  signal.emit();
  return log.map((entry) => entry.replace('receiver of ', ''));
}

describe('loadExtensions', () => {
  it('calls `from` once each, lower numbers first, one after the other, those with null not at all (L17)', async () => {
    const [a, b, c, d, off] = [extension('a'), extension('b'), extension('c'), extension('d'), extension('off')];
    const extensions = await loadExtensions(
      app,
      new Map<ExtensionClass<App>, number | null>([
        [a, 500],
        [off, null],
        [b, 0],
        [c, 500],
        [d, -Infinity],
      ]),
    );
    expect(log).toEqual(['d', 'b', 'a', 'c'].flatMap((name) => [`from ${name}`, `made ${name}`]));
    expect(extensions.names).toEqual(['d', 'b', 'a', 'c']);
    expect(extensions.get(a)).toMatchObject({ name: 'a' });
    expect(extensions.get(off)).toBeUndefined();
  });

  it('calls `from` with the app, and the class as `this`', async () => {
    class Stats {
      static readonly made: unknown[] = [];
      readonly count = 0;
      static from(given: App): object {
        this.made.push(this, given);
        return new this();
      }
    }
    const extensions = await loadExtensions(app, new Map([[Stats, 1]]));
    expect(Stats.made).toEqual([Stats, app]);
    expect(extensions.get(Stats)).toBeInstanceOf(Stats);
  });

  it.each<[string, () => unknown]>([
    ['NotConfigured', () => new NotConfigured('no `server`')],
    ['an error of another copy with its code', () => Object.assign(new Error('no'), { code: 'ERR_NOT_CONFIGURED' })],
  ])('leaves out an extension that throws %s, and removes its connections (L18)', async (_what, make) => {
    const error = make();
    const out = extension('out', { from: () => Promise.reject(error) });
    const onLeftOut = jest.fn<(extension: string, error: NotConfigured) => void>();
    const extensions = await loadExtensions(
      app,
      new Map([
        [extension('a'), 1],
        [out, 2],
        [extension('b'), 3],
      ]),
      { onLeftOut },
    );
    expect(onLeftOut.mock.calls).toEqual([['out', error]]);
    expect(extensions.names).toEqual(['a', 'b']);
    expect(heard()).toEqual(['a', 'b']);
  });

  it('leaves out without `onLeftOut`, too (L18)', async () => {
    const out = extension('out', { from: () => Promise.reject(new NotConfigured()) });
    expect((await loadExtensions(app, new Map([[out, 1]]))).names).toEqual([]);
  });

  it('unloads the loaded ones, last first, when one fails otherwise (L19)', async () => {
    const disposed: string[] = [];
    const dispose = (name: string) => ({ dispose: () => void disposed.push(name) });
    const failing = extension('failing', { from: () => Promise.reject(failure) });
    const error = await rejectionOf(
      loadExtensions(
        app,
        new Map([
          [extension('a', dispose('a')), 1],
          [extension('b', dispose('b')), 2],
          [failing, 3],
          [extension('c'), 4],
        ]),
      ),
    );
    expect(error).toBeInstanceOf(ExtensionFailedError);
    expect(error).toMatchObject({
      name: 'ExtensionFailedError',
      code: 'ERR_EXTENSION_FAILED',
      message: 'Extension failing could not be loaded',
      extension: 'failing',
      cause: failure,
    });
    expect(log).not.toContain('from c');
    expect(disposed).toEqual(['b', 'a']);
    expect(heard()).toEqual([]);
  });

  it('prints the errors of those that cannot be unloaded then (L19)', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const broken = extension('broken', { asyncDispose: () => Promise.reject(new RangeError('busy')) });
    const failing = extension('failing', { from: () => Promise.reject(failure) });
    const loading = loadExtensions(
      app,
      new Map([
        [broken, 1],
        [failing, 2],
      ]),
    );
    expect(await rejectionOf(loading)).toMatchObject({ cause: failure });
    expect(printed.mock.calls).toEqual([['An extension could not be unloaded:', new RangeError('busy')]]);
    printed.mockRestore();
  });

  it('fails for an extension that is no object (L19)', async () => {
    const none = { name: 'none', from: () => undefined as unknown as object };
    expect(await rejectionOf(loadExtensions(app, new Map([[none, 1]])))).toMatchObject({
      extension: 'none',
      cause: new TypeError('Expected `from` to be a function that returns an object, got undefined'),
    });
  });

  it('is ended by an error of `onLeftOut`, which unloads the others', async () => {
    const out = extension('out', { from: () => Promise.reject(new NotConfigured()) });
    const onLeftOut = () => {
      throw failure;
    };
    const extensions = new Map([
      [extension('a'), 1],
      [out, 2],
    ]);
    expect(await rejectionOf(loadExtensions(app, extensions, { onLeftOut }))).toBe(failure);
    expect(heard()).toEqual([]);
  });

  it('is ended by a rejection of an async `onLeftOut`', async () => {
    const out = extension('out', { from: () => Promise.reject(new NotConfigured()) });
    const onLeftOut = (): unknown => Promise.reject(failure);
    expect(await rejectionOf(loadExtensions(app, new Map([[out, 1]]), { onLeftOut }))).toBe(failure);
  });

  it.each<[string, unknown, object | undefined, string]>([
    ['no Map', { a: 1 }, undefined, 'Expected `extensions` to be a Map, got object'],
    [
      'what is no extension',
      new Map([[{ name: 'x' }, 1]]),
      undefined,
      'Expected `extension` to be a class with a static method `from`, got object',
    ],
    [
      'an order of another type',
      new Map([[{ name: 'x', from: () => ({}) }, '1']]),
      undefined,
      'Expected `extensions.get(x)` to be a number or null, got string "1"',
    ],
    [
      'NaN as order',
      new Map([[{ name: 'x', from: () => ({}) }, NaN]]),
      undefined,
      'Expected `extensions.get(x)` to be a number or null, got number NaN',
    ],
    ['an unknown option', new Map(), { manager: 1 }, 'Unknown option `manager` of loadExtensions; expected one of man'],
    [
      'managers that are none',
      new Map(),
      { managers: [{}] },
      'Expected `managers[0]` to be a SignalManager, got object',
    ],
    [
      'managers of another type',
      new Map(),
      { managers: new SignalManager() },
      'Expected `managers` to be an iterable of SignalManagers, got object',
    ],
    ['onLeftOut of another type', new Map(), { onLeftOut: 1 }, 'Expected `onLeftOut` to be a function, got number 1'],
  ])('rejects %s before any is made', async (_what, extensions, options, message) => {
    const loading = loadExtensions(app, extensions as Map<ExtensionClass<App>, number>, options);
    const error = await rejectionOf(loading);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(message);
  });
});

describe('Extensions#unload (L20)', () => {
  it('disconnects what was connected while `from` ran, also after its awaits, and nothing else', async () => {
    const twice = () => void log.push('twice');
    signal.connect(twice);
    let connectLater: () => void = () => undefined;
    const a = extension('a', {
      from: async () => {
        await flush();
        manager.connect(() => void log.push('after an await'), signal);
        signal.connect(twice); // the app has connected it, too
        connectLater = () => void signal.connect(() => void log.push('later'));
        await new Promise((resolve) => {
          setTimeout(() => {
            signal.connect(() => void log.push('in a timer'));
            resolve(undefined);
          });
        });
      },
    });
    const b = extension('b');
    const loading = loadExtensions(app, new Map([a, b].map((each, i) => [each, i])));
    signal.connect(() => void log.push('app meanwhile'));
    const extensions = await loading;
    connectLater();
    expect(heard()).toEqual(['twice', 'a', 'app meanwhile', 'after an await', 'in a timer', 'b', 'later']);
    expect(await extensions.unload(a)).toBe(true);
    expect(heard()).toEqual(['twice', 'app meanwhile', 'b', 'later']);
    expect([extensions.names, extensions.get(a)]).toEqual([['b'], undefined]);
    expect(await extensions.unload(a)).toBe(false);
  });

  it('knows connections of all kinds: with keys, `once`, ANY, `thisArg`, and of several signals', async () => {
    const other = manager.signal('other');
    const receiver = () => undefined;
    const a = extension('a', {
      from: () => {
        manager.connect(receiver, [signal, other], { keys: [1, 2], once: true });
        manager.connect(() => undefined, ANY, { thisArg: {} });
      },
    });
    const extensions = await loadExtensions(app, new Map([[a, 1]]));
    await extensions.unload(a);
    expect([...manager.signals(), ...manager.receivers(ANY)]).toEqual([]);
  });

  it('does not know those to the meta signals, which nothing reports (R18)', async () => {
    let connection: Connection | undefined;
    const a = extension('a', {
      from: () => void (connection = manager.connect(() => undefined, RECEIVER_CONNECTED)),
    });
    const extensions = await loadExtensions(app, new Map([[a, 1]]));
    await extensions.unload(a);
    expect(connection?.connected).toBe(true);
  });

  it('knows those on all managers, and on those that `from` makes', async () => {
    const others: SignalManager[] = [new SignalManager()];
    const a = extension('a', {
      from: () => {
        others.push(new SignalManager());
        for (const each of others) each.connect(() => undefined, signal);
      },
    });
    const extensions = await loadExtensions(app, new Map([[a, 1]]));
    expect(others.map((each) => each.receivers(signal).length)).toEqual([1, 1]);
    await extensions.unload(a);
    expect(others.map((each) => each.receivers(signal).length)).toEqual([0, 0]);
  });

  it('knows those on the managers of the option only', async () => {
    const other = new SignalManager();
    const a = extension('a', { from: () => void other.connect(() => undefined, signal) });
    const extensions = await loadExtensions(app, new Map([[a, 1]]), { managers: new Set([manager]) });
    await extensions.unload(a);
    expect([manager.receivers(signal).length, other.receivers(signal).length]).toEqual([0, 1]);
  });

  it('does not know those that an unfinished task of `from` makes later', async () => {
    const gate = deferred();
    const connectLater = async (): Promise<void> => {
      await gate.promise;
      signal.connect(() => void log.push('receiver of task'));
    };
    const first = extension('first', { from: () => void connectLater() });
    const second = extension('second', { from: () => gate.resolve() });
    const extensions = await loadExtensions(app, new Map([first, second].map((each, order) => [each, order])));
    await extensions.unload(first);
    expect(heard()).toEqual(['second', 'task']);
  });

  it('tells two loadings at the same time apart', async () => {
    const [a, b] = [extension('a'), extension('b')];
    const [first] = await Promise.all([a, b].map((each) => loadExtensions(app, new Map([[each, 1]]))));
    await first?.unload(a);
    expect(heard()).toEqual(['b']);
  });

  it('leaves nothing connected on the managers after the loading, a closed one included', async () => {
    const closed = new SignalManager({ onError: (error) => log.push(String(error)) });
    const closing = closed.close();
    const other = new SignalManager();
    await loadExtensions(app, new Map([[extension('a'), 1]]), { managers: [manager, other, other, closed] });
    await loadExtensions(app, new Map([[extension('b'), 1]]));
    expect([manager, other].map((each) => each.hasReceivers(RECEIVER_CONNECTED))).toEqual([false, false]);
    await closing;
    const seen: unknown[] = [];
    const watching = onManager((each) => void seen.push(each));
    new SignalManager();
    watching[Symbol.dispose]();
    expect(log.filter((entry) => entry.includes('Error'))).toEqual([]);
  });

  it.each<[string, Behaviour, string[]]>([
    ['Symbol.dispose', { dispose: () => void log.push('disposed') }, ['disposed', 'unloaded']],
    [
      'Symbol.asyncDispose',
      {
        asyncDispose: async () => {
          await flush();
          log.push('disposed');
        },
      },
      ['disposed', 'unloaded'],
    ],
    [
      'Symbol.asyncDispose alone, if both are there,',
      { dispose: () => void log.push('sync'), asyncDispose: async () => void log.push('async') },
      ['async', 'unloaded'],
    ],
    ['neither', {}, ['unloaded']],
    [
      'Symbol.dispose, if Symbol.asyncDispose is null,',
      { dispose: () => void log.push('sync'), asyncDispose: null },
      ['sync', 'unloaded'],
    ],
  ])('awaits %s after the disconnecting', async (_what, behaviour, expected) => {
    const a = extension('a', behaviour);
    const extensions = await loadExtensions(app, new Map([[a, 1]]));
    log.length = 0;
    const unloading = extensions.unload(a).then(() => log.push('unloaded'));
    expect(signal.hasReceivers()).toBe(false);
    await unloading;
    expect(log).toEqual(expected);
  });

  it('rejects with what that throws, and is unloaded all the same', async () => {
    const a = extension('a', {
      dispose: () => {
        throw failure;
      },
    });
    const extensions = await loadExtensions(app, new Map([[a, 1]]));
    expect(await rejectionOf(extensions.unload(a))).toBe(failure);
    expect([await extensions.unload(a), extensions.names, heard()]).toEqual([false, [], []]);
  });

  it('rejects what is no extension', async () => {
    const extensions = await loadExtensions(app, new Map());
    const message = 'Expected `extension` to be a class with a static method `from`, got string "a"';
    expect(await rejectionOf(extensions.unload('a' as never))).toEqual(new TypeError(message));
  });
});

describe('disposing of Extensions (L20)', () => {
  it('unloads all, the last loaded one first, each awaited', async () => {
    const disposed: string[] = [];
    const asyncDispose = (name: string) => async () => {
      disposed.push(`${name} begins`);
      await flush();
      disposed.push(`${name} ends`);
    };
    const all = ['a', 'b'].map((name, i) => [extension(name, { asyncDispose: asyncDispose(name) }), i] as const);
    const extensions = await loadExtensions(app, new Map(all));
    const first = extensions[Symbol.asyncDispose]();
    expect(extensions[Symbol.asyncDispose]()).toBe(first);
    await first;
    expect(disposed).toEqual(['b begins', 'b ends', 'a begins', 'a ends']);
    expect(heard()).toEqual([]);
  });

  it('waits for an extension that is being unloaded, whose error its caller gets', async () => {
    const gate = deferred();
    const slow = extension('slow', { asyncDispose: () => gate.promise });
    const extensions = await loadExtensions(app, new Map([[slow, 0]]));
    const unloaded = rejectionOf(extensions.unload(slow));
    const disposed = extensions[Symbol.asyncDispose]().then(() => log.push('disposed'));
    log.length = 0;
    await flush();
    expect(log).toEqual([]);
    gate.reject(failure);
    expect(await unloaded).toBe(failure);
    await disposed;
    expect(log).toEqual(['disposed']);
  });

  it('rejects with an AggregateError of those that failed, after all', async () => {
    const fails = (name: string) => ({ asyncDispose: () => Promise.reject(new Error(name)) });
    const extensions = await loadExtensions(
      app,
      new Map([
        [extension('a', fails('a')), 1],
        [extension('b'), 2],
        [extension('c', fails('c')), 3],
      ]),
    );
    const error = await rejectionOf(extensions[Symbol.asyncDispose]());
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({
      message: '2 extensions could not be unloaded',
      errors: [new Error('c'), new Error('a')],
    });
    expect(heard()).toEqual([]);
  });
});
