import { describe, expect, it, jest } from '@jest/globals';
import { ANY, type Receiver, type SendContext, SignalManager } from '../src/index.js';

const signal = Symbol('started');
const app = { name: 'app' };
const filter = { sender: app, senders: new Set(['cron', app]), key: NaN, keys: ['a', 'b', 'a'] };

/** A receiver that looks at the context alone. */
function looking(look: (context: SendContext) => unknown): Receiver {
  return (_kwargs, context: SendContext) => look(context);
}

function contextOf(options: object = filter): SendContext {
  const manager = new SignalManager();
  const contexts: SendContext[] = [];
  manager.connect(
    looking((context) => contexts.push(context)),
    signal,
  );
  manager.sendSync(signal, {}, options);
  expect(contexts).toHaveLength(1);
  return contexts[0] as SendContext;
}

describe('the context of a send (R11)', () => {
  it('says which signal, manager, senders and keys', () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, ANY);
    manager.sendSync(signal, {}, filter);
    const context = receiver.mock.calls[0]?.[1] as SendContext;
    expect(context.signal).toBe(signal);
    expect(context.manager).toBe(manager);
    expect(context.sender).toBe(app);
    expect([...context.senders]).toEqual([app, 'cron']);
    expect([...context.keys]).toEqual([NaN, 'a', 'b']);
    expect(context.abortSignal).toBeUndefined();
    expect(context.delivery).toBeUndefined();
  });

  it('of an anonymous send has no sender and two empty sets', () => {
    const context = contextOf({});
    expect(context.sender).toBeUndefined();
    expect([...context.senders]).toEqual([]);
    expect([...context.keys]).toEqual([]);
    expect([context.senders.size, context.keys.size]).toEqual([0, 0]);
  });

  it.each([{ sender: app }, { key: 'a' }, { sender: app, key: 'a' }, { senders: [app] }, filter, {}])(
    'keeps the views that have been asked for: %p',
    (options) => {
      const context = contextOf(options);
      expect(context.senders).toBe(context.senders);
      expect(context.keys).toBe(context.keys);
    },
  );

  it('names the first of the senders as the sender', () => {
    expect(contextOf({ senders: ['b', 'a'] }).sender).toBe('b');
    expect(contextOf({ sender: 'c', senders: ['b', 'a'] }).sender).toBe('c');
    expect(contextOf({ sender: null }).sender).toBeNull();
    expect([...contextOf({ sender: null }).senders]).toEqual([null]);
    expect(contextOf({ sender: null, senders: ['a'] }).sender).toBeNull();
    expect(contextOf({ senders: [null, 'a'] }).sender).toBeNull();
    expect(contextOf({ sender: 0, senders: ['a'] }).sender).toBe(0);
  });

  it('offers the whole of a ReadonlySet', () => {
    const { senders, keys } = contextOf();
    expect([senders.size, keys.size]).toEqual([2, 3]);
    expect([senders.has(app), senders.has('cron'), senders.has('a'), senders.has(undefined)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([keys.has(NaN), keys.has('a'), keys.has('c')]).toEqual([true, true, false]);
    expect([...keys.values()]).toEqual([NaN, 'a', 'b']);
    expect([...keys.keys()]).toEqual([NaN, 'a', 'b']);
    expect([...keys.entries()]).toEqual([
      [NaN, NaN],
      ['a', 'a'],
      ['b', 'b'],
    ]);
    const visited: unknown[] = [];
    keys.forEach((value, again) => visited.push([value, again]));
    expect(visited).toEqual([
      [NaN, NaN],
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });

  it('is one object per send, shared by its receivers', async () => {
    const manager = new SignalManager();
    const seen = jest.fn();
    manager.connect((_kwargs, context) => seen(context), signal);
    manager.connect((_kwargs, context) => seen(context), signal, { key: 'k' });
    manager.connect((_kwargs, context) => seen(context), ANY);
    await manager.send(signal, {}, { key: 'k' });
    await manager.sendSerial(signal, {}, { key: 'k' });
    const contexts = seen.mock.calls.map(([context]) => context);
    expect(contexts).toHaveLength(6);
    expect(new Set(contexts.slice(0, 3)).size).toBe(1);
    expect(new Set(contexts.slice(3)).size).toBe(1);
    expect(contexts[0]).not.toBe(contexts[3]);
  });

  it('keeps what it said after the send, and when the sender changes the iterable', () => {
    const manager = new SignalManager();
    const contexts: SendContext[] = [];
    manager.connect(
      looking((context) => contexts.push(context)),
      signal,
    );
    const [senders, keys] = [['a'], ['k']];
    manager.sendSync(signal, {}, { senders, keys });
    senders.push('b');
    keys[0] = 'l';
    const [context] = contexts;
    expect(context?.sender).toBe('a');
    expect([...(context?.senders ?? [])]).toEqual(['a']);
    expect([...(context?.keys ?? [])]).toEqual(['k']);
  });
});

describe('a receiver that tampers with the context (R11)', () => {
  const attacks: [what: string, attack: (context: SendContext) => unknown][] = [
    ['adds to the senders', ({ senders }) => (senders as Set<unknown>).add('evil')],
    ['clears the keys', ({ keys }) => (keys as Set<unknown>).clear()],
    ['deletes a key', ({ keys }) => (keys as Set<unknown>).delete('a')],
    ['adds through Set.prototype', ({ senders }) => Set.prototype.add.call(senders, 'evil')],
    ['clears through Set.prototype', ({ keys }) => Set.prototype.clear.call(keys)],
    ['deletes through Set.prototype', ({ keys }) => Set.prototype.delete.call(keys, 'a')],
    ['takes the set out of forEach', ({ keys }) => keys.forEach((_value, _key, set) => Set.prototype.clear.call(set))],
    ['assigns has', ({ keys }) => Object.assign(keys, { has: (key: unknown) => key !== 'a' })],
    ['defines size', ({ keys }) => Object.defineProperty(keys, 'size', { value: 99 })],
    [
      'defines an iterator',
      ({ keys }) => Object.defineProperty(keys, Symbol.iterator, { value: () => [][Symbol.iterator]() }),
    ],
    ['changes the prototype of the keys', ({ keys }) => Reflect.setPrototypeOf(keys, Array.prototype)],
    ['replaces the senders', (context) => Object.assign(context, { senders: new Set(['evil']) })],
    ['replaces the sender', (context) => Object.assign(context, { sender: 'evil' })],
    ['replaces the signal', (context) => Object.assign(context, { signal: Symbol('evil') })],
    ['deletes the sender', (context) => Reflect.deleteProperty(context, 'sender')],
  ];

  it.each(attacks)('changes nothing for the next one: %s', (_what, attack) => {
    const manager = new SignalManager({ onError: null });
    const seen = jest.fn();
    manager.connect(looking(attack), signal, { priority: 1 });
    manager.connect((_kwargs, context) => {
      seen(
        context.signal,
        context.manager,
        context.sender,
        [...context.senders],
        [...context.keys],
        context.keys.size,
        context.keys.has('a'),
      );
    }, signal);
    manager.sendSync(signal, {}, filter);
    expect(seen).toHaveBeenCalledWith(signal, manager, app, [app, 'cron'], [NaN, 'a', 'b'], 3, true);
    // Nor for the next send.
    manager.sendSync(signal, {}, filter);
    expect(seen).toHaveBeenLastCalledWith(signal, manager, app, [app, 'cron'], [NaN, 'a', 'b'], 3, true);
  });

  it.each(attacks)('changes nothing for an anonymous send, on another manager either: %s', (_what, attack) => {
    const manager = new SignalManager({ onError: null });
    manager.connect(looking(attack), signal);
    manager.sendSync(signal);
    const { sender, senders, keys } = contextOf({});
    expect([sender, senders.size, keys.size, senders.has('evil'), keys.has('a')]).toEqual([
      undefined,
      0,
      0,
      false,
      false,
    ]);
    expect([[...senders], [...keys]]).toEqual([[], []]);
  });

  it('changes nothing for the next one that has looked before', () => {
    const manager = new SignalManager({ onError: null });
    const held: ReadonlySet<unknown>[] = [];
    manager.connect((_kwargs, { keys }) => void held.push(keys), signal, { priority: 2 });
    manager.connect(
      looking(({ keys }) => Set.prototype.clear.call(keys)),
      signal,
      { priority: 1 },
    );
    manager.sendSync(signal, {}, { key: 'k' });
    expect([...(held[0] ?? [])]).toEqual(['k']);
  });

  it.each(['signal', 'manager', 'sender', 'senders', 'keys', 'abortSignal', 'delivery'])(
    'cannot set %s: there is no settable property',
    (name) => {
      const context = contextOf();
      const before = (context as unknown as Record<string, unknown>)[name];
      expect(Reflect.set(context, name, 'evil')).toBe(false);
      expect((context as unknown as Record<string, unknown>)[name]).toBe(before);
    },
  );
});
