import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, type ConnectOptions, type SendContext, SendDepthError, Signal, SignalManager } from '../src/index.js';
import { deferred, errorOf, flush, rejectionOf } from './helpers/promises.js';
import { callList, fulfilled } from './helpers/results.js';

afterEach(async () => {
  jest.useRealTimers();
  await flush();
});

function makeSticky(onError: ((error: unknown) => void) | null = null): {
  manager: SignalManager;
  sticky: Signal<{ n?: number }>;
} {
  const manager = new SignalManager({ onError });
  return { manager, sticky: new Signal<{ n?: number }>({ manager, sticky: true, name: 'ready' }) };
}

describe('a sticky signal (R17)', () => {
  it('gives its last send to a receiver that connects later, before connect returns', () => {
    const { manager, sticky } = makeSticky();
    const kwargs = { n: 1 };
    sticky.emit(kwargs, { sender: 'app', keys: ['k', 'l'] });
    const receiver = jest.fn();
    sticky.connect(receiver);
    expect(receiver).toHaveBeenCalledTimes(1);
    const [received, context] = receiver.mock.calls[0] as [unknown, SendContext];
    expect(received).toBe(kwargs);
    expect([context.signal, context.manager, context.sender]).toEqual([sticky, manager, 'app']);
    expect([[...context.senders], [...context.keys]]).toEqual([['app'], ['k', 'l']]);
  });

  it('gives it with its thisArg', () => {
    const { sticky } = makeSticky();
    sticky.emit();
    const thisArg = {};
    const receiver = jest.fn();
    sticky.connect(receiver, { thisArg });
    expect(receiver.mock.contexts).toHaveLength(1);
    expect(receiver.mock.contexts[0]).toBe(thisArg);
  });

  it('gives only the last one', () => {
    const { sticky } = makeSticky();
    for (const n of [1, 2, 3]) sticky.emit({ n });
    const receiver = jest.fn();
    sticky.connect(receiver);
    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 3 }]);
  });

  it('gives nothing before its first send', () => {
    const { sticky } = makeSticky();
    const receiver = jest.fn();
    sticky.connect(receiver);
    expect(receiver).not.toHaveBeenCalled();
    sticky.emit({ n: 1 });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('gives it to everybody who connects', () => {
    const { sticky } = makeSticky();
    sticky.emit();
    const receivers = [jest.fn(), jest.fn(), jest.fn()];
    for (const receiver of receivers) sticky.connect(receiver);
    for (const receiver of receivers) expect(receiver).toHaveBeenCalledTimes(1);
  });

  it.each<[verb: string, send: (sticky: Signal<{ n?: number }>) => unknown]>([
    ['send', (sticky) => sticky.send({ n: 1 })],
    ['send with a timeout', (sticky) => sticky.send({ n: 1 }, { timeoutMs: 100 })],
    ['sendSerial', (sticky) => sticky.sendSerial({ n: 1 })],
    ['sendSync', (sticky) => sticky.sendSync({ n: 1 })],
    ['emit', (sticky) => sticky.emit({ n: 1 })],
    [
      'emitAfter',
      (sticky) => {
        sticky.emitAfter(10, { n: 1 });
        return jest.advanceTimersByTimeAsync(10);
      },
    ],
    ['the manager', (sticky) => sticky.manager.send(sticky, { n: 1 })],
  ])('keeps what was sent by %s', async (_verb, send) => {
    jest.useFakeTimers();
    const { sticky } = makeSticky();
    await send(sticky);
    const receiver = jest.fn();
    sticky.manager.connect(receiver, sticky);
    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 1 }]);
  });

  it('keeps the defaults with what was sent', () => {
    const sticky = new Signal({ manager: new SignalManager(), sticky: true, defaults: { host: 'a', port: 1 } });
    sticky.emit({ port: 2 });
    const receiver = jest.fn();
    sticky.connect(receiver);
    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ host: 'a', port: 2 }]);
  });

  it.each<[string, boolean, ConnectOptions]>([
    ['no filter', true, {}],
    ['its sender', true, { sender: 'app' }],
    ['its key among others', true, { keys: ['x', 'k'] }],
    ['its key and a foreign sender', true, { sender: 'x', key: 'k' }],
    ['a foreign sender', false, { sender: 'x' }],
    ['a foreign key', false, { key: 'x' }],
  ])('gives it to who would have matched: %s: %p', (_what, matches, options) => {
    const { sticky } = makeSticky();
    sticky.emit({}, { sender: 'app', key: 'k' });
    const receiver = jest.fn();
    sticky.connect(receiver, options);
    expect(receiver).toHaveBeenCalledTimes(matches ? 1 : 0);
  });

  it('gives an anonymous send to nobody who has a filter', () => {
    const { sticky } = makeSticky();
    sticky.emit();
    const receiver = jest.fn();
    sticky.connect(receiver, { sender: 'app' });
    expect(receiver).not.toHaveBeenCalled();
  });

  it('remembers the last send, whether or not the earlier one would have matched', () => {
    const { sticky } = makeSticky();
    sticky.emit({ n: 1 }, { key: 'k' });
    sticky.emit({ n: 2 }, { key: 'l' });
    const receiver = jest.fn();
    sticky.connect(receiver, { key: 'k' });
    expect(receiver).not.toHaveBeenCalled();
  });

  it('does not give it to receivers of ANY', () => {
    const { manager, sticky } = makeSticky();
    sticky.emit();
    const receiver = jest.fn();
    manager.connect(receiver, ANY);
    expect(receiver).not.toHaveBeenCalled();
  });

  it('does not call a receiver again that it has called, when that reconnects', () => {
    const { sticky } = makeSticky();
    const receiver = jest.fn();
    const connection = sticky.connect(receiver);
    sticky.emit({ n: 1 });
    connection.disconnect();
    sticky.connect(receiver);
    sticky.connect(receiver, { priority: 1 });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('does not call a receiver again that got it as the kept send, when that reconnects', () => {
    const { sticky } = makeSticky();
    sticky.emit({ n: 1 });
    const receiver = jest.fn();
    sticky.connect(receiver).disconnect();
    sticky.connect(receiver);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('does not call a once receiver again that it has called', () => {
    const { sticky } = makeSticky();
    const receiver = jest.fn();
    sticky.connect(receiver, { once: true });
    sticky.emit({ n: 1 });
    const again = sticky.connect(receiver, { once: true });
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(again.connected).toBe(true);
  });

  it('knows a receiver by function and thisArg, or by uid (R3)', () => {
    const { sticky } = makeSticky();
    const [a, b] = [{}, {}];
    const receiver = jest.fn();
    sticky.connect(receiver, { thisArg: a });
    sticky.connect(receiver, { uid: 'stats' });
    sticky.emit({ n: 1 });
    expect(receiver).toHaveBeenCalledTimes(2);
    sticky.disconnectAll();
    sticky.connect(receiver, { thisArg: a });
    sticky.connect(receiver, { uid: 'stats' });
    expect(receiver).toHaveBeenCalledTimes(2);
    sticky.connect(receiver, { thisArg: b });
    expect(receiver).toHaveBeenCalledTimes(3);
    expect(receiver.mock.contexts[2]).toBe(b);
  });

  it('calls a receiver that only the send before has called, when that reconnects', () => {
    const { sticky } = makeSticky();
    const receiver = jest.fn();
    const connection = sticky.connect(receiver);
    sticky.emit({ n: 1 });
    connection.disconnect();
    sticky.emit({ n: 2 });
    sticky.connect(receiver);
    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('calls a receiver that did not match when it was sent, once that connects with a filter that does', () => {
    const { sticky } = makeSticky();
    const receiver = jest.fn();
    sticky.connect(receiver, { key: 'x' });
    sticky.emit({ n: 1 }, { key: 'k' });
    expect(receiver).not.toHaveBeenCalled();
    sticky.connect(receiver, { key: 'k' });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('uses up a once connection by giving it', () => {
    const { sticky } = makeSticky();
    sticky.emit({ n: 1 });
    const receiver = jest.fn();
    const connection = sticky.connect(receiver, { once: true });
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(connection.connected).toBe(false);
    sticky.emit({ n: 2 });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('does not use up a once connection that would not have matched', () => {
    const { sticky } = makeSticky();
    sticky.emit({ n: 1 });
    const receiver = jest.fn();
    const connection = sticky.connect(receiver, { once: true, key: 'k' });
    expect(connection.connected).toBe(true);
    sticky.emit({ n: 2 }, { key: 'k' });
    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 2 }]);
  });

  it('gives nothing to a connection whose abort signal is aborted', () => {
    const { sticky } = makeSticky();
    sticky.emit();
    const receiver = jest.fn();
    sticky.connect(receiver, { abortSignal: AbortSignal.abort() });
    expect(receiver).not.toHaveBeenCalled();
  });

  it('does not count a muted send', () => {
    const { manager, sticky } = makeSticky();
    const early = jest.fn();
    sticky.emit({ n: 1 });
    for (const muted of [sticky.mute(), manager.mute()]) {
      sticky.emit({ n: 2 });
      muted[Symbol.dispose]();
    }
    sticky.connect(early);
    expect(early.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 1 }]);
  });

  it.each<[string, (manager: SignalManager, sticky: Signal) => Disposable]>([
    ['the signal', (_manager, sticky) => sticky.mute()],
    ['the manager', (manager) => manager.mute()],
  ])('gives it at the unmute to those who connected while %s was muted, once and in order (R17)', (_what, mute) => {
    const { manager, sticky } = makeSticky();
    sticky.emit({ n: 1 });
    const calls: [string, unknown][] = [];
    const receiver = (name: string) => (kwargs: object) => void calls.push([name, kwargs]);
    const [first, gone] = [receiver('first'), receiver('gone')];
    const mutes = [mute(manager, sticky), mute(manager, sticky)];
    sticky.connect(first, { key: 'k' });
    sticky.connect(first);
    sticky.connect(gone);
    sticky.connect(receiver('second'), { once: true, priority: 1 });
    sticky.emit({ n: 2 });
    sticky.disconnect(gone);
    mutes[0]?.[Symbol.dispose]();
    expect(calls).toEqual([]);
    mutes[1]?.[Symbol.dispose]();
    const [one, two] = [
      ['first', { n: 1 }],
      ['second', { n: 1 }],
    ];
    expect(calls).toEqual([one, two]);
    for (const each of [...mutes, mute(manager, sticky)]) each[Symbol.dispose]();
    expect(calls).toEqual([one, two]);
    sticky.emit({ n: 3 });
    expect(calls).toEqual([one, two, ['first', { n: 3 }]]);
  });

  it.each<
    [string, string[], (manager: SignalManager, first: Signal, second: Signal) => [Disposable, () => Disposable]]
  >([
    [
      'in the order of the connections, though a receiver of another signal connects one',
      ['early', 'late'],
      (_manager, first, second) => {
        const muted = second.mute();
        return [first.mute(), () => muted];
      },
    ],
    [
      'behind those that came meanwhile, to those that a receiver mutes again',
      ['late', 'early'],
      (manager, _first, second) => [manager.mute(), () => second.mute()],
    ],
  ])('gives it at the unmute %s (R17)', (_what, order, mute) => {
    const manager = new SignalManager();
    const [first, second] = [new Signal({ manager, sticky: true }), new Signal({ manager, sticky: true })];
    const { calls, receiver } = callList();
    for (const signal of [first, second]) signal.emit();
    const [muted, muteAgain] = mute(manager, first, second);
    let still: Disposable | undefined;
    first.connect(() => {
      still = muteAgain();
      second.connect(receiver('late'));
    });
    second.connect(receiver('early'));
    muted[Symbol.dispose]();
    expect(calls).toEqual([]);
    still?.[Symbol.dispose]();
    expect(calls).toEqual(order);
  });

  it('gives it later, too, if an unmute of another signal failed meanwhile (R17, R25)', () => {
    const manager = new SignalManager();
    const [first, second] = [new Signal({ manager, sticky: true }), new Signal({ manager, sticky: true })];
    for (const signal of [first, second]) signal.emit();
    const [muted, still] = [first.mute(), second.mute()];
    const deep = Symbol('deep');
    manager.connect(() => manager.emit(deep), deep);
    first.connect(() => manager.emit(deep));
    const receiver = jest.fn();
    second.connect(receiver);
    expect(errorOf(() => muted[Symbol.dispose]())).toBeInstanceOf(SendDepthError);
    still[Symbol.dispose]();
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('does not report late what its send expected (R17)', async () => {
    const onError = jest.fn();
    const { sticky } = makeSticky(onError);
    class Refused extends Error {}
    await sticky.send({ n: 1 }, { expected: [Refused] });
    sticky.connect(() => {
      throw new Refused();
    });
    sticky.connect(() => Promise.reject(new Refused()));
    const failure = new Error('no');
    sticky.connect(() => Promise.reject(failure));
    await flush();
    expect(onError.mock.calls.map(([error]) => error)).toEqual([failure]);
  });

  it('does not count a send that failed itself', async () => {
    const sticky = new Signal({ manager: new SignalManager(), sticky: true, defaults: { n: 0 } });
    sticky.emit({ n: 1 });
    await rejectionOf(sticky.send({ m: 2 } as never));
    errorOf(() => sticky.emit({ m: 2 } as never));
    errorOf(() => sticky.emit({ n: 2 }, { keys: 'ab' as never }));
    const receiver = jest.fn();
    sticky.connect(receiver);
    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 1 }]);
  });

  it('gives failures to onError, thrown and rejected ones, and connect returns', async () => {
    const onError = jest.fn();
    const { sticky } = makeSticky(onError);
    sticky.emit({ n: 1 }, { sender: 'app' });
    const [thrown, late] = [new Error('thrown'), new Error('rejected')];
    const throws = () => {
      throw thrown;
    };
    const rejects = () => Promise.reject(late);
    expect(sticky.connect(throws).connected).toBe(true);
    expect(sticky.connect(rejects).connected).toBe(true);
    await flush();
    expect(onError.mock.calls).toEqual([
      [thrown, { source: 'receiver', signal: sticky, receiver: throws, sender: 'app' }],
      [late, { source: 'receiver', signal: sticky, receiver: rejects, sender: 'app' }],
    ]);
  });

  it('sends as usual to those who are connected', async () => {
    const { sticky } = makeSticky();
    const receiver = () => 'value';
    sticky.connect(receiver);
    expect(await sticky.send({ n: 1 })).toEqual([fulfilled(receiver, 'value')]);
    expect(sticky.sendSync({ n: 2 })).toEqual([fulfilled(receiver, 'value')]);
  });

  it('is what a wait after the send gets (R21)', async () => {
    const { sticky } = makeSticky();
    const kwargs = { n: 1 };
    sticky.emit(kwargs, { key: 'k' });
    const delivery = await sticky.wait();
    expect(delivery.kwargs).toBe(kwargs);
    expect([...delivery.context.keys]).toEqual(['k']);
    expect((await sticky.wait({ key: 'k' })).kwargs).toBe(kwargs);
  });

  it('is not what a wait for something else gets (R21)', async () => {
    const { sticky } = makeSticky();
    sticky.emit({ n: 1 }, { key: 'k' });
    const byKey = sticky.wait({ key: 'l' });
    const byWhere = sticky.wait({ where: ({ n }) => n === 2 });
    await flush();
    sticky.emit({ n: 2 }, { key: 'l' });
    expect((await byKey).kwargs).toEqual({ n: 2 });
    expect((await byWhere).kwargs).toEqual({ n: 2 });
  });

  it.each<[title: string, act: (sticky: Signal<{ n?: number }>, controller: AbortController) => unknown, end: unknown]>(
    [
      ['closes the manager', ({ manager }) => manager.close(), { code: 'ERR_MANAGER_CLOSED' }],
      ['aborts the wait', (_, controller) => controller.abort('over'), 'over'],
      ['sends a signal of rejectOn', ({ manager }) => manager.signal('failed').emit(), { code: 'ERR_WAIT_REJECTED' }],
      ['sends a match', (sticky) => sticky.emit({ n: 2 }), { kwargs: { n: 2 } }],
      ['sends without end', (sticky) => sticky.emit({ n: 1 }), { code: 'ERR_SEND_DEPTH' }],
    ],
  )('may end the wait that sees it, by a where that %s (N9, R21, R23)', async (_title, act, end) => {
    const { manager, sticky } = makeSticky();
    const controller = new AbortController();
    sticky.emit({ n: 1 });
    const where = ({ n }: { n?: number }) => {
      if (n === 1) act(sticky, controller);
      return n === 2;
    };
    const options = { where, rejectOn: manager.signal('failed'), abortSignal: controller.signal, timeoutMs: 5 };
    const outcome = await sticky.wait(options).catch((error: unknown) => error);
    if (typeof end === 'string') expect(outcome).toBe(end);
    else expect(outcome).toMatchObject(end as object);
  });

  it('is asked about no further once a where has ended the wait of several signals (N4)', async () => {
    const { manager, sticky } = makeSticky();
    const other = new Signal<{ n?: number }>({ manager, sticky: true });
    sticky.emit({ n: 1 });
    other.emit({ n: 2 });
    const seen: unknown[] = [];
    const where = ({ n }: { n?: number }) => {
      seen.push(n);
      void manager.close();
      return false;
    };
    expect(await rejectionOf(manager.wait([sticky, other], { where }))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    expect(seen).toEqual([1]);
  });

  it('calls a receiver once that connects again while the send is on its way to it (R3)', () => {
    const { sticky } = makeSticky();
    const receiver = jest.fn();
    const first = jest.fn(() => void sticky.connect(receiver, { key: 'k' }));
    sticky.connect(first, { once: true });
    sticky.connect(receiver);
    sticky.emit({ n: 1 }, { key: 'k' });
    expect(first).toHaveBeenCalledTimes(1);
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('calls a receiver once that is connected to ANY, too, and connects again meanwhile (R3, R8)', () => {
    const { manager, sticky } = makeSticky();
    const receiver = jest.fn();
    sticky.connect(() => void sticky.connect(receiver, { key: 'k' }), { once: true });
    sticky.connect(receiver);
    manager.connect(receiver, ANY);
    sticky.emit({ n: 1 }, { key: 'k' });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('sent by a receiver of itself keeps the send that came last', () => {
    const { sticky } = makeSticky();
    const late = jest.fn();
    sticky.connect(({ n }) => {
      if (n === 1) sticky.emit({ n: 2 });
    });
    sticky.emit({ n: 1 });
    sticky.connect(late);
    expect(late.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 2 }]);
  });

  it('tells the last send from one before it that is still on its way', async () => {
    const { sticky } = makeSticky();
    const gate = deferred();
    const receiver = jest.fn();
    sticky.connect(() => gate.promise, { key: 'first' });
    sticky.connect(receiver, { key: 'first' });
    const first = sticky.sendSerial({ n: 1 }, { key: 'first' });
    sticky.emit({ n: 2 }, { key: 'last' });
    gate.resolve();
    await first;
    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 1 }]);
    // Called meanwhile, but not by the last send.
    sticky.connect(receiver, { key: 'last' });
    expect(receiver.mock.calls.map(([kwargs]) => kwargs)).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

describe('a signal that is not sticky', () => {
  it.each([{}, { sticky: false }])('gives nothing to those who connect later: %p', (options) => {
    const signal = new Signal({ manager: new SignalManager(), ...options });
    signal.emit();
    const receiver = jest.fn();
    signal.connect(receiver);
    expect(receiver).not.toHaveBeenCalled();
  });
});
