import { getEventListeners } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { ANY, type Connection, type DelayedEmit, Signal, SignalManager } from '../src/index.js';
import { collectGarbage } from './helpers/gc.js';

const signal = Symbol('started');
const receiver = () => undefined;

/** Made and dropped in a function of its own, see `collectGarbage`. */
function dropped<T extends object>(make: () => T): WeakRef<T> {
  return new WeakRef(make());
}

describe('a token object (R19)', () => {
  it.each<[string, (manager: SignalManager, token: object) => unknown]>([
    ['a receiver that refers to it', (manager, token) => manager.connect(() => token, token)],
    ['a receiver with it as thisArg', (manager, token) => manager.connect(receiver, token, { thisArg: token })],
    ['a receiver with it as key', (manager, token) => manager.connect(() => token, token, { key: token })],
    [
      'a receiver with it as sender',
      (manager, token) => manager.connect(() => token, token, { sender: token, key: 1 }),
    ],
    ['a receiver with a uid', (manager, token) => manager.connect(() => token, token, { uid: 'u' })],
    ['a weak receiver', (manager, token) => manager.connect(() => token, token, { weak: true })],
    ['a settled send', (manager, token) => [manager.connect(() => token, token), manager.sendSync(token, { token })]],
    ['questions', (manager, token) => [manager.signals(), manager.receivers(token), manager.explain(token)]],
    ['a mute that was disposed', (manager, token) => manager.mute(token)[Symbol.dispose]()],
    [
      'a receiver that is connected to something else, too',
      (manager, token) => [manager.connect(receiver, token), manager.connect(receiver, signal)],
    ],
  ])('is not kept alive by %s', async (_what, use) => {
    const manager = new SignalManager();
    const token = dropped(() => {
      const made = {};
      use(manager, made);
      return made;
    });
    await collectGarbage();
    expect(token.deref()).toBeUndefined();
    expect(manager.signals().filter((each) => each !== signal)).toEqual([]);
  });

  it('of the Signal kind is not kept alive, sticky or not', async () => {
    const manager = new SignalManager();
    const signals = [false, true].map((sticky) =>
      dropped(() => {
        const made: Signal = new Signal({ manager, sticky });
        made.connect(() => made);
        made.emit({}, { sender: made });
        return made;
      }),
    );
    await collectGarbage();
    expect(signals.map((each) => each.deref())).toEqual([undefined, undefined]);
  });

  it('in use keeps its receivers', async () => {
    const manager = new SignalManager();
    const token = {};
    manager.connect(() => 1, token);
    await collectGarbage();
    expect(manager.sendSync(token)).toHaveLength(1);
    expect(manager.signals()).toEqual([token]);
  });
});

describe('SignalManager#signal (R19)', () => {
  it('is kept while it has receivers, though nobody else holds it', async () => {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    const named = dropped(() => {
      const made = manager.signal<{ n: number }>('started');
      made.connect(({ n }) => void calls.push(n));
      return made;
    });
    await collectGarbage();
    manager.signal<{ n: number }>('started').emit({ n: 1 });
    expect(calls).toEqual([1]);
    expect(manager.signals()).toEqual([named.deref()]);
  });

  it('is kept while it has only filtered receivers', async () => {
    const manager = new SignalManager();
    const calls: unknown[] = [];
    (() => manager.signal('started').connect(() => void calls.push(1), { key: 'k' }))();
    await collectGarbage();
    manager.signal('started').emit({}, { key: 'k' });
    expect(calls).toEqual([1]);
  });

  it('without receivers is not kept', async () => {
    const manager = new SignalManager();
    const named = dropped(() => {
      const made = manager.signal('started');
      made.connect(receiver).disconnect();
      made.emit();
      return made;
    });
    await collectGarbage();
    expect(named.deref()).toBeUndefined();
  });

  it('is kept while somebody waits for it, streams it or has it muted', async () => {
    const manager = new SignalManager();
    const waiting = manager.signal<{ n: number }>('awaited').wait();
    const stream = manager.signal<{ n: number }>('streamed').stream();
    const muted = manager.signal('muted').mute();
    await collectGarbage();
    manager.signal<{ n: number }>('awaited').emit({ n: 1 });
    manager.signal<{ n: number }>('streamed').emit({ n: 2 });
    manager.signal('muted').connect(receiver);
    expect((await waiting).kwargs).toEqual({ n: 1 });
    expect((await stream.next()).value).toMatchObject({ kwargs: { n: 2 } });
    expect(manager.signal('muted').sendSync()).toEqual([]);
    muted[Symbol.dispose]();
    await stream.return?.();
    expect(manager.signal('muted').sendSync()).toHaveLength(1);
  });
});

describe('a sender (R6)', () => {
  const filters: [string, (manager: SignalManager, sender: object) => unknown][] = [
    ['a filter', (manager, sender) => manager.connect(receiver, signal, { sender })],
    ['a filter with keys', (manager, sender) => manager.connect(receiver, signal, { sender, key: 'k' })],
    ['a filter of ANY', (manager, sender) => manager.connect(receiver, ANY, { senders: ['a', sender] })],
    ['a weak filter', (manager, sender) => manager.connect(receiver, signal, { sender, weak: true })],
    ['send', (manager, sender) => manager.send(signal, {}, { sender })],
    ['send with a timeout', (manager, sender) => manager.send(signal, {}, { sender, timeoutMs: 60_000 })],
    ['sendSerial', (manager, sender) => manager.sendSerial(signal, {}, { senders: [sender] })],
    ['sendSync', (manager, sender) => manager.sendSync(signal, {}, { sender })],
    ['emit', (manager, sender) => manager.emit(signal, {}, { sender })],
    ['a question', (manager, sender) => [manager.receivers(signal, { sender }), manager.explain(signal, { sender })]],
    ['a wait', (manager, sender) => void manager.wait(signal, { sender })],
    ['a stream', (manager, sender) => manager.stream(signal, { sender })],
    ['a stream that has ended', (manager, sender) => manager.stream(signal, { sender }).return?.()],
  ];

  it.each(filters)('is not kept alive by %s', async (_what, use) => {
    const manager = new SignalManager({ onError: null });
    manager.connect(async () => 1, signal);
    const sender = dropped(() => {
      const made = {};
      use(manager, made);
      return made;
    });
    await manager.drain();
    await collectGarbage();
    expect(sender.deref()).toBeUndefined();
  });

  it.each<[string, (delayed: DelayedEmit) => unknown]>([
    ['was cancelled', (delayed) => delayed.cancel()],
    ['is done', () => jest.advanceTimersByTime(5)],
  ])('is not kept alive by the handle of a delayed emit that %s', async (_what, end) => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    let handle: DelayedEmit | undefined;
    const sender = dropped(() => {
      const made = {};
      handle = manager.emitAfter(5, signal, { made }, { sender: made });
      end(handle);
      return made;
    });
    jest.useRealTimers();
    await collectGarbage();
    expect([sender.deref(), handle?.pending]).toEqual([undefined, false]);
  });

  function connectToDropped(manager: SignalManager, senders: object[], keys?: string[]): Connection {
    return manager.connect(receiver, signal, { senders: [...senders, {}], ...(keys === undefined ? {} : { keys }) });
  }

  it('that is collected takes with it the connection that waits for nothing else', async () => {
    const manager = new SignalManager();
    const connection = connectToDropped(manager, []);
    expect(connection.connected).toBe(true);
    await collectGarbage();
    expect(connection.connected).toBe(false);
    expect(manager.signals()).toEqual([]);
    expect(manager.explain(signal)).toEqual([]);
    expect(connection.disconnect()).toBe(false);
  });

  it('that is collected leaves a connection with keys or other senders', async () => {
    const manager = new SignalManager();
    const other = {};
    const keyed = connectToDropped(manager, [], ['k']);
    const shared = manager.signal('shared');
    const withOther = (() => shared.connect(receiver, { senders: [other, {}] }))();
    await collectGarbage();
    expect([keyed.connected, withOther.connected]).toEqual([true, true]);
    expect(manager.receivers(signal, { key: 'k' })).toEqual([receiver]);
    expect(shared.receivers({ sender: other })).toEqual([receiver]);
  });

  it.each([1, 2, 9, 40])('leaves nothing of a connection to %i of them that has lost its key (R19)', async (count) => {
    const manager = new SignalManager();
    const connection = (() => {
      const senders = Array.from({ length: count }, () => ({}));
      return manager.connect(receiver, signal, { key: 'k', senders });
    })();
    expect(manager.disconnect(receiver, signal, { key: 'k' })).toBe(true);
    await collectGarbage();
    expect(connection.connected).toBe(false);
    expect(manager.signals()).toEqual([]);
  });

  it('that is collected does not end the other connections of the receiver (R3)', async () => {
    const manager = new SignalManager();
    const gone = connectToDropped(manager, []);
    const stays = manager.connect(receiver, signal, { key: 'k' });
    await collectGarbage();
    expect([gone.connected, stays.connected]).toEqual([false, true]);
    expect(manager.receivers(signal, { key: 'k' })).toEqual([receiver]);
    expect(manager.receivers(signal)).toEqual([]);
  });

  it('of a sticky send is kept until the next one', async () => {
    const manager = new SignalManager();
    const sticky = new Signal<{ n: number }>({ manager, sticky: true });
    const sender = dropped(() => {
      const made = { name: 'app' };
      sticky.emit({ n: 1 }, { sender: made });
      return made;
    });
    await collectGarbage();
    await (async () => expect((await sticky.wait()).context.sender).toEqual({ name: 'app' }))();
    sticky.emit({ n: 2 });
    await collectGarbage();
    expect(sender.deref()).toBeUndefined();
  });

  it('of a sticky send is kept until close', async () => {
    const manager = new SignalManager();
    const sticky = new Signal<{ n: number }>({ manager, sticky: true });
    const sender = dropped(() => {
      const made = {};
      sticky.emit({ n: 1 }, { sender: made });
      return made;
    });
    await collectGarbage();
    expect(sender.deref() === undefined).toBe(false);
    await manager.close();
    await collectGarbage();
    expect(sender.deref()).toBeUndefined();
    expect(sticky.manager).toBe(manager);
  });
});

describe('Connection#receiver (N7)', () => {
  it('does not keep a weak receiver alive, and is undefined once that has been collected', async () => {
    const manager = new SignalManager();
    const connections = connectWeakly(manager);
    expect(connections.map((connection) => typeof connection.receiver)).toEqual(connections.map(() => 'function'));
    await collectGarbage();
    expect(connections.map((connection) => connection.receiver)).toEqual(connections.map(() => undefined));
  });

  it('is the first function of a uid, also after disconnecting', () => {
    const manager = new SignalManager();
    const connections = [receiver, () => 2].map((each) => manager.connect(each, [signal, ANY], { uid: 'u' }));
    manager.disconnectAll();
    expect(connections.map((connection) => connection.receiver)).toEqual([receiver, receiver]);
  });
});

/** Weak receivers that are dropped: a function, and an object with a function that does not refer to it. */
function connectWeakly(manager: SignalManager): Connection[] {
  const [thisArg, gone] = [{}, AbortSignal.abort()];
  return [
    manager.connect(() => undefined, signal, { weak: true }),
    manager.connect(receiver, signal, { weak: true, thisArg }),
    manager.connect(receiver, [signal, ANY], { weak: true, thisArg }),
    manager.connect(receiver, signal, { weak: true, thisArg, abortSignal: gone }),
  ];
}

describe('an abort signal (R16, R19)', () => {
  it('has no listener once the senders of its connections have been collected, time and again', async () => {
    const manager = new SignalManager();
    const abortSignal = new AbortController().signal;
    const kept: Connection[] = [];
    // The receiver stays, so that what is known of it loses its senders twice.
    manager.connect(receiver, signal, { key: 'k' });
    for (let round = 0; round < 2; round++) {
      kept.push(...connectToDropped(manager, abortSignal));
      expect(getEventListeners(abortSignal, 'abort')).toHaveLength(1);
      await collectGarbage();
      expect(kept.map(({ connected }) => connected)).toEqual(kept.map(() => false));
      expect(getEventListeners(abortSignal, 'abort')).toEqual([]);
    }
  });
});

/** The senders are made and dropped in a function of its own, see `collectGarbage`. */
function connectToDropped(manager: SignalManager, abortSignal: AbortSignal): Connection[] {
  const senders = [{}, {}];
  const filters = [...senders.map((sender) => ({ sender })), { senders }];
  return filters.map((filter) => manager.connect(receiver, signal, { ...filter, abortSignal }));
}
