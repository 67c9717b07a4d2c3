import { describe, expect, it, jest } from '@jest/globals';
import { ANY, type ConnectOptions, Signal, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';

const signal = Symbol('ordered');

const verbs: [verb: string, send: (manager: SignalManager, options: object) => unknown][] = [
  ['send', (manager, options) => manager.send(signal, {}, options)],
  ['send with a timeout', (manager, options) => manager.send(signal, {}, { timeoutMs: 1000, ...options })],
  ['sendSerial', (manager, options) => manager.sendSerial(signal, {}, options)],
  ['sendSync', (manager, options) => manager.sendSync(signal, {}, options)],
  ['emit', (manager, options) => manager.emit(signal, {}, options)],
];

/** Connects what takes away `lost` in the middle of a send, and behind it the receiver that loses it. */
function connectLosing(options: ConnectOptions, lost: readonly object[], on: symbol = signal) {
  const manager = new SignalManager();
  const receiver = jest.fn();
  manager.connect(() => lost.forEach((each) => manager.disconnect(receiver, on, each)), signal);
  return { manager, receiver, connection: manager.connect(receiver, on, options) };
}

describe.each(verbs)('a connection that loses one of its values during %s (R15)', (_verb, send) => {
  const keys = ['a', 'b'];
  const both = { keys, sender: 'app' };
  it.each<[what: string, options: ConnectOptions, lost: object[], sent: object, calls: number]>([
    ['the only one that the send names', { keys }, [{ key: 'a' }], { key: 'a' }, 0],
    ['the only one of its kind that the send names', both, [{ key: 'a' }], { key: 'a', sender: 'other' }, 0],
    ['one that the send does not name', { keys }, [{ key: 'b' }], { key: 'a' }, 1],
    ['one of two that the send names', { keys }, [{ key: 'a' }], { keys }, 1],
    ['its key, and the send names its sender', both, [{ keys }], { key: 'a', sender: 'app' }, 1],
    ['its sender, and the send names its key', both, [{ sender: 'app' }], { key: 'a', sender: 'app' }, 1],
    ['both that the send names', { keys: ['a', 'b', 'c'] }, [{ key: 'a' }, { key: 'b' }], { keys }, 0],
    ['both at a time', { keys: ['a', 'b', 'c'] }, [{ keys }], { keys }, 0],
    ['a number that is not a number', { keys: [NaN, 'b'] }, [{ key: NaN }], { key: NaN }, 0],
    ['another number than that', { keys: [NaN, 'b'] }, [{ key: 'b' }], { key: NaN }, 1],
  ])('%s', async (_what, options, lost, sent, calls) => {
    for (const more of [{}, { once: true }, { weak: true }, { priority: -1 }, { uid: 'u' }]) {
      const { manager, receiver, connection } = connectLosing({ ...options, ...more }, lost);
      if ('uid' in more) {
        manager.disconnectAll(signal);
        manager.connect(() => lost.forEach((each) => manager.disconnect({ uid: 'u' }, signal, each)), signal);
        manager.connect(receiver, signal, { ...options, ...more });
      }
      await send(manager, sent);
      expect(receiver).toHaveBeenCalledTimes(calls);
      if (!('uid' in more)) expect(connection.connected).toBe(!('once' in more) || calls === 0);
    }
  });

  it('on ANY', async () => {
    for (const [sent, calls] of [
      [{ key: 'a' }, 0],
      [{ keys }, 1],
    ] as const) {
      // prettier-ignore
      const { manager, receiver } = connectLosing({ keys }, [{ key: 'a' }], ANY);
      await send(manager, sent);
      expect(receiver).toHaveBeenCalledTimes(calls);
    }
  });

  it('on its signal, ANY, or both', async () => {
    for (const [lost, calls] of [
      [[signal], 1],
      [[ANY], 1],
      [[signal, ANY], 0],
    ] as const) {
      // prettier-ignore
      const manager = new SignalManager();
      const receiver = jest.fn();
      manager.connect(() => lost.forEach((each) => manager.disconnect(receiver, each, { key: 'a' })), signal);
      for (const each of [signal, ANY]) manager.connect(receiver, each, { keys });
      await send(manager, { key: 'a' });
      expect(receiver).toHaveBeenCalledTimes(calls);
    }
  });

  it('and is connected to it again: called by the next send', async () => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(
      () => [manager.disconnect(receiver, signal, { key: 'a' }), manager.connect(receiver, signal, { keys })],
      signal,
      { once: true },
    );
    manager.connect(receiver, signal, { keys });
    await send(manager, { key: 'a' });
    expect(receiver).not.toHaveBeenCalled();
    await send(manager, { key: 'a' });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('in a nested send: called by neither', async () => {
    const { manager, receiver } = connectLosing({ keys }, [{ key: 'a' }]);
    let depth = 0;
    const nested = (): void => {
      if (depth++ === 0) manager.emit(signal, {}, { key: 'a' });
    };
    manager.connect(nested, signal, { priority: 1 });
    await send(manager, { key: 'a' });
    expect(receiver).not.toHaveBeenCalled();
    await send(manager, { key: 'b' });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('in reverse', async () => {
    const { manager, receiver } = connectLosing({ keys, priority: 1 }, [{ key: 'a' }]);
    await send(manager, { key: 'a', reverse: true });
    expect(receiver).not.toHaveBeenCalled();
  });

  it('beside another connection that matches: called', async () => {
    const { manager, receiver } = connectLosing({ keys, once: true }, [{ key: 'a' }]);
    const other = manager.connect(receiver, signal, { once: true });
    await send(manager, { key: 'a' });
    expect(receiver).toHaveBeenCalledTimes(1);
    expect([other.connected, manager.hasReceivers(signal, { key: 'b' })]).toEqual([false, true]);
  });
});

describe('a connection that has lost one of its values', () => {
  it('is found by the others alone', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    const other = () => 2;
    const sender = {};
    manager.connect(other, signal, { keys: ['a', 'b'] });
    const connection = manager.connect(receiver, signal, { keys: ['a', 'b'], sender });
    manager.disconnect(receiver, signal, { key: 'a' });
    const reached = (filter: object) => manager.receivers(signal, filter).includes(receiver);
    expect([reached({ key: 'a' }), reached({ key: 'b' }), reached({ sender })]).toEqual([false, true, true]);
    expect(manager.explain(signal, { key: 'a' }).map(({ because }) => because)).toEqual(
      ['key', 'no matching sender or key'], // prettier-ignore
    );
    expect(manager.sendSync(signal, {}, { keys: ['a', 'b'] })).toEqual([fulfilled(other, 2), fulfilled(receiver, 1)]);
    expect(manager.sendSync(signal, {}, { key: 'a' })).toEqual([fulfilled(other, 2)]);
    expect(connection.disconnect()).toBe(true);
    expect(reached({ keys: ['a', 'b'], sender })).toBe(false);
  });

  it.each([2, 9, 40])(
    'of %i keys and as many senders is called by those left, and ends with the last (R3, R5)',
    (count) => {
      const manager = new SignalManager();
      const receiver = jest.fn();
      const senders = Array.from({ length: count }, (_, at) => ({ at }));
      const keys = [NaN, ...Array.from({ length: count - 1 }, (_, at) => at)];
      const connection = manager.connect(receiver, signal, { keys, senders });
      const filters = [...keys.map((key) => ({ key })), ...senders.map((sender) => ({ sender }))];
      while (filters.length > 0) {
        const [lost] = filters.splice(Math.floor(filters.length / 2), 1);
        expect(connection.connected).toBe(true);
        expect(manager.disconnect(receiver, signal, lost)).toBe(true);
        expect(manager.disconnect(receiver, signal, lost)).toBe(false);
        manager.emit(signal, {}, lost);
        expect(receiver).not.toHaveBeenCalled();
        for (const left of filters) manager.emit(signal, {}, left);
        expect(receiver).toHaveBeenCalledTimes(filters.length);
        receiver.mockClear();
      }
      expect(connection.connected).toBe(false);
      expect(manager.signals()).toEqual([]);
    },
  );

  it('differs from an equal one made later, and each is undone separately (R3)', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    const keys = ['a', 'b'];
    const old = [manager.connect(receiver, signal, { keys }), manager.connect(receiver, signal, { keys })];
    manager.disconnect(receiver, signal, { key: 'a' });
    const [same, rest] = [{ keys }, { key: 'b' }].map((filter) => manager.connect(receiver, signal, filter));
    const reached = () => keys.filter((key) => manager.hasReceivers(signal, { key }));
    expect(reached()).toEqual(keys);
    expect(same?.disconnect()).toBe(true);
    expect(reached()).toEqual(['b']);
    expect([rest?.disconnect(), old[0]?.disconnect()]).toEqual([true, true]);
    expect(reached()).toEqual(['b']);
    expect(old[1]?.disconnect()).toBe(true);
    expect(reached()).toEqual([]);
    expect(manager.signals()).toEqual([]);
  });

  it('keeps its position among many, and does not change theirs', () => {
    const manager = new SignalManager();
    const receivers = Array.from({ length: 100 }, (_, i) => () => i);
    for (const receiver of receivers) manager.connect(receiver, signal, { keys: ['a', 'b'] });
    const values = (key: string) => manager.sendSync(signal, {}, { key }).map((result) => result.status === 'fulfilled' && result.value); // prettier-ignore
    receivers.forEach((receiver, i) => i % 3 > 0 && manager.disconnect(receiver, signal, { key: 'a' }));
    const high = () => 'high';
    manager.connect(high, signal, { key: 'a', priority: 1 });
    const all = receivers.map((_, i) => i);
    expect(values('a')).toEqual(['high', ...all.filter((i) => i % 3 === 0)]);
    expect(values('b')).toEqual(all);
    receivers.forEach((receiver) => manager.disconnect(receiver, signal, { key: 'b' }));
    expect(values('a')).toEqual(['high', ...all.filter((i) => i % 3 === 0)]);
    expect(values('b')).toEqual([]);
    receivers.forEach((receiver) => manager.disconnect(receiver, signal, { key: 'a' }));
    manager.disconnect(high);
    expect(manager.signals()).toEqual([]);
  });

  it('of a sticky signal gets the kept send when it is connected to that value again (R17)', () => {
    const manager = new SignalManager();
    const sticky = new Signal({ manager, sticky: true });
    const receiver = jest.fn();
    const gone = manager.connect(() => void manager.disconnect(receiver, sticky, { key: 'a' }), sticky);
    manager.connect(receiver, sticky, { keys: ['a', 'b'] });
    sticky.emit({}, { key: 'a' });
    gone.disconnect();
    expect(receiver).not.toHaveBeenCalled();
    manager.connect(receiver, sticky, { key: 'b' });
    expect(receiver).not.toHaveBeenCalled();
    manager.connect(receiver, sticky, { key: 'a' });
    expect(receiver).toHaveBeenCalledTimes(1);
    manager.connect(receiver, sticky, { keys: ['a', 'c'] });
    expect(receiver).toHaveBeenCalledTimes(1);
  });

  it('is not reported by the abort of a serial send that it has lost (R16)', async () => {
    const manager = new SignalManager({ onError: null });
    const controller = new AbortController();
    const gate = deferred();
    const slow = () => gate.promise;
    const [narrowed, kept] = [() => 1, () => 2];
    manager.connect(slow, signal);
    for (const receiver of [narrowed, kept]) manager.connect(receiver, signal, { keys: ['a', 'b'] });
    const sent = manager.sendSerial(signal, {}, { key: 'a', abortSignal: controller.signal });
    await flush();
    manager.disconnect(narrowed, signal, { key: 'a' });
    manager.disconnect(kept, signal, { key: 'b' });
    controller.abort(new Error('aborted'));
    const reason: unknown = controller.signal.reason;
    expect(await sent).toEqual([rejected(slow, reason), rejected(kept, reason)]);
    gate.resolve();
  });
});
