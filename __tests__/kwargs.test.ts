import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, Signal, SignalManager } from '../src/index.js';
import { errorOf, rejectionOf } from './helpers/promises.js';

const signal = Symbol('started');

afterEach(() => {
  jest.useRealTimers();
});

type Send = (manager: SignalManager, token: symbol | object, ...kwargs: [] | [object]) => unknown;
const verbs: [verb: string, send: Send][] = [
  ['send', (manager, token, ...kwargs) => manager.send(token, ...(kwargs as []))],
  ['send with a timeout', (manager, token, ...kwargs) => manager.send(token, kwargs[0], { timeoutMs: 100 })],
  ['sendSerial', (manager, token, ...kwargs) => manager.sendSerial(token, ...(kwargs as []))],
  ['sendSync', (manager, token, ...kwargs) => manager.sendSync(token, ...(kwargs as []))],
  ['emit', (manager, token, ...kwargs) => manager.emit(token, ...(kwargs as []))],
  [
    'emitAfter',
    (manager, token, ...kwargs) => {
      manager.emitAfter(5, token, ...(kwargs as []));
      return jest.advanceTimersByTimeAsync(5);
    },
  ],
];

/** Every way by which kwargs reach somebody: two receivers, one of ANY, a wait and a stream. */
async function kwargsSeen(manager: SignalManager, token: symbol | object, send: () => unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  const first = (kwargs: unknown) => void seen.push(kwargs);
  const second = (kwargs: unknown) => void seen.push(kwargs);
  const any = (kwargs: unknown) => void seen.push(kwargs);
  manager.connect(first, token);
  manager.connect(second, token);
  manager.connect(any, ANY);
  const waiting = manager.wait(token);
  const stream = manager.stream(token);
  await send();
  seen.push((await waiting).kwargs);
  seen.push(((await stream.next()).value as { kwargs: unknown }).kwargs);
  await stream.return?.();
  expect(seen).toHaveLength(5);
  return seen;
}

describe('kwargs (R10)', () => {
  it.each(verbs)('%s gives everybody the same object, not a copy', async (_verb, send) => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const kwargs = { port: 8080, options: {} };
    const seen = await kwargsSeen(manager, signal, () => send(manager, signal, kwargs));
    for (const each of seen) expect(each).toBe(kwargs);
    expect(Object.isFrozen(kwargs)).toBe(false);
    expect(kwargs).toEqual({ port: 8080, options: {} });
  });

  it.each(verbs)('%s without kwargs gives a frozen empty object', async (_verb, send) => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const seen = await kwargsSeen(manager, signal, () => send(manager, signal));
    for (const each of seen) {
      expect(each).toEqual({});
      expect(Reflect.ownKeys(each as object)).toEqual([]);
      expect(Object.isFrozen(each)).toBe(true);
    }
  });

  it('undefined is no kwargs', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    manager.sendSync(signal, undefined, { key: 'k' });
    expect(receiver.mock.calls[0]?.[0]).toEqual({});
    expect(Object.isFrozen(receiver.mock.calls[0]?.[0])).toBe(true);
  });

  it('frozen kwargs, kwargs without prototype and instances are given as they are', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    class Settings {
      readonly port = 1;
    }
    const bare = Object.create(null) as Record<string, unknown>;
    const all: object[] = [Object.freeze({ port: 1 }), Object.assign(bare, { port: 1 }), new Settings()];
    for (const kwargs of all) manager.sendSync(signal, kwargs);
    receiver.mock.calls.forEach(([kwargs], index) => {
      expect(kwargs).toBe(all[index]);
    });
  });

  it('a receiver that throws on its kwargs does not change them for the next', () => {
    const manager = new SignalManager({ onError: null });
    const seen = jest.fn();
    manager.connect(({ port }: { port: { deep: { er: number } } }) => port.deep.er, signal);
    manager.connect(seen, signal);
    const kwargs = { port: 1 };
    manager.sendSync(signal, kwargs);
    expect(seen.mock.calls[0]?.[0]).toBe(kwargs);
  });

  it.each([
    'signal',
    'sender',
    'senders',
    'key',
    'keys',
    'manager',
    'context',
    'timeoutMs',
    'abortSignal',
    'this',
    'then',
  ])('no name is reserved: %s (R11)', async (name) => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    const kwargs = { [name]: 'mine' };
    await manager.send(signal, kwargs, { sender: 'app', key: 'k' });
    const [received, context] = receiver.mock.calls[0] as [unknown, { signal: unknown; sender: unknown }];
    expect(received).toBe(kwargs);
    expect(received).toEqual({ [name]: 'mine' });
    expect([context.signal, context.sender]).toEqual([signal, 'app']);
  });
});

describe('declared defaults (R10)', () => {
  const list: string[] = [];
  const makeDefaults = () => ({ port: 80, host: 'localhost', list });

  it.each(verbs)('%s puts the defaults under the sent values, in one new object for everybody', async (_verb, send) => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const defaults = makeDefaults();
    const token = new Signal({ manager, defaults });
    const sent = { port: 8080 };
    const seen = await kwargsSeen(manager, token, () => send(manager, token, sent));
    expect(seen[0]).toEqual({ port: 8080, host: 'localhost', list: [] });
    expect((seen[0] as { list: unknown }).list).toBe(list);
    for (const each of seen) expect(each).toBe(seen[0]);
    expect(seen[0]).not.toBe(sent);
    expect(seen[0]).not.toBe(defaults);
    expect(sent).toEqual({ port: 8080 });
    expect(defaults).toEqual(makeDefaults());
  });

  it.each(verbs)('%s without kwargs gives the defaults', async (_verb, send) => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const token = new Signal({ manager, defaults: makeDefaults() });
    const seen = await kwargsSeen(manager, token, () => send(manager, token));
    expect(seen[0]).toEqual(makeDefaults());
  });

  it('are put into a new object per send, so that no receiver can change them for the next send', () => {
    const manager = new SignalManager();
    const token = new Signal({ manager, defaults: makeDefaults() });
    const seen: object[] = [];
    token.connect((kwargs) => {
      seen.push({ ...kwargs });
      kwargs.port = -1;
    });
    token.sendSync();
    token.sendSync({});
    token.sendSync({ host: 'a' });
    expect(seen).toEqual([makeDefaults(), makeDefaults(), { ...makeDefaults(), host: 'a' }]);
  });

  it('stand in for an explicit undefined, but not for null, false, 0 or an empty string', () => {
    const manager = new SignalManager();
    const defaults: Record<'a' | 'b' | 'c' | 'd' | 'e', unknown> = { a: 1, b: 2, c: 3, d: 4, e: 5 };
    const token = new Signal({ manager, defaults });
    const seen = jest.fn();
    token.connect(seen);
    token.sendSync({ a: undefined, b: null, c: false, d: 0, e: '' });
    expect(seen.mock.calls[0]?.[0]).toEqual({ a: 1, b: null, c: false, d: 0, e: '' });
  });

  it('may be undefined themselves: the kwarg is declared all the same', () => {
    const manager = new SignalManager();
    const token = new Signal({ manager, defaults: { reason: undefined as string | undefined } });
    const seen = jest.fn();
    token.connect(seen);
    token.sendSync({ reason: 'shutdown' });
    token.sendSync();
    expect(seen.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ reason: 'shutdown' }, { reason: undefined }]);
  });

  const undeclared: [what: string, kwargs: object, name: string][] = [
    ['a misspelt name', { prot: 1 }, 'prot'],
    ['one among declared ones', { port: 1, host: 'a', extra: null }, 'extra'],
    ['a name every object inherits', { toString: 1 }, 'toString'],
    ['constructor', { constructor: 1 }, 'constructor'],
    ['an own __proto__', JSON.parse('{"__proto__": 1}') as object, '__proto__'],
  ];
  describe.each(undeclared)('an undeclared kwarg: %s', (_what, kwargs, name) => {
    it('is a TypeError at the sender, and nobody is called', async () => {
      jest.useFakeTimers();
      const manager = new SignalManager();
      const token = new Signal({ manager, defaults: makeDefaults() });
      const receiver = jest.fn();
      manager.connect(receiver, token);
      manager.connect(receiver, ANY);
      const sent = kwargs as never;
      const refusals = [
        await rejectionOf(token.send(sent)),
        await rejectionOf(token.sendSerial(sent)),
        errorOf(() => token.sendSync(sent)),
        errorOf(() => token.emit(sent)),
        errorOf(() => token.emitAfter(1, sent)),
        await rejectionOf(manager.send(token, sent)),
        errorOf(() => manager.sendSync(token, sent)),
      ];
      for (const refusal of refusals) {
        expect(refusal).toBeInstanceOf(TypeError);
        expect((refusal as TypeError).message).toContain(name);
      }
      await jest.advanceTimersByTimeAsync(10);
      expect(receiver).not.toHaveBeenCalled();
      expect(manager.pending).toBe(0);
    });
  });

  it('without any name let nothing through', () => {
    const manager = new SignalManager();
    const token = new Signal({ manager, defaults: {} });
    const seen = jest.fn();
    token.connect(seen);
    expect(errorOf(() => token.sendSync({ port: 1 }))).toBeInstanceOf(TypeError);
    token.sendSync({});
    expect(seen.mock.calls.map(([kwargs]) => kwargs)).toEqual([{}]);
  });

  it('are those of the signal, on whatever manager it is sent', () => {
    const token = new Signal({ manager: new SignalManager(), defaults: makeDefaults() });
    const other = new SignalManager();
    const seen = jest.fn();
    other.connect(seen, token);
    other.sendSync(token, { port: 1 });
    expect(seen.mock.calls[0]?.[0]).toEqual({ ...makeDefaults(), port: 1 });
  });
});
